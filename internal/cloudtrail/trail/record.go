package trail

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

// Kinds of the records of trails.
const (
	trailKind  = "trail"        // by "ACCOUNT/REGION/NAME", the Region being the trail's home
	statusKind = "trail-status" // what became of its deliveries; likewise
	cursorKind = "trail-cursor" // how far a delivery has come; by the trail's key and more
)

// trail is a trail.
type trail struct {
	Account string `json:"-"`
	Home    string `json:"-"` // Region
	Name    string `json:"-"`
	version int64

	Bucket     string    `json:"bucket"`
	Prefix     string    `json:"prefix,omitempty"`
	TopicName  string    `json:"topicName,omitempty"` // as the caller named it
	Topic      string    `json:"topic,omitempty"`     // ARN
	Global     bool      `json:"global,omitempty"`    // events of global services too
	Multi      bool      `json:"multi,omitempty"`     // events of all Regions
	Org        bool      `json:"org,omitempty"`       // of all accounts of the organization
	Validation bool      `json:"validation,omitempty"`
	Group      string    `json:"group,omitempty"` // ARN, with ":*"
	Role       string    `json:"role,omitempty"`
	KMSKey     string    `json:"kmsKey,omitempty"`
	Selectors  selectors `json:"selectors,omitzero"`
	Tags       []iam.Tag `json:"tags,omitempty"`
	Created    time.Time `json:"created"`

	Logging bool      `json:"logging,omitempty"`
	Started time.Time `json:"started,omitzero"` // the last time
	Stopped time.Time `json:"stopped,omitzero"`
	Spans   []span    `json:"spans,omitempty"` // when it logged, the newest last
}

// span is a time of logging. Events tell seconds, so it begins and ends with one.
type span struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"` // zero: it goes on
}

// spansKept is how many times of logging a trail remembers: events of earlier ones that are
// still on their way would arrive in spite of a stop between.
const spansKept = 100

func trailKey(account, home, name string) string { return account + "/" + home + "/" + name }

func (t *trail) key() string { return trailKey(t.Account, t.Home, t.Name) }

func trailARN(account, home, name string) string {
	return "arn:aws:cloudtrail:" + home + ":" + account + ":trail/" + name
}

func (t *trail) arn() string { return trailARN(t.Account, t.Home, t.Name) }

func decodeTrail(r store.Record) (*trail, error) {
	parts := strings.SplitN(r.Key, "/", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("decode record %s %s: not a trail's key", r.Kind, r.Key)
	}
	t := &trail{Account: parts[0], Home: parts[1], Name: parts[2], version: r.Version}
	if err := json.Unmarshal(r.Body, t); err != nil {
		return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	return t, nil
}

func (t *trail) record() (store.Record, error) {
	body, err := json.Marshal(t)
	return store.Record{Kind: trailKind, Key: t.key(), Version: t.version, Body: body}, err
}

func (t *trail) put(tx *store.Tx) error {
	r, err := t.record()
	if err != nil {
		return err
	}
	return tx.Put(r)
}

// reader is a store.DB, or a transaction of it.
type reader interface {
	get(kind, key string) (store.Record, error)
	scan(kind string, r store.Range) ([]store.Record, error)
}

type inTx struct{ tx *store.Tx }

func (r inTx) get(kind, key string) (store.Record, error) { return r.tx.Get(kind, key) }
func (r inTx) scan(kind string, rg store.Range) ([]store.Record, error) {
	return r.tx.Scan(kind, rg)
}

type inDB struct {
	ctx context.Context
	db  *store.DB
}

func (r inDB) get(kind, key string) (store.Record, error) { return r.db.Get(r.ctx, kind, key) }
func (r inDB) scan(kind string, rg store.Range) ([]store.Record, error) {
	return r.db.Scan(r.ctx, kind, rg)
}

// trailAt reads a trail; nil if there is none.
func trailAt(r reader, account, home, name string) (*trail, error) {
	found, err := r.get(trailKind, trailKey(account, home, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeTrail(found)
}

// trailsOf reads the trails with keys that begin with a prefix: of an account, or all.
func trailsOf(r reader, prefix string) ([]*trail, error) {
	records, err := r.scan(trailKind, store.Range{Prefix: prefix})
	if err != nil {
		return nil, err
	}
	all := make([]*trail, len(records))
	for i, found := range records {
		if all[i], err = decodeTrail(found); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// start begins a time of logging.
func (t *trail) start(now time.Time) {
	from := now.Truncate(time.Second)
	t.Logging, t.Started = true, now
	t.Spans = append(t.Spans, span{From: from})
	if n := len(t.Spans) - spansKept; n > 0 {
		t.Spans = t.Spans[n:]
	}
}

// stop ends it.
func (t *trail) stop(now time.Time) {
	t.Logging, t.Stopped = false, now
	if n := len(t.Spans); n > 0 && t.Spans[n-1].Until.IsZero() {
		t.Spans[n-1].Until = now.Truncate(time.Second)
	}
}

// logged reports whether the trail logged at that time, which is one of seconds.
func (t *trail) logged(at time.Time) bool {
	for i := len(t.Spans) - 1; i >= 0; i-- {
		s := t.Spans[i]
		if !at.Before(s.From) && (s.Until.IsZero() || !at.After(s.Until)) {
			return true
		}
	}
	return false
}

// covers reports whether a partition's events are among those of the trail. members are the
// accounts of the organization.
func (t *trail) covers(p partition, members map[string]bool) bool {
	if p.account != t.Account && !(t.Org && members[p.account]) {
		return false
	}
	return t.Multi || p.region == t.Home
}
