// Package keystoretest is the contract of a key store: each implementation's test is one
// call of Run, or of RunVault.
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

// Subject is a store under test, and how its material comes and goes: a store need not be able
// to do that itself.
type Subject struct {
	keystore.Store

	// Generate makes material of a key that has none.
	Generate func(t *testing.T, ref keystore.Ref) material.ID
	// Destroy removes all material of a key. It must not fail if there is none.
	Destroy func(t *testing.T, ref keystore.Ref)
}

// Run checks that the stores which open returns keep the contract of a Store. open is called
// once for each test.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for name, test := range map[string]func(*testing.T, *fixture){
		"RoundTrip":        testRoundTrip,
		"WrongContext":     testWrongContext,
		"OtherKey":         testOtherKey,
		"Altered":          testAltered,
		"ForgedHeader":     testForgedHeader,
		"NoMaterial":       testNoMaterial,
		"Destroy":          testDestroy,
		"CancelledContext": testCancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, &fixture{open(t)}) })
	}
}

// RunVault checks that the vaults which open returns keep the contract of a Vault. open returns
// the database too that the material lies in; it is called once for each test.
func RunVault(t *testing.T, open func(t *testing.T) (keystore.Vault, *store.DB)) {
	Run(t, func(t *testing.T) Subject {
		v, db := open(t)
		f := &vault{v, db}
		return Subject{Store: v, Generate: f.generate, Destroy: f.destroy}
	})
	for name, test := range map[string]func(*testing.T, *vault){
		"MoreMaterial": testMoreMaterial,
		"RolledBack":   testRolledBack,
	} {
		t.Run(name, func(t *testing.T) {
			v, db := open(t)
			test(t, &vault{v, db})
		})
	}
}

type vault struct {
	keystore.Vault
	db *store.DB
}

func (v *vault) generate(t *testing.T, ref keystore.Ref) (id material.ID) {
	t.Helper()
	err := v.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		id, err = v.Generate(t.Context(), tx, ref)
		return err
	})
	if err != nil {
		t.Fatalf("Generate: %v", err)
	}
	return id
}

func (v *vault) destroy(t *testing.T, ref keystore.Ref) {
	t.Helper()
	err := v.db.Update(t.Context(), func(tx *store.Tx) error { return v.Destroy(t.Context(), tx, ref) })
	if err != nil {
		t.Fatalf("Destroy: %v", err)
	}
}

type fixture struct{ Subject }

// key makes a key with material.
func (f *fixture) key(t *testing.T) (keystore.Ref, material.ID) {
	t.Helper()
	ref := keystore.NewRef("us-east-1", material.NewKeyID())
	return ref, f.Generate(t, ref)
}

// encrypt makes a ciphertext and reads its header.
func encrypt(t *testing.T, s keystore.Store, ref keystore.Ref, id material.ID, plaintext string, ec material.EncryptionContext) material.Blob {
	t.Helper()
	b, err := s.Encrypt(t.Context(), ref, id, []byte(plaintext), ec)
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
		got, by, err := f.Decrypt(t.Context(), ref, encrypt(t, f, ref, id, plaintext, ec), ec)
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
	b := encrypt(t, f, ref, id, "text", material.EncryptionContext{"a": "bc"})
	for _, ec := range []material.EncryptionContext{nil, {"ab": "c"}, {"a": "bc", "d": ""}, {"A": "bc"}} {
		if _, _, err := f.Decrypt(t.Context(), ref, b, ec); !errors.Is(err, keystore.ErrCiphertext) {
			t.Errorf("Decrypt with context %v: %v, want ErrCiphertext", ec, err)
		}
	}
}

func testOtherKey(t *testing.T, f *fixture) {
	ref, id := f.key(t)
	other, _ := f.key(t)
	b := encrypt(t, f, ref, id, "text", nil)
	if _, _, err := f.Decrypt(t.Context(), other, b, nil); !errors.Is(err, keystore.ErrCiphertext) {
		t.Errorf("Decrypt by another key: %v, want ErrCiphertext", err)
	}
}

// testAltered changes one byte after the other of a ciphertext, and cuts it off.
func testAltered(t *testing.T, f *fixture) {
	ref, id := f.key(t)
	raw, err := f.Encrypt(t.Context(), ref, id, []byte("text"), nil)
	if err != nil {
		t.Fatal(err)
	}
	fails := func(what string, b []byte) {
		t.Helper()
		blob, err := material.ParseBlob(b)
		if err != nil {
			return
		}
		if p, _, err := f.Decrypt(t.Context(), ref, blob, nil); !errors.Is(err, keystore.ErrCiphertext) || p != nil {
			t.Errorf("Decrypt of a ciphertext with %s = %q, %v, want ErrCiphertext", what, p, err)
		}
	}
	for i := range raw {
		b := bytes.Clone(raw)
		b[i] ^= 1
		fails("byte "+strconv.Itoa(i)+" changed", b)
	}
	for _, n := range []int{1, 16, len(raw) / 2, len(raw) - 1} {
		fails("its last "+strconv.Itoa(n)+" bytes cut off", raw[:len(raw)-n])
	}
	fails("a byte behind it", append(bytes.Clone(raw), 0))
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

func testMoreMaterial(t *testing.T, v *vault) {
	ref := keystore.NewRef("us-east-1", material.NewKeyID())
	var ids []material.ID
	var blobs []material.Blob
	for i := range 4 {
		id := v.generate(t, ref)
		ids = append(ids, id)
		blobs = append(blobs, encrypt(t, v, ref, id, "under "+strconv.Itoa(i), nil))
	}
	for i, b := range blobs {
		p, id, err := v.Decrypt(t.Context(), ref, b, nil)
		if want := "under " + strconv.Itoa(i); err != nil || string(p) != want || id != ids[i] {
			t.Errorf("material %d opens to %q by %s, %v; want %q by %s", i, p, id, err, want, ids[i])
		}
	}
	v.destroy(t, ref)
	for i, b := range blobs {
		if _, _, err := v.Decrypt(t.Context(), ref, b, nil); !errors.Is(err, keystore.ErrCiphertext) {
			t.Errorf("material %d after Destroy: %v, want ErrCiphertext", i, err)
		}
	}
}

func testRolledBack(t *testing.T, v *vault) {
	ref := keystore.NewRef("us-east-1", material.NewKeyID())
	var id material.ID
	stop := errors.New("stop")
	err := v.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		if id, err = v.Generate(t.Context(), tx, ref); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatalf("Update: %v", err)
	}
	if _, err := v.Encrypt(t.Context(), ref, id, []byte("text"), nil); !errors.Is(err, keystore.ErrNoMaterial) {
		t.Errorf("Encrypt after the transaction failed: %v, want ErrNoMaterial", err)
	}
}

func testDestroy(t *testing.T, f *fixture) {
	ref, id := f.key(t)
	other, otherID := f.key(t)
	b := encrypt(t, f, ref, id, "text", nil)
	for range 2 { // the second time there is nothing left
		f.Destroy(t, ref)
	}
	if _, _, err := f.Decrypt(t.Context(), ref, b, nil); !errors.Is(err, keystore.ErrCiphertext) && !errors.Is(err, keystore.ErrNoMaterial) {
		t.Errorf("Decrypt after Destroy: %v, want ErrCiphertext or ErrNoMaterial", err)
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
