package kms

import (
	"fmt"
	"testing"
	"time"
)

// TestStoreQuota takes requests off quotas.
func TestStoreQuota(t *testing.T) {
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	q := newStoreQuotas(10)
	take := func(path string, after time.Duration, n int) (taken int) {
		for range n {
			if q.take(path, start.Add(after)) {
				taken++
			}
		}
		return taken
	}
	for _, c := range []struct {
		what, path string
		after      time.Duration
		n, want    int
	}{
		{"at once", "a", 0, 15, 10},
		{"another store", "b", 0, 5, 5},
		{"half a second later", "a", 500 * time.Millisecond, 15, 5},
		{"with a clock that goes back", "a", 0, 15, 0},
		{"a long time later", "a", time.Hour, 15, 10},
	} {
		if got := take(c.path, c.after, c.n); got != c.want {
			t.Errorf("%s: %d of %d requests, want %d", c.what, got, c.n, c.want)
		}
	}
	let := 0
	for i := range 1000 { // in a second and a half; each other call is overtaken by half a second
		let += take("c", time.Duration(i+i%2*500)*time.Millisecond, 1)
	}
	if let > 10+15 {
		t.Errorf("%d requests were let through in 1.5 s, of 10 a second", let)
	}
	for i := range 10 * maxBuckets {
		q.take(fmt.Sprint(i), start.Add(time.Duration(i)*time.Second))
	}
	if len(q.left) > maxBuckets {
		t.Errorf("%d stores are remembered", len(q.left))
	}
	if newStoreQuotas(0).rate != 1800 {
		t.Error("the quota is not AWS's")
	}
}
