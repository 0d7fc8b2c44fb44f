package secp256k1

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"testing"

	fast "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

func key(t testing.TB, scalar element) *PrivateKey {
	t.Helper()
	b := scalar.bytes()
	k, err := NewPrivateKey(b[:])
	if err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	return k
}

// checkAgainst compares the key and its signature of the digest with those of the other library,
// which signs deterministically and takes the lower s. It does not reduce digests before it
// draws nonces, as RFC 6979 asks for; its signatures of those above the order are others.
func checkAgainst(t testing.TB, k *PrivateKey, digest [Size]byte) {
	t.Helper()
	other := fast.PrivKeyFromBytes(k.Bytes())
	if !bytes.Equal(other.PubKey().SerializeUncompressed(), k.Public().Bytes()) {
		t.Errorf("key %x: another public key", k.Bytes())
	}
	theirs := ecdsa.Sign(other, digest[:])
	r, s := k.sign(digest, nil)
	if minus := order.sub(element{}, s); number(minus).Cmp(number(s)) < 0 {
		s = minus
	}
	tr, ts := theirs.R(), theirs.S()
	if order.less(limbs(digest)) && (r.bytes() != tr.Bytes() || s.bytes() != ts.Bytes()) {
		t.Errorf("key %x, digest %x: another signature", k.Bytes(), digest)
	}
	sig, err := k.Sign(digest)
	if err != nil || !k.Public().Verify(digest, sig) {
		t.Errorf("key %x, digest %x: the signature %x does not verify: %v", k.Bytes(), digest, sig, err)
	}
	parsed, err := ecdsa.ParseDERSignature(sig)
	if err != nil || !parsed.Verify(digest[:], other.PubKey()) {
		t.Errorf("key %x, digest %x: the other library does not verify %x: %v", k.Bytes(), digest, sig, err)
	}
	if !k.Public().Verify(digest, theirs.Serialize()) {
		t.Errorf("key %x, digest %x: their signature does not verify", k.Bytes(), digest)
	}
}

func TestAgainstAnother(t *testing.T) {
	t.Parallel()
	var digests [][Size]byte
	for _, d := range []element{{}, {1}, order.m, order.sub(element{}, element{1}), {^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}} {
		digests = append(digests, d.bytes())
	}
	for _, x := range samples(t, order, 2000) {
		if x.isZero() {
			continue
		}
		var random [Size]byte
		_, _ = rand.Read(random[:])
		checkAgainst(t, key(t, x), random)
	}
	for _, x := range []element{{1}, {2}, {0, 0, 0, 1}, order.sub(element{}, element{1})} {
		for _, d := range digests {
			checkAgainst(t, key(t, x), d)
		}
	}
}

// TestRFC6979 compares the nonces with those of the other library, with and without additional
// input, and with a known one.
func TestRFC6979(t *testing.T) {
	t.Parallel()
	// Bitcoin's well-known test of the private key 1.
	digest := sha256.Sum256([]byte("Satoshi Nakamoto"))
	first := newNonces(element{1}.bytes(), digest, nil).next().bytes()
	if got := hex.EncodeToString(first[:]); got != "8f8a276c19f4149656b280621e358cce24f5f52542772691ee69063b74f15d15" {
		t.Errorf("the nonce is %s", got)
	}
	for range 500 {
		var private, digest, extra [Size]byte
		_, _ = rand.Read(private[1:])
		_, _ = rand.Read(digest[1:])
		_, _ = rand.Read(extra[:])
		for _, extra := range [][]byte{nil, extra[:]} {
			n := newNonces(private, digest, extra)
			for i := range uint32(3) {
				theirs := fast.NonceRFC6979(private[:], digest[:], extra, nil, i)
				if n.next().bytes() != theirs.Bytes() {
					t.Fatalf("key %x, digest %x, additional %x: nonce %d differs", private, digest, extra, i)
				}
			}
		}
	}
}

// TestHedged: two signatures of one digest have different nonces.
func TestHedged(t *testing.T) {
	t.Parallel()
	k, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	a, _ := k.Sign([Size]byte{})
	b, _ := k.Sign([Size]byte{})
	if bytes.Equal(a, b) {
		t.Error("the signatures are the same")
	}
}

