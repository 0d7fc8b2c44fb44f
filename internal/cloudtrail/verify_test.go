package cloudtrail_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// threeSegments makes a small closed journal and returns its files by name.
func threeSegments(t *testing.T) (dir string, files map[string][]byte) {
	t.Helper()
	dir = t.TempDir()
	j := open(t, dir, cloudtrail.JournalOptions{SegmentBytes: 2200})
	for i := range 12 {
		e := &cloudtrail.Event{Time: time.Unix(int64(i), 0), Source: "kms.amazonaws.com", Name: fmt.Sprintf("Event%d", i)}
		record(t, j, e)
	}
	closeJournal(t, j)
	if r := verified(t, dir); r.Segments != 3 {
		t.Fatalf("%d segments", r.Segments)
	}
	files = map[string][]byte{}
	for _, name := range []string{"head", segmentName(1), segmentName(2), segmentName(3)} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	return dir, files
}

func segmentName(n int) string { return filepath.Base(segmentPath("", n)) }

// lines is the file's lines, each with its newline.
func lines(b []byte) [][]byte {
	l := bytes.SplitAfter(b, []byte{'\n'})
	return l[:len(l)-1]
}

// withFile verifies the journal with another content of one file, and puts it back.
func withFile(t *testing.T, dir, name string, before, b []byte) *cloudtrail.Problem {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := cloudtrail.VerifyJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	return r.Problem
}

