package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// TestFence: after a rotation, a node that still holds the old root key in memory must
// not write under it, or what it wrote would be lost with the old root key.
func TestFence(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url, file := fresh(t), filepath.Join(t.TempDir(), "root.key")
		rotating, err := seal.Create(t.Context(), seal.File(file))
		if err != nil {
			t.Fatal(err)
		}
		db := storetest.Open(t, store.Options{URL: url, Sealer: rotating})
		// The other node has its own copy of the file, which the operator brings later.
		copied := filepath.Join(t.TempDir(), "root.key")
		copyFile(t, file, copied)
		late, err := seal.Open(t.Context(), seal.File(copied))
		if err != nil {
			t.Fatal(err)
		}
		other := storetest.Open(t, store.Options{URL: url, Sealer: late})
		insert := func(db *store.DB, key string) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				return tx.Insert(store.Record{Kind: "noun", Key: key, Body: []byte(key)})
			})
		}
		if err := insert(other, "before"); err != nil {
			t.Fatal(err)
		}
		number, err := rotating.AddKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := rotating.Activate(t.Context(), number); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Reseal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := insert(other, "behind"); !errors.Is(err, store.ErrRootKeyBehind) {
			t.Errorf("a write without the new root key: %v, want ErrRootKeyBehind", err)
		}
		if err := other.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := other.RootKey(); !errors.Is(err, store.ErrRootKeyBehind) {
			t.Errorf("RootKey without the new root key: %v, want ErrRootKeyBehind", err)
		}
		if err := rotating.Retire(t.Context(), number-1); err != nil {
			t.Fatal(err)
		}
		copyFile(t, file, copied)
		if err := insert(other, "after"); err != nil {
			t.Errorf("a write with the new root key: %v", err)
		}
		for name, node := range map[string]*store.DB{"rotating": db, "other": other} {
			if err := node.RootKey(); err != nil {
				t.Errorf("RootKey of the %s node in the end: %v", name, err)
			}
		}
		for _, key := range []string{"before", "after"} {
			if r, err := db.Get(t.Context(), "noun", key); err != nil || string(r.Body) != key {
				t.Errorf("record %q after the rotation: %q, %v", key, r.Body, err)
			}
		}
	})
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
