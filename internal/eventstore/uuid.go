package eventstore

import (
	"bytes"
	"encoding/binary"
)

// Each CloudTrail event has two random UUIDs of its own, eventID and requestID. As text they
// take most of the room in a block and most of the compressor's time, for nothing: it can
// only find that they are hexadecimal. So the UUIDs of a block are set aside as 16 bytes each,
// with a mark in their place, and another mark where they occur again.
const (
	uuidText  = 36
	uuidBytes = 16

	escape = 0x00 // the byte that follows is one of the text: one of these three
	mark   = 0x01 // a UUID was here
	again  = 0x02 // one that was set aside before; its number follows, a uvarint
)

// uuidSet is the UUIDs of a block.
type uuidSet struct {
	aside []byte   // 16 bytes each
	slots []uint32 // their numbers, from 1; a power of two
}

func (s *uuidSet) clear() {
	s.aside = s.aside[:0]
	if len(s.slots) > maxSlots {
		s.slots = nil
	}
	clear(s.slots)
}

// add returns the number of a UUID, from 0, and whether it is new.
func (s *uuidSet) add(u *[uuidBytes]byte) (n int, fresh bool) {
	count := len(s.aside) / uuidBytes
	if 2*count >= len(s.slots) {
		s.slots = make([]uint32, max(256, 2*len(s.slots)))
		for i := range count {
			*s.slot(s.aside[i*uuidBytes : (i+1)*uuidBytes]) = uint32(i + 1)
		}
	}
	at := s.slot(u[:])
	if *at != 0 {
		return int(*at - 1), false
	}
	*at = uint32(count + 1)
	s.aside = append(s.aside, u[:]...)
	return count, true
}

func (s *uuidSet) slot(u []byte) *uint32 {
	most := uint64(len(s.slots) - 1)
	for i := hashWord(u); ; i++ {
		at := &s.slots[i&most]
		if *at == 0 || bytes.Equal(u, s.aside[(*at-1)*uuidBytes:*at*uuidBytes]) {
			return at
		}
	}
}

// setAside appends a piece of a text to b, with marks for its UUIDs.
func (s *uuidSet) setAside(b, piece []byte) []byte {
	for from := 8; from < len(piece); {
		dash := bytes.IndexByte(piece[from:], '-')
		if dash < 0 {
			break
		}
		dash += from
		from = dash + 1
		at, end := dash-8, dash+28
		if end > len(piece) || piece[dash+5] != '-' || piece[dash+10] != '-' || piece[dash+15] != '-' ||
			at > 0 && wordByte[piece[at-1]] || end < len(piece) && wordByte[piece[end]] { // its words are others
			continue
		}
		var u [uuidBytes]byte
		if !parseUUID(&u, piece[at:end]) {
			continue
		}
		b = appendEscaped(b, piece[:at])
		if n, fresh := s.add(&u); fresh {
			b = append(b, mark)
		} else {
			b = binary.AppendUvarint(append(b, again), uint64(n))
		}
		piece, from = piece[end:], 8
	}
	return appendEscaped(b, piece)
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

func appendUUID(b, uuid []byte) []byte {
	const digits = "0123456789abcdef"
	for i, c := range uuid {
		if dashes[i] {
			b = append(b, '-')
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}

// appendEscaped appends a text, in which what means something else is escaped.
func appendEscaped(b, text []byte) []byte {
	for _, c := range text {
		if c <= again {
			b = append(b, escape)
		}
		b = append(b, c)
	}
	return b
}

// putBack appends a piece that was marked to the plain pieces, which may not become longer
// than all texts.
func (c *columnReader) putBack(marked []byte) bool {
	for len(marked) > 0 {
		b := marked[0]
		marked = marked[1:]
		switch {
		case b > again:
			c.plain = append(c.plain, b)
		case b == mark && len(c.uuids)-c.seen >= uuidBytes:
			c.plain = appendUUID(c.plain, c.uuids[c.seen:c.seen+uuidBytes])
			c.seen += uuidBytes
		case b == again:
			n, size := binary.Uvarint(marked)
			if size <= 0 || n >= uint64(c.seen/uuidBytes) {
				return false
			}
			c.plain = appendUUID(c.plain, c.uuids[n*uuidBytes:(n+1)*uuidBytes])
			marked = marked[size:]
		case b == escape && len(marked) > 0:
			c.plain = append(c.plain, marked[0])
			marked = marked[1:]
		default:
			return false
		}
	}
	return len(c.plain) <= c.raw
}
