package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
)

// GetPublicKey shows the public key of an asymmetric key, as DER SubjectPublicKeyInfo.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html
func (s *Service) GetPublicKey(ctx context.Context, c *iam.Caller, in *kms.GetPublicKeyInput) (*kms.GetPublicKeyOutput, error) {
	k, err := s.use(ctx, c, &ask{op: opGetPublicKey, name: *in.KeyId, tokens: in.GrantTokens})
	if err != nil {
		return nil, err
	}
	if !k.spec.Asymmetric() {
		return nil, errSymmetric()
	}
	if k.PublicKey == nil { // to be imported
		return nil, errState(k.arn, "pending import")
	}
	m := k.metadata()
	return &kms.GetPublicKeyOutput{
		KeyId: &k.arn, PublicKey: k.PublicKey, KeySpec: k.Spec, CustomerMasterKeySpec: types.CustomerMasterKeySpec(k.Spec), KeyUsage: k.Usage,
		EncryptionAlgorithms: m.EncryptionAlgorithms, SigningAlgorithms: m.SigningAlgorithms, KeyAgreementAlgorithms: m.KeyAgreementAlgorithms,
		EncapsulationAlgorithms: m.EncapsulationAlgorithms,
	}, nil
}
