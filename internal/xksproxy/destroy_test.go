package xksproxy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// grave is a backend that knows what was destroyed in it.
type grave struct {
	softwareBackend
	destroyed []string
}

func (g *grave) destroy(_ context.Context, k *external) error {
	g.destroyed = append(g.destroyed, k.record())
	return nil
}

// TestDestroy: the material of a deleted key goes where it was made, also when its store has moved to
// another backend since. Where that can't be, nothing is deleted.
func TestDestroy(t *testing.T) {
	t.Parallel()
	text := config("software: {}", "")
	s := start(t, text)
	for _, id := range []string{"moved", "lost"} {
		s.key(NewKey{ID: id})
		if err := s.proxy.SetKeyDisabled(t.Context(), prefix, id, true); err != nil {
			t.Fatal(err)
		}
	}
	lost := strings.ReplaceAll(strings.ReplaceAll(text, "name: main", "name: other"), "backend: main", "backend: other")
	s.rewrite(strings.Replace(lost, "backends:", "backends:\n- {name: main, software: {}}", 1))
	whole := s.proxy.setup.Load()
	defer s.proxy.setup.Store(whole) // so that all of it is closed
	has := func(backends map[string]*monitored) {
		changed := *whole
		changed.backends = backends
		s.proxy.setup.Store(&changed)
	}
	moved := new(grave)
	has(map[string]*monitored{"main": {backend: moved}})
	if err := s.proxy.DeleteKey(t.Context(), prefix, "moved", true); err != nil || !slices.Equal(moved.destroyed, []string{prefix + "/moved"}) {
		t.Errorf("a key whose store has moved: %v, destroyed are %q", err, moved.destroyed)
	}
	has(nil)
	if err := s.proxy.DeleteKey(t.Context(), prefix, "lost", true); err == nil || !strings.Contains(err.Error(), `backend "main"`) {
		t.Errorf("a key whose backend is gone: %v", err)
	}
	// What is refused has deleted nothing.
	for _, want := range []error{nil, ErrNoKey} {
		if err := s.proxy.DeleteKey(t.Context(), prefix, "lost", false); !errors.Is(err, want) {
			t.Errorf("delete without destroying: %v, want %v", err, want)
		}
	}
}
