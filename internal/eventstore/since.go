package eventstore

import (
	"context"
	"errors"

	"github.com/keystead/keystead/internal/store"
)

// maxTries is how often a read begins anew because blocks were merged under it.
const maxTries = 10

// errMoved means that a block is not where the index said.
var errMoved = errors.New("a block is missing")

// Since returns events of a log from number seq on, without a gap but for those that have
// expired: of as many blocks as have maxBytes of text, and of one block at least. Encrypted
// blocks are opened with Options.Keys.
func (s *Store) Since(ctx context.Context, log string, seq uint64, maxBytes int) (events []Event, err error) {
	err = s.walk(ctx, log, seq, func(id string, from uint64, p *piece) (bool, error) {
		block, err := s.unpacked(ctx, id, log, p)
		if err != nil {
			return false, err
		}
		for i := range block {
			block[i].Log, block[i].Seq = log, p.first+uint64(i)
		}
		if p.first < from {
			block = block[from-p.first:]
		}
		events = append(events, block...)
		maxBytes -= p.raw
		return maxBytes > 0, nil
	})
	return events, err
}

// Blocks returns the events from number seq on as they are stored, n blocks at most, each as
// a batch that can be appended to another log without being compressed again, and the number
// behind the last of them. A block in whose middle seq lies is compressed anew.
func (s *Store) Blocks(ctx context.Context, log string, seq uint64, n int) (batches []*Batch, next uint64, err error) {
	next = seq
	err = s.walk(ctx, log, seq, func(id string, from uint64, p *piece) (bool, error) {
		var err error
		if p.payload, err = s.payload(ctx, id, &p.blockInfo); err != nil {
			return false, err
		}
		b := &Batch{pieces: []piece{*p}}
		if p.first < from {
			events, err := p.unpack(s.opener(ctx, log, nil), nil)
			if err != nil {
				return false, err
			}
			if b, err = NewBatch(events[from-p.first:]); err != nil {
				return false, err
			}
		}
		batches, next = append(batches, b), p.last()+1
		return len(batches) < n, nil
	})
	return batches, next, err
}

// opener is how to open the blocks of a log; nil if there is no way.
func (s *Store) opener(ctx context.Context, log string, open func(ctx context.Context, log string, sealed []byte) ([]byte, error)) func([]byte) ([]byte, error) {
	if open == nil && s.keys != nil {
		open = s.keys.Open
	}
	if open == nil {
		return nil
	}
	return func(sealed []byte) ([]byte, error) { return open(ctx, log, sealed) }
}

// unpacked reads the events of a block. Those who follow a log all read its newest blocks, so
// these are remembered. The texts are shared, the slice is not.
func (s *Store) unpacked(ctx context.Context, id, log string, p *piece) (events []Event, err error) {
	key := blockKey(id, &p.blockInfo)
	if events := s.recent.get(key); events != nil {
		return events, nil
	}
	if p.payload, err = s.payload(ctx, id, &p.blockInfo); err != nil {
		return nil, err
	}
	events, err = p.unpack(s.opener(ctx, log, nil), nil)
	if err == nil && !p.encrypted {
		s.recent.add(key, events)
	}
	return events, err
}

// walk calls f with the blocks of a log in order, without their payloads, from the one that
// has seq on, until f has enough or fails. from is the number of the first event that f has not
// been called with: blocks that were merged meanwhile may begin before it.
func (s *Store) walk(ctx context.Context, log string, seq uint64, f func(id string, from uint64, p *piece) (more bool, err error)) error {
	h, err := openHead(s.db.Get(ctx, kindLog, log))
	if err != nil {
		return logError(log, err)
	}
	for range maxTries {
		seq, err = s.walkOnce(ctx, &h, seq, f)
		if !errors.Is(err, errMoved) {
			break
		}
	}
	return logError(log, err)
}

// walkOnce returns the number from which on f was not called.
func (s *Store) walkOnce(ctx context.Context, h *head, seq uint64, f func(string, uint64, *piece) (bool, error)) (uint64, error) {
	now := s.clock.Now().UnixMilli()
	for seq < h.Next {
		x, found, err := s.indexAt(ctx, h.ID, seq)
		if err != nil || !found {
			return seq, err
		}
		for i := range x.blocks {
			info := &x.blocks[i]
			if info.last() < seq {
				continue
			}
			if e := info.expiry(h.Retention); e == 0 || e > now {
				p := piece{blockInfo: *info, bloom: x.bloom}
				if more, err := f(h.ID, seq, &p); err != nil || !more {
					return seq, err
				}
			}
			seq = info.last() + 1
		}
		seq = max(seq, x.end+1)
	}
	return seq, nil
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
	payload, err := s.payload(ctx, id, info)
	return piece{blockInfo: *info, payload: payload}, err
}

// payload reads the payload of a block.
func (s *Store) payload(ctx context.Context, id string, info *blockInfo) ([]byte, error) {
	r, err := s.db.Get(ctx, kindBlock, blockKey(id, info))
	if errors.Is(err, store.ErrNotFound) {
		return nil, errMoved
	}
	return r.Body, err
}
