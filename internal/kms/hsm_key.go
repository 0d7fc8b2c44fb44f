package kms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/store"
)

// hsmKeyKind is the kind of the records of the key material that was made in HSMs. A record's key
// is "REGION/ACCOUNT/KEY ID". It stays when the key is gone: the material may remain in the
// cluster, and does remain in backups. It is due while the material is to be deleted.
const hsmKeyKind = "kms-hsm-key"

// HSMKey is what is known of key material that was made in the HSMs of a CloudHSM cluster.
type HSMKey struct {
	Account string `json:"-"`
	Region  string `json:"-"`
	KeyID   string `json:"-"`
	KeyARN  string `json:"keyArn"` // the label (CKA_LABEL) of the material

	KeyStore     string         `json:"keyStore"`
	Cluster      string         `json:"cluster"`      // where it was made, or was to be deleted
	BackingKeyID string         `json:"backingKeyId"` // its CKA_ID
	Created      time.Time      `json:"created"`
	Deleted      time.Time      `json:"deleted,omitzero"` // when the KMS key was; zero while there is one
	Outcome      HSMKeyDeletion `json:"outcome,omitempty"`
	version      int64          // of the record
}

// HSMKeyDeletion is what has come of the deletion of key material in a cluster.
type HSMKeyDeletion string

// The outcomes. The last two are CloudTrail's words.
const (
	HSMKeyInUse           HSMKeyDeletion = "" // the KMS key exists
	HSMKeyDeletionPending HSMKeyDeletion = "PENDING"
	HSMKeyDeleted         HSMKeyDeletion = "SUCCESS"
	HSMKeyOrphaned        HSMKeyDeletion = "FAILURE" // it may still be in the cluster
)

// path is the key of the record.
func (h *HSMKey) path() string { return accountRef(h.Region, h.Account) + h.KeyID }

func (h *HSMKey) record(due time.Time) (store.Record, error) {
	body, err := json.Marshal(h)
	if err != nil {
		return store.Record{}, fmt.Errorf("encode HSM key %s: %w", h.KeyARN, err)
	}
	return store.Record{Kind: hsmKeyKind, Key: h.path(), Due: due, Version: h.version, Body: body}, nil
}

func decodeHSMKey(r store.Record) (*HSMKey, error) {
	h := &HSMKey{version: r.Version}
	if err := json.Unmarshal(r.Body, h); err != nil {
		return nil, fmt.Errorf("decode HSM key record %s: %w", r.Key, err)
	}
	parts := strings.Split(r.Key, "/")
	if len(parts) != 3 {
		return nil, fmt.Errorf("malformed key of an HSM key record: %q", r.Key)
	}
	h.Region, h.Account, h.KeyID = parts[0], parts[1], parts[2]
	return h, nil
}

// insertHSMKey stores what is known of the material of a new key.
func insertHSMKey(tx *store.Tx, ks *keyStore, k *key) error {
	h := &HSMKey{
		Account: k.Account, Region: k.ref.Region, KeyID: k.id, KeyARN: k.arn,
		KeyStore: ks.id, Cluster: ks.Cluster.ID, BackingKeyID: k.Material, Created: k.Created,
	}
	r, err := h.record(time.Time{})
	if err != nil {
		return err
	}
	return tx.Insert(r)
}

// readHSMKey reads a record inside a transaction; nil if there is none.
func readHSMKey(tx *store.Tx, path string) (*HSMKey, error) {
	r, err := tx.Get(hsmKeyKind, path)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeHSMKey(r)
}

// HSMKeys tells of all key material that was ever made in HSMs for keys of an account in a Region,
// in the order of Regions, accounts and key ids; "" stands for all accounts, or all Regions. It
// reads some after the other, so that there may be any number.
func HSMKeys(ctx context.Context, db *store.DB, account, region string) iter.Seq2[HSMKey, error] {
	prefix := ""
	if region != "" {
		prefix = region + "/"
		if account != "" {
			prefix = accountRef(region, account)
		}
	}
	return func(yield func(HSMKey, error) bool) {
		const page = 500
		after := ""
		for {
			records, err := db.Scan(ctx, hsmKeyKind, store.Range{Prefix: prefix, After: after, Limit: page})
			if err != nil {
				yield(HSMKey{}, fmt.Errorf("read HSM keys: %w", err))
				return
			}
			for _, r := range records {
				after = r.Key
				h, err := decodeHSMKey(r)
				if err != nil {
					yield(HSMKey{}, err)
					return
				}
				if (account == "" || h.Account == account) && !yield(*h, nil) {
					return
				}
			}
			if len(records) < page {
				return
			}
		}
	}
}

// backingKey is how CloudTrail records show key material in a cluster; status is of its deletion,
// or "".
func backingKey(id string, status HSMKeyDeletion) string {
	b, _ := json.Marshal(struct { // of strings only
		ID     string         `json:"backingKeyId"`
		Status HSMKeyDeletion `json:"deletionStatus,omitempty"`
	}{id, status})
	return string(b)
}

// backingKeys are the fields of the records of the deletion of a key.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-schedule-key-deletion.html
func backingKeys(keyStore, cluster, id string) []cloudtrail.Field {
	return []cloudtrail.Field{
		{Name: "customKeyStoreId", Value: keyStore}, {Name: "clusterId", Value: cluster}, {Name: "backingKeys", Value: "[" + backingKey(id, "") + "]"},
	}
}

// deleteLater notes inside the transaction that deletes the key k of the store ks that its material
// in the cluster is to go next.
func (s *Service) deleteLater(tx *store.Tx, ks *keyStore, k *key) error {
	h, err := readHSMKey(tx, accountRef(k.ref.Region, k.Account)+k.id)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	if h == nil {
		h = &HSMKey{
			Account: k.Account, Region: k.ref.Region, KeyID: k.id, KeyARN: k.arn, KeyStore: k.KeyStore, BackingKeyID: k.Material, Created: k.Created,
		}
	}
	h.Cluster, h.Deleted, h.Outcome = ks.Cluster.ID, now, HSMKeyDeletionPending
	r, err := h.record(now)
	if err != nil {
		return err
	}
	return tx.Upsert(r)
}
