package cloudtrail

import (
	"bytes"
	"fmt"
)

// Problem is a place where a journal is not what was written. It is an error.
type Problem struct {
	Segment uint64 // 0 if it is none in particular
	Line    int64  // from 1, where line 1 is the header; 0 if it is none in particular
	Text    string // what is wrong there
}

// Error says where and what.
func (p *Problem) Error() string {
	switch {
	case p.Segment == 0:
		return p.Text
	case p.Line == 0:
		return fmt.Sprintf("segment %d: %s", p.Segment, p.Text)
	default:
		return fmt.Sprintf("segment %d, line %d: %s", p.Segment, p.Line, p.Text)
	}
}

// diagnose says what may have happened to l, which does not follow p. The line after it,
// if there is one, tells whether l is too much or changed.
func diagnose(p position, l line, after *line) *Problem {
	d, record, ok := l.split()
	text := "does not follow from the lines before it"
	switch {
	case torn(l):
		text = "holds bytes that were never written, as a power failure leaves them; " +
			"at the end of the journal the next start of the server repairs that"
	case l.number == 1:
		text = headerDiagnosis(p, record, d)
	case ok && d == p.digest:
		text = "repeats the line before it"
	case after != nil:
		text = neighbourDiagnosis(p, l, *after)
	case !ok:
		text = "is not a line of a journal"
	}
	return &Problem{l.segment, l.number, text}
}

// torn says whether l has gaps that only a power failure leaves. Pages that were not
// written before it read as zeros, which no line has.
func torn(l line) bool { return bytes.IndexByte(l.text, 0) >= 0 }

func neighbourDiagnosis(p position, l, after line) string {
	d, record, ok := l.split()
	dAfter, recordAfter, okAfter := after.split()
	fits := func(prev digest) bool { return okAfter && next(prev, recordAfter) == dAfter }
	switch {
	case fits(p.digest) && ok && next(dAfter, record) == d:
		return "has changed places with the line after it"
	case fits(p.digest):
		return "does not belong here: the line after it follows the line before it"
	case fits(next(p.digest, record)):
		return "its hash was changed, its record is right"
	case !ok:
		return "is not a line of a journal"
	case fits(d):
		return "the record was changed, or lines before it were removed"
	default:
		return "does not follow from the lines before it"
	}
}

func headerDiagnosis(p position, record []byte, d digest) string {
	h, ok := parseHeader(record)
	before, is := h.before()
	switch {
	case !ok || !is || next(before.digest, record) != d:
		return "the header of the segment was changed"
	case before.segment != p.segment:
		return fmt.Sprintf("the header is that of segment %d", h.Segment)
	case before.lines != p.lines:
		return fmt.Sprintf("the segment before had %d lines when it was closed and has %d now", before.lines, p.lines)
	default:
		return "does not follow from the end of the segment before"
	}
}
