package sigv4_test

import (
	"strings"
	"testing"
)

func BenchmarkVerify(b *testing.B) {
	for _, size := range []int{64, 6 << 10} {
		body := strings.Repeat("x", size)
		r := newRequest(body)
		sign(b, r, body)
		v := newVerifier()
		raw := []byte(body)
		b.Run(name(size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(r, raw, "kms"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func name(size int) string {
	if size < 1<<10 {
		return "short body"
	}
	return "6 KiB body"
}

// raceEnabled is true under the race detector, which makes pools forget at random.
var raceEnabled bool

// TestAllocations keeps the path that every call takes free of allocations.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget under the race detector")
	}
	r := newRequest("{}")
	sign(t, r, "{}")
	v := newVerifier()
	body := []byte("{}")
	got := testing.AllocsPerRun(1000, func() {
		if _, err := v.Verify(r, body, "kms"); err != nil {
			t.Fatal(err)
		}
	})
	if got >= 1 {
		t.Errorf("%v allocations for a request, want none", got)
	}
}
