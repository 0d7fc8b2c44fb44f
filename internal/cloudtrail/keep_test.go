package cloudtrail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
)

// archived is a journal of several segments, an event an hour, that stays open.
func archived(t *testing.T) (dir string, j *cloudtrail.Journal, now *clock.Clock) {
	t.Helper()
	dir, now = t.TempDir(), clock.At(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC))
	j = open(t, dir, cloudtrail.JournalOptions{SegmentBytes: 2200, Clock: now})
	t.Cleanup(func() { j.Close() })
	for i := range 24 {
		now.Advance(time.Hour)
		record(t, j, &cloudtrail.Event{Source: "kms.amazonaws.com", Name: fmt.Sprintf("Event%d", i)})
	}
	settled(t, dir, j)
	return dir, j, now
}

// settled waits until everything is on disk.
func settled(t *testing.T, dir string, j *cloudtrail.Journal) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); j.Stats().Unsynced > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the journal does not get on disk")
		}
		time.Sleep(time.Millisecond)
	}
}

// files are the names of segments.
func files(t *testing.T, dir string) (plain, packed, others []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch {
		case strings.HasSuffix(e.Name(), ".log"):
			plain = append(plain, e.Name())
		case strings.HasSuffix(e.Name(), ".log.zst"):
			packed = append(packed, e.Name())
		case e.Name() != "head" && e.Name() != "lock":
			others = append(others, e.Name())
		}
	}
	return plain, packed, others
}

func eventNames(t *testing.T, dir string, o cloudtrail.ReadOptions) (names []string, problems []error) {
	t.Helper()
	for r, err := range cloudtrail.ReadJournal(t.Context(), dir, o) {
		if err != nil {
			problems = append(problems, err)
			continue
		}
		names = append(names, r.Name)
	}
	return names, problems
}

