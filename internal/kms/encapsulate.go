package kms

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/material"
)

// Encapsulate makes a shared secret by ML-KEM (FIPS 203), and the ciphertext from which
// Decapsulate gets it back.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encapsulate.html
func (s *Service) Encapsulate(ctx context.Context, c *iam.Caller, in *kms.EncapsulateInput) (*kms.EncapsulateOutput, error) {
	k, m, err := s.decapsulator(ctx, c, &encapsulation{opEncapsulate, *in.KeyId, in.EncapsulationAlgorithm, in.GrantTokens, dry(in.DryRun)})
	if err != nil {
		return nil, err
	}
	secret, ciphertext, err := m.Encapsulate()
	if err != nil {
		return nil, err
	}
	s.used(c, k)
	return &kms.EncapsulateOutput{
		KeyId: &k.arn, EncapsulationAlgorithm: in.EncapsulationAlgorithm, SharedSecret: secret, SharedSecretCiphertextBlob: ciphertext,
	}, nil
}

// Decapsulate gets a shared secret back. A ciphertext that was not made for the key gives a
// secret that nobody else has, and no error, unless its length is wrong.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decapsulate.html
func (s *Service) Decapsulate(ctx context.Context, c *iam.Caller, in *kms.DecapsulateInput) (*kms.DecapsulateOutput, error) {
	k, m, err := s.decapsulator(ctx, c, &encapsulation{opDecapsulate, *in.KeyId, in.EncapsulationAlgorithm, in.GrantTokens, dry(in.DryRun)})
	if err != nil {
		return nil, err
	}
	secret, err := m.Decapsulate(in.SharedSecretCiphertextBlob)
	if errors.Is(err, material.ErrCiphertext) {
		return nil, errCiphertext()
	}
	if err != nil {
		return nil, err
	}
	s.used(c, k)
	return &kms.DecapsulateOutput{KeyId: &k.arn, EncapsulationAlgorithm: in.EncapsulationAlgorithm, SharedSecret: secret}, nil
}

// encapsulation is what the two operations have in common.
type encapsulation struct {
	op        operation
	keyID     string
	algorithm types.EncapsulationAlgorithmSpec
	tokens    []string
	dryRun    bool
}

// decapsulator returns the key that r names and its material, if r can be done with it. There
// is no condition key for the algorithm.
func (s *Service) decapsulator(ctx context.Context, c *iam.Caller, r *encapsulation) (*key, material.Decapsulator, error) {
	k, err := s.use(ctx, c, &ask{op: r.op, name: r.keyID, tokens: r.tokens})
	if err != nil {
		return nil, nil, err
	}
	if err := checkUse(k, r.op, types.KeyUsageTypeEncapsulateDecapsulate, string(r.algorithm)); err != nil {
		return nil, nil, err
	}
	if r.dryRun {
		return nil, nil, errDryRun()
	}
	m, err := materialOf[material.Decapsulator](ctx, s, k)
	return k, m, err
}
