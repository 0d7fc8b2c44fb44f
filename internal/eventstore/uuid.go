package eventstore

import (
	"bytes"
	"encoding/binary"
	"sync"
)

// Each CloudTrail event has two random UUIDs of its own, eventID and requestID. As text they
// take most of the room in a block and most of the compressor's time, for nothing: it can
// only find that they are hexadecimal. So UUIDs that occur once in a block are set aside as
// 16 bytes, with a mark in their place. Those that occur again, such as ids of keys, stay:
// the compressor finds them.
const (
	uuidText  = 36
	uuidBytes = 16

	escape = 0x00 // the byte that follows is one of the text: one of these two
	mark   = 0x01 // a UUID was here
)

// hexDigit is the value of a digit in lower case, or 0xFF.
var hexDigit = func() (value [256]byte) {
	for c := range value {
		switch {
		case c >= '0' && c <= '9':
			value[c] = byte(c - '0')
		case c >= 'a' && c <= 'f':
			value[c] = byte(c-'a') + 10
		default:
			value[c] = 0xFF
		}
	}
	return value
}()

// found is a UUID of a text.
type found struct {
	event, at int
	uuid      [uuidBytes]byte
}

// finder has the memory that setAside needs, for the next one.
type finder struct {
	found []found
	seen  hashSet // the UUIDs, by their first eight bytes
	again hashSet // those that were seen twice
}

var finders = sync.Pool{New: func() any { return new(finder) }}

// setAside appends all texts to b, with marks, and returns the UUIDs that the marks stand for.
func setAside(b []byte, events []Event) (marked, aside []byte) {
	f := finders.Get().(*finder)
	defer finders.Put(f)
	f.find(events)
	next := 0
	for i := range events {
		text, done := events[i].Text, 0
		for ; next < len(f.found) && f.found[next].event == i; next++ {
			u := &f.found[next]
			if f.again.has(u.key()) {
				continue
			}
			b = append(appendEscaped(b, text[done:u.at]), mark)
			aside = append(aside, u.uuid[:]...)
			done = u.at + uuidText
		}
		b = appendEscaped(b, text[done:])
	}
	return b, aside
}

func (u *found) key() uint64 { return binary.LittleEndian.Uint64(u.uuid[:]) }

func (f *finder) find(events []Event) {
	f.found = f.found[:0]
	f.seen.clear()
	f.again.clear()
	for i := range events {
		text := events[i].Text
		for from := 8; from < len(text); {
			dash := bytes.IndexByte(text[from:], '-')
			if dash < 0 {
				break
			}
			dash += from
			from = dash + 1
			if dash+28 > len(text) || text[dash+5] != '-' || text[dash+10] != '-' || text[dash+15] != '-' {
				continue
			}
			u := found{event: i, at: dash - 8}
			if !parseUUID(&u.uuid, text[u.at:u.at+uuidText]) {
				continue
			}
			f.found = append(f.found, u)
			if !f.seen.add(u.key()) {
				f.again.add(u.key())
			}
			from = u.at + uuidText + 8
		}
	}
}

// dashes says where the dashes of a UUID are: in front of these bytes.
var dashes = [uuidBytes]bool{4: true, 6: true, 8: true, 10: true}

// parseUUID reads a UUID whose dashes were checked, in lower case.
func parseUUID(u *[uuidBytes]byte, text []byte) bool {
	at, bad := 0, byte(0)
	for i := range u {
		if dashes[i] {
			at++
		}
		high, low := hexDigit[text[at]], hexDigit[text[at+1]]
		bad |= high | low
		u[i] = high<<4 | low
		at += 2
	}
	return bad < 16
}

const digits = "0123456789abcdef"

func appendUUID(b, uuid []byte) []byte {
	for i, c := range uuid {
		if dashes[i] {
			b = append(b, '-')
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}

// appendEscaped appends a text, in which marks and escapes are escaped.
func appendEscaped(b, text []byte) []byte {
	for {
		i := indexControl(text)
		if i < 0 {
			return append(b, text...)
		}
		b = append(append(b, text[:i]...), escape, text[i])
		text = text[i+1:]
	}
}

// indexControl finds the first mark or escape.
func indexControl(text []byte) int {
	i, j := bytes.IndexByte(text, escape), bytes.IndexByte(text, mark)
	if i < 0 || j >= 0 && j < i {
		return j
	}
	return i
}

// putBack appends the texts that were marked, and fails if they are not of that length.
func putBack(b, marked, uuids []byte, length int) ([]byte, error) {
	for len(marked) > 0 {
		i := bytes.IndexByte(marked, mark)
		if j := bytes.IndexByte(marked[:max(i, 0)], escape); j >= 0 || i < 0 {
			i = indexControl(marked)
		}
		if i < 0 {
			b, marked = append(b, marked...), nil
			continue
		}
		control := marked[i]
		b, marked = append(b, marked[:i]...), marked[i+1:]
		switch {
		case len(b) > length:
			return nil, errCorrupt
		case control == mark && len(uuids) >= uuidBytes:
			b, uuids = appendUUID(b, uuids[:uuidBytes]), uuids[uuidBytes:]
		case control == escape && len(marked) > 0:
			b, marked = append(b, marked[0]), marked[1:]
		default:
			return nil, errCorrupt
		}
	}
	if len(b) != length || len(uuids) != 0 {
		return nil, errCorrupt
	}
	return b, nil
}
