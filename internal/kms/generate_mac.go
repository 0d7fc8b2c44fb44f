package kms

import (
	"context"
	"crypto/hmac"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/material"
)

// GenerateMac makes the HMAC of a message of up to 4,096 bytes.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
func (s *Service) GenerateMac(ctx context.Context, c *iam.Caller, in *kms.GenerateMacInput) (*kms.GenerateMacOutput, error) {
	k, sum, err := s.mac(ctx, c, &authentication{opGenerateMac, *in.KeyId, in.MacAlgorithm, in.Message, in.GrantTokens, dry(in.DryRun)})
	if err != nil {
		return nil, err
	}
	s.used(c, k)
	return &kms.GenerateMacOutput{KeyId: &k.arn, Mac: sum, MacAlgorithm: in.MacAlgorithm}, nil
}

// VerifyMac verifies an HMAC. One that is not of this message by this key is an error.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_VerifyMac.html
func (s *Service) VerifyMac(ctx context.Context, c *iam.Caller, in *kms.VerifyMacInput) (*kms.VerifyMacOutput, error) {
	k, sum, err := s.mac(ctx, c, &authentication{opVerifyMac, *in.KeyId, in.MacAlgorithm, in.Message, in.GrantTokens, dry(in.DryRun)})
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(sum, in.Mac) {
		return nil, errMac()
	}
	s.used(c, k)
	return &kms.VerifyMacOutput{KeyId: &k.arn, MacValid: true, MacAlgorithm: in.MacAlgorithm}, nil
}

// authentication is what the two operations have in common.
type authentication struct {
	op        operation
	keyID     string
	algorithm types.MacAlgorithmSpec
	message   []byte
	tokens    []string
	dryRun    bool
}

func (s *Service) mac(ctx context.Context, c *iam.Caller, r *authentication) (*key, []byte, error) {
	k, err := s.use(ctx, c, &ask{op: r.op, name: r.keyID, tokens: r.tokens, further: []condition{
		{"kms:macalgorithm", policy.Single(string(r.algorithm))},
	}})
	if err != nil {
		return nil, nil, err
	}
	if err := checkUse(k, r.op, types.KeyUsageTypeGenerateVerifyMac, string(r.algorithm)); err != nil {
		return nil, nil, err
	}
	if r.dryRun {
		return nil, nil, errDryRun()
	}
	m, err := materialOf[material.Authenticator](ctx, s, k)
	if err != nil {
		return nil, nil, err
	}
	return k, m.MAC(r.message), nil
}
