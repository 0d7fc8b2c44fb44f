package logs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// groupKind is the kind of the records of groups. A record's key is ACCOUNT/REGION/NAME.
const groupKind = "log-group"

// group is a log group.
type group struct {
	Account string `json:"-"`
	Region  string `json:"-"`
	Name    string `json:"-"`

	ID        string            `json:"id"`                  // in the keys of its streams: a group that was deleted and made again has another
	Created   int64             `json:"created"`             // Unix ms
	Retention int32             `json:"retention,omitempty"` // days; 0: for ever
	Key       string            `json:"key,omitempty"`       // ARN of the KMS key of what comes in
	Class     string            `json:"class"`
	Protected bool              `json:"protected,omitempty"` // from being deleted
	Tags      map[string]string `json:"tags,omitempty"`
	Filters   []*filter         `json:"filters,omitempty"` // in the order of their names

	version int64 // of the record
}

// partition begins the keys of an account's records in a Region.
func partition(account, region string) string { return account + "/" + region + "/" }

func groupKey(account, region, name string) string { return partition(account, region) + name }

func decodeGroup(r store.Record) (*group, int64, error) {
	parts := strings.SplitN(r.Key, "/", 3)
	g := &group{version: r.Version}
	if err := json.Unmarshal(r.Body, g); err != nil || len(parts) != 3 {
		return nil, 0, fmt.Errorf("decode log group %s: %w", r.Key, err)
	}
	g.Account, g.Region, g.Name = parts[0], parts[1], parts[2]
	size := int64(500 + len(r.Body))
	for _, f := range g.Filters {
		if err := f.compile(); err != nil {
			return nil, 0, fmt.Errorf("decode log group %s: filter %s: %w", r.Key, f.Name, err)
		}
		size += int64(1000 + 50*len(f.Pattern))
	}
	return g, size, nil
}

func (g *group) record() (store.Record, error) {
	body, err := json.Marshal(g)
	return store.Record{Kind: groupKind, Key: groupKey(g.Account, g.Region, g.Name), Version: g.version, Body: body}, err
}

// arn is the group's ARN, without the :* behind it that some answers have.
func (g *group) arn() string { return groupARN(g.Account, g.Region, g.Name) }

func groupARN(account, region, name string) string {
	return "arn:aws:logs:" + region + ":" + account + ":log-group:" + name
}

func streamARN(g *group, stream string) string { return g.arn() + ":log-stream:" + stream }

// parseGroupARN reads the ARN of a group, with or without :* behind it.
func parseGroupARN(text string) (account, region, name string, ok bool) {
	a, ok := iam.ParseARN(text)
	if !ok || a.Service != "logs" {
		return "", "", "", false
	}
	name, ok = strings.CutPrefix(a.Resource, "log-group:")
	name = strings.TrimSuffix(name, ":*")
	return a.Account, a.Region, name, ok && name != "" && !strings.Contains(name, ":")
}

// group finds a group; it is nil if there is none.
func (s *Service) group(ctx context.Context, account, region, name string) (*group, error) {
	key := groupKey(account, region, name)
	g, err := s.groups.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		if err := s.db.Sync(ctx); err != nil { // another node may have just made it
			return nil, err
		}
		g, err = s.groups.Get(ctx, key)
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return nil, nil
	}
	return g, err
}

// fresh is group as all nodes know it by now.
func (s *Service) fresh(ctx context.Context, account, region, name string) (*group, error) {
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	return s.group(ctx, account, region, name)
}

// read reads a group in a transaction.
func read(tx *store.Tx, account, region, name string) (*group, error) {
	r, err := tx.Get(groupKind, groupKey(account, region, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, noGroup()
	}
	if err != nil {
		return nil, err
	}
	g, _, err := decodeGroup(r)
	return g, err
}

// again reads a group that the caller was admitted to. One of the same name that was made
// since then is another.
func (g *group) again(tx *store.Tx) (*group, error) {
	now, err := read(tx, g.Account, g.Region, g.Name)
	if err == nil && now.ID != g.ID {
		err = noGroup()
	}
	return now, err
}

// change changes a group that the caller was admitted to.
func (s *Service) change(ctx context.Context, g *group, f func(tx *store.Tx, g *group) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := g.again(tx)
		if err != nil {
			return err
		}
		if err := f(tx, now); err != nil {
			return err
		}
		r, err := now.record()
		if err != nil {
			return err
		}
		return tx.Put(r)
	})
}
