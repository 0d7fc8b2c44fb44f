package cloudtrail_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// stored reads a journal that was written by the first version of this package. It stays
// in testdata as long as journals of that form may exist.
func stored(tb testing.TB) map[string][]byte {
	tb.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"head", segmentName(1), segmentName(2)} {
		b, err := os.ReadFile(filepath.Join("testdata", "journal-1", name))
		if err != nil {
			tb.Fatal(err)
		}
		files[name] = b
	}
	return files
}

func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStoredJournal(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, stored(t))
	if r := verified(t, dir); r.Segments != 2 || r.Records != 3 {
		t.Errorf("report %+v", r)
	}
	fill(t, dir, 1, cloudtrail.JournalOptions{})
	verified(t, dir)
	if got := fmt.Sprint(names(t, dir)); got != "[Encrypt Encrypt RotateKey Event0]" {
		t.Errorf("got %s", got)
	}
}

// Whatever is in a journal's files, verifying, reading and opening end with an answer.
func FuzzJournal(f *testing.F) {
	files := stored(f)
	last, head := files[segmentName(2)], files["head"]
	f.Add(last, head)
	f.Add(last[:100], head)
	f.Add(append(bytes.Clone(last), "tail"...), head)
	f.Add(append(bytes.Clone(last), last[200:]...), head[:512])
	f.Add(append(bytes.Clone(last), make([]byte, 100)...), head)
	f.Add([]byte("\n\n"), []byte{})
	f.Fuzz(func(t *testing.T, gotLast, gotHead []byte) {
		dir := t.TempDir()
		write(t, dir, map[string][]byte{segmentName(1): files[segmentName(1)], segmentName(2): gotLast, "head": gotHead})
		r, err := cloudtrail.VerifyJournal(dir)
		if err != nil {
			t.Fatal(err)
		}
		if r.Problem == nil && (!bytes.HasPrefix(gotLast, last) || !bytes.Equal(gotHead, head)) {
			t.Errorf("verifies, although it is another journal: %+v", r)
		}
		for _, err := range cloudtrail.ReadJournal(t.Context(), dir, cloudtrail.ReadOptions{}) {
			if err != nil && !errors.As(err, new(*cloudtrail.Problem)) {
				t.Fatal(err)
			}
		}
		j, err := cloudtrail.OpenJournal(dir, cloudtrail.JournalOptions{})
		if err != nil {
			return
		}
		closeJournal(t, j)
		verified(t, dir)
	})
}
