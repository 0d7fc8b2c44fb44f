package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// EnableKey lets a disabled key work again. It is no error if the key is enabled.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html
func (s *Service) EnableKey(ctx context.Context, c *iam.Caller, in *kms.EnableKeyInput) (*kms.EnableKeyOutput, error) {
	if err := s.setState(ctx, c, opEnableKey, *in.KeyId, types.KeyStateEnabled); err != nil {
		return nil, err
	}
	return &kms.EnableKeyOutput{}, nil
}

// DisableKey stops all cryptographic use of a key. It is no error if the key is disabled.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html
func (s *Service) DisableKey(ctx context.Context, c *iam.Caller, in *kms.DisableKeyInput) (*kms.DisableKeyOutput, error) {
	if err := s.setState(ctx, c, opDisableKey, *in.KeyId, types.KeyStateDisabled); err != nil {
		return nil, err
	}
	return &kms.DisableKeyOutput{}, nil
}

func (s *Service) setState(ctx context.Context, c *iam.Caller, op operation, name string, to types.KeyState) error {
	_, err := s.change(ctx, c, &ask{op: op, name: name}, func(_ *store.Tx, k *key) error {
		k.State = to
		return nil
	})
	return err
}
