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
	return k.stateBy(func() (*keyStore, error) { return s.storeOf(ctx, k) })
}

// stateWithin is state inside a transaction.
func stateWithin(tx *store.Tx, k *key) (types.KeyState, error) {
	return k.stateBy(func() (*keyStore, error) { return openKeyStore(tx, k.ref.Region, k.Account, k.KeyStore) })
}

// stateBy is the state with the store that find finds, which is asked only if that matters.
func (k *key) stateBy(find func() (*keyStore, error)) (types.KeyState, error) {
	if !k.custom() || k.deleting() {
		return k.State, nil
	}
	ks, err := find()
	if err != nil && !isStoreNotFound(err) {
		return "", err
	}
	return k.stateIn(ks), nil
}

// stateIn is the state while the key's store is ks; nil if that is gone.
func (k *key) stateIn(ks *keyStore) types.KeyState {
	if k.custom() && !k.deleting() && (ks == nil || !ks.connected()) {
		return types.KeyStateUnavailable
	}
	return k.State
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
	if !k.custom() {
		return k.metadataIn(nil), nil
	}
	ks, err := s.storeOf(ctx, k)
	if err != nil && !isStoreNotFound(err) {
		return nil, err
	}
	return k.metadataIn(ks), nil
}

// metadataIn is the key while its custom key store is ks; nil if the key is in none, or the store
// is gone.
func (k *key) metadataIn(ks *keyStore) *types.KeyMetadata {
	m := k.metadata()
	if !k.custom() {
		return m
	}
	m.CustomKeyStoreId = &k.KeyStore
	if k.externally() {
		m.XksKeyConfiguration = &types.XksKeyConfigurationType{Id: &k.XksKeyID}
	} else if ks != nil {
		m.CloudHsmClusterId = &ks.Cluster.ID
	}
	m.KeyState = k.stateIn(ks)
	m.Enabled = m.Enabled && m.KeyState == k.State
	return m
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
