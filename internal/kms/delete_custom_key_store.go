package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// DeleteCustomKeyStore forgets a custom key store that is disconnected and has no keys, not even
// ones that wait for their deletion. What it was associated with stays as it is.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteCustomKeyStore.html
func (s *Service) DeleteCustomKeyStore(ctx context.Context, c *iam.Caller, in *kms.DeleteCustomKeyStoreInput) (*kms.DeleteCustomKeyStoreOutput, error) {
	if err := s.authorizeAccount(ctx, c, "DeleteCustomKeyStore"); err != nil {
		return nil, err
	}
	err := s.update(ctx, c, func(tx *store.Tx) error {
		ks, err := openKeyStore(tx, c.Region, c.Principal.Account, *in.CustomKeyStoreId)
		if err != nil {
			return err
		}
		noteKeyStore(c, ks)
		if ks.State != types.ConnectionStateTypeDisconnected {
			return errStoreState(ks, "be deleted")
		}
		if has, err := ks.hasKeys(tx); err != nil {
			return err
		} else if has {
			return errStoreHasKeys(ks.id)
		}
		return tx.Delete(keyStoreKind, ks.path())
	})
	if err != nil {
		return nil, err
	}
	return &kms.DeleteCustomKeyStoreOutput{}, nil
}
