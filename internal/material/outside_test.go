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
	if w.version == material.VersionExternal {
		var err error
		if plaintext, err = material.SealInner(w.own, w.key, w.id, plaintext, ec); err != nil {
			t.Fatal(err)
		}
	}
	b, err := material.Join(w.version, w.key, w.id, w.outside.encrypt(t, plaintext, material.OuterAAD(w.version, w.key, w.id, ec)))
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

// TestInnerLayerBinds has an external key manager that opens everything: the inner layer alone
// must refuse what is not as it was made.
func TestInnerLayerBinds(t *testing.T) {
	m, k, id := newKey()
	ec := material.EncryptionContext{"purpose": "test"}
	inner, err := material.SealInner(m, k, id, []byte("text"), ec)
	if err != nil {
		t.Fatal(err)
	}
	blobOf := func(k material.KeyID, id material.ID) material.Blob {
		s := material.Sealed{IV: make([]byte, 12), Tag: make([]byte, 16), Ciphertext: inner}
		b, err := material.Join(material.VersionExternal, k, id, s)
		if err != nil {
			t.Fatal(err)
		}
		blob, err := material.ParseBlob(b)
		if err != nil {
			t.Fatal(err)
		}
		return blob
	}
	if p, err := blobOf(k, id).OpenInner(m, inner, ec); err != nil || string(p) != "text" {
		t.Fatalf("the inner layer opens to %q, %v", p, err)
	}
	other, otherKey, otherID := newKey()
	changed := bytes.Clone(inner)
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
		"other key":         {blobOf(otherKey, id), m, inner, ec},
		"other material id": {blobOf(k, otherID), m, inner, ec},
		"other material":    {blobOf(k, id), other, inner, ec},
		"other context":     {blobOf(k, id), m, inner, nil},
		"changed":           {blobOf(k, id), m, changed, ec},
		"cut off":           {blobOf(k, id), m, inner[:20], ec},
		"empty":             {blobOf(k, id), m, nil, ec},
		"of version 1":      {blobOf(k, id), m, v1[30:], ec},
	} {
		if p, err := c.blob.OpenInner(c.m, c.inner, c.ec); !errors.Is(err, material.ErrCiphertext) || p != nil {
			t.Errorf("%s: opens to %q, %v", name, p, err)
		}
	}
}

func TestJoinRefuses(t *testing.T) {
	_, k, id := newKey()
	b := func(n int) []byte { return make([]byte, n) }
	for name, c := range map[string]struct {
		v material.Version
		s material.Sealed
	}{
		"software":             {material.VersionSoftware, material.Sealed{IV: b(12), Ciphertext: b(60), Tag: b(16)}},
		"unknown version":      {9, material.Sealed{IV: b(12), Ciphertext: b(60), Tag: b(16)}},
		"HSM, long IV":         {material.VersionHSM, material.Sealed{IV: b(16), Ciphertext: b(60), Tag: b(16)}},
		"HSM, short tag":       {material.VersionHSM, material.Sealed{IV: b(12), Ciphertext: b(60), Tag: b(12)}},
		"HSM, metadata":        {material.VersionHSM, material.Sealed{IV: b(12), Ciphertext: b(60), Tag: b(16), Metadata: b(1)}},
		"external, short IV":   {material.VersionExternal, material.Sealed{IV: b(8), Ciphertext: b(60), Tag: b(16)}},
		"external, huge IV":    {material.VersionExternal, material.Sealed{IV: b(268), Ciphertext: b(60), Tag: b(16)}},
		"external, metadata":   {material.VersionExternal, material.Sealed{IV: b(12), Ciphertext: b(60), Tag: b(16), Metadata: b(21)}},
		"external, much of it": {material.VersionExternal, material.Sealed{IV: b(12), Ciphertext: b(60), Tag: b(16), Metadata: b(257)}},
		"external, short":      {material.VersionExternal, material.Sealed{IV: b(12), Ciphertext: b(43), Tag: b(16)}},
		"external, long":       {material.VersionExternal, material.Sealed{IV: b(12), Ciphertext: b(4301), Tag: b(16)}},
		"external, no tag":     {material.VersionExternal, material.Sealed{IV: b(12), Ciphertext: b(60)}},
	} {
		if _, err := material.Join(c.v, k, id, c.s); !errors.Is(err, material.ErrCiphertext) {
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
			again, err := material.Join(v, blob.Key(), material.ID(append(b[18:26:26], make([]byte, 24)...)), s)
			if err != nil || !bytes.Equal(again, b) {
				t.Fatalf("%x joins to %x, %v", b, again, err)
			}
		}
	})
}

// FuzzOpenInner has an external key manager that gives back anything.
func FuzzOpenInner(f *testing.F) {
	m, k, id := newKey()
	inner, err := material.SealInner(m, k, id, []byte("text"), nil)
	if err != nil {
		f.Fatal(err)
	}
	b, err := material.Join(material.VersionExternal, k, id, material.Sealed{IV: make([]byte, 12), Tag: make([]byte, 16), Ciphertext: inner})
	if err != nil {
		f.Fatal(err)
	}
	blob, err := material.ParseBlob(b)
	if err != nil {
		f.Fatal(err)
	}
	for _, n := range []int{0, 16, 43, 44, len(inner)} {
		f.Add(inner[:n])
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
