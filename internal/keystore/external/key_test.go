package external_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/keystore/keystoretest"
	"github.com/keystead/keystead/internal/keystore/software"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// stand is a database with the KMS keys' own material, and a proxy.
type stand struct {
	*scene
	db    *store.DB
	vault keystore.Vault

	mu  sync.Mutex
	ids map[string]material.ID
}

func newStand(t testing.TB, url string) *stand {
	t.Helper()
	db := storetest.Open(t, store.Options{URL: url, Sealer: storetest.Sealer(t), Staleness: time.Minute})
	return &stand{scene: newScene(t, nil), db: db, vault: software.New(db, 1<<20), ids: map[string]material.ID{}}
}

// generate makes a KMS key and an external key for it.
func (s *stand) generate(t testing.TB, ref keystore.Ref) (id material.ID) {
	t.Helper()
	err := s.db.Update(t.Context(), func(tx *store.Tx) (err error) {
		id, err = s.vault.Generate(t.Context(), tx, ref)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.proxy.SetKey(ref.Key.String(), xkstest.Key{Vendor: []byte("v1")})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[ref.Path()] = id
	return id
}

func (s *stand) destroy(t testing.TB, ref keystore.Ref) {
	t.Helper()
	if err := s.db.Update(t.Context(), func(tx *store.Tx) error { return s.vault.Destroy(t.Context(), tx, ref) }); err != nil {
		t.Fatal(err)
	}
}

// key is the store of a key.
func (s *stand) key(ref keystore.Ref) external.Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	return external.Key{Client: s.Client, Proxy: s.to, Call: call, KeyID: ref.Key.String(), Vault: s.vault, ID: s.ids[ref.Path()]}
}

// anyKey is the store of whichever key it is asked for.
type anyKey struct{ *stand }

func (s anyKey) Encrypt(ctx context.Context, ref keystore.Ref, id material.ID, plaintext []byte, ec material.EncryptionContext) ([]byte, error) {
	return s.key(ref).Encrypt(ctx, ref, id, plaintext, ec)
}

func (s anyKey) Decrypt(ctx context.Context, ref keystore.Ref, b material.Blob, ec material.EncryptionContext) ([]byte, material.ID, error) {
	return s.key(ref).Decrypt(ctx, ref, b, ec)
}

func TestConformance(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		keystoretest.Run(t, func(t *testing.T) keystoretest.Subject {
			s := newStand(t, fresh(t))
			return keystoretest.Subject{
				Store:    anyKey{s},
				Generate: func(t *testing.T, ref keystore.Ref) material.ID { return s.generate(t, ref) },
				Destroy:  func(t *testing.T, ref keystore.Ref) { s.destroy(t, ref) },
			}
		})
	})
}

// newKey is a stand with one key.
func newKey(t testing.TB) (*stand, external.Key, keystore.Ref) {
	t.Helper()
	s := newStand(t, "sqlite://"+t.TempDir()+"/keystead.db")
	ref := keystore.NewRef("eu-central-1", material.NewKeyID())
	s.generate(t, ref)
	return s, s.key(ref), ref
}

// swap answers two requests at a time, each with the answer to the other.
func swap() xkstest.Fault {
	answers := make(chan []byte)
	return func(x *xkstest.Exchange) {
		own := x.Answer
		select {
		case answers <- own:
			x.Answer = <-answers
		case x.Answer = <-answers:
			answers <- own
		}
	}
}

// both does two things at once.
func both(f func(i int)) {
	var wait sync.WaitGroup
	for i := range 2 {
		wait.Go(func() { f(i) })
	}
	wait.Wait()
}

