package server

import (
	"testing"
	"time"

	"github.com/keystead/keystead/internal/keystore/external"
)

func TestProxyHealth(t *testing.T) {
	var h proxyHealth
	now := time.Now()
	note := func(store, name string, retryable bool) {
		h.note(external.Observation{Proxy: &external.Proxy{Store: store}, ErrorName: name, Retryable: retryable}, now)
	}
	want := func(what string, n int) {
		t.Helper()
		if got := h.count(now); got != n {
			t.Errorf("%s: %d proxies fail, want %d", what, got, n)
		}
	}
	note("a", "", false)
	want("one that answers", 0)
	note("a", external.Unreachable, true)
	note("b", "InternalException", true)
	note("b", "InternalException", true)
	want("two that fail", 2)
	note("b", "AccessDeniedException", false)
	want("one that refuses", 1)
	now = now.Add(2 * time.Minute)
	want("one that nobody has called since", 1)
	now = now.Add(2 * time.Minute)
	want("one that nobody calls", 0)
	for _, operation := range []string{"CreateCustomKeyStore", "UpdateCustomKeyStore"} {
		h.note(external.Observation{Proxy: &external.Proxy{Store: "c"}, KMSOperation: operation, ErrorName: external.Unreachable, Retryable: true}, now)
	}
	want("one that no store has", 0)
	note("d", external.Unreachable, true)
	now = now.Add(time.Hour)
	note("e", external.Unreachable, true)
	if len(h.failing) != 1 {
		t.Errorf("%d proxies are remembered that nobody asked about", len(h.failing))
	}
}
