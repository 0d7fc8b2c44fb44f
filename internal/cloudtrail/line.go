package cloudtrail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// digest is one link of the chain.
type digest [sha256.Size]byte

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// parseDigest accepts only the spelling that String has: 64 digits, lower case.
func parseDigest(text []byte) (d digest, ok bool) {
	if len(text) != digestText {
		return d, false
	}
	if _, err := hex.Decode(d[:], text); err != nil {
		return d, false
	}
	var again [digestText]byte
	hex.Encode(again[:], d[:])
	return d, bytes.Equal(again[:], text)
}

// A line begins with the digest in hexadecimal and a space.
const (
	digestText = 2 * sha256.Size
	linePrefix = digestText + 1
	maxLine    = linePrefix + maxRecord + 1
)

// blankPrefix is where link writes the digest of a line that is being made.
var blankPrefix [linePrefix]byte

// link completes a line, whose record stands behind linePrefix bytes of room and before
// the newline: it puts the digest that follows prev in front of the record and returns it.
func link(prev digest, line []byte) digest {
	// The digest before goes right in front of the record, so that one call hashes both
	// where they are.
	copy(line[linePrefix-len(prev):], prev[:])
	d := sha256.Sum256(line[linePrefix-len(prev) : len(line)-1])
	hex.Encode(line, d[:])
	line[digestText] = ' '
	return d
}

// next is the digest of a record that follows prev.
func next(prev digest, record []byte) (d digest) {
	h := sha256.New()
	h.Write(prev[:])
	h.Write(record)
	h.Sum(d[:0])
	return d
}

// line is a line as it stands in a segment.
type line struct {
	segment uint64
	number  int64  // from 1; the first is the header
	offset  int64  // of its first byte in the segment
	text    []byte // without the newline; valid until the cursor moves on
}

// split returns the digest and the record of a line.
func (l line) split() (d digest, record []byte, ok bool) {
	if len(l.text) < linePrefix || l.text[digestText] != ' ' {
		return d, nil, false
	}
	d, ok = parseDigest(l.text[:digestText])
	return d, l.text[linePrefix:], ok
}

// header is the first line of a segment.
type header struct {
	Version  int       `json:"keysteadJournal"` // of the form of the journal: 1
	Segment  uint64    `json:"segment"`
	Previous string    `json:"previous"` // the last digest of the segment before
	Lines    int64     `json:"lines"`    // in the segment before
	Latest   time.Time `json:"latest"`   // the latest eventTime in all segments before
}

const journalVersion = 1

func (h header) appendJSON(b []byte) []byte {
	return fmt.Appendf(b, `{"keysteadJournal":%d,"segment":%d,"previous":"%s","lines":%d,"latest":"%s"}`,
		h.Version, h.Segment, h.Previous, h.Lines, h.Latest.UTC().Format(timeFormat))
}

// parseHeader also refuses a header that says the right things in other words.
func parseHeader(record []byte) (h header, ok bool) {
	if json.Unmarshal(record, &h) != nil {
		return h, false
	}
	return h, h.Version == journalVersion && bytes.Equal(h.appendJSON(nil), record)
}

// before is the position that h says it follows.
func (h header) before() (p position, ok bool) {
	d, ok := parseDigest([]byte(h.Previous))
	return position{h.Segment - 1, h.Lines, d}, ok && h.Segment > 0
}

// position is a place between two lines of the journal, and the digest of all before it.
type position struct {
	segment uint64 // 0 before the first segment
	lines   int64  // in this segment
	digest  digest
}

func (p position) String() string {
	return fmt.Sprintf("segment %d, line %d", p.segment, p.lines)
}

// before says whether p comes before q.
func (p position) before(q position) bool {
	return p.segment < q.segment || p.segment == q.segment && p.lines < q.lines
}

// header is the header of the segment that follows p.
func (p position) header(latest time.Time) header {
	return header{journalVersion, p.segment + 1, p.digest.String(), p.lines, latest}
}

// follow moves p behind l if l is what has to come next, and returns its record.
func (p *position) follow(l line) (record []byte, ok bool) {
	d, record, ok := l.split()
	if !ok || next(p.digest, record) != d {
		return nil, false
	}
	if l.number == 1 {
		h, ok := parseHeader(record)
		if before, is := h.before(); !ok || !is || before != *p {
			return nil, false
		}
	}
	*p = position{l.segment, l.number, d}
	return record, true
}
