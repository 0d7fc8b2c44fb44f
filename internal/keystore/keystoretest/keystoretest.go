// Package keystoretest is the contract of a key store: each implementation's test is one
// call of Run.
package keystoretest

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
)

// Run checks that the stores which open returns keep the contract. open returns a store
// and the database that its material lies in or beside; it is called once for each test.
func Run(t *testing.T, open func(t *testing.T) (keystore.Store, *store.DB)) {
	for name, test := range map[string]func(*testing.T, *fixture){
		"RoundTrip":        testRoundTrip,
		"WrongContext":     testWrongContext,
		"OtherKey":         testOtherKey,
		"ForgedHeader":     testForgedHeader,
		"NoMaterial":       testNoMaterial,
		"MoreMaterial":     testMoreMaterial,
		"RolledBack":       testRolledBack,
		"Destroy":          testDestroy,
		"CancelledContext": testCancelled,
	} {
		t.Run(name, func(t *testing.T) {
			s, db := open(t)
			test(t, &fixture{s, db})
		})
	}
}

type fixture struct {
	keystore.Store
	db *store.DB
}

// key makes a key with material.
func (f *fixture) key(t *testing.T) (keystore.Ref, material.ID) {
	t.Helper()
	ref := keystore.NewRef("us-east-1", material.NewKeyID())
	var id material.ID
	err := f.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		id, err = f.Generate(t.Context(), tx, ref)
		return err
	})
	if err != nil {
		t.Fatalf("Generate: %v", err)
	}
	return ref, id
}

// encrypt makes a ciphertext and reads its header.
func (f *fixture) encrypt(t *testing.T, ref keystore.Ref, id material.ID, plaintext string, ec material.EncryptionContext) material.Blob {
	t.Helper()
	b, err := f.Encrypt(t.Context(), ref, id, []byte(plaintext), ec)
	if err != nil {
		t.Fatalf("Encrypt: %v", err)
	}
	blob, err := material.ParseBlob(b)
	if err != nil {
		t.Fatalf("ParseBlob of what Encrypt made: %v", err)
	}
	return blob
}

