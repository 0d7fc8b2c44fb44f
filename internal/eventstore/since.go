package eventstore

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/keystead/keystead/internal/store"
)

// maxTries is how often a read begins anew because blocks were merged under it.
const maxTries = 10

// errMoved means that a block is not where the index said.
var errMoved = errors.New("a block is missing")

// Since returns events of a log from number seq on, without a gap but for those that have
// expired: of as many blocks as have maxBytes of text, and of one block at least. It does
// not open encrypted blocks.
func (s *Store) Since(ctx context.Context, log string, seq uint64, maxBytes int) (events []Event, err error) {
	for block, err := range s.blocks(ctx, log, seq) {
		if err != nil {
			return nil, logError(log, err)
		}
		events = append(events, block...)
		for i := range block {
			maxBytes -= len(block[i].Text)
		}
		if maxBytes <= 0 {
			break
		}
	}
	return events, nil
}

// unpacked reads the events of a block. Those who follow a log all read its newest blocks, so
// these are remembered. The texts are shared, the slice is not.
func (s *Store) unpacked(ctx context.Context, id string, b *blockInfo) ([]Event, error) {
	key := blockKey(id, b)
	if events := s.recent.get(key); events != nil {
		return events, nil
	}
	p, err := s.block(ctx, id, b)
	if err != nil {
		return nil, err
	}
	events, err := p.unpack(nil, nil)
	if err == nil {
		s.recent.add(key, events)
	}
	return events, err
}

// blocks are the events from number seq on, block by block, until the first error.
func (s *Store) blocks(ctx context.Context, log string, seq uint64) iter.Seq2[[]Event, error] {
	return func(yield func([]Event, error) bool) {
		h, err := openHead(s.db.Get(ctx, kindLog, log))
		if err != nil {
			yield(nil, err)
			return
		}
		for tries := 0; seq < h.Next; {
			block, next, err := s.next(ctx, log, &h, seq)
			switch {
			case errors.Is(err, errMoved) && tries < maxTries:
				tries++
				continue
			case err != nil:
				yield(nil, err)
				return
			case len(block) > 0 && !yield(block, nil):
				return
			}
			seq = next
		}
	}
}

// next returns the events from number seq on of the block that it lies in, and the number
// behind them. There are none if they have expired. The block may begin before seq: others
// were merged into it.
func (s *Store) next(ctx context.Context, log string, h *head, seq uint64) (events []Event, next uint64, err error) {
	x, found, err := s.indexAt(ctx, h.ID, seq)
	if err != nil || !found {
		return nil, h.Next, err
	}
	i := slices.IndexFunc(x.blocks, func(b blockInfo) bool { return b.last() >= seq })
	if i < 0 {
		return nil, x.end + 1, nil
	}
	b := &x.blocks[i]
	if e := b.expiry(h.Retention); e != 0 && e <= s.clock.Now().UnixMilli() {
		return nil, b.last() + 1, nil
	}
	if events, err = s.unpacked(ctx, h.ID, b); err != nil {
		return nil, seq, err
	}
	for i := range events {
		events[i].Log, events[i].Seq = log, b.first+uint64(i)
	}
	return events[max(seq, b.first)-b.first:], b.last() + 1, nil
}

// indexAt returns the index of the block that has the event of that number, or if it has
// expired, the first after it.
func (s *Store) indexAt(ctx context.Context, id string, seq uint64) (x index, found bool, err error) {
	records, err := s.db.Scan(ctx, kindIndex, store.Range{Prefix: id + "/", After: indexKey(id, max(seq, 1)-1), Limit: 1})
	if err != nil || len(records) == 0 {
		return x, false, err
	}
	x, err = openIndex(records[0])
	return x, err == nil, err
}

// block reads a block.
func (s *Store) block(ctx context.Context, id string, info *blockInfo) (piece, error) {
	r, err := s.db.Get(ctx, kindBlock, blockKey(id, info))
	if errors.Is(err, store.ErrNotFound) {
		err = errMoved
	}
	return piece{blockInfo: *info, payload: r.Body}, err
}
