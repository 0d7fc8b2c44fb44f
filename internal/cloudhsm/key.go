package cloudhsm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/store"
)

// keyKind is the kind of the records of keys that sessions have made or destroyed, by
// "ACCOUNT/REGION/CLUSTER/CKA_ID". Ref is the label. They stay when a key is destroyed:
// backups may still have it.
const keyKind = "cloudhsm-key"

// keyLife is from when to when a key was in a cluster.
type keyLife struct {
	Label     string    `json:"label"`
	History   string    `json:"history"` // of the cluster
	Created   time.Time `json:"created,omitzero"`
	Destroyed time.Time `json:"destroyed,omitzero"`
}

func (c *cluster) keyRecord(id string, k keyLife) (store.Record, error) {
	body, err := json.Marshal(k)
	return store.Record{Kind: keyKind, Key: c.key() + "/" + id, Ref: k.Label + "/", Body: body}, err
}

// newKey writes down that there may be a key from now on.
func (s *Service) newKey(tx *store.Tx, c *cluster, id, label string) error {
	r, err := c.keyRecord(id, keyLife{Label: label, History: c.history(), Created: s.now()})
	if err != nil {
		return err
	}
	return tx.Upsert(r)
}

// forgetKey removes the record of a key that did not come to be.
func forgetKey(tx *store.Tx, c *cluster, id string) error {
	if err := tx.Delete(keyKind, c.key()+"/"+id); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// destroyedKey writes down that a key is gone by now.
func (s *Service) destroyedKey(tx *store.Tx, c *cluster, id, label string) error {
	k := keyLife{Label: label, History: c.history()}
	old, err := tx.Get(keyKind, c.key()+"/"+id)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	default:
		if k, err = decodeKey(old); err != nil {
			return err
		}
	}
	k.Destroyed = s.now()
	r, err := c.keyRecord(id, k)
	if err != nil {
		return err
	}
	return tx.Upsert(r)
}

func decodeKey(r store.Record) (keyLife, error) {
	var k keyLife
	if err := json.Unmarshal(r.Body, &k); err != nil {
		return k, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	return k, nil
}

// HeldBackup is a backup that may have a key.
type HeldBackup struct {
	types.Backup
	Account, Region string
}

// BackupsWithKey lists the backups that may have a key, by its label (the ARN of the KMS key):
// those of all clusters of the same history, in all Regions, from its creation on, but for those
// of a cluster in which it was destroyed before. The oldest come first. known is false if
// nobody here has made such a key.
func (s *Service) BackupsWithKey(ctx context.Context, label string) (held []HeldBackup, known bool, err error) {
	if err := s.DB.Sync(ctx); err != nil {
		return nil, false, err
	}
	lives, err := s.livesOf(ctx, label)
	if err != nil || len(lives) == 0 {
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
		if lives.mayBeIn(b) {
			held = append(held, HeldBackup{b.shape(), b.Account, b.Region})
		}
	}
	slices.SortFunc(held, func(a, b HeldBackup) int { return a.CreateTimestamp.Compare(*b.CreateTimestamp) })
	return held, true, nil
}

// lives is the life of one key, by the id of the cluster.
type lives map[string]keyLife

func (s *Service) livesOf(ctx context.Context, label string) (lives, error) {
	records, err := s.DB.ScanRef(ctx, keyKind, store.Range{Prefix: label + "/"})
	if err != nil {
		return nil, err
	}
	all := lives{}
	for _, r := range records {
		k, err := decodeKey(r)
		if err != nil {
			return nil, err
		}
		all[parseRef(r.Key).ID] = k
	}
	return all, nil
}

func (l lives) mayBeIn(b *backup) bool {
	history := (&cluster{Identity: b.Identity}).history()
	related, since := false, time.Time{}
	for _, k := range l {
		related = related || k.History == history
		if !k.Created.IsZero() && (since.IsZero() || k.Created.Before(since)) {
			since = k.Created
		}
	}
	if !related || b.Created.Before(since) && b.State != types.BackupStateCreateInProgress {
		return false
	}
	here, ok := l[b.Cluster]
	return !ok || here.Destroyed.IsZero() || !b.Created.After(here.Destroyed)
}

// Orphan is a key in a cluster whose KMS key is gone.
type Orphan struct {
	ID    string // CKA_ID
	Label string // the ARN of the KMS key that it belonged to
}

// Orphans lists the keys of a session whose label is the ARN of a KMS key that does not exist.
// Keys with other labels are somebody else's.
func (x *Session) Orphans(ctx context.Context, exists func(ctx context.Context, arn string) (bool, error)) ([]Orphan, error) {
	keys, err := x.Keys(ctx, Filter{})
	if err != nil {
		return nil, err
	}
	var all []Orphan
	for _, k := range keys {
		parts := strings.Split(k.Label, ":")
		if len(parts) != 6 || parts[0] != "arn" || parts[2] != "kms" || !strings.HasPrefix(parts[5], "key/") {
			continue
		}
		found, err := exists(ctx, k.Label)
		if err != nil {
			return nil, err
		}
		if !found {
			all = append(all, Orphan{string(k.ID), k.Label})
		}
	}
	slices.SortFunc(all, func(a, b Orphan) int { return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}
