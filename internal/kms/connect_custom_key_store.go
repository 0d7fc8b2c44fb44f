package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// ConnectCustomKeyStore begins to connect a custom key store. What comes of it, the state of the
// store tells. One that is connected, or is being connected, stays as it is.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ConnectCustomKeyStore.html
func (s *Service) ConnectCustomKeyStore(ctx context.Context, c *iam.Caller, in *kms.ConnectCustomKeyStoreInput) (*kms.ConnectCustomKeyStoreOutput, error) {
	if err := s.authorizeAccount(ctx, c, "ConnectCustomKeyStore"); err != nil {
		return nil, err
	}
	if err := s.admitConnection(ctx, c, *in.CustomKeyStoreId); err != nil {
		return nil, err
	}
	begun := false
	err := s.update(ctx, c, func(tx *store.Tx) error {
		begun = false
		ks, err := openKeyStore(tx, c.Region, c.Principal.Account, *in.CustomKeyStoreId)
		if err != nil {
			return err
		}
		noteKeyStore(c, ks)
		switch ks.State {
		case types.ConnectionStateTypeConnecting, types.ConnectionStateTypeConnected:
			return nil
		case types.ConnectionStateTypeDisconnected:
		default:
			return errStoreState(ks, "be connected")
		}
		begun = true
		ks.State, ks.Request, ks.due = types.ConnectionStateTypeConnecting, c.Event.RequestID, s.clock.Now()
		return ks.put(tx)
	})
	if err != nil {
		return nil, err
	}
	if begun {
		s.settleSoon()
	}
	return &kms.ConnectCustomKeyStoreOutput{}, nil
}

// admitConnection refuses what the description of the cluster shows already: the store stays
// disconnected then. A cluster that is gone is what the attempt itself fails of.
func (s *Service) admitConnection(ctx context.Context, c *iam.Caller, id string) error {
	if err := s.db.Sync(ctx); err != nil {
		return err
	}
	ks, err := s.keyStore(ctx, c.Region, c.Principal.Account, id)
	if err != nil || ks.Cluster == nil || ks.State != types.ConnectionStateTypeDisconnected {
		return err
	}
	cluster, err := s.cluster(ctx, ks, ks.Cluster.ID)
	if err != nil {
		if isClusterNotFound(err) {
			return nil
		}
		return err
	}
	if err := connectable(cluster); err != nil {
		noteKeyStore(c, ks)
		return err
	}
	return nil
}

// DisconnectCustomKeyStore begins to disconnect a custom key store. Its keys can't be used from
// then on.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_DisconnectCustomKeyStore.html
func (s *Service) DisconnectCustomKeyStore(ctx context.Context, c *iam.Caller, in *kms.DisconnectCustomKeyStoreInput) (*kms.DisconnectCustomKeyStoreOutput, error) {
	if err := s.authorizeAccount(ctx, c, "DisconnectCustomKeyStore"); err != nil {
		return nil, err
	}
	err := s.update(ctx, c, func(tx *store.Tx) error {
		ks, err := openKeyStore(tx, c.Region, c.Principal.Account, *in.CustomKeyStoreId)
		if err != nil {
			return err
		}
		noteKeyStore(c, ks)
		switch ks.State {
		case types.ConnectionStateTypeDisconnecting, types.ConnectionStateTypeDisconnected:
			return errStoreState(ks, "be disconnected")
		case types.ConnectionStateTypeConnecting: // due when the attempt has ended
		default:
			ks.due = s.clock.Now()
		}
		ks.State, ks.Error = types.ConnectionStateTypeDisconnecting, ""
		return ks.put(tx)
	})
	if err != nil {
		return nil, err
	}
	s.settleSoon()
	return &kms.DisconnectCustomKeyStoreOutput{}, nil
}
