package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/iam"
)

// ReEncrypt opens a ciphertext and encrypts its plaintext anew, under another key or with
// another encryption context. The plaintext does not leave the service.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
func (s *Service) ReEncrypt(ctx context.Context, c *iam.Caller, in *kms.ReEncryptInput) (*kms.ReEncryptOutput, error) {
	defaultAlgorithm(&in.SourceEncryptionAlgorithm)
	defaultAlgorithm(&in.DestinationEncryptionAlgorithm)
	src := source{
		op: opReEncryptFrom, keyMember: "sourceKeyId", blob: in.CiphertextBlob, keyID: &in.SourceKeyId, algorithm: in.SourceEncryptionAlgorithm,
		context: in.SourceEncryptionContext, tokens: in.GrantTokens, otherKey: *in.DestinationKeyId,
		dryRun: dry(in.DryRun), modifiers: in.DryRunModifiers,
	}
	var to *key
	from, b, err := s.sourceKey(ctx, c, &src, func(from *key) (err error) {
		to, err = s.decide(ctx, c, &ask{
			op: opReEncryptTo, name: *in.DestinationKeyId, tokens: in.GrantTokens, otherKey: from.arn, source: from,
			encrypts: true, context: in.DestinationEncryptionContext, algorithm: string(in.DestinationEncryptionAlgorithm),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx, to, opReEncryptTo); err != nil {
		return nil, err
	}
	if err := checkEncryption(to, opReEncryptTo, in.DestinationEncryptionAlgorithm, in.DestinationEncryptionContext); err != nil {
		return nil, err
	}
	if src.dryRun {
		return nil, errDryRun()
	}
	source, err := s.workWith(ctx, c, from)
	if err != nil {
		return nil, err
	}
	destination, err := s.workWith(ctx, c, to)
	if err != nil {
		return nil, err
	}
	plaintext, id, err := s.decrypt(ctx, source, &src, b)
	if err != nil {
		return nil, err
	}
	defer clear(plaintext)
	blob, err := s.encrypt(ctx, destination, in.DestinationEncryptionAlgorithm, plaintext, in.DestinationEncryptionContext)
	if err != nil {
		return nil, err
	}
	out := &kms.ReEncryptOutput{
		CiphertextBlob: blob, KeyId: &to.arn, SourceKeyId: &from.arn, DestinationKeyMaterialId: to.materialID(),
		SourceEncryptionAlgorithm: in.SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm: in.DestinationEncryptionAlgorithm,
	}
	if id != "" {
		noteMaterial(c, "sourceKeyMaterialId", id)
		out.SourceKeyMaterialId = &id
	}
	to.noteCurrent(c, "destinationKeyMaterialId")
	s.used(c, from, to)
	return out, nil
}
