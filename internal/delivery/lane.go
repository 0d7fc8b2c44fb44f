package delivery

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// laneKind is the kind of the records of lanes that have items. A record is due when the lane
// is to be served next; while a node serves it, when that node's claim ends.
const laneKind = "delivery-lane"

// claimLength is how long a node that died keeps others from a lane. It is longer than a try
// can take.
const claimLength = 90 * time.Second

// lane is the state of a destination.
type lane struct {
	Kind    string    `json:"kind"`
	Account string    `json:"account"`
	Region  string    `json:"region"`
	Depth   int       `json:"depth"`
	Bytes   int64     `json:"bytes"`
	Oldest  time.Time `json:"oldest"`            // when its first item came
	Tries   int       `json:"tries,omitempty"`   // of its first item
	Node    string    `json:"node,omitempty"`    // that serves it now
	Dropped int64     `json:"dropped,omitempty"` // for want of room, since it last was empty

	Failing time.Time `json:"failing,omitzero"` // since when each try fails
	Error   string    `json:"error,omitempty"`  // of the last try

	name    string
	next    time.Time
	version int64
	found   bool
}

func validLane(name string) bool {
	return name != "" && len(name) <= maxLane && !strings.Contains(name, " ")
}

// getLane returns the lane, or an empty one.
func getLane(tx *store.Tx, name string) (*lane, error) {
	r, err := tx.Get(laneKind, name)
	if errors.Is(err, store.ErrNotFound) {
		return &lane{name: name}, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeLane(r)
}

func decodeLane(r store.Record) (*lane, error) {
	l := &lane{name: r.Key, next: r.Due, version: r.Version, found: true}
	if err := json.Unmarshal(r.Body, l); err != nil {
		return nil, fmt.Errorf("decode record %s %q: %w", r.Kind, r.Key, err)
	}
	return l, nil
}

// put writes the lane; one that is empty leaves nothing behind.
func (l *lane) put(tx *store.Tx) error {
	if l.Depth <= 0 {
		if !l.found {
			return nil
		}
		return tx.Delete(laneKind, l.name)
	}
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}
	r := store.Record{Kind: laneKind, Key: l.name, Due: l.next, Version: l.version, Body: body}
	if l.found {
		return tx.Put(r)
	}
	return tx.Insert(r)
}

// remove takes the first item out of the lane.
func (l *lane) remove(tx *store.Tx, it Item, next *Item) error {
	if err := tx.Delete(itemKind, it.key); err != nil {
		return err
	}
	l.Depth--
	l.Bytes -= int64(len(it.Body))
	l.Tries = 0
	if next != nil {
		l.Oldest = next.Enqueued
	}
	return nil
}
