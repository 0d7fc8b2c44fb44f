package cms_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/keystead/keystead/internal/cms"
)

func newKey(t testing.TB, bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	must(t, err)
	return k
}

func seal(t testing.TB, key *rsa.PrivateKey, plaintext []byte) []byte {
	b, err := cms.Seal(&key.PublicKey, plaintext)
	must(t, err)
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sizes are lengths of plaintexts around those of blocks, and the longest of KMS.
var sizes = []int{0, 1, 15, 16, 17, 24, 32, 1024, 4096}

func TestRoundTrip(t *testing.T) {
	key, other := newKey(t, 2048), newKey(t, 2048)
	for _, n := range sizes {
		plaintext := make([]byte, n)
		_, _ = rand.Read(plaintext)
		b := seal(t, key, plaintext)
		if got, err := cms.Open(key, b); err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("%d bytes came back as %x, %v", n, got, err)
		}
		if got, err := cms.Open(other, b); err == nil {
			t.Errorf("%d bytes opened with another key, as %x", n, got)
		}
		if bytes.Equal(b, seal(t, key, plaintext)) {
			t.Errorf("%d bytes are sealed alike twice", n)
		}
	}
}

// TestLikeAWS compares an envelope with one that AWS made: they differ in the identifier of
// the recipient's key, in the wrapped key, the initialization vector and the content.
func TestLikeAWS(t *testing.T) {
	want, err := os.ReadFile("testdata/aws.ber")
	must(t, err)
	key := newKey(t, 2048)
	got := seal(t, key, make([]byte, 32)) // padded, 48 bytes
	if len(got) != len(want) {
		t.Fatalf("the envelope has %d bytes, AWS's %d", len(got), len(want))
	}
	id := sha256.Sum256(x509Public(t, key))
	if !bytes.Equal(got[33:65], id[:]) {
		t.Errorf("the identifier is %x, not that of the key", got[33:65])
	}
	for _, part := range [][2]int{{33, 65}, {131, 387}, {415, 431}, {435, 483}} {
		clear(got[part[0]:part[1]])
		clear(want[part[0]:part[1]])
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the envelope is not laid out as AWS's:\n got %x\nwant %x", got, want)
	}
}

func x509Public(t testing.TB, key *rsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	must(t, err)
	return der
}

// TestOpenSSL opens envelopes with the openssl command, and its envelopes.
func TestOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl command")
	}
	for _, bits := range []int{2048, 4096} {
		t.Run(strconv.Itoa(bits), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			key := newKey(t, bits)
			der, err := x509.MarshalPKCS8PrivateKey(key)
			must(t, err)
			keyFile, in := filepath.Join(dir, "key.pem"), filepath.Join(dir, "in.ber")
			must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
			for _, n := range sizes[1:] {
				plaintext := make([]byte, n)
				_, _ = rand.Read(plaintext)
				must(t, os.WriteFile(in, seal(t, key, plaintext), 0o600))
				got, err := exec.Command(openssl, "cms", "-decrypt", "-inform", "DER", "-in", in, "-inkey", keyFile).Output()
				if err != nil || !bytes.Equal(got, plaintext) {
					t.Errorf("openssl makes %x of %d bytes: %v", got, n, err)
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	key := newKey(t, 2048)
	good := seal(t, key, []byte("plaintext"))
	change := func(old, new []byte) []byte {
		if bytes.Count(good, old) == 0 {
			t.Fatalf("there is no %x in the envelope", old)
		}
		return bytes.Replace(good, old, new, 1)
	}
	for name, b := range map[string][]byte{
		"nothing":                    nil,
		"one byte":                   {0x30},
		"text":                       []byte("-----BEGIN CMS-----"),
		"trailing bytes":             append(bytes.Clone(good), 0),
		"cut off":                    good[:len(good)-2],
		"half":                       good[:len(good)/2],
		"other content":              change([]byte{0x01, 0x07, 0x03}, []byte{0x01, 0x07, 0x02}),
		"another version":            change([]byte{0x02, 0x01, 0x02, 0x31}, []byte{0x02, 0x01, 0x00, 0x31}),
		"another recipient":          change([]byte{0x02, 0x01, 0x02, 0x80}, []byte{0x02, 0x01, 0x00, 0x80}),
		"PKCS#1 v1.5":                change([]byte{0x01, 0x01, 0x07}, []byte{0x01, 0x01, 0x01}),
		"AES-128":                    change([]byte{0x04, 0x01, 0x2a}, []byte{0x04, 0x01, 0x02}),
		"a primitive with no length": change([]byte{0x02, 0x01, 0x02, 0x31}, []byte{0x02, 0x80, 0x02, 0x31}),
		"a long tag":                 {0x3f, 0x81, 0x01, 0x00},
		"a vast length":              {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
		"a length too long":          {0x30, 0x83, 0xff, 0xff, 0xff},
		"deep nesting":               bytes.Repeat([]byte{0x30, 0x80}, 10000),
		"too long":                   make([]byte, 2<<20),
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := cms.Open(key, b); err == nil {
				t.Errorf("it opens, as %q", p)
			}
		})
	}
}

// FuzzOpen opens what is no envelope.
func FuzzOpen(f *testing.F) {
	b, err := os.ReadFile("testdata/aws.ber")
	must(f, err)
	f.Add(b)
	key := newKey(f, 2048)
	f.Add([]byte{0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0})
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x02})
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := cms.Open(key, b); err == nil {
			t.Errorf("%x opens, as %x", b, p)
		}
	})
}
