package cloudhsm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/store"
)

// keyKind is the kind of the records of keys in clusters, by "ACCOUNT/REGION/CLUSTER/CKA_ID". Ref
// is the label. A key has its record before an HSM makes it. The record stays when the key is
// destroyed: backups may still have it. This is the only list of key material in HSMs.
const keyKind = "cloudhsm-key"

// keyLife is from when to when a key was in a cluster.
type keyLife struct {
	Label     string    `json:"label"`
	History   string    `json:"history"`            // of the cluster
	Created   time.Time `json:"created,omitzero"`   // zero: nobody here has made it
	Going     bool      `json:"going,omitempty"`    // its destruction has begun
	Destroyed time.Time `json:"destroyed,omitzero"` // zero: it may be in the cluster
}

func (c *cluster) keyRecord(id string, k keyLife) (store.Record, error) {
	body, err := json.Marshal(k)
	return store.Record{Kind: keyKind, Key: c.key() + "/" + id, Ref: k.Label + "/", Body: body}, err
}

func decodeKey(r store.Record) (keyLife, error) {
	var k keyLife
	if err := json.Unmarshal(r.Body, &k); err != nil {
		return k, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	return k, nil
}

// findKey reads the record of a key; nil if there is none.
func findKey(get getter, ref ClusterRef, id string) (*keyLife, error) {
	r, err := get(keyKind, ref.key()+"/"+id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k, err := decodeKey(r)
	return &k, err
}

// changeKey changes the record of a key, which is made if there is none.
func (c *cluster) changeKey(tx *store.Tx, id, label string, change func(*keyLife)) error {
	k, err := findKey(tx.Get, c.ClusterRef, id)
	if err != nil {
		return err
	}
	if k == nil {
		k = &keyLife{Label: label, History: c.history()}
	}
	change(k)
	r, err := c.keyRecord(id, *k)
	if err != nil {
		return err
	}
	return tx.Upsert(r)
}

// newKey writes down that there may be a key from now on.
func (s *Service) newKey(tx *store.Tx, c *cluster, id, label string) error {
	return c.changeKey(tx, id, label, func(k *keyLife) { *k = keyLife{Label: label, History: c.history(), Created: s.now()} })
}

// forgetKey removes the record of a key that did not come to be.
func forgetKey(tx *store.Tx, c *cluster, id string) error {
	if err := tx.Delete(keyKind, c.key()+"/"+id); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// goingKey writes down, or takes back, that a key is being destroyed.
func goingKey(tx *store.Tx, c *cluster, id, label string, going bool) error {
	return c.changeKey(tx, id, label, func(k *keyLife) { k.Going = going })
}

// destroyedKey writes down that a key is gone by now.
func (s *Service) destroyedKey(tx *store.Tx, c *cluster, id, label string) error {
	return c.changeKey(tx, id, label, func(k *keyLife) { k.Going, k.Destroyed = false, s.now() })
}

// absentKey writes down that the HSMs have no such key, if there is a record that says otherwise.
func (s *Service) absentKey(ctx context.Context, c *cluster, id string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		k, err := findKey(tx.Get, c.ClusterRef, id)
		if err != nil || k == nil || !k.Destroyed.IsZero() {
			return err
		}
		return s.destroyedKey(tx, c, id, k.Label)
	})
}

// Keep makes sure, in the transaction that stores who uses a key, that nobody has begun to destroy
// it. ErrNoKey says that somebody has.
func (s *Service) Keep(tx *store.Tx, ref ClusterRef, id string) error {
	k, err := findKey(tx.Get, ref, id)
	if err == nil && (k == nil || k.Going || !k.Destroyed.IsZero()) {
		err = ErrNoKey
	}
	return err
}

// Material is what is known of a key that is, or was, in a cluster.
type Material struct {
	Cluster   ClusterRef
	ID        string    // CKA_ID
	Label     string    // the ARN of the KMS key
	Created   time.Time // zero if that is not known
	Destroyed time.Time // zero if it may be in the cluster

	history string
}

// Materials lists the keys with a label, in the order of their clusters.
func (s *Service) Materials(ctx context.Context, label string) ([]Material, error) {
	if err := s.DB.Sync(ctx); err != nil {
		return nil, err
	}
	records, err := s.DB.ScanRef(ctx, keyKind, store.Range{Prefix: label + "/"})
	if err != nil {
		return nil, err
	}
	var all []Material
	for _, r := range records {
		k, err := decodeKey(r)
		if err != nil {
			return nil, err
		}
		ref := parseRef(r.Key)
		all = append(all, Material{ref, r.Key[len(ref.key())+1:], k.Label, k.Created, k.Destroyed, k.History})
	}
	return all, nil
}

// HeldBackup is a backup that may have a key.
type HeldBackup struct {
	types.Backup
	Account, Region string
}

// BackupsWithKey lists the backups that may have a key, by its label (the ARN of the KMS key):
// those of all clusters of the same history, in all Regions, from its creation on, but for those
// of a cluster in which it was destroyed before. The oldest come first. known is false if
// nobody here has made, or seen, such a key.
func (s *Service) BackupsWithKey(ctx context.Context, label string) (held []HeldBackup, known bool, err error) {
	made, err := s.Materials(ctx, label)
	if err != nil || len(made) == 0 {
		return nil, false, err
	}
	records, err := s.DB.Scan(ctx, backupKind, store.Range{})
	if err != nil {
		return nil, true, err
	}
	for _, r := range records {
		b, err := decodeBackup(r)
		if err != nil {
			return nil, true, err
		}
		if mayHave(b, made) {
			held = append(held, HeldBackup{b.shape(), b.Account, b.Region})
		}
	}
	slices.SortFunc(held, func(a, b HeldBackup) int { return a.CreateTimestamp.Compare(*b.CreateTimestamp) })
	return held, true, nil
}

// mayHave says whether a backup may have one of the keys of a label.
func mayHave(b *backup, made []Material) bool {
	history := (&cluster{Identity: b.Identity}).history()
	related, since, here, gone := false, time.Time{}, 0, 0
	for _, m := range made {
		related = related || m.history == history
		if !m.Created.IsZero() && (since.IsZero() || m.Created.Before(since)) {
			since = m.Created
		}
		if m.Cluster == b.cluster() {
			here++
			if !m.Destroyed.IsZero() && b.Created.After(m.Destroyed) {
				gone++
			}
		}
	}
	if !related || b.Created.Before(since) && b.State != types.BackupStateCreateInProgress {
		return false
	}
	return here == 0 || gone < here
}
