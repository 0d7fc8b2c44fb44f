package eventstore

import (
	"bytes"
	"slices"
	"sync"
)

// columnReader is the reverse of table. It believes nothing of what it reads, and makes no
// more than raw bytes of text.
type columnReader struct {
	numbers parser
	middle  parser
	uuids   []byte
	seen    int // bytes of uuids whose marks were read
	raw     int
	words   [][]byte // that an event must have to be wanted

	firsts []int  // the first piece of each text, and the end
	pieces []span // of all texts, in plain
	plain  []byte // all new pieces
	shape  []int
	known  []span // the new pieces of the column
	last   []byte // the new piece before, with marks
	marked []byte

	frames [2][]byte // what the frames unpack to
}

// columnReaders keeps the memory of reading for the next one.
var columnReaders = sync.Pool{New: func() any { return new(columnReader) }}

// keptBytes is how much of it is worth keeping.
const keptBytes = 4 << 20

// done gives the memory back.
func (c *columnReader) done() {
	if cap(c.plain)+cap(c.frames[0])+cap(c.frames[1])+8*cap(c.pieces) <= keptBytes {
		c.numbers, c.middle, c.uuids, c.words = parser{}, parser{}, nil, nil
		columnReaders.Put(c)
	}
}

// read returns the texts one after the other, and where each ends; nothing if no text has all
// words.
func (c *columnReader) read(count int) (text []byte, ends []int, err error) {
	c.firsts = append(c.firsts[:0], 0)
	for range count {
		n := c.numbers.uvarint(maxPieces)
		if n == 0 {
			return nil, nil, errCorrupt
		}
		c.firsts = append(c.firsts, c.firsts[len(c.firsts)-1]+n)
	}
	// Each piece has a number, and each but one of a text a comma.
	if pieces := c.firsts[count]; pieces > len(c.numbers.b) || pieces-count > c.raw {
		return nil, nil, errCorrupt
	}
	c.pieces, c.plain, c.seen = slices.Grow(c.pieces[:0], c.firsts[count])[:c.firsts[count]], c.plain[:0], 0
	if err := c.columns(count); err != nil {
		return nil, nil, err
	}
	if len(c.numbers.b) != 0 || len(c.middle.b) != 0 || c.seen != len(c.uuids) {
		return nil, nil, errCorrupt
	}
	for _, w := range c.words {
		if !bytes.Contains(c.plain, w) {
			return nil, nil, nil
		}
	}
	return c.texts(count)
}

func (c *columnReader) columns(count int) error {
	var done [maxPieces + 1]bool
	for i := range count {
		n := c.firsts[i+1] - c.firsts[i]
		if done[n] {
			continue
		}
		done[n] = true
		c.shape = c.shape[:0]
		for j := i; j < count; j++ {
			if c.firsts[j+1]-c.firsts[j] == n {
				c.shape = append(c.shape, c.firsts[j])
			}
		}
		for column := range n {
			if err := c.column(column); err != nil {
				return err
			}
		}
	}
	return nil
}

// column reads the numbers of a column, and then the new pieces.
func (c *columnReader) column(column int) error {
	fresh := 0
	for _, first := range c.shape {
		number := c.numbers.uvarint(maxCount)
		if number == 0 {
			fresh++
			number = fresh
		}
		if number > fresh {
			return errCorrupt
		}
		c.pieces[first+column].from = int32(number - 1) // until the pieces are known
	}
	c.known, c.last = c.known[:0], c.last[:0]
	for range fresh {
		if err := c.piece(); err != nil {
			return err
		}
	}
	for _, first := range c.shape {
		p := &c.pieces[first+column]
		*p = c.known[p.from]
	}
	return c.numbers.err
}

// piece reads a new piece.
func (c *columnReader) piece() error {
	const most = 2 * maxRaw
	head, tail, n := c.numbers.uvarint(most), c.numbers.uvarint(most), c.numbers.uvarint(most)
	middle := c.middle.bytes(n)
	if c.numbers.err != nil || c.middle.err != nil || head+tail > len(c.last) || head+tail+n > 2*c.raw {
		return errCorrupt
	}
	c.marked = append(c.marked[:0], c.last[:head]...)
	c.marked = append(c.marked, middle...)
	c.marked = append(c.marked, c.last[len(c.last)-tail:]...)
	c.last, c.marked = c.marked, c.last
	from := len(c.plain)
	if !c.putBack(c.last) {
		return errCorrupt
	}
	c.known = append(c.known, span{int32(from), int32(len(c.plain))})
	return nil
}

// texts puts the pieces together.
func (c *columnReader) texts(count int) (text []byte, ends []int, err error) {
	text, ends = make([]byte, 0, c.raw), make([]int, count)
	for i := range count {
		for j, s := range c.pieces[c.firsts[i]:c.firsts[i+1]] {
			if j > 0 {
				text = append(text, ',')
			}
			if len(text)+int(s.until-s.from) > c.raw {
				return nil, nil, errCorrupt
			}
			text = append(text, c.plain[s.from:s.until]...)
		}
		ends[i] = len(text)
	}
	if len(text) != c.raw {
		return nil, nil, errCorrupt
	}
	return text, ends, nil
}
