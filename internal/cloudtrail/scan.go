package cloudtrail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// scan is the search for the end of a journal.
type scan struct {
	at     position // behind the last whole line
	end    int64    // of that line, in its segment
	latest time.Time
	torn   struct {
		segment      uint64 // 0 if nothing is torn; the one after at's if its header is
		offset, size int64
		file         string // where setAside put it
	}
}

// findEnd checks the journal from the head's segment on and finds its end.
func findEnd(dir string, head position) (scan, error) {
	s, err := scanStart(dir, head)
	if err != nil {
		return s, err
	}
	c := cursor{dir: dir, segment: s.at.segment + 1}
	defer c.close()
	for s.torn.segment == 0 {
		l, err := c.next()
		if err == io.EOF {
			if c.f != nil {
				s.torn.segment, s.torn.offset = c.segment, c.offset
			}
			break
		}
		if err != nil {
			return s, err
		}
		if err := s.step(l, head); err != nil {
			return s, err
		}
	}
	if err := s.at.reaches(head); err != nil {
		return s, err
	}
	return s, s.measure(dir)
}

// scanStart is the position in front of the head's segment, which that segment's own
// header names.
func scanStart(dir string, head position) (s scan, err error) {
	if head.segment == 0 {
		return s, nil
	}
	h, ok, err := readHeader(dir, head.segment)
	if errors.Is(err, fs.ErrNotExist) {
		return s, &Problem{Segment: head.segment, Text: "is missing"}
	}
	if err != nil {
		return s, err
	}
	if ok {
		s.at, ok = h.before()
	}
	if !ok {
		return s, &Problem{head.segment, 1, "the header of the segment was changed"}
	}
	s.latest = h.Latest
	return s, nil
}

func (s *scan) step(l line, head position) error {
	record, ok := s.at.follow(l)
	switch {
	case ok:
	case torn(l) && !s.at.before(head):
		s.torn.segment, s.torn.offset = l.segment, l.offset
		return nil
	default:
		return diagnose(s.at, l, nil)
	}
	s.end = l.offset + int64(len(l.text)) + 1
	if t, ok := eventTime(record); ok && t.After(s.latest) {
		s.latest = t
	}
	return s.at.meets(head)
}

// measure finds how much is torn.
func (s *scan) measure(dir string) error {
	if s.torn.segment == 0 {
		return nil
	}
	numbers, err := segments(dir)
	if err != nil {
		return err
	}
	if last := numbers[len(numbers)-1]; last != s.torn.segment {
		return &Problem{s.torn.segment, s.at.lines + 1, fmt.Sprintf("is torn, although segment %d exists", last)}
	}
	info, err := os.Stat(filepath.Join(dir, segmentName(s.torn.segment)))
	if err != nil {
		return err
	}
	s.torn.size = info.Size() - s.torn.offset
	return nil
}

// eventTime finds the time of a record without decoding it all. The member's name can't
// stand before it, because a quote inside a string is escaped.
func eventTime(record []byte) (time.Time, bool) {
	_, rest, ok := bytes.Cut(record, []byte(`,"eventTime":"`))
	if !ok || len(rest) < len(timeFormat) {
		return time.Time{}, false
	}
	t, err := time.Parse(timeFormat, string(rest[:len(timeFormat)]))
	return t, err == nil
}
