package seal_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keystead/keystead/internal/seal"
)

// rotate adds a key and makes it the active one.
func rotate(t *testing.T, s *seal.Sealer) uint32 {
	t.Helper()
	number, err := s.AddKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Activate(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	return number
}

func numbers(s *seal.Sealer) []uint32 { return slices.Sorted(maps.Keys(s.Fingerprints())) }

func TestRotation(t *testing.T) {
	eachProvider(t, func(t *testing.T, path string, again func() seal.Provider) {
		s, err := seal.Create(t.Context(), again())
		if err != nil {
			t.Fatal(err)
		}
		other, err := seal.Open(t.Context(), again()) // a node that runs meanwhile
		if err != nil {
			t.Fatal(err)
		}
		old := mustSeal(t, s, "old")
		if n := rotate(t, s); n != 2 || s.Active() != 2 || !slices.Equal(numbers(s), []uint32{1, 2}) {
			t.Fatalf("new key %d, active %d, all %v", n, s.Active(), numbers(s))
		}
		sealed := mustSeal(t, s, "new")
		if n, _ := seal.Number(sealed); n != 2 {
			t.Errorf("sealed under key %d, want 2", n)
		}
		for _, c := range [][]byte{old, sealed} {
			if _, err := s.Open("test", c, []byte("ad")); err != nil {
				t.Errorf("the rotating node: %v", err)
			}
			if _, err := other.Open("test", c, []byte("ad")); err != nil {
				t.Errorf("the other node: %v", err)
			}
		}
		if other.Active() != 2 {
			t.Errorf("the other node still seals under key %d", other.Active())
		}
		if err := s.Retire(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open("test", old, []byte("ad")); !errors.Is(err, seal.ErrUnknownRootKey) {
			t.Errorf("bytes under the retired key: %v", err)
		}
		third, err := seal.Open(t.Context(), again())
		if err != nil || !slices.Equal(numbers(third), []uint32{2}) {
			t.Errorf("stored keys %v, error %v, want 2 alone", numbers(third), err)
		}
	})
}

// TestNumbersAreNotReused retires a key that was never active: the next one must not have
// its number, or old bytes would seem damaged instead of lost.
func TestNumbersAreNotReused(t *testing.T) {
	s, _ := newSealer(t)
	if _, err := s.AddKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Retire(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if n, err := s.AddKey(t.Context()); n != 3 || err != nil {
		t.Errorf("new key %d, error %v, want 3", n, err)
	}
}

func TestRotationErrors(t *testing.T) {
	s, path := newSealer(t)
	before := read(t, path)
	for _, c := range []struct {
		name string
		got  error
		want error
	}{
		{"activate an unknown key", s.Activate(t.Context(), 2), seal.ErrUnknownRootKey},
		{"retire an unknown key", s.Retire(t.Context(), 2), seal.ErrUnknownRootKey},
		{"retire the active key", s.Retire(t.Context(), 1), seal.ErrActive},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if !bytes.Equal(before, read(t, path)) {
		t.Error("the file was changed")
	}
	rotate(t, s)
	if err := s.Activate(t.Context(), 1); !errors.Is(err, seal.ErrOlder) || s.Active() != 2 {
		t.Errorf("activate the older key: %v, active %d, want ErrOlder and 2", err, s.Active())
	}
	if err := s.Retire(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for range 7 {
		if _, err := s.AddKey(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.AddKey(t.Context()); !errors.Is(err, seal.ErrTooManyKeys) {
		t.Errorf("ninth key: %v", err)
	}
	reopen(t, path)
}

// TestUnknownNumbers checks that forged numbers cost no more than a look at the file.
func TestUnknownNumbers(t *testing.T) {
	s, _ := newSealer(t)
	sealed := mustSeal(t, s, "x")
	for i := range byte(100) {
		sealed[1], sealed[4] = i, 100
		if _, err := s.Open("test", sealed, []byte("ad")); !errors.Is(err, seal.ErrUnknownRootKey) {
			t.Fatalf("key number %d: %v", uint32(i)<<24+100, err)
		}
	}
}

// TestRotateAtOnce has several processes add keys to one file: no key gets lost.
func TestRotateAtOnce(t *testing.T) {
	first, path := newSealer(t)
	var added atomic.Int32
	var wg sync.WaitGroup
	for range 7 {
		s := reopen(t, path)
		wg.Go(func() {
			_, err := s.AddKey(t.Context())
			switch {
			case err == nil:
				added.Add(1)
			case !errors.Is(err, seal.ErrConflict):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := first.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(first.Fingerprints()); got != 1+int(added.Load()) || added.Load() == 0 {
		t.Errorf("%d keys after %d were added", got, added.Load())
	}
}

// TestConflict saves a keyring that was loaded before somebody else's change.
func TestConflict(t *testing.T) {
	eachProvider(t, func(t *testing.T, path string, again func() seal.Provider) {
		s, err := seal.Create(t.Context(), again())
		if err != nil {
			t.Fatal(err)
		}
		stale, err := again().Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rotate(t, s)
		before := read(t, path)
		for name, r := range map[string]*seal.Keyring{"stale": stale, "new": seal.NewKeyring()} {
			if err := again().Save(t.Context(), r); !errors.Is(err, seal.ErrConflict) && !errors.Is(err, seal.ErrExists) {
				t.Errorf("save the %s keyring: %v", name, err)
			}
		}
		if !bytes.Equal(before, read(t, path)) {
			t.Error("the file was changed")
		}
	})
}

// TestForeignFile puts other keys and old copies in place of a running server's file.
func TestForeignFile(t *testing.T) {
	s, path := newSealer(t)
	old := read(t, path)
	rotate(t, s)
	_, foreign := newSealer(t)
	sealed := mustSeal(t, s, "x")
	for name, content := range map[string][]byte{"old": old, "foreign": read(t, foreign)} {
		write(t, path, string(content), 0o600)
		if err := s.Reload(t.Context()); !errors.Is(err, seal.ErrForeign) {
			t.Errorf("%s file: %v", name, err)
		}
		if _, err := s.AddKey(t.Context()); !errors.Is(err, seal.ErrForeign) {
			t.Errorf("add a key to the %s file: %v", name, err)
		}
		if !bytes.Equal(content, read(t, path)) {
			t.Errorf("the %s file was changed", name)
		}
		if _, err := s.Open("test", sealed, []byte("ad")); err != nil {
			t.Errorf("%s file: the running sealer lost its keys: %v", name, err)
		}
	}
}
