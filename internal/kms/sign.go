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

// Sign signs a message of up to 4,096 bytes, or the digest of a longer one.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
func (s *Service) Sign(ctx context.Context, c *iam.Caller, in *kms.SignInput) (*kms.SignOutput, error) {
	r := signing{opSign, *in.KeyId, in.SigningAlgorithm, &in.MessageType, in.Message, in.GrantTokens, dry(in.DryRun)}
	k, m, err := s.signer(ctx, c, &r)
	if err != nil {
		return nil, err
	}
	signature, err := m.Sign(in.SigningAlgorithm, in.MessageType, in.Message)
	if err != nil {
		return nil, err
	}
	s.used(c, k)
	return &kms.SignOutput{KeyId: &k.arn, Signature: signature, SigningAlgorithm: in.SigningAlgorithm}, nil
}

// Verify verifies a signature. One that is not of this message by this key is an error.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html
func (s *Service) Verify(ctx context.Context, c *iam.Caller, in *kms.VerifyInput) (*kms.VerifyOutput, error) {
	r := signing{opVerify, *in.KeyId, in.SigningAlgorithm, &in.MessageType, in.Message, in.GrantTokens, dry(in.DryRun)}
	k, m, err := s.signer(ctx, c, &r)
	if err != nil {
		return nil, err
	}
	err = m.Verify(in.SigningAlgorithm, in.MessageType, in.Message, in.Signature)
	if errors.Is(err, material.ErrSignature) {
		return nil, errSignature()
	}
	if err != nil {
		return nil, err
	}
	s.used(c, k)
	return &kms.VerifyOutput{KeyId: &k.arn, SignatureValid: true, SigningAlgorithm: in.SigningAlgorithm}, nil
}

// signing is what the two operations have in common.
type signing struct {
	op        operation
	keyID     string
	algorithm types.SigningAlgorithmSpec
	kind      *types.MessageType // filled in if the caller gave none
	message   []byte
	tokens    []string
	dryRun    bool
}

// signer returns the key that r names and its material, if r can be done with it.
func (s *Service) signer(ctx context.Context, c *iam.Caller, r *signing) (*key, material.Signer, error) {
	if *r.kind == "" {
		*r.kind = types.MessageTypeRaw
	}
	k, err := s.use(ctx, c, &ask{op: r.op, name: r.keyID, tokens: r.tokens, further: []condition{
		{"kms:signingalgorithm", policy.Single(string(r.algorithm))}, {"kms:messagetype", policy.Single(string(*r.kind))},
	}})
	if err != nil {
		return nil, nil, err
	}
	if err := checkUse(k, r.op, types.KeyUsageTypeSignVerify, string(r.algorithm)); err != nil {
		return nil, nil, err
	}
	if !material.TakesMessage(r.algorithm, *r.kind) {
		return nil, nil, errMessageType(*r.kind, r.algorithm)
	}
	if n := material.MessageSize(r.algorithm, *r.kind); n != 0 && len(r.message) != n {
		return nil, nil, errDigest(r.algorithm)
	}
	if r.dryRun {
		return nil, nil, errDryRun()
	}
	m, err := materialOf[material.Signer](ctx, s, k)
	return k, m, err
}
