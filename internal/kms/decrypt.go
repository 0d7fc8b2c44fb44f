package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/material"
)

// Decrypt opens a ciphertext that Encrypt, ReEncrypt or GenerateDataKey made, or that somebody
// encrypted under the public key of an RSA key. Which symmetric key it needs stands in the
// ciphertext; KeyId, if given, must name the same. An RSA key must be named.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
func (s *Service) Decrypt(ctx context.Context, c *iam.Caller, in *kms.DecryptInput) (*kms.DecryptOutput, error) {
	defaultAlgorithm(&in.EncryptionAlgorithm)
	r, err := s.recipient(c, in.Recipient)
	if err != nil {
		return nil, err
	}
	src := source{
		op: opDecrypt, recipient: r, keyMember: "keyId", blob: in.CiphertextBlob, keyID: &in.KeyId, algorithm: in.EncryptionAlgorithm,
		context: in.EncryptionContext, tokens: in.GrantTokens, dryRun: dry(in.DryRun), modifiers: in.DryRunModifiers,
	}
	k, b, err := s.sourceKey(ctx, c, &src, nil)
	if err != nil {
		return nil, err
	}
	if src.dryRun {
		return nil, errDryRun()
	}
	w, err := s.workWith(ctx, c, k)
	if err != nil {
		return nil, err
	}
	plaintext, id, err := s.decrypt(ctx, w, &src, b)
	if err != nil {
		return nil, err
	}
	out := &kms.DecryptOutput{KeyId: &k.arn, EncryptionAlgorithm: in.EncryptionAlgorithm}
	if id != "" {
		noteMaterial(c, "keyMaterialId", id)
	}
	if id != "" && r == nil { // AWS's answers for a recipient are without
		out.KeyMaterialId = &id
	}
	s.used(c, k)
	out.Plaintext, out.CiphertextForRecipient, err = r.answer(plaintext)
	return out, err
}

// source is the ciphertext side of Decrypt and ReEncrypt.
type source struct {
	op        operation
	keyMember string // the member that names the key, as error messages spell it
	blob      []byte
	keyID     **string // the identifier; filled in if the caller gave none
	algorithm types.EncryptionAlgorithmSpec
	context   map[string]string
	tokens    []string
	otherKey  string // the destination of ReEncrypt
	dryRun    bool
	modifiers []types.DryRunModifierType
	recipient *recipient
}

// sourceKey returns the key that src needs, with the decision, and the ciphertext's
// header. The decision comes before everything that the ciphertext says, except which key
// it is of; also next, if there is one, which makes the decision on another key.
func (s *Service) sourceKey(ctx context.Context, c *iam.Caller, src *source, next func(*key) error) (*key, material.Blob, error) {
	authorizationOnly, err := src.authorizationOnly()
	if err != nil {
		return nil, material.Blob{}, err
	}
	named := *src.keyID != nil
	k, b, err := s.decideSource(ctx, c, src)
	if err != nil {
		return nil, b, err
	}
	if next != nil {
		if err := next(k); err != nil {
			return nil, b, err
		}
	}
	if err := s.check(ctx, k, src.op); err != nil {
		return nil, b, err
	}
	err = checkEncryption(k, src.op, src.algorithm, src.context)
	if authorizationOnly || !named || src.algorithm != types.EncryptionAlgorithmSpecSymmetricDefault {
		return k, b, err
	}
	// Who names a key that has nothing to do with symmetric ciphertexts named the wrong one.
	if err != nil && k.Usage == types.KeyUsageTypeEncryptDecrypt {
		return nil, b, err
	}
	if b, err = material.ParseBlob(src.blob); err != nil {
		return nil, b, errCiphertext()
	}
	if b.Key() != k.ref.Key || k.Usage != types.KeyUsageTypeEncryptDecrypt {
		return nil, b, errIncorrectKey()
	}
	return k, b, nil
}

// decideSource makes the decision on the key that the caller or else the ciphertext names.
func (s *Service) decideSource(ctx context.Context, c *iam.Caller, src *source) (*key, material.Blob, error) {
	a := &ask{
		op: src.op, tokens: src.tokens, encrypts: true, context: src.context, algorithm: string(src.algorithm), otherKey: src.otherKey,
		recipient: src.recipient,
	}
	if *src.keyID != nil {
		a.name = **src.keyID
		k, err := s.decide(ctx, c, a)
		return k, material.Blob{}, err
	}
	if src.algorithm != types.EncryptionAlgorithmSpecSymmetricDefault {
		return nil, material.Blob{}, errConstraint("Value null at '" + src.keyMember + "' failed to satisfy constraint: Member must not be null")
	}
	b, err := material.ParseBlob(src.blob)
	if err != nil {
		return nil, b, errCiphertext()
	}
	k, err := s.decideCiphertext(ctx, c, a, b, src.keyID)
	return k, b, err
}

// authorizationOnly reports whether the caller asks for the decision alone, without a
// ciphertext.
func (src source) authorizationOnly() (bool, error) {
	if len(src.modifiers) > 0 && !src.dryRun {
		return false, errValidation("DryRunModifiers is only valid with DryRun.")
	}
	ignore := len(src.modifiers) > 0 // IGNORE_CIPHERTEXT is the only modifier
	switch {
	case ignore && *src.keyID == nil:
		return false, errConstraint("Value null at '" + src.keyMember + "' failed to satisfy constraint: Member must not be null")
	case !ignore && src.blob == nil:
		return false, errConstraint("Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null")
	}
	return ignore, nil
}
