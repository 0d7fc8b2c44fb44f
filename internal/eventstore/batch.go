package eventstore

import (
	"errors"
	"fmt"
	"time"
)

// Batch is events that are compressed and ready to be appended to any number of logs. It may
// be used by several goroutines at once, but for Encrypt.
type Batch struct {
	pieces []piece
}

// piece is a block that has no place in a log yet.
type piece struct {
	blockInfo
	payload []byte
	bloom   []byte // nil if it has none, or is in another record
}

// NewBatch compresses events, of which it uses Time, Ingested and Text, in this order. It
// keeps nothing of them.
func NewBatch(events []Event) (*Batch, error) {
	b := new(Batch)
	for len(events) > 0 {
		n, raw := 0, 0
		for n < len(events) && n < maxCount {
			size := len(events[n].Text)
			if size > MaxText {
				return nil, fmt.Errorf("an event of %d bytes is too large: %d are allowed", size, MaxText)
			}
			if n > 0 && raw+size > targetRaw {
				break
			}
			raw += size
			n++
		}
		b.pieces = append(b.pieces, newPiece(events[:n], raw))
		events = events[n:]
	}
	return b, nil
}

func newPiece(events []Event, raw int) piece {
	var p piece
	p.payload, p.bloom = encodePayload(events, raw)
	p.count, p.raw, p.stored = len(events), raw, len(p.payload)
	p.part = len(p.bloom) / bloomParts
	for i := range events {
		ms := events[i].Time.UnixMilli()
		if i == 0 {
			p.from, p.until = ms, ms
		}
		p.from, p.until = min(p.from, ms), max(p.until, ms)
		p.ingested = max(p.ingested, events[i].Ingested.UnixMilli())
	}
	return p
}

// Encrypt replaces what is compressed by what seal makes of it. Nothing of the texts is left
// in clear then, and no filter of their words: only times, numbers and sizes.
func (b *Batch) Encrypt(seal func(plain []byte) ([]byte, error)) error {
	for i := range b.pieces {
		p := &b.pieces[i]
		if p.encrypted {
			return errors.New("the batch is encrypted already")
		}
		sealed, err := seal(p.payload)
		if err != nil {
			return err
		}
		p.payload, p.stored = sealed, len(sealed)
		p.encrypted, p.bloom, p.part = true, nil, 0
	}
	return nil
}

// errEncrypted means that nobody has given the means to open a block.
var errEncrypted = errors.New("the block is encrypted")

// unpack returns the events of a block; none if there is none with all words. open is used if
// it is encrypted.
func (p *piece) unpack(open func(sealed []byte) ([]byte, error), words [][]byte) ([]Event, error) {
	payload := p.payload
	if p.encrypted {
		if open == nil {
			return nil, errEncrypted
		}
		plain, err := open(payload)
		if err != nil {
			return nil, err
		}
		payload = plain
	}
	events, err := decodePayload(payload, words)
	if err != nil {
		return nil, err
	}
	if len(events) != p.count && (len(events) > 0 || len(words) == 0) {
		return nil, errCorrupt
	}
	return events, nil
}

// blockInfo is what an index says of a block.
type blockInfo struct {
	first     uint64 // the number of its first event; 0 in a piece
	count     int
	raw       int   // bytes of the texts
	stored    int   // bytes of the payload
	from      int64 // the earliest time, Unix ms
	until     int64 // the latest time
	ingested  int64 // the latest time of taking in
	expires   int64 // 0 for never, and if the log says when
	encrypted bool
	part      int // bytes of each part of the filter; 0 if there is none
	slot      int // of its filter in the words of the run
}

func (b *blockInfo) last() uint64 { return b.first + uint64(b.count) - 1 }

// expiry is when the block is gone, as Unix ms; 0 for never.
func (b *blockInfo) expiry(retention time.Duration) int64 {
	if retention > 0 {
		return b.until + retention.Milliseconds()
	}
	return b.expires
}