func TestInvalidPrivateKeys(t *testing.T) {
	t.Parallel()
	n := order.m.bytes()
	above := fromNumber(new(big.Int).Add(number(order.m), big.NewInt(1))).bytes()
	for name, b := range map[string][]byte{
		"none": nil, "0": make([]byte, Size), "n": n[:], "n + 1": above[:], "all ones": bytes.Repeat([]byte{0xff}, Size),
		"short": bytes.Repeat([]byte{1}, Size-1), "long": append([]byte{0}, bytes.Repeat([]byte{1}, Size)...),
	} {
		if _, err := NewPrivateKey(b); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestPublicKeys(t *testing.T) {
	t.Parallel()
	p := key(t, element{5}).Public().Bytes()
	short := append([]byte{2 | p[64]&1}, p[1:33]...)
	for name, b := range map[string][]byte{"uncompressed": p, "compressed": short} {
		if k, err := NewPublicKey(b); err != nil || !bytes.Equal(k.Bytes(), p) {
			t.Errorf("%s: %v", name, err)
		}
	}
	off := bytes.Clone(p)
	off[64] ^= 1
	hybrid := append([]byte{6 | p[64]&1}, p[1:]...)
	for name, b := range map[string][]byte{
		"none": nil, "infinity": {0}, "off the curve": off, "hybrid": hybrid, "cut": p[:64], "longer": append(bytes.Clone(p), 0),
		"x not below p": append([]byte{2}, bytes.Repeat([]byte{0xff}, Size)...),
	} {
		if _, err := NewPublicKey(b); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestInvalidSignatures: forms that are not DER, and numbers out of range.
func TestInvalidSignatures(t *testing.T) {
	t.Parallel()
	k := key(t, element{7})
	digest := [Size]byte{1}
	r, s := k.sign(digest, nil)
	good, err := encode(r, s)
	if err != nil || !k.Public().Verify(digest, good) {
		t.Fatalf("%x: %v", good, err)
	}
	minus := order.sub(element{}, s)
	if high, _ := encode(r, minus); !k.Public().Verify(digest, high) {
		t.Error("the other s does not verify")
	}
	if k.Public().Verify([Size]byte{2}, good) || key(t, element{8}).Public().Verify(digest, good) {
		t.Error("verifies for another digest or key")
	}
	encoded := func(r, s element) []byte {
		b, _ := encode(r, s)
		return b
	}
	sum := new(big.Int).Add(number(s), number(order.m))
	var above []byte
	if sum.BitLen() <= 256 {
		above = encoded(r, fromNumber(sum))
	}
	bare := good[2:]
	for name, sig := range map[string][]byte{
		"none": nil, "empty": {0x30, 0}, "r is 0": encoded(element{}, s), "s is 0": encoded(r, element{}),
		"r is n": encoded(order.m, s), "s is n": encoded(r, order.m), "s + n": above, "both 0": encoded(element{}, element{}),
		"cut": good[:len(good)-1], "longer": append(bytes.Clone(good), 0), "not a sequence": append([]byte{0x31}, good[1:]...),
		"long form of the length": append([]byte{0x30, 0x81}, good[1:]...), "indefinite length": append(append([]byte{0x30, 0x80}, bare...), 0, 0),
		"three integers": append([]byte{0x30, good[1] + 3}, append(bytes.Clone(bare), 2, 1, 1)...),
		"leading zero":   append([]byte{0x30, good[1] + 1, 2, bare[1] + 1, 0}, bare[2:]...),
		"swapped":        encoded(s, r),
	} {
		if k.Public().Verify(digest, sig) {
			t.Errorf("%s: %x verifies", name, sig)
		}
	}
}

// FuzzSign compares keys and signatures with those of the other library.
func FuzzSign(f *testing.F) {
	one, top := element{1}.bytes(), order.sub(element{}, element{1}).bytes()
	f.Add(one[:], make([]byte, Size))
	f.Add(top[:], bytes.Repeat([]byte{0xff}, Size))
	f.Add(make([]byte, Size), top[:])
	f.Add([]byte{}, one[:])
	f.Fuzz(func(t *testing.T, scalar, digest []byte) {
		k, err := NewPrivateKey(scalar)
		if valid := len(scalar) == Size && order.less(limbs([Size]byte(scalar))) && !bytes.Equal(scalar, make([]byte, Size)); valid != (err == nil) {
			t.Fatalf("%x: %v", scalar, err)
		}
		if err == nil && len(digest) == Size {
			checkAgainst(t, k, [Size]byte(digest))
		}
	})
}

// FuzzVerify: what verifies is the one DER encoding of its numbers, and verifies elsewhere too.
func FuzzVerify(f *testing.F) {
	k, digest := key(f, element{9}), [Size]byte{3}
	r, s := k.sign(digest, nil)
	for _, numbers := range [][2]element{{r, s}, {r, order.sub(element{}, s)}, {r, {}}, {order.m, s}, {{1}, {1}}} {
		sig, err := encode(numbers[0], numbers[1])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sig)
		f.Add(sig[1:])
		f.Add(append(sig, 0))
	}
	public, err := fast.ParsePubKey(k.Public().Bytes())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sig []byte) {
		theirs, err := ecdsa.ParseDERSignature(sig)
		want := err == nil && theirs.Verify(digest[:], public)
		if got := k.Public().Verify(digest, sig); got != want {
			t.Errorf("%x: %t, but %t by the other library (%v)", sig, got, want, err)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	for name, scalar := range map[string]element{"1": {1}, "n-1": order.sub(element{}, element{1}), "random": limbs(sha256.Sum256(nil))} {
		k := key(b, scalar)
		b.Run("key="+name, func(b *testing.B) {
			for b.Loop() {
				_, _ = k.Sign([Size]byte{1})
			}
		})
	}
}

// BenchmarkMultiply has the nonces that the time of a signature must not tell apart.
func BenchmarkMultiply(b *testing.B) {
	for name, scalar := range map[string]element{"1": {1}, "n-1": order.sub(element{}, element{1}), "random": limbs(sha256.Sum256(nil)), "2^128": {0, 0, 1}} {
		b.Run("nonce="+name, func(b *testing.B) {
			for b.Loop() {
				p := multiply(scalar)
				_, _ = p.affine()
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	k := key(b, element{9})
	sig, err := k.Sign([Size]byte{1})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !k.Public().Verify([Size]byte{1}, sig) {
			b.Fatal("does not verify")
		}
	}
}
