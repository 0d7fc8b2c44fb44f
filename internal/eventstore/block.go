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
	targetRaw = 1 << 20
	maxCount  = 1 << 16
	maxRaw    = targetRaw + MaxText
)

// payloadVersion is the first byte of a payload. What follows:
//
//	raw, count, packed   uvarints: bytes of all texts, events, UUIDs that are set aside
//	the UUIDs            16 bytes each
//	a zstd frame of
//	  time               for each event the difference to the one before, as a varint
//	  ingested           likewise
//	  lengths            of the texts, uvarints
//	  texts              with marks in place of the UUIDs
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

// maxPlain bounds what a frame may unpack to: each byte of a text escaped, and three numbers
// an event.
const maxPlain = 2*maxRaw + maxCount*3*binary.MaxVarintLen64

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// encodePayload packs events.
func encodePayload(events []Event, raw int) []byte {
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
	for i := range events {
		b = binary.AppendUvarint(b, uint64(len(events[i].Text)))
	}
	b, aside := setAside(b, events)
	*plain = b

	out := make([]byte, 0, 32+len(aside)+len(b)/6)
	out = append(out, payloadVersion)
	out = binary.AppendUvarint(out, uint64(raw))
	out = binary.AppendUvarint(out, uint64(len(events)))
	out = binary.AppendUvarint(out, uint64(len(aside)/uuidBytes))
	out = append(out, aside...)
	return encoder().EncodeAll(b, out)
}

// decodePayload returns the events of a payload, without their log and numbers. It believes
// nothing that the payload says.
func decodePayload(payload []byte) ([]Event, error) {
	p := parser{b: payload}
	version := p.byte()
	raw, count, aside := p.uvarint(maxRaw), p.uvarint(maxCount), p.uvarint(maxRaw/uuidText)
	uuids := p.bytes(aside * uuidBytes)
	if p.err != nil || version != payloadVersion || count == 0 {
		return nil, errCorrupt
	}
	plain, err := decoder().DecodeAll(p.b, make([]byte, 0, raw+16*count))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	p = parser{b: plain}
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
	lengths := p.b
	for range events {
		p.uvarint(MaxText)
	}
	if p.err != nil {
		return nil, p.err
	}
	text, err := putBack(make([]byte, 0, raw), p.b, uuids, raw)
	if err != nil {
		return nil, err
	}
	p = parser{b: lengths}
	for i := range events {
		n := p.uvarint(MaxText)
		if n > len(text) {
			return nil, errCorrupt
		}
		events[i].Text, text = text[:n:n], text[n:]
	}
	if len(text) != 0 {
		return nil, errCorrupt
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
