package bucket_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/bucket"
)

func TestFolder(t *testing.T) {
	t.Parallel()
	f := bucket.Folder{Dir: filepath.Join(t.TempDir(), "buckets"), Make: true}
	if err := (bucket.Folder{Dir: f.Dir}).Check(t.Context(), "audit-logs"); !errors.Is(err, bucket.ErrNoBucket) {
		t.Errorf("before it is made: %v", err)
	}
	if err := f.Check(t.Context(), "audit-logs"); err != nil {
		t.Fatal(err)
	}
	keys := []string{"a/b/1.gz", "a/b/2.gz", "a/b-c/3.gz", "a/z", "top"}
	for _, key := range keys {
		for range 2 { // to put it again is no harm
			if err := f.Put(t.Context(), "audit-logs", bucket.Object{Key: key, Body: []byte(key), Meta: map[string]string{"signature": "s" + key}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	o, err := f.Get(t.Context(), "audit-logs", "a/b/2.gz")
	if err != nil || string(o.Body) != "a/b/2.gz" || o.Meta["signature"] != "sa/b/2.gz" {
		t.Errorf("Get: %+v, %v", o, err)
	}
	for _, tt := range []struct {
		prefix, after string
		want          []string
	}{
		{"", "", []string{"a/b-c/3.gz", "a/b/1.gz", "a/b/2.gz", "a/z", "top"}},
		{"a/b/", "", []string{"a/b/1.gz", "a/b/2.gz"}},
		{"a/b", "a/b/1.gz", []string{"a/b/2.gz"}},
		{"a/b/1", "", []string{"a/b/1.gz"}},
		{"", "a/b/2.gz", []string{"a/z", "top"}},
		{"none", "", nil},
	} {
		var got []string
		for key, err := range f.List(t.Context(), "audit-logs", tt.prefix, tt.after) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, key)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("List %q after %q: %q", tt.prefix, tt.after, got)
		}
	}
	if _, err := f.Get(t.Context(), "audit-logs", "a/b/9.gz"); !errors.Is(err, bucket.ErrNoObject) {
		t.Errorf("an object that is not there: %v", err)
	}
}

// TestFolderEnds: no name leads out of a bucket, and no link does.
func TestFolderEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := bucket.Folder{Dir: filepath.Join(dir, "buckets"), Make: true}
	if err := f.Check(t.Context(), "audit-logs"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, filepath.Join(f.Dir, "audit-logs", "link")); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"../secret", "../../secret", "/etc/passwd", "a/../../secret", "link/secret", "", ".", "x.meta", strings.Repeat("x", 300)} {
		if err := f.Put(t.Context(), "audit-logs", bucket.Object{Key: key, Body: []byte("y")}); err == nil {
			t.Errorf("Put %.40q succeeds", key)
		}
		if o, err := f.Get(t.Context(), "audit-logs", key); err == nil {
			t.Errorf("Get %.40q: %q", key, o.Body)
		}
	}
	for _, name := range []string{"", "..", "../x", "a/b", "A", "ab", "x_y_z", "1.2.3.4", "-abc", "abc-", "a..b"} {
		if err := f.Check(t.Context(), name); !errors.Is(err, bucket.ErrNoBucket) {
			t.Errorf("the bucket %q: %v", name, err)
		}
	}
}
