package eventstore

import (
	"context"
	"iter"
)

// Blocks is what Since reads, step by step.
func (s *Store) Blocks(ctx context.Context, log string, seq uint64) iter.Seq2[[]Event, error] {
	return s.blocks(ctx, log, seq)
}

// Bytes is the length of all texts.
func (b *Batch) Bytes() (n int64) {
	for i := range b.pieces {
		n += int64(b.pieces[i].raw)
	}
	return n
}

// Events unpacks the batch.
func (b *Batch) Events() ([]Event, error) {
	var all []Event
	for i := range b.pieces {
		events, err := b.pieces[i].unpack(nil, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, events...)
	}
	return all, nil
}

// Stored is how many bytes the blocks and the indexes of a batch take.
func (b *Batch) Stored() (payload, index int) {
	for i := range b.pieces {
		p := &b.pieces[i]
		x := index1(p)
		payload += len(p.payload)
		index += len(x)
	}
	return payload, index
}

func index1(p *piece) []byte {
	info := p.blockInfo
	info.first = 1
	x := index{blocks: []blockInfo{info}, bloom: p.bloom, end: 1}
	return x.record("", 0).Body
}
