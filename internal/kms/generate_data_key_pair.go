package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/keypair"
	"github.com/keystead/keystead/internal/material"
)

// GenerateDataKeyPair makes a key pair for use outside and returns the private key both in
// clear and encrypted under a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html
func (s *Service) GenerateDataKeyPair(ctx context.Context, c *iam.Caller, in *kms.GenerateDataKeyPairInput) (*kms.GenerateDataKeyPairOutput, error) {
	r, err := s.recipient(c, in.Recipient)
	if err != nil {
		return nil, err
	}
	p, err := s.dataKeyPair(ctx, c, dataKeyPairRequest{
		opGenerateDataKeyPair, *in.KeyId, in.KeyPairSpec, in.EncryptionContext, in.GrantTokens, dry(in.DryRun), r,
	})
	if err != nil {
		return nil, err
	}
	out := &kms.GenerateDataKeyPairOutput{
		KeyId: &p.key.arn, KeyMaterialId: &p.key.Material, KeyPairSpec: in.KeyPairSpec,
		PublicKey: p.pair.Public, PrivateKeyCiphertextBlob: p.blob,
	}
	out.PrivateKeyPlaintext, out.CiphertextForRecipient, err = r.answer(p.pair.Private.Expose())
	return out, err
}

// GenerateDataKeyPairWithoutPlaintext makes a key pair and returns the private key encrypted
// only.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPairWithoutPlaintext.html
func (s *Service) GenerateDataKeyPairWithoutPlaintext(ctx context.Context, c *iam.Caller, in *kms.GenerateDataKeyPairWithoutPlaintextInput) (*kms.GenerateDataKeyPairWithoutPlaintextOutput, error) {
	p, err := s.dataKeyPair(ctx, c, dataKeyPairRequest{
		opGenerateDataKeyPairWithoutPlaintext, *in.KeyId, in.KeyPairSpec, in.EncryptionContext, in.GrantTokens, dry(in.DryRun), nil,
	})
	if err != nil {
		return nil, err
	}
	p.pair.Private.Wipe()
	return &kms.GenerateDataKeyPairWithoutPlaintextOutput{
		KeyId: &p.key.arn, KeyMaterialId: &p.key.Material, KeyPairSpec: in.KeyPairSpec,
		PublicKey: p.pair.Public, PrivateKeyCiphertextBlob: p.blob,
	}, nil
}

// dataKeyPairRequest is what the two operations have in common.
type dataKeyPairRequest struct {
	op      operation
	keyID   string
	spec    types.DataKeyPairSpec
	context map[string]string
	tokens  []string
	dryRun  bool
	to      *recipient
}

type dataKeyPair struct {
	key  *key
	pair keypair.Pair
	blob []byte // the private key, encrypted
}

func (s *Service) dataKeyPair(ctx context.Context, c *iam.Caller, r dataKeyPairRequest) (dataKeyPair, error) {
	const algorithm = types.EncryptionAlgorithmSpecSymmetricDefault
	k, err := s.use(ctx, c, &ask{
		op: r.op, name: r.keyID, tokens: r.tokens, encrypts: true, context: r.context, algorithm: string(algorithm), recipient: r.to,
		further: []condition{{"kms:datakeypairspec", policy.Single(string(r.spec))}},
	})
	if err != nil {
		return dataKeyPair{}, err
	}
	if err := checkDataKeys(k, r.op, r.context); err != nil {
		return dataKeyPair{}, err
	}
	if k.custom() {
		return dataKeyPair{}, errOrigin(k.arn, k.Origin)
	}
	spec := material.SpecOf(types.KeySpec(r.spec))
	if spec == nil || !spec.Pairs { // SM2
		return dataKeyPair{}, errUnsupported("KeyPairSpec %s is not supported in this Region.", r.spec)
	}
	if err := checkFIPS(spec, ""); err != nil {
		return dataKeyPair{}, err
	}
	if r.dryRun {
		return dataKeyPair{}, errDryRun()
	}
	p := dataKeyPair{key: k}
	if p.pair, err = s.pairs.Take(ctx, c.Principal.Account, spec); err != nil {
		return dataKeyPair{}, errPair(err)
	}
	if p.blob, err = s.encrypt(ctx, working{key: k, store: s.software}, algorithm, p.pair.Private.Expose(), r.context); err != nil {
		p.pair.Private.Wipe()
		return dataKeyPair{}, err
	}
	noteMaterial(c, "keyMaterialId", k.Material)
	s.used(c, k)
	return p, nil
}
