package trail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// To where a trail delivers: a part of the keys of cursors.
const (
	toGroup  = "group"
	toBucket = "bucket"
	toRules  = "rules"
)

// cursor is how far a delivery of a partition's events has come.
type cursor struct {
	Next  uint64 `json:"next"`           // the first event that was not delivered
	Files *files `json:"files,omitzero"` // of a delivery to a bucket
}

func cursorKey(t *trail, to string, p partition) string {
	return t.key() + "/" + to + "/" + p.key()
}

func ruleCursorKey(p partition) string { return toRules + "/" + p.key() }

// errMoved means that somebody else has delivered what was at hand.
var errMoved = errors.New("the delivery has moved on")

// readCursor reads a cursor. One that is missing begins with the first event.
func readCursor(r reader, key string) (cursor, error) {
	found, err := r.get(cursorKind, key)
	if errors.Is(err, store.ErrNotFound) {
		return cursor{Next: 1}, nil
	}
	if err != nil {
		return cursor{}, err
	}
	var c cursor
	if err := json.Unmarshal(found.Body, &c); err != nil || c.Next == 0 {
		return c, fmt.Errorf("decode record %s %s: %w", found.Kind, found.Key, errors.Join(errors.New("not a cursor"), err))
	}
	return c, nil
}

func (c *cursor) put(tx *store.Tx, key string) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return tx.Upsert(store.Record{Kind: cursorKind, Key: key, Body: body})
}

// advance moves a cursor in the transaction that has the effect. t is nil for rules; a trail
// must still be there.
func (s *Service) advance(ctx context.Context, t *trail, key string, from, next uint64, effect func(*store.Tx) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if t != nil {
			if err := stillThere(tx, t); err != nil {
				return err
			}
		}
		c, err := readCursor(inTx{tx}, key)
		if err != nil {
			return err
		}
		if c.Next != from {
			return errMoved
		}
		c.Next = next
		if err := c.put(tx, key); err != nil {
			return err
		}
		return effect(tx)
	})
}

// stillThere fails with errMoved if the trail was deleted, or another one has its name.
func stillThere(tx *store.Tx, t *trail) error {
	now, err := trailAt(inTx{tx}, t.Account, t.Home, t.Name)
	if err != nil {
		return err
	}
	if now == nil || !now.Created.Equal(t.Created) {
		return errMoved
	}
	return nil
}

// partitions lists the logs of the event history.
func (s *Service) partitions(ctx context.Context) ([]partition, error) {
	records, err := s.db.Scan(ctx, partitionKind, store.Range{})
	if err != nil {
		return nil, err
	}
	all := make([]partition, len(records))
	for i, r := range records {
		all[i] = partitionOf(r.Key)
	}
	return all, nil
}

// scope finds out what trails cover. It asks once who is in the organization.
type scope struct {
	s       *Service
	members map[string]map[string]bool // by the account of a trail
}

// covered lists the partitions whose events are a trail's.
func (sc *scope) covered(ctx context.Context, t *trail, all []partition) ([]partition, error) {
	members, known := sc.members[t.Account]
	if t.Org && !known {
		var err error
		if members, err = sc.s.members(ctx, t.Account); err != nil {
			return nil, err
		}
		if sc.members == nil {
			sc.members = map[string]map[string]bool{}
		}
		sc.members[t.Account] = members
	}
	var of []partition
	for _, p := range all {
		if t.covers(p, members) {
			of = append(of, p)
		}
	}
	return of, nil
}

// heads finds where the logs end that a trail covers.
func (s *Service) heads(ctx context.Context, t *trail) (map[partition]uint64, error) {
	all, err := s.partitions(ctx)
	if err != nil {
		return nil, err
	}
	if all, err = (&scope{s: s}).covered(ctx, t, all); err != nil {
		return nil, err
	}
	heads := make(map[partition]uint64, len(all))
	for _, p := range all {
		h, err := s.events.Head(ctx, p.log())
		if err != nil {
			return nil, err
		}
		heads[p] = h.Next
	}
	return heads, nil
}

// settled is how long after StopLogging events that were recorded before it are looked for: a
// node may have been away.
const settled = time.Hour

// beginAt lets the deliveries of a trail begin at the ends of the logs, where they have not
// begun yet, and where what came before is done with.
func beginAt(tx *store.Tx, t *trail, heads map[partition]uint64) error {
	st, err := readStatus(inTx{tx}, t)
	if err != nil {
		return err
	}
	done := map[string]bool{
		toGroup:  !t.active(st.GroupDone),
		toBucket: !t.active(st.FilesDone),
	}
	for p, next := range heads {
		for _, to := range []string{toGroup, toBucket} {
			key := cursorKey(t, to, p)
			_, err := tx.Get(cursorKind, key)
			missing := errors.Is(err, store.ErrNotFound)
			if err != nil && !missing {
				return err
			}
			if to == toGroup && t.Group == "" {
				if !missing { // what is not delivered now will not be
					if err := tx.Delete(cursorKind, key); err != nil {
						return err
					}
				}
				continue
			}
			if !missing && !done[to] {
				continue
			}
			c, err := readCursor(inTx{tx}, key)
			if err != nil {
				return err
			}
			c.Next = next
			if err := c.put(tx, key); err != nil {
				return err
			}
		}
	}
	return nil
}
