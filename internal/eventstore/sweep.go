package eventstore

import (
	"container/heap"
	"context"
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/store"
)

// sweep goes through the blocks of all logs of a query in the direction of time. It keeps the
// best events that it has seen, as many as fit on a page, and is done when no block that is
// left can have a better one. So it needs the memory of one page and one block, however blocks
// overlap.
type sweep struct {
	store *Store
	ctx   context.Context
	query *Query
	limit int // events
	most  int // bytes of their texts, if there are several
	match func(*Event) bool

	from, until int64
	after       *place   // the events of the page are behind it
	terms       []uint64 // hashes of words
	words       [][]byte // the same
	items       items
	best        []candidate // a heap, the last one first
	size        int         // of their texts
	end         *place      // of the first event that is not among them, if one was seen
	bytes       int         // that were unpacked
	blocks      int
}

// logSweep is a log of a sweep.
type logSweep struct {
	name, id string
	since    int64 // events before it have expired
}

// item is a block, or a run of which the filters have not been asked yet. edge is the time
// where its events begin, in the direction of the sweep: of a sweep backward the negative of
// their latest time.
type item struct {
	log    *logSweep
	edge   int64
	blocks []blockInfo
	last   uint64 // of the run, for the key of its words; 0 if the filters were asked
}

type items []item

func (s items) Len() int           { return len(s) }
func (s items) Less(i, j int) bool { return s[i].edge < s[j].edge }
func (s items) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *items) Push(x any)        { *s = append(*s, x.(item)) }
func (s *items) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// less is the order of the page.
func (w *sweep) less(a, b place) bool {
	if w.query.Backward {
		return b.before(a)
	}
	return a.before(b)
}

// direct is a time in the direction of the sweep.
func (w *sweep) direct(time int64) int64 {
	if w.query.Backward {
		return -time
	}
	return time
}

// indexPage is how many indexes are read at once.
const indexPage = 256

// addLog adds the blocks of a log that can have wanted events.
func (w *sweep) addLog(name string) error {
	h, err := openHead(w.store.db.Get(w.ctx, kindLog, name))
	if err != nil || h.Next == 1 {
		return err
	}
	now := w.store.clock.Now().UnixMilli()
	l := &logSweep{name: name, id: h.ID, since: minTime}
	if h.Retention > 0 {
		l.since = now - h.Retention.Milliseconds()
	}
	var last uint64
	r := store.Range{Prefix: h.ID + "/", Limit: indexPage}
	for {
		records, err := w.store.db.Scan(w.ctx, kindIndex, r)
		if err != nil {
			return err
		}
		for _, record := range records {
			x, err := openIndex(record)
			if err != nil {
				return err
			}
			if x.blocks[0].first <= last {
				return errMoved // into an index that was still to come
			}
			last = x.end
			w.addIndex(l, &x, now)
		}
		if len(records) < indexPage {
			break
		}
		r.After = records[len(records)-1].Key
	}
	heap.Init(&w.items)
	return nil
}

func (w *sweep) addIndex(l *logSweep, x *index, now int64) {
	it := item{log: l}
	for i := range x.blocks {
		b := &x.blocks[i]
		if e := b.expires; e != 0 && e <= now && l.since == minTime || !w.reaches(l, b) {
			continue
		}
		if edge := w.edge(b); len(it.blocks) == 0 || edge < it.edge {
			it.edge = edge
		}
		it.blocks = append(it.blocks, *b)
	}
	if len(it.blocks) == 0 || !x.run && !w.mayHave(&x.blocks[0], x.bloom) {
		return
	}
	if x.run {
		it.last = x.end
	}
	w.items = append(w.items, it)
}

// reaches reports whether the times of a block reach into what is wanted.
func (w *sweep) reaches(l *logSweep, b *blockInfo) bool {
	if b.until < max(w.from, l.since) || b.from >= w.until {
		return false
	}
	if w.after == nil {
		return true
	}
	if w.query.Backward {
		return b.from <= w.after.time
	}
	return b.until >= w.after.time
}

