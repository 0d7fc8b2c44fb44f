package eventstore

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"errors"
	"slices"
	"time"
)

// Query says which events Page returns.
type Query struct {
	Logs     []string
	From     time.Time // events of this time and later; zero for all
	Until    time.Time // events before this time; zero for all
	Backward bool      // the latest first

	// Terms are words that each event that is wanted has, as Words cuts them, or as it cuts
	// the strings of an event in JSON. Blocks that can't have all of them are not unpacked;
	// whether an event has them is for match to say.
	Terms []string

	Bytes int // of the texts of a page that has more than one event; 0 for maxPageText

	After string // the position that Page returned before this one; "" to begin

	// Open opens what Batch.Encrypt sealed; nil if nothing in the logs is.
	Open func(sealed []byte) ([]byte, error)
}

// Bounds of the work of one call of Page, as long as it gets on at all.
const (
	maxPageBytes  = 64 << 20 // of texts that are unpacked
	maxPageBlocks = 1000     // that are read
)

// maxPageText bounds the texts of a page, and so the memory that it takes, whatever lies at
// one time and must be seen before the first event is known.
const maxPageText = 16 << 20

// Page returns the events that match accepts, limit at most, in the order of their times,
// those of one time in an order that is always the same; and the position to go on from, or
// "" if there are no more. It stops when it has done a certain amount of work, so there may
// be fewer events than limit, or none, with a position behind which there are more.
//
// Who pages to the end gets each event once that was there at the beginning, also when events
// come in and blocks are merged meanwhile. match must not keep what it is given.
func (s *Store) Page(ctx context.Context, q Query, limit int, match func(*Event) bool) (events []Event, next string, err error) {
	for range maxTries {
		events, next, err = s.page(ctx, &q, max(limit, 1), match)
		if !errors.Is(err, errMoved) {
			break
		}
	}
	return events, next, err
}

func (s *Store) page(ctx context.Context, q *Query, limit int, match func(*Event) bool) ([]Event, string, error) {
	w := sweep{store: s, ctx: ctx, query: q, limit: limit, most: cmp.Or(q.Bytes, maxPageText), match: match, from: minTime, until: maxTime}
	if !q.From.IsZero() {
		w.from = ceilMillis(q.From)
	}
	if !q.Until.IsZero() {
		w.until = ceilMillis(q.Until)
	}
	if q.After != "" {
		after, err := parsePlace(q.After)
		if err != nil {
			return nil, "", err
		}
		w.after = &after
	}
	for _, t := range q.Terms {
		if word := []byte(t); filtered(word) {
			w.terms, w.words = append(w.terms, hashWord(word)), append(w.words, word)
		}
	}
	for i, log := range q.Logs {
		if !slices.Contains(q.Logs[:i], log) {
			if err := w.addLog(log); err != nil {
				return nil, "", logError(log, err)
			}
		}
	}
	next, err := w.run()
	if err != nil {
		return nil, "", err
	}
	return w.result(), next, nil
}

const (
	minTime = -1 << 62
	maxTime = 1 << 62
)

// ceilMillis is the first millisecond that is not before t.
func ceilMillis(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.Nanosecond()%1e6 != 0 {
		ms++
	}
	return ms
}

// candidate is an event that matched.
type candidate struct {
	place
	event Event
}

// consider looks at the events of a block.
func (w *sweep) consider(l *logSweep, first uint64, events []Event) {
	for n := range events {
		i := n
		if w.query.Backward {
			i = len(events) - 1 - n
		}
		e := &events[i]
		at := place{e.Time.UnixMilli(), l.id, first + uint64(i)}
		if at.time < max(w.from, l.since) || at.time >= w.until || w.after != nil && !w.less(*w.after, at) {
			continue
		}
		if w.end != nil && !w.less(at, *w.end) {
			continue
		}
		if len(w.best) == w.limit && !w.less(at, w.best[0].place) {
			w.end = &at
			continue
		}
		e.Log, e.Seq = l.name, at.seq
		if w.match == nil || w.match(e) {
			w.keep(candidate{at, *e})
		}
	}
}

// keep puts a candidate on the heap, and takes the last ones off if there are too many.
func (w *sweep) keep(c candidate) {
	c.event.Text = bytes.Clone(c.event.Text)
	heap.Push(lastFirst{w}, c)
	w.size += len(c.event.Text)
	for len(w.best) > w.limit || w.size > w.most && len(w.best) > 1 {
		last := heap.Pop(lastFirst{w}).(candidate)
		w.size -= len(last.event.Text)
		w.end = &last.place
	}
}

// lastFirst is the heap of the best candidates.
type lastFirst struct{ *sweep }

func (h lastFirst) Len() int           { return len(h.best) }
func (h lastFirst) Less(i, j int) bool { return h.less(h.best[j].place, h.best[i].place) }
func (h lastFirst) Swap(i, j int)      { h.best[i], h.best[j] = h.best[j], h.best[i] }
func (h lastFirst) Push(x any)         { h.best = append(h.best, x.(candidate)) }
func (h lastFirst) Pop() any {
	last := h.best[len(h.best)-1]
	h.best = h.best[:len(h.best)-1]
	return last
}

// result returns what is on the heap in order.
func (w *sweep) result() []Event {
	slices.SortFunc(w.best, func(a, b candidate) int {
		if w.less(a.place, b.place) {
			return -1
		}
		return 1
	})
	events := make([]Event, len(w.best))
	for i := range w.best {
		events[i] = w.best[i].event
	}
	return events
}
