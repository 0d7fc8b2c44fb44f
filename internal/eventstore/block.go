package eventstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Bounds of a block. One text can be larger than targetRaw, and is alone in its block then.
const (
	targetRaw = 2 << 20
	maxCount  = 1 << 16
	maxRaw    = targetRaw + MaxText
)

// payloadVersion is the first byte of a payload. What follows:
//
//	raw, count, uuids    uvarints: bytes of all texts, events, UUIDs that are set aside
//	numbers              uvarint: the length of the first zstd frame
//	the UUIDs            16 bytes each
//	a zstd frame of
//	  time               for each event the difference to the one before, as a varint
//	  ingested           likewise
//	  pieces             how many each text has, uvarints
//	  columns            of each the numbers of its pieces, then what is to know of each new
//	                     one: bytes like the one before it at the beginning and at the end,
//	                     and bytes between; all uvarints
//	a zstd frame of what is between, with marks in place of the UUIDs
//
// There are two frames because numbers and texts are not alike.
const payloadVersion = 1

var errCorrupt = errors.New("the block is damaged")

// The codecs are made when they are first needed, and shared: each has the state of as many
// calls at once as there are processors.
var (
	encoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(targetRaw),
			zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true)) // the store's seal is the checksum
		if err != nil {
			panic("eventstore: " + err.Error())
		}
		return e
	})
	decoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPlain))
		if err != nil {
			panic("eventstore: " + err.Error())
		}
		return d
	})
)

// maxPlain bounds what a frame may unpack to: each byte of a text is a piece of its own, and
// each event has three numbers more.
const maxPlain = 8*maxRaw + maxCount*3*binary.MaxVarintLen64

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// encodePayload packs events, and returns the filter of their words too.
func encodePayload(events []Event, raw int) (payload, bloom []byte) {
	plain := buffers.Get().(*[]byte)
	defer buffers.Put(plain)
	b := (*plain)[:0]
	var time, ingested int64
	for i := range events {
		ms := events[i].Time.UnixMilli()
		b = binary.AppendVarint(b, ms-time)
		time = ms
	}
	for i := range events {
		ms := events[i].Ingested.UnixMilli()
		b = binary.AppendVarint(b, ms-ingested)
		ingested = ms
	}
	t := tables.Get().(*table)
	defer tables.Put(t)
	b = t.append(b, events)
	*plain = b

	numbers := encoder().EncodeAll(b, nil)
	out := make([]byte, 0, 32+len(t.uuids.aside)+len(numbers)+len(t.middle)/2)
	out = append(out, payloadVersion)
	out = binary.AppendUvarint(out, uint64(raw))
	out = binary.AppendUvarint(out, uint64(len(events)))
	out = binary.AppendUvarint(out, uint64(len(t.uuids.aside)/uuidBytes))
	out = binary.AppendUvarint(out, uint64(len(numbers)))
	out = append(append(out, t.uuids.aside...), numbers...)
	return encoder().EncodeAll(t.middle, out), t.words.bloom(t.uuids.aside)
}

// decodePayload returns the events of a payload, without their log and numbers; none if there
// is none with all words, which it finds out before it puts the texts together. It believes
// nothing that the payload says.
func decodePayload(payload []byte, words [][]byte) ([]Event, error) {
	p := parser{b: payload}
	version := p.byte()
	raw, count, uuids, size := p.uvarint(maxRaw), p.uvarint(maxCount), p.uvarint(maxRaw/uuidText), p.uvarint(len(payload))
	aside := p.bytes(uuids * uuidBytes)
	frame := p.bytes(size)
	if p.err != nil || version != payloadVersion || count == 0 {
		return nil, errCorrupt
	}
	c := columnReaders.Get().(*columnReader)
	defer c.done()
	var err error
	for i, b := range [...][]byte{frame, p.b} {
		if c.frames[i], err = decoder().DecodeAll(b, c.frames[i][:0]); err != nil {
			return nil, fmt.Errorf("%w: %w", errCorrupt, err)
		}
	}
	c.raw, c.uuids, c.middle = raw, aside, parser{b: c.frames[1]}
	p = parser{b: c.frames[0]}
	events := make([]Event, count)
	var time, ingested int64
	for i := range events {
		time += p.varint()
		events[i].Time = fromMillis(time)
	}
	for i := range events {
		ingested += p.varint()
		events[i].Ingested = fromMillis(ingested)
	}
	if p.err != nil {
		return nil, p.err
	}
	c.numbers = p
	c.words = words
	text, ends, err := c.read(count)
	if err != nil || ends == nil {
		return nil, err
	}
	from := 0
	for i, end := range ends {
		events[i].Text, from = text[from:end:end], end
	}
	return events, nil
}

// parser reads numbers from bytes that may say anything. After the first error it returns
// zeros.
type parser struct {
	b   []byte
	err error
}

func (p *parser) fail() int {
	p.err, p.b = errCorrupt, nil
	return 0
}

func (p *parser) byte() byte {
	if len(p.b) == 0 {
		return byte(p.fail())
	}
	c := p.b[0]
	p.b = p.b[1:]
	return c
}

// uvarint reads a number that is not larger than most.
func (p *parser) uvarint(most int) int {
	v := p.uint64()
	if v > uint64(most) {
		return p.fail()
	}
	return int(v)
}

func (p *parser) uint64() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		return uint64(p.fail())
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) varint() int64 {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		return int64(p.fail())
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) bytes(n int) []byte {
	if n > len(p.b) {
		p.fail()
		return nil
	}
	b := p.b[:n:n]
	p.b = p.b[n:]
	return b
}