func (w *sweep) edge(b *blockInfo) int64 {
	if w.query.Backward {
		return -b.until
	}
	return b.from
}

// mayHave asks the filter of a block for all terms.
func (w *sweep) mayHave(b *blockInfo, bloom []byte) bool {
	if b.part == 0 {
		return true
	}
	for _, h := range w.terms {
		p := partOf(h)
		if !bloomHas(bloom[p*b.part:(p+1)*b.part], h) {
			return false
		}
	}
	return true
}

// run does the sweep and returns the position behind it.
func (w *sweep) run() (next string, err error) {
	for len(w.items) > 0 {
		if err := w.ctx.Err(); err != nil {
			return "", err
		}
		edge := w.items[0].edge
		if w.end != nil && edge > w.direct(w.end.time) || len(w.best) == w.limit && edge > w.direct(w.best[0].time) {
			break
		}
		if w.tired() && w.advanced(edge) {
			return w.stop(edge), nil
		}
		it := heap.Pop(&w.items).(item)
		if it.last != 0 || len(it.blocks) > 1 {
			err = w.expand(&it)
		} else {
			err = w.look(it.log, &it.blocks[0])
		}
		if err != nil {
			return "", logError(it.log.name, err)
		}
	}
	if w.end == nil && len(w.items) == 0 {
		return "", nil
	}
	return w.best[0].place.String(), nil
}

func (w *sweep) tired() bool { return w.bytes >= maxPageBytes || w.blocks >= maxPageBlocks }

// advanced reports whether all events up to the position, and some time behind it, were seen.
func (w *sweep) advanced(edge int64) bool {
	if w.after != nil {
		return edge > w.direct(w.after.time)
	}
	return edge > w.direct(w.from) && !w.query.Backward || w.query.Backward && edge > w.direct(w.until)
}

// stop ends the sweep before the events at edge. Those that were seen from there on are left
// to the next page, since others may come before them.
func (w *sweep) stop(edge int64) string {
	at := place{time: w.direct(edge)}
	if w.query.Backward {
		at.id = behindAll
	}
	kept := w.best[:0]
	for _, c := range w.best {
		if w.direct(c.time) < edge {
			kept = append(kept, c)
		}
	}
	w.best = kept
	return at.String()
}

// expand puts the blocks of a run in its place that can have all terms.
func (w *sweep) expand(it *item) error {
	parts := map[int][]byte{}
	for _, h := range w.terms {
		p := partOf(h)
		if parts[p] != nil {
			continue
		}
		r, err := w.store.db.Get(w.ctx, kindWords, wordsKey(it.log.id, it.last, p))
		if errors.Is(err, store.ErrNotFound) {
			return errMoved
		}
		if err != nil {
			return err
		}
		parts[p] = r.Body
	}
	for i := range it.blocks {
		b := &it.blocks[i]
		may := true
		for _, h := range w.terms {
			part, err := cutPart(parts[partOf(h)], b)
			if err != nil {
				return err
			}
			may = may && (b.part == 0 || bloomHas(part, h))
		}
		if may {
			heap.Push(&w.items, item{log: it.log, edge: w.edge(b), blocks: it.blocks[i : i+1 : i+1]})
		}
	}
	return nil
}

// look unpacks a block.
func (w *sweep) look(l *logSweep, b *blockInfo) error {
	w.bytes += b.raw
	w.blocks++
	p, err := w.store.block(w.ctx, l.id, b)
	if err != nil {
		return err
	}
	words := w.words
	if b.part == 0 {
		words = nil // some may be hidden by escapes
	}
	events, err := p.unpack(w.query.Open, words)
	if err != nil {
		return fmt.Errorf("block %s: %w", blockKey(l.id, b), err)
	}
	w.consider(l, b.first, events)
	return nil
}
