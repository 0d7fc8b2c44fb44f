package kms

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/iam"
	hsmstore "github.com/keystead/keystead/internal/keystore/cloudhsm"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/xks"
)

// inCustomStore says whether a key with the origin is in a custom key store.
func inCustomStore(o types.OriginType) bool {
	return o == types.OriginTypeAwsCloudhsm || o == types.OriginTypeExternalKeyStore
}

// storeFor returns the custom key store that a new key is to be in, nil for none, and refuses
// what can't be in one. AWS publishes what must fit together, and no texts.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
func (s *Service) storeFor(ctx context.Context, c *iam.Caller, in *kms.CreateKeyInput) (*keyStore, error) {
	if in.CustomKeyStoreId == nil {
		if inCustomStore(in.Origin) {
			return nil, errValidation("You must specify CustomKeyStoreId for a KMS key with Origin %s.", in.Origin)
		}
		return nil, nil
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	ks, err := s.keyStore(ctx, c.Region, c.Principal.Account, *in.CustomKeyStoreId)
	switch {
	case err != nil:
		return nil, err
	case !inCustomStore(in.Origin):
		return nil, errValidation("You must specify Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE for a KMS key in a custom key store.")
	case ks.external() != (in.Origin == types.OriginTypeExternalKeyStore):
		return nil, errUnsupported("Origin %s is not valid for a custom key store of type %s.", in.Origin, ks.Type)
	case in.KeySpec != types.KeySpecSymmetricDefault:
		return nil, errUnsupported("KeySpec %s is not supported in a custom key store.", in.KeySpec)
	case *in.MultiRegion:
		return nil, errUnsupported("Multi-Region keys are not supported in a custom key store.")
	case ks.external():
		err = checkXksKeyID(ks, in.XksKeyId)
	}
	if err == nil && !ks.connected() {
		err = errStoreState(ks, "create KMS keys")
	}
	return ks, err
}

// checkXksKeyID refuses an id that can't be part of the proxy's URIs.
func checkXksKeyID(ks *keyStore, id *string) error {
	switch {
	case id == nil:
		return errValidation("You must specify XksKeyId for a KMS key with Origin EXTERNAL_KEY_STORE.")
	case !xks.ValidKeyID(*id):
		return errValidation("XksKeyId is not a valid external key ID.")
	}
	if err := xks.CheckURI(ks.External.Endpoint, ks.External.Path, *id); err != nil {
		return errValidation("XksKeyId is not valid for the custom key store: %v.", err)
	}
	return nil
}

// createIn makes the material of the new key k in or beside its custom key store, and stores the
// key.
func (s *Service) createIn(ctx context.Context, c *iam.Caller, ks *keyStore, k *key, xksKeyID *string) error {
	k.KeyStore = ks.id
	if ks.external() {
		k.XksKeyID = *xksKeyID
		return s.createExternally(ctx, c, ks, k)
	}
	return s.createInHSM(ctx, c, ks, k)
}

// createExternally makes a key over an external key, which must be there and fit.
func (s *Service) createExternally(ctx context.Context, c *iam.Caller, ks *keyStore, k *key) error {
	if s.external == nil {
		return errNoExternal()
	}
	m, err := s.external.Metadata(ctx, ks.proxy(), proxyCall(c, nil), k.XksKeyID)
	if err == nil {
		err = external.CheckKey(m)
	}
	if failed, ok := errors.AsType[*external.Error](err); ok {
		return failed.CreateKey()
	}
	if err != nil {
		return err
	}
	own, err := s.firstMaterial(ctx, k)
	if err != nil {
		return err
	}
	return s.insertCustom(ctx, ks, k, func(tx *store.Tx) error { return s.insertKey(ctx, tx, k, own) })
}

// createInHSM makes a key whose material is made in the HSMs of a cluster. The material comes
// first: there is no key without. If the key can't be stored, the material goes again, at once or
// by the job that finds it on the list of what is to go.
func (s *Service) createInHSM(ctx context.Context, c *iam.Caller, ks *keyStore, k *key) error {
	if err := s.roomFor(ctx, ks); err != nil {
		return err
	}
	session, err := s.session(ks)
	if err != nil {
		return err
	}
	within, leave, err := s.enter(ctx, ks, makingTime)
	if err != nil {
		return err
	}
	defer leave()
	id := hsmstore.NewID()
	if err := s.makeHSMKey(ctx, ks, k, id); err != nil {
		return err
	}
	if err := hsmstore.Generate(within, session, id, k.arn); err != nil {
		s.undoInHSM(ctx, session, id, k) // some HSMs may have it
		return s.clusterFailure(ctx, ks, "create a key in", err)
	}
	k.setCurrent(id, keyMaterial{})
	err = s.insertCustom(ctx, ks, k, func(tx *store.Tx) error {
		if err := s.insertKey(ctx, tx, k, nil); err != nil {
			return err
		}
		return s.keepHSMKey(tx, ks, k)
	})
	if err != nil {
		s.undoInHSM(ctx, session, id, k)
		return err
	}
	noteMaterial(c, "backingKey", backingKey(id.String(), ""))
	return nil
}

// insertCustom stores a new key, which insert does, if its store is still there and connected, and
// with the cluster that has the material. What its store calls it no other key in the store may have.
func (s *Service) insertCustom(ctx context.Context, made *keyStore, k *key, insert func(tx *store.Tx) error) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		ks, err := openKeyStore(tx, k.ref.Region, k.Account, k.KeyStore)
		if err != nil {
			return err
		}
		if !ks.connected() {
			return errStoreState(ks, "create KMS keys")
		}
		if !ks.external() && ks.link() != made.link() {
			return errOtherCluster(ks, made)
		}
		if err := ks.claim(tx, k, k.storeName()); err != nil {
			return err
		}
		return insert(tx)
	})
	if err != nil {
		return fmt.Errorf("create key in custom key store: %w", err)
	}
	return nil
}

