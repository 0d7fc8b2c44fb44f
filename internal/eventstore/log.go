package eventstore

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// Head is the state of a log. That of a log without events is Head{Next: 1}.
type Head struct {
	Next         uint64    // the number that the next event gets
	First, Last  time.Time // the earliest and the latest time of all events so far
	LastIngested time.Time
	Bytes        int64         // of the texts of the events that are kept
	Stored       int64         // of the blocks, compressed
	Retention    time.Duration // how long events are kept; 0 means as Append said
}

// head is the body of an event-log record.
type head struct {
	ID        string        `json:"id"` // in the keys of its blocks: a log that was deleted and made again has another
	Next      uint64        `json:"next"`
	First     int64         `json:"first,omitempty"`
	Last      int64         `json:"last,omitempty"`
	Ingested  int64         `json:"ingested,omitempty"`
	Bytes     int64         `json:"bytes,omitempty"`
	Stored    int64         `json:"stored,omitempty"`
	Retention time.Duration `json:"retention,omitempty"`
	Gathered  uint64        `json:"gathered,omitempty"` // the last event in a run of blocks
	Loose     int           `json:"loose,omitempty"`    // blocks since the job looked at the log
	Dated     bool          `json:"dated,omitempty"`    // the retention is shorter than the indexes say

	version int64 // 0 if it was not stored yet
}

// Append adds a batch to the end of a log, which need not exist, and returns the number of
// the first event. The events expire at that time, or never if it is zero, unless Retain says
// otherwise for the whole log.
func (s *Store) Append(tx *store.Tx, log string, b *Batch, expires time.Time) (first uint64, err error) {
	h, err := openHead(tx.Get(kindLog, log))
	if err != nil {
		return 0, logError(log, err)
	}
	first = h.Next
	for i := range b.pieces {
		if err := h.append(tx, log, &b.pieces[i], expires); err != nil {
			return 0, logError(log, err)
		}
	}
	return first, logError(log, h.put(tx, log))
}

// append adds a block. The head is stored by the caller.
func (h *head) append(tx *store.Tx, log string, p *piece, expires time.Time) error {
	info := p.blockInfo
	info.first, info.slot, info.expires = h.Next, 0, 0
	if !expires.IsZero() {
		info.expires = expires.UnixMilli()
	}
	x := index{log: log, blocks: []blockInfo{info}, bloom: p.bloom, end: info.last()}
	if err := tx.Insert(x.record(h.ID, h.Retention)); err != nil {
		return err
	}
	if err := tx.Insert(store.Record{Kind: kindBlock, Key: blockKey(h.ID, &info), Body: p.payload}); err != nil {
		return err
	}
	if h.Next == 1 {
		h.First, h.Last = info.from, info.until
	}
	h.First, h.Last, h.Ingested = min(h.First, info.from), max(h.Last, info.until), max(h.Ingested, info.ingested)
	h.Next += uint64(info.count)
	h.Loose++
	h.Bytes += int64(info.raw)
	h.Stored += int64(info.stored)
	return nil
}

// Head returns the state of a log.
func (s *Store) Head(ctx context.Context, log string) (Head, error) {
	h, err := openHead(s.db.Get(ctx, kindLog, log))
	if err != nil {
		return Head{}, logError(log, err)
	}
	out := Head{Next: h.Next, Bytes: h.Bytes, Stored: h.Stored, Retention: h.Retention}
	if h.Next > 1 {
		out.First, out.Last, out.LastIngested = fromMillis(h.First), fromMillis(h.Last), fromMillis(h.Ingested)
	}
	return out, nil
}

// Retain says how long the events of a log are kept, counted from their time: those that
// it has and those that come. 0 means what Append said of each. Events older than that are
// not found from now on; the job removes them.
func (s *Store) Retain(tx *store.Tx, log string, d time.Duration) error {
	h, err := openHead(tx.Get(kindLog, log))
	if err != nil || h.version != 0 && h.Retention == d {
		return logError(log, err)
	}
	h.Dated = h.Dated || d > 0 && (h.Retention == 0 || d < h.Retention)
	h.Retention = d
	return logError(log, h.put(tx, log))
}

// Drop removes a log and its events. They are out of reach at once; the job removes them.
func (s *Store) Drop(tx *store.Tx, log string) error {
	h, err := openHead(tx.Get(kindLog, log))
	if err != nil || h.version == 0 {
		return logError(log, err)
	}
	if err := tx.Delete(kindLog, log); err != nil {
		return logError(log, err)
	}
	return logError(log, tx.Insert(store.Record{Kind: kindTrash, Key: h.ID}))
}

// openHead reads the head of a log, or makes one for a log that does not exist.
func openHead(r store.Record, err error) (head, error) {
	h := head{Next: 1}
	if errors.Is(err, store.ErrNotFound) {
		h.ID = newID()
		return h, nil
	}
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(r.Body, &h); err != nil || h.ID == "" || h.Next == 0 {
		return h, errors.Join(errCorrupt, err)
	}
	h.version = r.Version
	return h, nil
}

func (h *head) put(tx *store.Tx, log string) error {
	body, err := json.Marshal(h)
	if err != nil {
		return err
	}
	r := store.Record{Kind: kindLog, Key: log, Version: h.version, Body: body}
	if h.Loose >= fewLoose || h.Dated {
		r.Ref = refWork
	}
	if h.version == 0 {
		return tx.Insert(r)
	}
	return tx.Put(r)
}

// refWork is the Ref of the heads of logs that the job has to look at.
const refWork = "work"

// fewLoose is how many blocks come to a log before the job looks at it.
const fewLoose = 16

var idEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

func newID() string {
	var b [10]byte
	rand.Read(b[:])
	return strings.ToLower(idEncoding.EncodeToString(b[:]))
}

func logError(log string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("event log %q: %w", log, err)
}