func testRoundTrip(t *testing.T, f *fixture) {
	ref, id := f.key(t)
	for _, plaintext := range []string{"a", "some text", string(make([]byte, 4096))} {
		ec := material.EncryptionContext{"tenant": "a", "purpose": "test"}
		got, by, err := f.Decrypt(t.Context(), ref, f.encrypt(t, ref, id, plaintext, ec), ec)
		if err != nil || string(got) != plaintext || by != id {
			t.Errorf("Decrypt of %d bytes = %d bytes by %s, %v; want the same by %s", len(plaintext), len(got), by, err, id)
		}
	}
	one, err := f.Encrypt(t.Context(), ref, id, []byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	two, err := f.Encrypt(t.Context(), ref, id, []byte("x"), nil)
	if err != nil || bytes.Equal(one, two) {
		t.Errorf("two ciphertexts of one plaintext are equal (%v)", err)
	}
}

func testWrongContext(t *testing.T, f *fixture) {
	ref, id := f.key(t)
	b := f.encrypt(t, ref, id, "text", material.EncryptionContext{"a": "bc"})
	for _, ec := range []material.EncryptionContext{nil, {"ab": "c"}, {"a": "bc", "d": ""}, {"A": "bc"}} {
		if _, _, err := f.Decrypt(t.Context(), ref, b, ec); !errors.Is(err, keystore.ErrCiphertext) {
			t.Errorf("Decrypt with context %v: %v, want ErrCiphertext", ec, err)
		}
	}
}

func testOtherKey(t *testing.T, f *fixture) {
	ref, id := f.key(t)
	other, _ := f.key(t)
	b := f.encrypt(t, ref, id, "text", nil)
	if _, _, err := f.Decrypt(t.Context(), other, b, nil); !errors.Is(err, keystore.ErrCiphertext) {
		t.Errorf("Decrypt by another key: %v, want ErrCiphertext", err)
	}
}

// testForgedHeader makes ciphertexts outside the store: one names material that the key does
// not have, one names the key's material and was made with other.
func testForgedHeader(t *testing.T, f *fixture) {
	ref, id := f.key(t)
	m := material.NewSymmetric()
	for _, named := range []material.ID{material.NewID(ref.Key, m), id} {
		raw, err := material.Encrypt(m, ref.Key, named, []byte("text"), nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := material.ParseBlob(raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.Decrypt(t.Context(), ref, b, nil); !errors.Is(err, keystore.ErrCiphertext) {
			t.Errorf("Decrypt of a forged ciphertext that names material %s: %v, want ErrCiphertext", named, err)
		}
	}
}

func testNoMaterial(t *testing.T, f *fixture) {
	ref, id := f.key(t)
	id[20] ^= 1 // not in the part that ciphertexts carry
	if _, err := f.Encrypt(t.Context(), ref, id, []byte("text"), nil); !errors.Is(err, keystore.ErrNoMaterial) {
		t.Errorf("Encrypt under unknown material: %v, want ErrNoMaterial", err)
	}
	id[0] ^= 1
	if _, err := f.Encrypt(t.Context(), ref, id, []byte("text"), nil); !errors.Is(err, keystore.ErrNoMaterial) {
		t.Errorf("Encrypt under unknown material: %v, want ErrNoMaterial", err)
	}
}

func testMoreMaterial(t *testing.T, f *fixture) {
	ref, first := f.key(t)
	ids := []material.ID{first}
	blobs := []material.Blob{f.encrypt(t, ref, first, "under 0", nil)}
	for i := 1; i <= 3; i++ {
		err := f.db.Update(t.Context(), func(tx *store.Tx) error {
			id, err := f.Generate(t.Context(), tx, ref)
			ids = append(ids[:i], id)
			return err
		})
		if err != nil {
			t.Fatalf("Generate again: %v", err)
		}
		blobs = append(blobs, f.encrypt(t, ref, ids[i], "under "+strconv.Itoa(i), nil))
	}
	for i, b := range blobs {
		p, id, err := f.Decrypt(t.Context(), ref, b, nil)
		if want := "under " + strconv.Itoa(i); err != nil || string(p) != want || id != ids[i] {
			t.Errorf("material %d opens to %q by %s, %v; want %q by %s", i, p, id, err, want, ids[i])
		}
	}
	if err := f.db.Update(t.Context(), func(tx *store.Tx) error { return f.Destroy(t.Context(), tx, ref) }); err != nil {
		t.Fatalf("Destroy: %v", err)
	}
	for i, b := range blobs {
		if _, _, err := f.Decrypt(t.Context(), ref, b, nil); !errors.Is(err, keystore.ErrCiphertext) {
			t.Errorf("material %d after Destroy: %v, want ErrCiphertext", i, err)
		}
	}
}

func testRolledBack(t *testing.T, f *fixture) {
	ref := keystore.NewRef("us-east-1", material.NewKeyID())
	var id material.ID
	stop := errors.New("stop")
	err := f.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		if id, err = f.Generate(t.Context(), tx, ref); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatalf("Update: %v", err)
	}
	if _, err := f.Encrypt(t.Context(), ref, id, []byte("text"), nil); !errors.Is(err, keystore.ErrNoMaterial) {
		t.Errorf("Encrypt after the transaction failed: %v, want ErrNoMaterial", err)
	}
}

func testDestroy(t *testing.T, f *fixture) {
	ref, id := f.key(t)
	other, otherID := f.key(t)
	b := f.encrypt(t, ref, id, "text", nil)
	for range 2 { // the second time there is nothing left
		err := f.db.Update(t.Context(), func(tx *store.Tx) error { return f.Destroy(t.Context(), tx, ref) })
		if err != nil {
			t.Fatalf("Destroy: %v", err)
		}
	}
	if _, _, err := f.Decrypt(t.Context(), ref, b, nil); !errors.Is(err, keystore.ErrCiphertext) {
		t.Errorf("Decrypt after Destroy: %v, want ErrCiphertext", err)
	}
	if _, err := f.Encrypt(t.Context(), ref, id, []byte("text"), nil); !errors.Is(err, keystore.ErrNoMaterial) {
		t.Errorf("Encrypt after Destroy: %v, want ErrNoMaterial", err)
	}
	if _, err := f.Encrypt(t.Context(), other, otherID, []byte("text"), nil); err != nil {
		t.Errorf("another key after Destroy: %v", err)
	}
}

func testCancelled(t *testing.T, f *fixture) {
	ref, id := f.key(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// A store may answer from memory, or give up; it must not hang or do something else.
	if _, err := f.Encrypt(ctx, ref, id, []byte("text"), nil); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Encrypt with a cancelled context: %v", err)
	}
	if _, err := f.Encrypt(t.Context(), ref, id, []byte("text"), nil); err != nil {
		t.Errorf("Encrypt after a cancelled call: %v", err)
	}
}
