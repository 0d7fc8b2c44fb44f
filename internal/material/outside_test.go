package material_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/secret"
)

// outside is an HSM or external key manager with one key.
type outside struct {
	key      []byte
	ivSize   int
	metadata []byte
}

func newOutside(ivSize int, metadata string) *outside {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return &outside{key, ivSize, []byte(metadata)}
}

func (o *outside) aead(t testing.TB, ivSize int) cipher.AEAD {
	block, err := aes.NewCipher(o.key)
	if err != nil {
		t.Fatal(err)
	}
	a, err := cipher.NewGCMWithNonceSize(block, ivSize)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (o *outside) encrypt(t testing.TB, plaintext, aad []byte) material.Sealed {
	s := material.Sealed{IV: make([]byte, o.ivSize), Metadata: o.metadata}
	_, _ = rand.Read(s.IV)
	b := o.aead(t, o.ivSize).Seal(nil, s.IV, plaintext, append(aad, s.Metadata...))
	s.Ciphertext, s.Tag = b[:len(plaintext)], b[len(plaintext):]
	return s
}

func (o *outside) decrypt(t testing.TB, s material.Sealed, aad []byte) ([]byte, error) {
	p, err := o.aead(t, len(s.IV)).Open(nil, s.IV, append(bytes.Clone(s.Ciphertext), s.Tag...), append(aad, s.Metadata...))
	if err != nil {
		return nil, material.ErrCiphertext
	}
	return p, nil
}

// way is how ciphertexts of one version are made and opened.
type way struct {
	version material.Version
	outside *outside
	own     secret.Bytes // of version 3
	key     material.KeyID
	id      material.ID
}

func ways() map[string]*way {
	m, k, id := newKey()
	return map[string]*way{
		"v2":          {material.VersionHSM, newOutside(12, ""), secret.Bytes{}, k, id},
		"v3":          {material.VersionExternal, newOutside(12, "key_version=1"), m, k, id},
		"v3-long":     {material.VersionExternal, newOutside(16, "12345678901234567890"), m, k, id},
		"v3-plain-iv": {material.VersionExternal, newOutside(12, ""), m, k, id},
	}
}

func (w *way) seal(t testing.TB, plaintext []byte, ec material.EncryptionContext) []byte {
	t.Helper()
	join := func(s material.Sealed) ([]byte, error) { return material.Join(w.key, w.id, s) }
	aad := material.OuterAAD(w.key, w.id, ec)
	if w.version == material.VersionExternal {
		inner, err := material.SealInner(w.own, w.key, w.id, plaintext, ec)
		if err != nil {
			t.Fatal(err)
		}
		join, aad, plaintext = inner.Join, inner.OuterAAD(ec), inner.Bytes()
	}
	b, err := join(w.outside.encrypt(t, plaintext, aad))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (w *way) open(t testing.TB, b []byte, ec material.EncryptionContext) ([]byte, error) {
	blob, err := material.ParseBlob(b)
	if err != nil {
		return nil, err
	}
	s, err := blob.Split(w.version)
	if err != nil {
		return nil, err
	}
	p, err := w.outside.decrypt(t, s, blob.OuterAAD(ec))
	if err != nil || w.version == material.VersionHSM {
		return p, err
	}
	return blob.OpenInner(w.own, p, ec)
}

func TestOutsideRoundTrip(t *testing.T) {
	for name, w := range ways() {
		for _, n := range []int{0, 1, 32, 4096} {
			p, ec := make([]byte, n), material.EncryptionContext{"purpose": "test"}
			b := w.seal(t, p, ec)
			if len(b) > 6144 {
				t.Errorf("%s: a ciphertext of %d bytes has %d; the API's answers have 6,144 at most", name, n, len(b))
			}
			blob, err := material.ParseBlob(b)
			if err != nil || blob.Key() != w.key || blob.Material() != w.id.Short() || blob.Version() != w.version {
				t.Errorf("%s: the header says key %s, material %s, version %d, %v", name, blob.Key(), blob.Material(), blob.Version(), err)
			}
			if got, err := w.open(t, b, ec); err != nil || !bytes.Equal(got, p) {
				t.Errorf("%s: %d bytes open to %d, %v", name, n, len(got), err)
			}
			if _, err := w.open(t, b, nil); !errors.Is(err, material.ErrCiphertext) {
				t.Errorf("%s: without its context: %v", name, err)
			}
			if _, err := blob.Open(w.own, ec); !errors.Is(err, material.ErrCiphertext) {
				t.Errorf("%s opens as version 1: %v", name, err)
			}
		}
	}
}

func TestOutsideEveryChangeFails(t *testing.T) {
	for name, w := range ways() {
		b := w.seal(t, []byte("some plaintext"), nil)
		for i := range len(b) * 8 {
			changed := bytes.Clone(b)
			changed[i/8] ^= 1 << (i % 8)
			if _, err := w.open(t, changed, nil); !errors.Is(err, material.ErrCiphertext) {
				t.Errorf("%s, bit %d flipped: %v", name, i, err)
			}
		}
		for n := range len(b) {
			if _, err := w.open(t, b[:n], nil); !errors.Is(err, material.ErrCiphertext) {
				t.Errorf("%s cut to %d bytes: %v", name, n, err)
			}
		}
		if _, err := w.open(t, append(bytes.Clone(b), 0), nil); !errors.Is(err, material.ErrCiphertext) {
			t.Errorf("%s, one byte longer: %v", name, err)
		}
	}
}

// blobOf is a ciphertext with an outer layer that nobody has made.
func blobOf(t testing.TB, i material.Inner) material.Blob {
	t.Helper()
	b, err := i.Join(material.Sealed{IV: make([]byte, 12), Tag: make([]byte, 16), Ciphertext: i.Bytes()})
	if err != nil {
		t.Fatal(err)
	}
	blob, err := material.ParseBlob(b)
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

// TestInnerLayerBinds has an external key manager that opens everything: the inner layer alone
// must refuse what is not as it was made.
func TestInnerLayerBinds(t *testing.T) {
	m, k, id := newKey()
	ec := material.EncryptionContext{"purpose": "test"}
	sealInner := func(k material.KeyID, id material.ID) material.Inner {
		i, err := material.SealInner(m, k, id, []byte("text"), ec)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	this := sealInner(k, id)
	if p, err := blobOf(t, this).OpenInner(m, this.Bytes(), ec); err != nil || string(p) != "text" {
		t.Fatalf("the inner layer opens to %q, %v", p, err)
	}
	other, otherKey, otherID := newKey()
	changed := bytes.Clone(this.Bytes())
	changed[len(changed)-1] ^= 1
	// What would open if the two versions had the same message keys.
	v1, err := material.Encrypt(m, k, id, []byte("text"), ec)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		blob  material.Blob
		m     secret.Bytes
		inner []byte
		ec    material.EncryptionContext
	}{
		"other key":         {blobOf(t, sealInner(otherKey, id)), m, this.Bytes(), ec},
		"other material id": {blobOf(t, sealInner(k, otherID)), m, this.Bytes(), ec},
		"other message":     {blobOf(t, sealInner(k, id)), m, this.Bytes(), ec},
		"other material":    {blobOf(t, this), other, this.Bytes(), ec},
		"other context":     {blobOf(t, this), m, this.Bytes(), nil},
		"changed":           {blobOf(t, this), m, changed, ec},
		"cut off":           {blobOf(t, this), m, this.Bytes()[:20], ec},
		"empty":             {blobOf(t, this), m, nil, ec},
		"of version 1":      {blobOf(t, this), m, v1[46:], ec},
	} {
		if p, err := c.blob.OpenInner(c.m, c.inner, c.ec); !errors.Is(err, material.ErrCiphertext) || p != nil {
			t.Errorf("%s: opens to %q, %v", name, p, err)
		}
	}
}

// TestMessagesDiffer looks for what tells an external key manager's answers to two requests apart:
// the associated data of each.
func TestMessagesDiffer(t *testing.T) {
	m, k, id := newKey()
	seen := map[string]bool{}
	for range 10 {
		i, err := material.SealInner(m, k, id, []byte("text"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if b := blobOf(t, i); !bytes.Equal(b.OuterAAD(nil), i.OuterAAD(nil)) {
			t.Error("the ciphertext has other associated data than its inner layer")
		}
		seen[string(i.OuterAAD(nil))] = true
	}
	if len(seen) != 10 {
		t.Errorf("10 messages have %d associated data", len(seen))
	}
}

func TestJoinRefuses(t *testing.T) {
	m, k, id := newKey()
	inner, err := material.SealInner(m, k, id, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	hsm := func(s material.Sealed) ([]byte, error) { return material.Join(k, id, s) }
	b := func(n int) []byte { return make([]byte, n) }
	for name, c := range map[string]struct {
		join func(material.Sealed) ([]byte, error)
		s    material.Sealed
	}{
		"HSM, long IV":         {hsm, material.Sealed{IV: b(16), Ciphertext: b(60), Tag: b(16)}},
		"HSM, short tag":       {hsm, material.Sealed{IV: b(12), Ciphertext: b(60), Tag: b(12)}},
		"HSM, metadata":        {hsm, material.Sealed{IV: b(12), Ciphertext: b(60), Tag: b(16), Metadata: b(1)}},
		"external, short IV":   {inner.Join, material.Sealed{IV: b(8), Ciphertext: b(60), Tag: b(16)}},
		"external, huge IV":    {inner.Join, material.Sealed{IV: b(268), Ciphertext: b(60), Tag: b(16)}},
		"external, metadata":   {inner.Join, material.Sealed{IV: b(12), Ciphertext: b(60), Tag: b(16), Metadata: b(21)}},
		"external, much of it": {inner.Join, material.Sealed{IV: b(12), Ciphertext: b(60), Tag: b(16), Metadata: b(257)}},
		"external, short":      {inner.Join, material.Sealed{IV: b(12), Ciphertext: b(27), Tag: b(16)}},
		"external, long":       {inner.Join, material.Sealed{IV: b(12), Ciphertext: b(4301), Tag: b(16)}},
		"external, no tag":     {inner.Join, material.Sealed{IV: b(12), Ciphertext: b(60)}},
	} {
		if _, err := c.join(c.s); !errors.Is(err, material.ErrCiphertext) {
			t.Errorf("%s: %v, want ErrCiphertext", name, err)
		}
	}
}

// storedOutside is a ciphertext whose outer layer was made outside, with the key of that.
type storedOutside struct {
	stored
	Outside string `json:"outside"`
}

// TestStoredOutside opens what earlier versions made. With -update it makes what is not there yet.
func TestStoredOutside(t *testing.T) {
	for name, w := range ways() {
		file := filepath.Join("testdata", "outside", name+".json")
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) && *update {
			text = w.store(t)
			err = os.WriteFile(file, text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		var s storedOutside
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		blob, _ := hex.DecodeString(s.Blob)
		own, _ := hex.DecodeString(s.Material)
		w.own = secret.New(own)
		w.outside.key, _ = hex.DecodeString(s.Outside)
		if p, err := w.open(t, blob, s.Context); err != nil || string(p) != s.Plaintext {
			t.Errorf("%s: opened to %q, %v", file, p, err)
		}
		if b, err := material.ParseBlob(blob); err != nil || b.Key().String() != s.Key {
			t.Errorf("%s: of key %s, %v", file, b.Key(), err)
		}
	}
}

func (w *way) store(t *testing.T) []byte {
	ec := material.EncryptionContext{"a": "b", "c": "d"}
	s := storedOutside{stored{"", w.key.String(), ec, "stored plaintext", hex.EncodeToString(w.seal(t, []byte("stored plaintext"), ec))}, hex.EncodeToString(w.outside.key)}
	if w.version == material.VersionExternal {
		s.Material = hex.EncodeToString(w.own.Expose())
	}
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// FuzzOutside reads ciphertexts: what is read is bounded, and is what was written.
func FuzzOutside(f *testing.F) {
	for _, w := range ways() {
		b := w.seal(f, []byte("text"), nil)
		f.Add(b)
		f.Add(b[:len(b)-1])
		f.Add(b[:31])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		blob, err := material.ParseBlob(b)
		if err != nil {
			return
		}
		for _, v := range []material.Version{material.VersionHSM, material.VersionExternal} {
			s, err := blob.Split(v)
			if (err == nil) != (blob.Version() == v) {
				t.Fatalf("version %d splits as %d: %v", blob.Version(), v, err)
			}
			if err != nil {
				continue
			}
			again := joined(b, v, s)
			if !bytes.Equal(again, b) {
				t.Fatalf("%x joins to %x", b, again)
			}
		}
	})
}

// joined puts together by hand what Split has taken apart.
func joined(b []byte, v material.Version, s material.Sealed) []byte {
	if v == material.VersionHSM {
		return slices.Concat(b[:30], s.IV, s.Ciphertext, s.Tag)
	}
	return slices.Concat(b[:46], []byte{byte(len(s.IV))}, s.IV, []byte{byte(len(s.Metadata))}, s.Metadata, s.Tag, s.Ciphertext)
}

// FuzzOpenInner has an external key manager that gives back anything.
func FuzzOpenInner(f *testing.F) {
	m, k, id := newKey()
	inner, err := material.SealInner(m, k, id, []byte("text"), nil)
	if err != nil {
		f.Fatal(err)
	}
	blob := blobOf(f, inner)
	for _, n := range []int{0, 12, 27, 28, len(inner.Bytes())} {
		f.Add(inner.Bytes()[:n])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := blob.OpenInner(m, b, nil); err == nil && string(p) != "text" {
			t.Errorf("%x opens to %x", b, p)
		}
	})
}

func BenchmarkOutside(b *testing.B) {
	for name, w := range ways() {
		b.Run(name+"/"+strconv.Itoa(int(w.version)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.open(b, w.seal(b, make([]byte, 32), nil), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
