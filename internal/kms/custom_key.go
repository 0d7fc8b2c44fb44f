package kms

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/store"
)

// custom says whether the key is in a custom key store.
func (k *key) custom() bool { return k.KeyStore != "" }

// inHSM says whether its material is in a CloudHSM cluster.
func (k *key) inHSM() bool { return k.Origin == types.OriginTypeAwsCloudhsm }

// externally says whether its material is beside an external key.
func (k *key) externally() bool { return k.Origin == types.OriginTypeExternalKeyStore }

// storeName is what the key's store calls its part of the key.
func (k *key) storeName() string {
	if k.externally() {
		return k.XksKeyID
	}
	return k.Material
}

// storeOf returns the custom key store of the key by way of the cache.
func (s *Service) storeOf(ctx context.Context, k *key) (*keyStore, error) {
	return s.keyStore(ctx, k.ref.Region, k.Account, k.KeyStore)
}

// state is the state that the key is in now: its own, or Unavailable while its custom key store is
// not connected. The latter is in no record, so that the former comes back by itself. A key that
// waits for its deletion goes on doing so.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func (s *Service) state(ctx context.Context, k *key) (types.KeyState, error) {
	return k.stateIn(func() (*keyStore, error) { return s.storeOf(ctx, k) })
}

// stateWithin is state inside a transaction.
func stateWithin(tx *store.Tx, k *key) (types.KeyState, error) {
	return k.stateIn(func() (*keyStore, error) { return openKeyStore(tx, k.ref.Region, k.Account, k.KeyStore) })
}

func (k *key) stateIn(find func() (*keyStore, error)) (types.KeyState, error) {
	if !k.custom() || k.deleting() {
		return k.State, nil
	}
	ks, err := find()
	switch {
	case err != nil && !isStoreNotFound(err):
		return "", err
	case err != nil || !ks.connected():
		return types.KeyStateUnavailable, nil
	}
	return k.State, nil
}

// check returns the error that the state of the key means for an operation.
func (s *Service) check(ctx context.Context, k *key, o operation) error {
	state, err := s.state(ctx, k)
	if err != nil {
		return err
	}
	return o.states.check(k, state)
}

// checkWithin is check inside a transaction.
func checkWithin(tx *store.Tx, k *key, o operation) error {
	state, err := stateWithin(tx, k)
	if err != nil {
		return err
	}
	return o.states.check(k, state)
}

// errUnavailable says that the store of a key is not connected.
func errUnavailable(k *key) error {
	if k.externally() {
		return (&external.Error{Cause: external.NotConnected}).Use()
	}
	return errState(k.arn, "unavailable")
}

// metadata returns the key as DescribeKey shows it now.
func (s *Service) metadata(ctx context.Context, k *key) (*types.KeyMetadata, error) {
	m := k.metadata()
	if !k.custom() {
		return m, nil
	}
	m.CustomKeyStoreId = &k.KeyStore
	if k.externally() {
		m.XksKeyConfiguration = &types.XksKeyConfigurationType{Id: &k.XksKeyID}
	} else if ks, err := s.storeOf(ctx, k); err == nil {
		m.CloudHsmClusterId = &ks.Cluster.ID
	} else if !isStoreNotFound(err) {
		return nil, err
	}
	var err error
	if m.KeyState, err = s.state(ctx, k); err != nil {
		return nil, err
	}
	m.Enabled = m.Enabled && m.KeyState == k.State
	return m, nil
}

// noteCustom puts the custom key store of a key into the record of a cryptographic operation,
// whether it succeeds or not.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/xks-monitoring.html
func (k *key) noteCustom(c *iam.Caller, o operation) {
	if !k.custom() || o.states != cryptographic {
		return
	}
	name := "BackingKeyId"
	if k.externally() {
		name = "XksKeyId"
	}
	side := "" // of a record that may have two keys
	switch o.name {
	case opReEncryptFrom.name:
		side = "source"
	case opReEncryptTo.name:
		side = "destination"
	}
	noteMaterial(c, lowerFirst(side+"CustomKeyStoreId"), k.KeyStore)
	noteMaterial(c, lowerFirst(side+name), k.storeName())
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
