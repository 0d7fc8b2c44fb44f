package cloudtrail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// segmentName is the name of a segment's file. With twenty digits, the order of names is
// that of numbers.
func segmentName(n uint64) string { return fmt.Sprintf("%020d.log", n) }

// segmentNumber is the segment that a file's name stands for.
func segmentNumber(name string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, ".log")
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, ok && err == nil && n > 0 && name == segmentName(n)
}

// segments lists the numbers of the segments in dir, compressed or not, in order.
func segments(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, e := range entries {
		if n, ok := segmentNumber(strings.TrimSuffix(e.Name(), packedExt)); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

// readHeader returns the header of a segment, of which only the form is checked.
func readHeader(dir string, n uint64) (h header, ok bool, err error) {
	f, err := openSegmentFile(dir, n)
	if err != nil {
		return h, false, err
	}
	defer f.Close()
	b := make([]byte, 1<<10)
	size, err := f.ReadAt(b, 0)
	if err != nil && err != io.EOF && !damaged(f, err) {
		return h, false, err
	}
	b = b[:size]
	text, _, found := bytes.Cut(b, []byte{'\n'})
	_, record, ok := line{text: text}.split()
	if !found || !ok {
		return h, false, nil
	}
	h, ok = parseHeader(record)
	return h, ok && h.Segment == n, nil
}

// syncDir has the names in dir on disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
