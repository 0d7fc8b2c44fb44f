package cloudhsm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/store"
)

// Orphan is a key in a cluster whose KMS key is gone.
type Orphan struct {
	ID    string // CKA_ID
	Label string // the ARN of the KMS key that it belonged to
}

// Orphans lists the keys in the HSMs of a session's cluster whose label is the ARN of a KMS key
// that does not exist. Keys with other labels are somebody else's. It asks every HSM: the HSMs of a
// vendor need not be the same. With an error, the list is that of the HSMs that could be asked.
//
// What the HSMs have is the truth. The records of keys that were thought to be destroyed, or that
// nobody knows of, are corrected: a file system that was restored, or a database, brings such.
func (x *Session) Orphans(ctx context.Context, exists func(ctx context.Context, arn string) (bool, error)) ([]Orphan, error) {
	c, err := x.known(ctx)
	if err != nil {
		return nil, err
	}
	keys, failed := x.everywhere(ctx, c)
	var all []Orphan
	for id, label := range keys {
		parts := strings.Split(label, ":")
		if len(parts) != 6 || parts[0] != "arn" || parts[2] != "kms" || !strings.HasPrefix(parts[5], "key/") {
			continue
		}
		found, err := exists(ctx, label)
		if err != nil {
			return nil, err
		}
		if !found {
			all = append(all, Orphan{id, label})
		}
	}
	slices.SortFunc(all, func(a, b Orphan) int { return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.ID, b.ID)) })
	return all, errors.Join(failed, x.service.seen(ctx, c, all))
}

// everywhere are the labels of all keys in the HSMs that can be asked, by CKA_ID.
func (x *Session) everywhere(ctx context.Context, c *cluster) (keys map[string]string, failed error) {
	keys = map[string]string{}
	units := c.serving()
	if len(units) == 0 {
		return keys, ErrUnreachable
	}
	for _, u := range units {
		err := x.on(ctx, c, u, x.service.connect(c, u), func(t *hsm.Token) error {
			found, err := t.Keys(ctx, hsm.Filter{})
			for _, k := range found {
				keys[string(k.ID)] = k.Label
			}
			return err
		})
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%w: HSM %s can't be asked: %w", ErrUnreachable, u.ID, err))
		}
	}
	return keys, failed
}

// seen corrects the records of keys that are in the HSMs.
func (s *Service) seen(ctx context.Context, c *cluster, keys []Orphan) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		for _, o := range keys {
			k, err := findKey(tx.Get, c.ClusterRef, o.ID)
			if err != nil {
				return err
			}
			if k != nil && k.Destroyed.IsZero() {
				continue
			}
			if err := c.changeKey(tx, o.ID, o.Label, func(k *keyLife) { k.Destroyed = time.Time{} }); err != nil {
				return err
			}
		}
		return nil
	})
}
