package eventstore

import (
	"bytes"
	"encoding/binary"
	"sync"
)

// Records of one kind differ in few places. So texts are cut at their commas, as JSON
// separates members, and those with the same number of pieces are stored column by column:
// the first pieces of all, then the second ones, and so on. A column has each of its pieces
// once, and a number for each text: 0 for a piece that is new, or else the place of the piece
// among those of the column, from 1. A new piece is stored as what differs from the new piece
// before it: how much both have in common at the beginning and at the end, and the middle.
//
// In most columns all numbers but the first are 1; and the words of a block are those of its
// new pieces.
const maxPieces = 256 // of a text; the last has the rest

// span is a piece of a text.
type span struct{ from, until int32 }

// table makes columns, with memory that is used again.
type table struct {
	spans   []span   // of all texts
	numbers []uint32 // of all pieces, 0 for new ones
	texts   []row
	shapes  []shape
	shapeOf [maxPieces + 1]int // by the number of pieces; 0 for none yet
	columns []column           // of all shapes
	slots   []slot             // a power of two
	taken   int
	turn    uint32 // of the block: slots of other blocks are free

	middle []byte  // of all columns
	uuids  uuidSet // that were set aside
	words  wordSet
	last   []byte // the new piece before, with marks
	marked []byte
}

// row is a text: where its pieces begin, and how many it has.
type row struct {
	text         []byte
	first, count int
}

// shape is the texts with the same number of pieces.
type shape struct{ count, columns int }

type column struct {
	last   []byte // the piece of the text before
	number uint32 // and its number
	fresh  [][]byte
}

type slot struct {
	turn, number uint32
	column       int32
	piece        []byte
}

var tables = sync.Pool{New: func() any { return new(table) }}

// append appends the numbers of all columns to b. What belongs to them is in middle, uuids
// and words then.
func (t *table) append(b []byte, events []Event) []byte {
	t.reset()
	defer t.forget()
	for i := range events {
		t.add(events[i].Text)
	}
	for i := range t.texts {
		b = binary.AppendUvarint(b, uint64(t.texts[i].count))
	}
	for _, s := range t.shapes {
		for n := range s.count {
			for i := range t.texts {
				if r := &t.texts[i]; r.count == s.count {
					b = binary.AppendUvarint(b, uint64(t.numbers[r.first+n]))
				}
			}
			b = t.appendPieces(b, t.columns[s.columns+n].fresh)
		}
	}
	return b
}

func (t *table) reset() {
	t.spans, t.numbers, t.texts, t.middle = t.spans[:0], t.numbers[:0], t.texts[:0], t.middle[:0]
	t.shapes, t.columns, t.shapeOf, t.taken = t.shapes[:0], t.columns[:0], [maxPieces + 1]int{}, 0
	if t.turn++; t.turn == 0 || len(t.slots) > maxSlots {
		t.slots, t.turn = nil, 1
	}
	t.uuids.clear()
	t.words.clear()
}

// forget lets go of the texts.
func (t *table) forget() {
	clear(t.texts)
	clear(t.slots)
	for i := range t.columns {
		clear(t.columns[i].fresh)
		t.columns[i].last = nil
	}
}

// add cuts a text and finds the numbers of its pieces.
func (t *table) add(text []byte) {
	first, from := len(t.spans), 0
	for n := 1; n < maxPieces; n++ {
		comma := bytes.IndexByte(text[from:], ',')
		if comma < 0 {
			break
		}
		t.spans = append(t.spans, span{int32(from), int32(from + comma)})
		from += comma + 1
	}
	t.spans = append(t.spans, span{int32(from), int32(len(text))})
	count := len(t.spans) - first
	t.texts = append(t.texts, row{text, first, count})
	at := t.shape(count)
	for i, s := range t.spans[first:] {
		piece, c := text[s.from:s.until], &t.columns[at+i]
		if c.number == 0 || !bytes.Equal(piece, c.last) {
			number := t.number(piece, int32(at+i), uint32(len(c.fresh)+1))
			c.last, c.number = piece, number
			if number > uint32(len(c.fresh)) {
				c.fresh = append(c.fresh, piece)
				number = 0
			}
			t.numbers = append(t.numbers, number)
			continue
		}
		t.numbers = append(t.numbers, c.number)
	}
}

// shape returns the first column of the texts with that number of pieces.
func (t *table) shape(count int) int {
	if t.shapeOf[count] == 0 {
		at := len(t.columns)
		t.shapes = append(t.shapes, shape{count, at})
		t.shapeOf[count] = len(t.shapes)
		for range count {
			if len(t.columns) < cap(t.columns) {
				t.columns = t.columns[:len(t.columns)+1]
			} else {
				t.columns = append(t.columns, column{})
			}
			c := &t.columns[len(t.columns)-1]
			*c = column{fresh: c.fresh[:0]}
		}
	}
	return t.shapes[t.shapeOf[count]-1].columns
}

// number finds the number of a piece in its column, or gives it the next one.
func (t *table) number(piece []byte, column int32, next uint32) uint32 {
	if 2*t.taken >= len(t.slots) {
		t.grow()
	}
	s := t.slot(piece, column)
	if s.turn == t.turn {
		return s.number
	}
	*s = slot{t.turn, next, column, piece}
	t.taken++
	return next
}

// slot is where a piece is, or belongs.
func (t *table) slot(piece []byte, column int32) *slot {
	most := uint64(len(t.slots) - 1)
	for i := hashWord(piece) + uint64(column)*multiplier>>32; ; i++ {
		s := &t.slots[i&most]
		if s.turn != t.turn || s.column == column && bytes.Equal(s.piece, piece) {
			return s
		}
	}
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]slot, max(1024, 2*len(old)))
	for i := range old {
		if s := &old[i]; s.turn == t.turn {
			*t.slot(s.piece, s.column) = *s
		}
	}
}

// appendPieces appends the new pieces of a column: what they have in common with those
// before, at the beginning and at the end, and the lengths of the middles.
func (t *table) appendPieces(b []byte, fresh [][]byte) []byte {
	t.last = t.last[:0]
	for _, piece := range fresh {
		t.marked = t.uuids.setAside(t.marked[:0], piece)
		head := commonHead(t.last, t.marked)
		tail := commonTail(t.last[head:], t.marked[head:])
		b = binary.AppendUvarint(b, uint64(head))
		b = binary.AppendUvarint(b, uint64(tail))
		b = binary.AppendUvarint(b, uint64(len(t.marked)-head-tail))
		t.middle = append(t.middle, t.marked[head:len(t.marked)-tail]...)
		t.addWords(t.marked, head, tail)
		t.last, t.marked = t.marked, t.last
	}
	return b
}

// addWords adds the words of a new piece, but those that the piece before it has at its
// beginning or end.
func (t *table) addWords(piece []byte, head, tail int) {
	if head == len(piece) && head == len(t.last) {
		return
	}
	// An escape of JSON that begins in what is the same can reach into what is not.
	for head > 0 && (wordByte[piece[head-1]] || piece[head-1] == '\\') {
		head--
	}
	end := len(piece) - tail
	for end < len(piece) && wordByte[piece[end]] {
		end++
	}
	t.words.addText(piece[head:end])
}

func commonHead(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for i+8 <= n && binary.LittleEndian.Uint64(a[i:]) == binary.LittleEndian.Uint64(b[i:]) {
		i += 8
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

func commonTail(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[len(a)-1-i] == b[len(b)-1-i] {
		i++
	}
	return i
}
