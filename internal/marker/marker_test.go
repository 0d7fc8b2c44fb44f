package marker_test

import (
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/marker"
)

func TestRoundTrip(t *testing.T) {
	for _, after := range []string{"a", "us-east-1/1234abcd", "ü/é", `"\<>&`, "👩\u200d🚒", "\u2028"} {
		if m, ok := marker.Parse(marker.Marker{After: after}.String()); !ok || m.After != after {
			t.Errorf("%q comes back as %q, %v", after, m.After, ok)
		}
	}
}

func FuzzMarker(f *testing.F) {
	for _, text := range []string{"", "x", "e30=", "eyJhZnRlciI6ImEifQ==", "eyJhZnRlciI6ImFcdTAwMDBiIn0=", "eyJhZnRlciI6ICJhIn0=",
		"eyJhZnRlciI6ImJvYiJ9", "eyJhZnRlciI6IiJ9", "eyJBZnRlciI6ImJvYiJ9", "eyJhZnRlciI6ImJvYiJ9\n", "IA==", "eyJhZnRlciI6Ilx1MDAwMCJ9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if m, ok := marker.Parse(text); ok && (m.String() != text || m.After == "" || strings.ContainsRune(m.After, 0)) {
			t.Errorf("%q says %q and is written %q", text, m.After, m.String())
		}
	})
}
