package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// busKind is the kind of the records of event buses. A record's key is ACCOUNT/REGION/NAME. The
// default bus is there without a record.
const busKind = "event-bus"

const defaultBus = "default"

// busPlace is where a bus is.
type busPlace struct{ account, region, name string }

// key is the key of the bus's record, and the beginning of those of its rules.
func (p busPlace) key() string { return p.account + "/" + p.region + "/" + p.name }

func (p busPlace) arn() string { return p.arnOf("event-bus/" + p.name) }

func (p busPlace) arnOf(resource string) string {
	return "arn:aws:events:" + p.region + ":" + p.account + ":" + resource
}

// own is the place that the caller named, by name or ARN, in its own account and Region.
func own(c *iam.Caller, name *string) (busPlace, error) {
	p := busPlace{c.Principal.Account, c.Region, defaultBus}
	if name == nil {
		return p, nil
	}
	p.name = *name
	if rest, ok := strings.CutPrefix(*name, "arn:"); ok {
		parts := strings.SplitN(rest, ":", 5)
		if len(parts) != 5 || parts[2] != p.region || parts[3] != p.account || !strings.HasPrefix(parts[4], "event-bus/") {
			return p, noBus(*name)
		}
		p.name = strings.TrimPrefix(parts[4], "event-bus/")
	}
	return p, nil
}

// bus is an event bus.
type bus struct {
	Description string            `json:"description,omitempty"`
	Dead        string            `json:"dead,omitempty"`
	Created     time.Time         `json:"created,omitzero"`
	Modified    time.Time         `json:"modified,omitzero"`
	Tags        map[string]string `json:"tags,omitempty"`

	place   busPlace
	version int64
}

// getBus reads a bus. The default one is there from the start.
func getBus(from reader, p busPlace) (*bus, error) {
	r, err := from.Get(busKind, p.key())
	switch {
	case errors.Is(err, store.ErrNotFound) && p.name == defaultBus:
		return &bus{place: p}, nil
	case errors.Is(err, store.ErrNotFound):
		return nil, noBus(p.name)
	case err != nil:
		return nil, err
	}
	return decodeBus(r)
}

func decodeBus(r store.Record) (*bus, error) {
	parts := strings.SplitN(r.Key, "/", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("record %s %q has no such key", r.Kind, r.Key)
	}
	b := &bus{place: busPlace{parts[0], parts[1], parts[2]}, version: r.Version}
	if err := json.Unmarshal(r.Body, b); err != nil {
		return nil, fmt.Errorf("decode record %s %q: %w", r.Kind, r.Key, err)
	}
	return b, nil
}

func (b *bus) put(tx *store.Tx) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	r := store.Record{Kind: busKind, Key: b.place.key(), Version: b.version, Body: body}
	if b.version == 0 {
		return tx.Insert(r)
	}
	return tx.Put(r)
}

// committed reads what is committed.
type committed struct {
	ctx context.Context
	db  *store.DB
}

func (c committed) Get(kind, key string) (store.Record, error) { return c.db.Get(c.ctx, kind, key) }

// findRule reads a rule, or returns nil.
func findRule(from reader, p busPlace, name string) (*rule, error) {
	r, err := from.Get(ruleKind, p.key()+"/"+name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeRule(r)
}
