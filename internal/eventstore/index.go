package eventstore

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// Kinds of records.
const (
	kindLog   = "event-log"
	kindBlock = "event-block"
	kindIndex = "event-index"
	kindWords = "event-words"
	kindTrash = "event-trash"
)

// index is what an event-index record says: of one block with its filter, or of a run of
// blocks, whose filters are in event-words records.
//
//	version   a byte: 1
//	run       a byte: 1 if it is a run
//	log       its name, with the length in front, a uvarint
//	blocks    how many, a uvarint
//	  …       their blockInfo in uvarints, times as varints
//	filter    of the one block
type index struct {
	log     string
	run     bool
	blocks  []blockInfo
	bloom   []byte
	end     uint64 // the last number it was made for, in its key: the last of the blocks can expire first
	version int64  // of the record
}

const (
	indexVersion = 1
	maxRun       = 1 << 10
	flagRun      = 1
	flagSealed   = 1
)

// record is the index as it is stored. It is due when its first block expires.
func (x *index) record(id string, retention time.Duration) store.Record {
	b := []byte{indexVersion, 0}
	if x.run {
		b[1] = flagRun
	}
	b = binary.AppendUvarint(b, uint64(len(x.log)))
	b = append(b, x.log...)
	b = binary.AppendUvarint(b, uint64(len(x.blocks)))
	var due int64
	for i := range x.blocks {
		info := &x.blocks[i]
		b = info.append(b)
		if e := info.expiry(retention); e != 0 && (due == 0 || e < due) {
			due = e
		}
	}
	r := store.Record{Kind: kindIndex, Key: indexKey(id, x.end), Version: x.version, Body: append(b, x.bloom...)}
	if due != 0 {
		r.Due = fromMillis(due)
	}
	return r
}

func (b *blockInfo) append(to []byte) []byte {
	to = binary.AppendUvarint(to, b.first)
	to = binary.AppendUvarint(to, uint64(b.count))
	to = binary.AppendUvarint(to, uint64(b.raw))
	to = binary.AppendUvarint(to, uint64(b.stored))
	to = binary.AppendVarint(to, b.from)
	to = binary.AppendUvarint(to, uint64(b.until-b.from))
	to = binary.AppendVarint(to, b.ingested)
	to = binary.AppendVarint(to, b.expires)
	flags := byte(0)
	if b.encrypted {
		flags = flagSealed
	}
	to = append(to, flags)
	to = binary.AppendUvarint(to, uint64(b.part))
	return binary.AppendUvarint(to, uint64(b.slot))
}

// openIndex reads the record of an index.
func openIndex(r store.Record) (index, error) {
	x, err := parseIndex(r.Body)
	x.version = r.Version
	if err == nil {
		x.end, err = endOf(r.Key)
	}
	if err == nil && x.blocks[len(x.blocks)-1].last() > x.end {
		err = errCorrupt
	}
	if err != nil {
		return x, fmt.Errorf("index %s: %w", r.Key, err)
	}
	return x, nil
}

// parseIndex reads an index, and believes nothing of it.
func parseIndex(body []byte) (x index, err error) {
	p := parser{b: body}
	version, flags := p.byte(), p.byte()
	x.log = string(p.bytes(p.uvarint(store.MaxKey)))
	n := p.uvarint(maxRun)
	if p.err != nil || version != indexVersion || flags > flagRun || n == 0 || flags == 0 && n != 1 {
		return x, errCorrupt
	}
	x.run = flags == flagRun
	x.blocks = make([]blockInfo, n)
	for i := range x.blocks {
		b := &x.blocks[i]
		b.parse(&p)
		if p.err == nil && (b.first == 0 || b.count == 0 || b.until < b.from || b.last() < b.first || i > 0 && b.first <= x.blocks[i-1].last()) {
			p.fail()
		}
	}
	if !x.run && p.err == nil && len(p.b) != x.blocks[0].part*bloomParts || x.run && len(p.b) != 0 {
		p.fail()
	}
	x.bloom = p.b
	return x, p.err
}

func (b *blockInfo) parse(p *parser) {
	b.first = p.uint64()
	b.count = p.uvarint(maxCount)
	b.raw = p.uvarint(maxRaw)
	b.stored = p.uvarint(store.MaxBody)
	b.from = p.varint()
	b.until = b.from + int64(p.uint64())
	b.ingested = p.varint()
	b.expires = p.varint()
	b.encrypted = p.byte() == flagSealed
	b.part = p.uvarint(maxPart)
	b.slot = p.uvarint(maxRun)
}

// indexKey is the key of the index whose last event has that number. The order of keys is that
// of numbers.
func indexKey(id string, last uint64) string { return fmt.Sprintf("%s/%016x", id, last) }

// endOf is the number in the key of an index.
func endOf(key string) (uint64, error) {
	_, digits, _ := strings.Cut(key, "/")
	return strconv.ParseUint(digits, 16, 64)
}

// blockKey is the key of a block. It has both numbers, so that a block that others were merged
// into is not taken for the one that was there.
func blockKey(id string, b *blockInfo) string {
	return fmt.Sprintf("%s/%016x/%016x", id, b.last(), b.first)
}

// wordsKey is the key of a part of the filters of a run.
func wordsKey(id string, last uint64, part int) string {
	return fmt.Sprintf("%s/%016x/%x", id, last, part)
}