// roomFor refuses a cluster in which there can be no new key, as far as its description goes.
func (s *Service) roomFor(ctx context.Context, ks *keyStore) error {
	cluster, err := s.cluster(ctx, ks, ks.Cluster.ID)
	if err == nil {
		err = usable(cluster)
	}
	if isClusterNotFound(err) {
		return errClusterConfiguration(ks.Cluster.ID, "it is not found")
	}
	if _, inactive := errors.AsType[*types.CloudHsmClusterNotActiveException](err); inactive { // which CreateKey does not have
		return errClusterConfiguration(ks.Cluster.ID, "it is not active")
	}
	return err
}

// undoing is how long the removal of material may take that no key has come of, in wall time.
const undoing = 20 * time.Second

// undoInHSM removes the material of a key that could not be stored. An error does not prove that
// it was not: that there is no such key, and won't be, is settled first. What remains the job
// removes, or it is an orphan.
func (s *Service) undoInHSM(ctx context.Context, session hsmstore.Session, id material.ID, k *key) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoing)
	defer cancel()
	begun, err := s.beginDestroying(ctx, k.deletionPath())
	if err == nil && !begun {
		return // it was stored
	}
	if err == nil {
		err = hsmstore.Destroy(ctx, session, id)
	}
	if err == nil {
		err = s.db.Update(ctx, func(tx *store.Tx) error { return forget(tx, hsmDeletionKind, k.deletionPath()) })
	}
	if err != nil {
		s.log.WarnContext(ctx, "key material of no KMS key may be in a CloudHSM cluster until a job removes it", "store", k.KeyStore, "label", k.arn, "id", id.String(), "error", err)
	}
}

// clusterFailure is what operations other than those with a key get for what a cluster failed with.
func (s *Service) clusterFailure(ctx context.Context, ks *keyStore, todo string, err error) error {
	switch {
	case errors.Is(err, cloudhsm.ErrTooFewHSMs):
		return errClusterConfiguration(ks.Cluster.ID, "it has too few active HSMs in different Availability Zones")
	case errors.Is(err, cloudhsm.ErrIV):
		s.log.WarnContext(ctx, "KMS can't "+todo+" a CloudHSM cluster", "store", ks.id, "cluster", ks.Cluster.ID, "error", err)
		return errClusterConfiguration(ks.Cluster.ID, "its HSMs make AES-GCM initialization vectors that do not have 12 bytes")
	case errors.Is(err, cloudhsm.ErrThrottled):
		return errNoSession()
	case unreachable(err):
		s.log.WarnContext(ctx, "KMS could not "+todo+" a CloudHSM cluster", "store", ks.id, "cluster", ks.Cluster.ID, "error", err)
		return &types.DependencyTimeoutException{Message: new(textUnreachable)}
	}
	return fmt.Errorf("%s CloudHSM cluster %s: %w", todo, ks.Cluster.ID, err)
}
