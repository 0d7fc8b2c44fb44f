package kms

import (
	"context"
	"errors"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/secret"
)

// proxy is how the proxy of an external key store is reached.
func (ks *keyStore) proxy() *external.Proxy {
	l := ks.External
	return &external.Proxy{
		Store: ks.id, Account: ks.account, Region: ks.region,
		Connectivity: l.Connectivity, Endpoint: l.Endpoint, Path: l.Path, ServiceName: l.ServiceName, ServiceOwner: l.ServiceOwner,
		AccessKeyID: l.AccessKeyID, Secret: l.Secret,
	}
}

// link names the cluster of a CloudHSM key store.
func (ks *keyStore) link() cloudhsm.ClusterRef {
	return cloudhsm.ClusterRef{Account: ks.account, Region: ks.region, ID: ks.Cluster.ID}
}

// passwordOf returns the function that tells sessions the password of kmsuser while the store is
// connected, and else refuses.
func (s *Service) passwordOf(ks *keyStore) func(context.Context) (secret.Bytes, error) {
	region, account, id := ks.region, ks.account, ks.id
	return func(ctx context.Context) (secret.Bytes, error) {
		if err := s.db.Sync(ctx); err != nil { // one that is out of date would count as a failed login
			return secret.Bytes{}, err
		}
		ks, err := s.keyStore(ctx, region, account, id)
		if err != nil {
			return secret.Bytes{}, err
		}
		if !ks.connected() {
			return secret.Bytes{}, errStoreState(ks, "be used")
		}
		s.logins.note(ks)
		return ks.Cluster.Password, nil
	}
}

// checkNewProxy asks about the proxy of a store that is to be made. One behind a VPC endpoint
// service is called only when the store is connected.
func (s *Service) checkNewProxy(ctx context.Context, c *iam.Caller, ks *keyStore) error {
	if ks.External.behind() && s.external != nil {
		return storeException(s.external.CheckService(ks.proxy()))
	}
	return s.checkProxy(ctx, c, "CreateCustomKeyStore", ks)
}

// checkProxy asks the proxy of a store that an operation makes or changes.
func (s *Service) checkProxy(ctx context.Context, c *iam.Caller, operation string, ks *keyStore) error {
	return storeException(s.reach(ctx, ks, operation, c.Event.RequestID))
}

// reach tries to reach the proxy of a store, for the call of an operation.
func (s *Service) reach(ctx context.Context, ks *keyStore, operation, request string) error {
	if s.external == nil {
		return errNoExternal()
	}
	if err := s.external.CheckService(ks.proxy()); err != nil {
		return err
	}
	return s.health(ctx, ks, operation, request)
}

// health asks the proxy of a store for its health, for the call of an operation.
func (s *Service) health(ctx context.Context, ks *keyStore, operation, request string) error {
	_, err := s.external.Health(ctx, ks.proxy(), external.Call{RequestID: request, Operation: operation})
	return err
}

// storeException is what CreateCustomKeyStore and UpdateCustomKeyStore make of a proxy's failure.
func storeException(err error) error {
	if failed, ok := errors.AsType[*external.Error](err); ok {
		return failed.CreateStore()
	}
	return err
}

// forgetProxy ends this node's connections to the proxy of a store.
func (s *Service) forgetProxy(ks *keyStore) {
	if s.external != nil {
		s.external.Forget(ks.id)
	}
}
