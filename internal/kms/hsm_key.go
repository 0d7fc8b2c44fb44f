package kms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// hsmDeletionKind is the kind of the records of key material in HSMs that is to be destroyed: that of
// a deleted KMS key, and that of one in the making, which CreateKey takes off the list when it stores
// the KMS key. A record's key is "REGION/ACCOUNT/KEY ID". It is gone when the attempt was made; which
// material is in HSMs is in the list of package cloudhsm.
const hsmDeletionKind = "kms-hsm-deletion"

// hsmDeletion is key material in the HSMs of a CloudHSM cluster that is to be destroyed.
type hsmDeletion struct {
	account, region, keyID string
	due                    time.Time

	KeyARN       string    `json:"keyArn"` // the label (CKA_LABEL) of the material
	KeyStore     string    `json:"keyStore"`
	Cluster      string    `json:"cluster"`
	BackingKeyID string    `json:"backingKeyId"`     // its CKA_ID
	Deleted      time.Time `json:"deleted,omitzero"` // when the KMS key was; zero if there never was one
	Begun        bool      `json:"begun,omitempty"`  // somebody destroys it, so that no KMS key can come of it any more
}

// Outcomes of the deletion of key material in a cluster, in CloudTrail's words.
const (
	hsmDeleted  = "SUCCESS"
	hsmOrphaned = "FAILURE" // it may still be in the cluster
)

func hsmDeletionOf(ks *keyStore, k *key, backingKeyID string) *hsmDeletion {
	return &hsmDeletion{
		account: k.Account, region: k.ref.Region, keyID: k.id, KeyARN: k.arn, KeyStore: ks.id, Cluster: ks.Cluster.ID, BackingKeyID: backingKeyID,
	}
}

// path is the key of the record.
func (h *hsmDeletion) path() string { return accountRef(h.region, h.account) + h.keyID }

// deletionPath is the key of the record of the deletion of the key's material in HSMs.
func (k *key) deletionPath() string { return accountRef(k.ref.Region, k.Account) + k.id }

// put stores the record.
func (h *hsmDeletion) put(tx *store.Tx) error {
	body, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode the deletion of HSM key %s: %w", h.KeyARN, err)
	}
	return tx.Upsert(store.Record{Kind: hsmDeletionKind, Key: h.path(), Due: h.due, Body: body})
}

func decodeHSMDeletion(r store.Record) (*hsmDeletion, error) {
	h := &hsmDeletion{due: r.Due}
	if err := json.Unmarshal(r.Body, h); err != nil {
		return nil, fmt.Errorf("decode HSM deletion record %s: %w", r.Key, err)
	}
	parts := strings.Split(r.Key, "/")
	if len(parts) != 3 {
		return nil, fmt.Errorf("malformed key of an HSM deletion record: %q", r.Key)
	}
	h.region, h.account, h.keyID = parts[0], parts[1], parts[2]
	return h, nil
}

// readHSMDeletion reads a record inside a transaction; nil if there is none.
func readHSMDeletion(tx *store.Tx, path string) (*hsmDeletion, error) {
	r, err := tx.Get(hsmDeletionKind, path)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeHSMDeletion(r)
}

// making is how long CreateKey has to store a key whose material is being made.
const making = 2 * time.Minute

// makeHSMKey notes, before the material of the new key k is made, that it is to go if nothing comes
// of the key.
func (s *Service) makeHSMKey(ctx context.Context, ks *keyStore, k *key, id material.ID) error {
	h := hsmDeletionOf(ks, k, id.String())
	h.due = s.clock.Now().Add(making)
	return s.db.Update(ctx, h.put)
}

// keepHSMKey notes in the transaction that stores the key k that its material stays, unless somebody
// has begun to destroy it.
func (s *Service) keepHSMKey(tx *store.Tx, ks *keyStore, k *key) error {
	if err := s.clusters.Keep(tx, ks.link(), k.Material); err != nil {
		return err
	}
	path := k.deletionPath()
	switch h, err := readHSMDeletion(tx, path); {
	case err != nil:
		return err
	case h == nil || h.Begun:
		return cloudhsm.ErrNoKey
	}
	return tx.Delete(hsmDeletionKind, path)
}

// beginDestroying decides, before anybody destroys material of which no KMS key has come, that none
// will. It says whether that is so: else the key was stored, or the material has gone already.
func (s *Service) beginDestroying(ctx context.Context, path string) (begun bool, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		begun = false
		h, err := readHSMDeletion(tx, path)
		if err != nil || h == nil {
			return err
		}
		begun, h.Begun = true, true
		return h.put(tx)
	})
	return begun, err
}

// backingKey is how CloudTrail records show key material in a cluster; status is of its deletion,
// or "".
func backingKey(id, status string) string {
	b, _ := json.Marshal(struct { // of strings only
		ID     string `json:"backingKeyId"`
		Status string `json:"deletionStatus,omitempty"`
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
	h := hsmDeletionOf(ks, k, k.Material)
	h.Deleted = s.clock.Now()
	h.due = h.Deleted
	return h.put(tx)
}
