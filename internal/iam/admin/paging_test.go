package admin_test

import (
	"net/url"
	"reflect"
	"testing"

	rules "github.com/keystead/keystead/internal/iam/admin"
)

// FuzzEncoded: what answers have of a document is the document, by either rule of decoding.
func FuzzEncoded(f *testing.F) {
	f.Add("{\"a\": \"+ %20\"}\r\n")
	f.Add("é\u00ff")
	f.Fuzz(func(t *testing.T, document string) {
		text := rules.Encoded(document)
		byPath, err := url.PathUnescape(text)
		byQuery, err2 := url.QueryUnescape(text)
		if err != nil || err2 != nil || byPath != document || byQuery != document {
			t.Errorf("%q is encoded as %q", document, text)
		}
	})
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name string
		list []string
		size int
		want [][]string
	}{
		{"nothing", nil, 2, [][]string{{}}},
		{"less than a page", []string{"b", "a"}, 3, [][]string{{"a", "b"}}},
		{"a page that is just full", []string{"b", "a"}, 2, [][]string{{"a", "b"}}},
		{"more", []string{"e", "c", "a", "b", "d"}, 2, [][]string{{"a", "b"}, {"c", "d"}, {"e"}}},
	} {
		if got := rules.Cut(tt.list, tt.size); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestScan: a call that finds little stops looking, and says that there may be more.
func TestScan(t *testing.T) {
	for _, tt := range []struct {
		name                        string
		n, keep, size               int
		wantShown, wantMostExamined int
		wantMore                    bool
	}{
		{"all fit", 10, 1, 10, 10, 10, false},
		{"one more", 11, 1, 10, 10, 11, true},
		{"every other", 21, 2, 10, 10, 21, true},
		{"one in a thousand", 10000, 1000, 10, 3, 2100, true},
		{"none of many", 10000, 20000, 100, 1, 2100, true},
	} {
		shown, examined, more := rules.Scan(tt.n, tt.keep, tt.size)
		if shown != tt.wantShown || examined > tt.wantMostExamined || more != tt.wantMore {
			t.Errorf("%s: %d of %d, more: %v", tt.name, shown, examined, more)
		}
	}
}
