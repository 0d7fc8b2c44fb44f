package xksproxy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/secret"
)

// grave is a backend that knows what was destroyed in it.
type grave struct {
	softwareBackend
	created   func()
	destroyed []string
}

func (g *grave) create(context.Context, *external) (secret.Bytes, error) {
	g.created()
	return secret.Bytes{}, nil
}

func (g *grave) destroy(ctx context.Context, k *external) error {
	if ctx.Err() == nil {
		g.destroyed = append(g.destroyed, k.record())
	}
	return ctx.Err()
}

// bury has the stores' backends be others until the test ends.
func (s *subject) bury(backends map[string]*monitored) {
	whole := s.proxy.setup.Load()
	s.t.Cleanup(func() { s.proxy.setup.Store(whole) }) // so that all of it is closed
	changed := *whole
	changed.backends, changed.stores = backends, map[string]*tenant{}
	for path, t := range whole.stores {
		one := *t
		one.backend = backends[t.Backend]
		changed.stores[path] = &one
	}
	s.proxy.setup.Store(&changed)
}

// TestInterrupted: the material of a key that was not recorded goes, although nobody waits for it any
// more.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := start(t, config("software: {}", ""))
	ctx, cancel := context.WithCancel(t.Context())
	g := &grave{created: cancel}
	s.bury(map[string]*monitored{"main": {backend: g}})
	_, err := s.proxy.CreateKey(ctx, NewKey{Prefix: prefix, ID: "foo"})
	if !errors.Is(err, context.Canceled) || !slices.Equal(g.destroyed, []string{prefix + "/foo"}) {
		t.Errorf("%v, destroyed are %q", err, g.destroyed)
	}
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
	moved := new(grave)
	s.bury(map[string]*monitored{"main": {backend: moved}})
	if err := s.proxy.DeleteKey(t.Context(), prefix, "moved", true); err != nil || !slices.Equal(moved.destroyed, []string{prefix + "/moved"}) {
		t.Errorf("a key whose store has moved: %v, destroyed are %q", err, moved.destroyed)
	}
	s.bury(nil)
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
