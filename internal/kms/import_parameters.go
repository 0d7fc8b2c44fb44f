package kms

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/material"
)

// GetParametersForImport makes a wrapping key for the import of key material, and the token
// that goes with it.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html
func (s *Service) GetParametersForImport(ctx context.Context, c *iam.Caller, in *kms.GetParametersForImportInput) (*kms.GetParametersForImportOutput, error) {
	k, err := s.use(ctx, c, &ask{op: opGetParametersForImport, name: *in.KeyId, further: []condition{
		{"kms:wrappingalgorithm", policy.Single(string(in.WrappingAlgorithm))}, {"kms:wrappingkeyspec", policy.Single(string(in.WrappingKeySpec))},
	}})
	if err != nil {
		return nil, err
	}
	if err := k.takesMaterial(); err != nil {
		return nil, err
	}
	spec, err := wrappingSpec(k, in)
	if err != nil {
		return nil, err
	}
	w, err := s.pairs.Take(ctx, c.Principal.Account, spec)
	if err != nil {
		return nil, errPair(err)
	}
	defer w.Private.Wipe() // the token has it
	until := s.clock.Now().Truncate(time.Millisecond).Add(tokenLife)
	token, err := s.sealImportToken(ctx, k, importToken{in.WrappingAlgorithm, spec.Name, w.Private.Expose(), until})
	if err != nil {
		return nil, err
	}
	return &kms.GetParametersForImportOutput{KeyId: &k.arn, PublicKey: w.Public, ImportToken: token, ParametersValidTo: &until}, nil
}

// takesMaterial refuses the keys that nothing can be imported into. The rows of the operations
// have let those pass that are pending deletion, for a key of another origin has another error.
func (k *key) takesMaterial() error {
	if k.Origin != types.OriginTypeExternal {
		return errOrigin(k.arn, k.Origin)
	}
	return changing.check(k, k.State)
}

// wrappingSpec is the spec of the wrapping key that the caller asks for.
func wrappingSpec(k *key, in *kms.GetParametersForImportInput) (*material.Spec, error) {
	spec := material.SpecOf(types.KeySpec(in.WrappingKeySpec))
	switch {
	case in.WrappingAlgorithm == types.AlgorithmSpecRsaesPkcs1V15: // refused since October 2023
		return nil, errUnsupported("WrappingAlgorithm %s is no longer supported.", in.WrappingAlgorithm)
	case spec == nil:
		return nil, errUnsupported("WrappingKeySpec %s is not supported in this Region.", in.WrappingKeySpec)
	case in.WrappingAlgorithm == types.AlgorithmSpecSm2pke:
		return nil, errUnsupported("WrappingAlgorithm %s is not supported in this Region.", in.WrappingAlgorithm)
	case !material.Carries(in.WrappingAlgorithm, spec.Bits, k.spec):
		return nil, errUnsupported("WrappingAlgorithm %s and WrappingKeySpec %s can't be used to import key material of KeySpec %s.", in.WrappingAlgorithm, spec.Name, k.Spec)
	}
	return spec, checkFIPS(k.spec, string(in.WrappingAlgorithm))
}