// TestMixedUp is about a proxy that gives each of two callers the answer to the other's request, of
// the same key, length and encryption context. Nobody may get the other's plaintext, and nobody may
// keep a ciphertext of the other's plaintext.
func TestMixedUp(t *testing.T) {
	t.Parallel()
	s, k, ref := newKey(t)
	ec := material.EncryptionContext{"purpose": "test"}
	plaintexts := [2]string{"plaintext 0", "plaintext 1"}
	s.proxy.Set(swap())
	both(func(i int) {
		if _, err := k.Encrypt(t.Context(), ref, k.ID, []byte(plaintexts[i]), ec); cause(err) != external.Malformed {
			t.Errorf("Encrypt %d: %v", i, err)
		}
	})
	s.proxy.Set(nil)
	var blobs [2]material.Blob
	for i, p := range plaintexts {
		b, err := k.Encrypt(t.Context(), ref, k.ID, []byte(p), ec)
		if err != nil {
			t.Fatal(err)
		}
		if blobs[i], err = material.ParseBlob(b); err != nil {
			t.Fatal(err)
		}
	}
	s.proxy.Set(swap())
	both(func(i int) {
		p, _, err := k.Decrypt(t.Context(), ref, blobs[i], ec)
		if cause(err) != external.InnerCiphertext || !errors.Is(err, keystore.ErrCiphertext) || p != nil {
			t.Errorf("Decrypt %d: %q, %v", i, p, err)
		}
	})
	s.proxy.Set(nil)
	for i, b := range blobs {
		if p, _, err := k.Decrypt(t.Context(), ref, b, ec); err != nil || string(p) != plaintexts[i] {
			t.Errorf("Decrypt %d by an honest proxy: %q, %v", i, p, err)
		}
	}
}

// TestProxyLearnsNothing looks for what a proxy has no need of in what it gets.
func TestProxyLearnsNothing(t *testing.T) {
	t.Parallel()
	s, k, ref := newKey(t)
	raw, err := k.Encrypt(t.Context(), ref, k.ID, bytes.Repeat([]byte("secret"), 20), material.EncryptionContext{"tenant": "whisper"})
	if err != nil {
		t.Fatal(err)
	}
	x := s.proxy.Seen()[0]
	r, err := xks.ParseEncryptRequest(x.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, seen := range [][]byte{x.Body, r.Plaintext, r.AAD, raw} {
		if bytes.Contains(seen, []byte("secret")) || bytes.Contains(seen, []byte("whisper")) {
			t.Errorf("the proxy sees %q", seen)
		}
	}
}

// TestMetadata is about a proxy's own bytes: it gets back what it gave, and nothing if it gave none.
func TestMetadata(t *testing.T) {
	t.Parallel()
	s, k, ref := newKey(t)
	for _, vendor := range [][]byte{nil, {}, []byte("v1")} {
		s.proxy.SetKey(k.KeyID, xkstest.Key{Vendor: vendor})
		raw, err := k.Encrypt(t.Context(), ref, k.ID, []byte("text"), nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := material.ParseBlob(raw)
		if err != nil {
			t.Fatal(err)
		}
		if p, _, err := k.Decrypt(t.Context(), ref, b, nil); err != nil || string(p) != "text" {
			t.Errorf("metadata %q: %q, %v", vendor, p, err)
		}
		all := s.proxy.Seen()
		x := all[len(all)-1]
		r, err := xks.ParseDecryptRequest(x.Body)
		if err != nil || !bytes.Equal(r.Metadata, vendor) || bytes.Contains(x.Body, []byte("ciphertextMetadata")) != (len(vendor) > 0) {
			t.Errorf("metadata %q: %s, %v", vendor, x.Body, err)
		}
	}
}

// TestLargest has sizes that every proxy takes, and a ciphertext that the API can answer.
func TestLargest(t *testing.T) {
	t.Parallel()
	s, k, ref := newKey(t)
	s.proxy.SetKey(k.KeyID, xkstest.Key{Vendor: make([]byte, xks.MaxMetadata), IVSize: xks.LongIVSize})
	ec := material.EncryptionContext{}
	for i := range 16 {
		ec[string(rune('a'+i))] = string(make([]byte, 500))
	}
	raw, err := k.Encrypt(t.Context(), ref, k.ID, make([]byte, 4096), ec)
	if err != nil {
		t.Fatal(err)
	}
	r, err := xks.ParseEncryptRequest(s.proxy.Seen()[0].Body)
	if err != nil || len(r.Plaintext) > xks.MaxPlaintext || len(r.AAD) > xks.MaxAAD || len(raw) > 6144 {
		t.Errorf("%v: plaintext of %d bytes, associated data of %d, ciphertext of %d", err, len(r.Plaintext), len(r.AAD), len(raw))
	}
}