// TestArchive: segments that everybody has read are compressed, and nothing else changes.
func TestArchive(t *testing.T) {
	dir, j, _ := archived(t)
	before, want := verified(t, dir), mustNames(t, dir)
	if err := j.Archive(t.Context(), 3, 0); err != nil {
		t.Fatal(err)
	}
	_, packed, _ := files(t, dir)
	if diff := cmp.Diff([]string{segmentName(1) + ".zst", segmentName(2) + ".zst"}, packed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := j.Archive(t.Context(), 1000, 0); err != nil {
		t.Fatal(err)
	}
	if plain, packed, _ := files(t, dir); len(plain) != 1 || len(packed) != before.Segments-1 {
		t.Errorf("plain %v, compressed %v", plain, packed)
	}
	if diff := cmp.Diff(before, verified(t, dir)); diff != "" {
		t.Errorf("the report (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(want, mustNames(t, dir)); diff != "" {
		t.Errorf("the events (-before +after):\n%s", diff)
	}
	since := cloudtrail.ReadOptions{Filter: cloudtrail.Filter{Since: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}}
	if names, problems := eventNames(t, dir, since); len(problems) > 0 || !slices.Equal(names, want[11:]) {
		t.Errorf("since noon: %v, %v", names, problems)
	}
	closeJournal(t, j)
	j = open(t, dir, cloudtrail.JournalOptions{})
	record(t, j, &cloudtrail.Event{Source: "kms.amazonaws.com", Name: "Later"})
	closeJournal(t, j)
	if r := verified(t, dir); r.Records != before.Records+1 {
		t.Errorf("%d records after a restart", r.Records)
	}
}

func mustNames(t *testing.T, dir string) []string {
	t.Helper()
	names, problems := eventNames(t, dir, cloudtrail.ReadOptions{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return names
}

// TestArchiveKilled: what a kill leaves at any point is a whole journal, and is put right.
func TestArchiveKilled(t *testing.T) {
	dir, j, _ := archived(t)
	before := verified(t, dir)
	first := filepath.Join(dir, segmentName(1))
	plain := read(t, first)
	if err := j.Archive(t.Context(), 2, 0); err != nil {
		t.Fatal(err)
	}
	packed := read(t, first+".zst")
	for _, test := range []struct {
		name        string
		plain, work bool
		packed      []byte
	}{
		{"while it is compressed", true, true, nil},
		{"before it takes the place", true, true, nil},
		{"before the plain one is removed", true, false, packed},
		{"with a compressed one that is cut off", true, false, packed[:len(packed)-3]},
		{"with a compressed one of something else", true, false, append(bytes.Clone(packed), packed...)},
		{"behind", false, false, packed},
	} {
		t.Run(test.name, func(t *testing.T) {
			for path, b := range map[string][]byte{first: plain, first + ".zst": test.packed, first + ".zst.tmp": packed[:len(packed)/2]} {
				os.Remove(path)
				if path == first && !test.plain || strings.HasSuffix(path, ".tmp") && !test.work || b == nil {
					continue
				}
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(before, verified(t, dir)); diff != "" {
				t.Errorf("before the next try (-want +got):\n%s", diff)
			}
			if err := j.Archive(t.Context(), 2, 0); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, verified(t, dir)); diff != "" {
				t.Errorf("after it (-want +got):\n%s", diff)
			}
			if _, err := os.Stat(first); err == nil {
				t.Error("the plain segment is still there")
			}
			if _, _, others := files(t, dir); len(others) > 0 {
				t.Errorf("left: %v", others)
			}
			if !bytes.Equal(read(t, first+".zst"), packed) {
				t.Error("the compressed segment is not what it should be")
			}
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestArchiveDamaged: a byte of a compressed segment that changes is found if it changes a
// line, and what comes behind is still read.
func TestArchiveDamaged(t *testing.T) {
	dir, j, _ := archived(t)
	if err := j.Archive(t.Context(), 1000, 0); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, segmentName(2)+".zst")
	whole := read(t, path)
	want, before := mustNames(t, dir), verified(t, dir)
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x10
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := cloudtrail.VerifyJournal(dir)
		if err == nil && cmp.Equal(r, before) {
			continue // a bit of the frame's header that has no meaning: the lines are as they were
		}
		if err != nil || r.Problem == nil || r.Problem.Segment != 2 && r.Problem.Segment != 3 {
			t.Fatalf("byte %d: %v, %v", i, r.Problem, err)
		}
		names, _ := eventNames(t, dir, cloudtrail.ReadOptions{})
		if len(names) == 0 || names[len(names)-1] != want[len(want)-1] {
			t.Fatalf("byte %d: the last events are not read: %v", i, names)
		}
	}
}

// TestRetention: old segments go, an event says so, and nobody else can remove any.
func TestRetention(t *testing.T) {
	dir, j, now := archived(t)
	if err := j.Archive(t.Context(), 4, 12*time.Hour); err != nil {
		t.Fatal(err)
	}
	settled(t, dir, j)
	r := verified(t, dir)
	if r.First < 3 || r.First > 4 {
		t.Errorf("the first segment is %d", r.First)
	}
	names := mustNames(t, dir)
	if names[0] == "Event0" || names[len(names)-1] != "ExpireJournal" {
		t.Errorf("the events are %v", names)
	}
	var out bytes.Buffer
	if err := cloudtrail.VerifyCommand(&out, dir); err != nil || !strings.Contains(out.String(), "have expired") {
		t.Errorf("%v: %s", err, &out)
	}
	now.Advance(365 * 24 * time.Hour)
	if err := j.Archive(t.Context(), r.First, time.Hour); err != nil {
		t.Fatal(err)
	}
	if again := verified(t, dir); again.First != r.First {
		t.Errorf("segment %d is the first, although nobody has read %d", again.First, r.First)
	}
	closeJournal(t, j)
	for _, name := range []string{segmentName(int(r.First)), segmentName(int(r.First)) + ".zst"} {
		os.Remove(filepath.Join(dir, name))
	}
	if r, err := cloudtrail.VerifyJournal(dir); err != nil || r.Problem == nil {
		t.Errorf("one segment more is missing: %+v, %v", r, err)
	}
}

// TestRetentionForged: only an event of the journal itself makes segments expire.
func TestRetentionForged(t *testing.T) {
	dir, j, _ := archived(t)
	record(t, j, &cloudtrail.Event{Source: "kms.amazonaws.com", Name: "ExpireJournal",
		RequestParameters:   []byte(`{"eventSource":"keystead.internal","eventName":"ExpireJournal","serviceEventDetails":{"firstSegment":"3"}}`),
		ServiceEventDetails: []cloudtrail.Field{{Name: "firstSegment", Value: "3"}}})
	closeJournal(t, j)
	for n := 1; n <= 2; n++ {
		if err := os.Remove(filepath.Join(dir, segmentName(n))); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := cloudtrail.VerifyJournal(dir); err != nil || r.Problem == nil {
		t.Errorf("the beginning is missing: %+v, %v", r, err)
	}
}

// TestVerifyBesideArchive: a journal that is verified while it is archived is right.
func TestVerifyBesideArchive(t *testing.T) {
	dir, j, now := archived(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for segment := uint64(1); ctx.Err() == nil; segment++ {
			for range 6 {
				now.Advance(time.Hour)
				if err := j.Record(&cloudtrail.Event{Source: "kms.amazonaws.com", Name: "More"}); err != nil {
					t.Error(err)
				}
			}
			if err := j.Archive(ctx, segment, 24*time.Hour); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
	}()
	for range 40 {
		verified(t, dir)
	}
	stop()
	<-done
}

// TestFollowArchived: who follows the journal goes on in compressed segments, from any place.
func TestFollowArchived(t *testing.T) {
	dir, j, _ := archived(t)
	want := mustNames(t, dir)
	var places []cloudtrail.Place
	follow := func(from cloudtrail.Place) (n int) {
		t.Helper()
		f, err := cloudtrail.Resume(dir, from, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for {
			_, err := f.Next()
			if err == io.EOF {
				return n
			}
			if err != nil {
				t.Fatal(err)
			}
			n++
			if from == (cloudtrail.Place{}) {
				places = append(places, f.Place())
			}
		}
	}
	if n := follow(cloudtrail.Place{}); n != len(want) {
		t.Fatalf("%d events, not %d", n, len(want))
	}
	if err := j.Archive(t.Context(), 1000, 0); err != nil {
		t.Fatal(err)
	}
	for i, p := range places {
		if n := follow(p); n != len(want)-i-1 {
			t.Errorf("behind event %d there are %d, not %d", i, n, len(want)-i-1)
		}
	}
}
