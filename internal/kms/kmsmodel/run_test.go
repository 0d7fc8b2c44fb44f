package kmsmodel

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/store/storetest"
)

// fullSteps are enough for each operation to be called in each state.
const fullSteps = 100_000

// worlds is how many accounts there are at once, each with a database of its own.
const worlds = 4

// TestModel does the same steps each time, some thousand on each engine. With
// KEYSTEAD_TEST_STEPS it does so many others. KEYSTEAD_TEST_SEED does those of one world again.
func TestModel(t *testing.T) {
	t.Parallel()
	steps, seeds := number(t, "KEYSTEAD_TEST_STEPS", 4000)/worlds, []uint64{1, 2, 3, 4}
	if os.Getenv("KEYSTEAD_TEST_STEPS") != "" {
		for i := range seeds {
			seeds[i] = rand.Uint64()
		}
	}
	if seed := number(t, "KEYSTEAD_TEST_SEED", 0); seed != 0 {
		seeds = []uint64{seed}
	}
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		t.Parallel()
		all := &tallies{sum: tally{}, asked: map[cell]int{}}
		for _, seed := range seeds {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, fresh(t), seed)
				if err := w.run(int(steps)); err != nil {
					t.Error(err)
				}
				all.add(w)
			})
		}
		t.Cleanup(func() {
			all.report(t)
			if int(steps)*len(seeds) >= fullSteps {
				all.complete(t)
			}
		})
	})
}

// TestSameSeed: what a seed makes happen does not depend on anything else, so that a difference
// can be looked at again.
func TestSameSeed(t *testing.T) {
	t.Parallel()
	var first tally
	for range 2 {
		w := newWorld(t, storetest.SQLite(t), 5)
		if err := w.run(400); err != nil {
			t.Error(err)
		}
		if first == nil {
			first = w.done
		}
		if !maps.Equal(first, w.done) {
			t.Errorf("the same seed did this:\n%v\nand then this:\n%v", first, w.done)
		}
	}
}

func number(t *testing.T, name string, usual uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// tallies is what all worlds did.
type tallies struct {
	mu    sync.Mutex
	sum   tally
	asked map[cell]int
}

func (a *tallies) add(w *world) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for name, n := range w.done {
		a.sum[name] += n
	}
	for c, n := range w.m.asked {
		a.asked[c] += n
	}
}

// complete makes sure that each operation was called in each state.
func (a *tallies) complete(t *testing.T) {
	for op, row := range readStates() {
		for state := range row {
			if a.asked[cell{op, state}] == 0 {
				t.Errorf("%s was not called in the state %s", op, state)
			}
		}
	}
}

// report says how many calls ended how.
func (a *tallies) report(t *testing.T) {
	calls, ends := 0, map[string]int{}
	for name, n := range a.sum {
		calls += n
		ends[name[strings.LastIndex(name, " ")+1:]] += n
	}
	t.Logf("%d calls, of %d combinations of operation, state and outcome", calls, len(a.sum))
	for _, end := range slices.Sorted(maps.Keys(ends)) {
		t.Logf("%7d %s", ends[end], end)
	}
}

// TestModelCanFail breaks one rule of the model after the other; the test must notice.
func TestModelCanFail(t *testing.T) {
	t.Parallel()
	mutations := []struct {
		name   string
		change func(*model)
	}{
		{"disabled keys encrypt", func(m *model) { m.states["Encrypt"][types.KeyStateDisabled] = '.' }},
		{"a cancelled deletion leaves the key enabled", func(m *model) { m.rules.cancelled = types.KeyStateEnabled }},
		{"the waiting period is an hour shorter a day", func(m *model) { m.rules.window = 23 * day / 24 }},
		{"old ciphertexts don't open after a rotation", func(m *model) { m.rules.oldOpens = false }},
		{"imported material does not expire", func(m *model) { m.rules.expires = false }},
		{"replicas are not rotated with their primary", func(m *model) { m.rules.sharesRotation = false }},
		{"keys whose store is not connected encrypt", func(m *model) { m.states["Encrypt"][types.KeyStateUnavailable] = '.' }},
		{"a new replica can be used at once", func(m *model) { m.states["Encrypt"][types.KeyStateCreating] = '.' }},
	}
	for _, c := range mutations {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.SQLite(t), 1)
			c.change(w.m)
			if err := w.run(20_000); err == nil {
				t.Error("no difference was found")
			}
			t.Logf("found at step %d", w.step)
		})
	}
}
