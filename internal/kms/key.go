package kms

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// keyKind is the kind of key records. A record's key is "REGION/KEY ID", its Ref
// "REGION/ACCOUNT/", and it is due when the key is to be deleted.
const keyKind = "kms-key"

// key is a KMS key. One that came from the cache is shared and must not be changed; a
// change works on a copy inside a transaction (see Service.change).
type key struct {
	Account      string             `json:"account"`
	State        types.KeyState     `json:"state"`
	Spec         types.KeySpec      `json:"spec"`
	Usage        types.KeyUsageType `json:"usage"`
	Origin       types.OriginType   `json:"origin"`
	Description  string             `json:"description,omitempty"`
	Created      time.Time          `json:"created"`
	DeletionDate time.Time          `json:"deletionDate,omitzero"`
	Policy       string             `json:"policy,omitempty"`    // "" is the default policy of the account
	PolicyIDs    map[string]string  `json:"policyIds,omitempty"` // the unique ids of the users and roles that it names
	Tags         []tag              `json:"tags,omitempty"`      // in the order in which they were first set

	// Material is the id of the current key material; "" for a key with Origin EXTERNAL that
	// never had any. Materials are all that there ever were, in the order in which they came.
	Material  string        `json:"material,omitempty"`
	Materials []keyMaterial `json:"materials,omitempty"`
	PublicKey []byte        `json:"publicKey,omitempty"` // DER SubjectPublicKeyInfo of an asymmetric key

	KeyStore string `json:"keyStore,omitempty"` // id of the custom key store that the key is in
	XksKeyID string `json:"xksKeyId,omitempty"` // id of the external key; of a key with Origin EXTERNAL_KEY_STORE

	Rotation    *rotation    `json:"rotation,omitempty"`    // nil if it is off
	MultiRegion *multiRegion `json:"multiRegion,omitempty"` // nil for a single-Region key
	WindowDays  int32        `json:"windowDays,omitempty"`  // of a primary that waits for its replicas

	// Rotated is in records of an earlier version what Materials say now.
	Rotated time.Time `json:"rotated,omitzero"`

	// Manager is AWS for an AWS managed key, and "" for a customer's.
	Manager types.KeyManagerType `json:"manager,omitempty"`

	// What the record's own columns say.
	ref     keystore.Ref
	id      string
	arn     string
	spec    *material.Spec
	current material.ID
	expires time.Time // when the first of its materials does; zero means never
	version int64

	document *decision.Policy // of Policy, compiled
}

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// newKey returns a key without material.
func newKey(account, region string, id material.KeyID, now time.Time) *key {
	k := &key{Account: account, State: types.KeyStateEnabled, Created: now.Truncate(time.Millisecond)}
	k.locate(region, id)
	return k
}

// locate fills in what follows from where the key is.
func (k *key) locate(region string, id material.KeyID) {
	k.ref = keystore.NewRef(region, id)
	k.id = id.String()
	k.arn = keyARN(region, k.Account, k.id)
}

func recordKey(region, id string) string { return region + "/" + id }

func accountRef(region, account string) string { return region + "/" + account + "/" }

func keyARN(region, account, id string) string {
	return "arn:" + iam.Partition(region) + ":kms:" + region + ":" + account + ":key/" + id
}

// record returns the record to store. Its version is that of the record that was read.
func (k *key) record() (store.Record, error) {
	body, err := json.Marshal(k)
	if err != nil {
		return store.Record{}, fmt.Errorf("encode key %s: %w", k.id, err)
	}
	return store.Record{
		Kind: keyKind, Key: k.ref.Path(), Ref: accountRef(k.ref.Region, k.Account),
		Due: k.DeletionDate, Version: k.version, Body: body,
	}, nil
}

// keySize is what a cached key costs in memory beside its own texts, measured with a
// million of them.
const keySize = 700

// policySize is about how much memory a policy and its compiled document take for each byte
// of it.
const policySize = 9

func decodeKey(r store.Record) (*key, int64, error) {
	k := &key{version: r.Version}
	if err := json.Unmarshal(r.Body, k); err != nil {
		return nil, 0, fmt.Errorf("decode key record %s: %w", r.Key, err)
	}
	region, text, err := splitRecordKey(r.Key)
	if err != nil {
		return nil, 0, err
	}
	id, err := material.ParseKeyID(text)
	if err != nil {
		return nil, 0, fmt.Errorf("key record %s: %w", r.Key, err)
	}
	if k.spec = material.SpecOf(k.Spec); k.spec == nil {
		return nil, 0, fmt.Errorf("key record %s has the unknown key spec %q", r.Key, k.Spec)
	}
	if err := k.readMaterials(); err != nil {
		return nil, 0, fmt.Errorf("key record %s: %w", r.Key, err)
	}
	k.expires = k.expiry()
	k.locate(region, id)
	if k.document, err = compilePolicy(k); err != nil {
		return nil, 0, err
	}
	size := keySize + len(k.Description) + policySize*len(k.Policy) + len(k.PublicKey) + materialSize*len(k.Materials)
	for _, t := range k.Tags {
		size += len(t.Key) + len(t.Value)
	}
	return k, int64(size), nil
}
