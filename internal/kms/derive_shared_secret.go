package kms

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/material"
)

// DeriveSharedSecret does ECDH (SP 800-56A, section 5.7.1.2) with the public key of somebody
// else. The secret is the X coordinate of the shared point, to which the caller applies a key
// derivation function.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_DeriveSharedSecret.html
func (s *Service) DeriveSharedSecret(ctx context.Context, c *iam.Caller, in *kms.DeriveSharedSecretInput) (*kms.DeriveSharedSecretOutput, error) {
	r, err := s.recipient(c, in.Recipient)
	if err != nil {
		return nil, err
	}
	k, err := s.use(ctx, c, &ask{op: opDeriveSharedSecret, name: *in.KeyId, tokens: in.GrantTokens, recipient: r, further: []condition{
		{"kms:keyagreementalgorithm", policy.Single(string(in.KeyAgreementAlgorithm))},
	}})
	if err != nil {
		return nil, err
	}
	if err := checkUse(k, opDeriveSharedSecret, types.KeyUsageTypeKeyAgreement, string(in.KeyAgreementAlgorithm)); err != nil {
		return nil, err
	}
	if dry(in.DryRun) {
		return nil, errDryRun()
	}
	m, err := materialOf[material.Agreer](ctx, s, k)
	if err != nil {
		return nil, err
	}
	secret, err := m.Agree(in.PublicKey)
	if errors.Is(err, material.ErrPublicKey) {
		return nil, errPeer()
	}
	if err != nil {
		return nil, err
	}
	s.used(c, k)
	out := &kms.DeriveSharedSecretOutput{KeyId: &k.arn, KeyAgreementAlgorithm: in.KeyAgreementAlgorithm, KeyOrigin: k.Origin}
	out.SharedSecret, out.CiphertextForRecipient, err = r.answer(secret)
	return out, err
}