// Every byte counts, in every file, and the problem is where the byte is.
func TestVerifyFindsEveryByte(t *testing.T) {
	dir, files := threeSegments(t)
	for name, b := range files {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		put := func(c byte, at int) {
			if _, err := f.WriteAt([]byte{c}, int64(at)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range b {
			c := b[i] ^ byte(1+rand.IntN(255))
			put(c, i)
			r, err := cloudtrail.VerifyJournal(dir)
			put(b[i], i)
			p := r.Problem
			if err != nil || p == nil {
				t.Fatalf("%s: byte %d changed from %q to %q is not found: %v", name, i, b[i], c, err)
			}
			if name == "head" {
				continue
			}
			want := 1 + bytes.Count(b[:i], []byte{'\n'})
			if i == len(b)-1 {
				continue // the end of a segment is seen by what comes after
			}
			if segmentName(int(p.Segment)) != name || int(p.Line) != want {
				t.Fatalf("%s: byte %d in line %d changed from %q to %q: %v", name, i, want, b[i], c, p)
			}
		}
	}
	verified(t, dir)
}

func TestVerifyFindsEveryCut(t *testing.T) {
	dir, files := threeSegments(t)
	for name, b := range files {
		path := filepath.Join(dir, name)
		for i := len(b) - 1; i >= 0; i-- {
			if err := os.Truncate(path, int64(i)); err != nil {
				t.Fatal(err)
			}
			if r, err := cloudtrail.VerifyJournal(dir); err != nil || r.Problem == nil {
				t.Fatalf("%s: cut to %d of %d bytes is not found: %v", name, i, len(b), err)
			}
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verified(t, dir)
}

func TestVerifyFindsEveryLine(t *testing.T) {
	dir, files := threeSegments(t)
	delete(files, "head")
	for name, b := range files {
		l := lines(b)
		for i := range l {
			check := func(what string, changed [][]byte) {
				t.Helper()
				p := withFile(t, dir, name, b, bytes.Join(changed, nil))
				if p == nil {
					t.Fatalf("%s: line %d %s is not found", name, i+1, what)
				}
				last := i >= len(l)-2 // then it may be seen only behind the segment
				if !last && segmentName(int(p.Segment)) != name {
					t.Errorf("%s: line %d %s: %v", name, i+1, what, p)
				}
			}
			check("removed", slices.Delete(slices.Clone(l), i, i+1))
			check("twice", slices.Insert(slices.Clone(l), i, l[i]))
			for k := range i {
				swapped := slices.Clone(l)
				swapped[i], swapped[k] = swapped[k], swapped[i]
				check(fmt.Sprintf("in the place of %d", k+1), swapped)
			}
			for other := range files {
				if other != name {
					check("after "+other, slices.Insert(slices.Clone(l), i, lines(files[other])[1]))
				}
			}
		}
	}
}

// The texts tell an operator what to look for.
func TestVerifySays(t *testing.T) {
	dir, files := threeSegments(t)
	one, two, three := segmentName(1), segmentName(2), segmentName(3)
	l := lines(files[two])
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	tests := map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"record changed": {two, bytes.Replace(files[two], []byte("Event6"), []byte("EventX"), 1),
			"segment 2, line 3: the record was changed, or lines before it were removed"},
		"hash changed": {two, join(l[0], l[1], l[0][:64], l[2][64:], l[3], l[4]),
			"segment 2, line 3: its hash was changed, its record is right"},
		"line removed": {two, join(l[0], l[1], l[3], l[4]),
			"segment 2, line 3: the record was changed, or lines before it were removed"},
		"line twice":      {two, join(l[0], l[1], l[1], l[2], l[3], l[4]), "segment 2, line 3: repeats the line before it"},
		"lines exchanged": {two, join(l[0], l[2], l[1], l[3], l[4]), "segment 2, line 2: has changed places with the line after it"},
		"line inserted": {two, join(l[0], l[1], lines(files[one])[2], l[2], l[3], l[4]),
			"segment 2, line 3: does not belong here: the line after it follows the line before it"},
		"no line":        {two, join(l[0], []byte("garbage\n")), "segment 2, line 2: is not a line of a journal"},
		"header changed": {two, join(l[1], l[2]), "segment 2, line 1: the header of the segment was changed"},
		"other segment":  {two, files[three], "segment 2, line 1: the header is that of segment 3"},
		"end of a segment": {one, join(lines(files[one])[:3]...),
			"segment 2, line 1: the segment before had 6 lines when it was closed and has 3 now"},
		"no newline": {one, files[one][:len(files[one])-1], "segment 1, line 6: has no end, although a segment follows"},
		"end cut": {three, lines(files[three])[0],
			"segment 3, line 1: the journal ends here, but it once reached segment 3, line "},
		"head":       {"head", files["head"][:100], "the head file is damaged: it has the wrong size"},
		"head empty": {"head", bytes.Repeat([]byte(" "), 1024), "the head file is damaged: neither of its copies is whole"},
		"zeros": {two, bytes.Replace(files[two], []byte("Event6"), make([]byte, 6), 1),
			"segment 2, line 3: holds bytes that were never written"},
		"long line": {three, join(files[three], bytes.Repeat([]byte("x"), 3<<20), []byte("\n")), "is too long for a journal"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := withFile(t, dir, test.file, files[test.file], test.content)
			if p == nil || !strings.Contains(p.Error(), test.want) {
				t.Errorf("got %v, want %s", p, test.want)
			}
		})
	}
}

func TestVerifyMissingSegments(t *testing.T) {
	for n := 1; n <= 3; n++ {
		dir, _ := threeSegments(t)
		remove(t, segmentPath(dir, n))
		r, err := cloudtrail.VerifyJournal(dir)
		if err != nil || r.Problem == nil {
			t.Fatalf("without segment %d: %v", n, err)
		}
		if want := fmt.Sprintf("segment %d: is missing", n); n < 3 && r.Problem.Error() != want {
			t.Errorf("got %v, want %s", r.Problem, want)
		}
	}
	dir, _ := threeSegments(t)
	if err := os.Rename(segmentPath(dir, 3), segmentPath(dir, 1<<40)); err != nil {
		t.Fatal(err)
	}
	if r, _ := cloudtrail.VerifyJournal(dir); r.Problem == nil || r.Problem.Error() != "segment 3: is missing" {
		t.Errorf("got %v", r.Problem)
	}
}

// Somebody who makes a new chain, whole and as long as the old one, but leaves the head is
// found out.
func TestVerifyFindsNewChain(t *testing.T) {
	dir, files := threeSegments(t)
	other, _ := threeSegments(t) // with other event IDs
	copyFile(t, filepath.Join(dir, "head"), filepath.Join(other, "head"))
	r, err := cloudtrail.VerifyJournal(other)
	if err != nil || r.Problem == nil || !strings.Contains(r.Problem.Error(), "the journal was rewritten") {
		t.Errorf("got %v, %v", r.Problem, err)
	}
	if want := int64(len(lines(files[segmentName(3)]))); r.Problem != nil && (r.Problem.Segment != 3 || r.Problem.Line != want) {
		t.Errorf("got %v, want it in segment 3, line %d", r.Problem, want)
	}
	if _, err := cloudtrail.OpenJournal(other, cloudtrail.JournalOptions{}); err == nil {
		t.Error("it opens")
	}
}

func TestVerifyNoJournal(t *testing.T) {
	if _, err := cloudtrail.VerifyJournal(t.TempDir()); !errors.Is(err, cloudtrail.ErrNoJournal) {
		t.Errorf("empty directory: %v", err)
	}
	if _, err := cloudtrail.VerifyJournal(filepath.Join(t.TempDir(), "x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}

func TestVerifyUnfinished(t *testing.T) {
	dir, files := threeSegments(t)
	appendTo(t, segmentPath(dir, 3), "0123456789")
	r := verified(t, dir)
	if r.Unfinished != 10 || r.Records != 12 || r.Segment != 3 || int(r.Line) != len(lines(files[segmentName(3)])) {
		t.Errorf("report %+v", r)
	}
	if last := lines(files[segmentName(3)])[r.Line-1]; r.Hash != string(last[:64]) {
		t.Errorf("hash %s, want %s", r.Hash, last[:64])
	}
}

// A journal that is written meanwhile verifies at any moment, also across segments.
func TestVerifyWhileWriting(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, cloudtrail.JournalOptions{SegmentBytes: 20 << 10, Interval: time.Millisecond})
	stop := make(chan bool)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := j.Record(named(i)); err != nil {
					t.Error(err)
				}
				if i%100 == 99 { // leave the disk some time
					if _, err := cloudtrail.VerifyJournal(dir); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for verified(t, dir).Segments < 20 {
	}
	close(stop)
	wg.Wait()
}

// A power failure takes what was not synced, in whatever pieces. What was synced stays,
// and the journal opens and verifies.
func TestPowerFailure(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, cloudtrail.JournalOptions{Interval: time.Hour})
	for i := range 30 {
		record(t, j, named(i))
	}
	closeJournal(t, j)
	synced, err := os.Stat(segmentPath(dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	j = open(t, dir, cloudtrail.JournalOptions{Interval: time.Hour})
	for i := range 30 {
		record(t, j, named(30+i))
	}
	log, err := os.ReadFile(segmentPath(dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		left := slices.Clone(log)
		unsynced := left[synced.Size():]
		for range random.IntN(3) { // pages that were not written read as zeros
			from := random.IntN(len(unsynced))
			clear(unsynced[from:min(from+1+random.IntN(4096), len(unsynced))])
		}
		left = left[:len(left)-random.IntN(len(unsynced))]
		after := t.TempDir()
		copyFile(t, filepath.Join(dir, "head"), filepath.Join(after, "head"))
		if err := os.WriteFile(segmentPath(after, 1), left, 0o600); err != nil {
			t.Fatal(err)
		}
		fill(t, after, 1, cloudtrail.JournalOptions{})
		verified(t, after)
		for i, name := range names(t, after)[:30] {
			if want := fmt.Sprintf("Event%d", i); name != want {
				t.Fatalf("event %d is %s", i, name)
			}
		}
	}
}
