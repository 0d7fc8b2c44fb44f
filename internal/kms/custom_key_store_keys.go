package kms

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/store"
)

// storeKeyKind is the kind of the records of the keys of custom key stores. The key of one is
// "REGION/ACCOUNT/STORE/NAME": of a CloudHSM key store with the id of the key in the cluster, of an
// external key store with the id of the external key. Its Ref is the key of the KMS key's record.
const storeKeyKind = "kms-key-store-key"

func (ks *keyStore) keyPath(name string) string { return ks.path() + "/" + name }

// claim lets the KMS key k have what its store calls name, which no other has in the store. It is
// k's until release, at the end of its deletion.
func (ks *keyStore) claim(tx *store.Tx, k *key, name string) error {
	err := tx.Insert(store.Record{Kind: storeKeyKind, Key: ks.keyPath(name), Ref: k.ref.Path(), Body: []byte("{}")})
	if errors.Is(err, store.ErrExists) {
		return &types.XksKeyAlreadyInUseException{Message: new("The external key " + name + " is already associated with a KMS key in this external key store.")}
	}
	return err
}

// release takes back what claim gave.
func (ks *keyStore) release(tx *store.Tx, name string) error {
	return forget(tx, storeKeyKind, ks.keyPath(name))
}

// hasKeys says whether there are KMS keys in the store, in whatever state.
func (ks *keyStore) hasKeys(tx *store.Tx) (bool, error) {
	some, err := tx.Scan(storeKeyKind, store.Range{Prefix: ks.keyPath(""), Limit: 1})
	return len(some) > 0, err
}
