package secp256k1

import (
	"crypto/rand"
	"errors"
	"math/big"

	fast "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Size is the size of a private key, a digest and a coordinate in bytes.
const Size = 32

var errPrivateKey = errors.New("secp256k1: invalid private key")

// PrivateKey is a private key. It does not change.
type PrivateKey struct {
	scalar element // from 1 to the order less 1
	public *PublicKey
}

// GenerateKey makes a key.
func GenerateKey() (*PrivateKey, error) {
	for {
		var b [Size]byte
		_, _ = rand.Read(b[:]) // never fails (crypto/rand)
		if x := limbs(b); order.less(x) && !x.isZero() {
			return newPrivateKey(x)
		}
	}
}

// NewPrivateKey reads a private key of 32 bytes, big-endian. It gives an error if the number is
// 0 or not below the order of the curve.
func NewPrivateKey(b []byte) (*PrivateKey, error) {
	if len(b) != Size {
		return nil, errPrivateKey
	}
	x := limbs([Size]byte(b))
	if !order.less(x) || x.isZero() {
		return nil, errPrivateKey
	}
	return newPrivateKey(x)
}

func newPrivateKey(scalar element) (*PrivateKey, error) {
	p := multiply(scalar)
	x, y := p.affine()
	xb, yb := x.bytes(), y.bytes()
	public, err := NewPublicKey(append(append([]byte{4}, xb[:]...), yb[:]...))
	return &PrivateKey{scalar, public}, err
}

// Bytes are the 32 bytes that NewPrivateKey reads.
func (k *PrivateKey) Bytes() []byte {
	b := k.scalar.bytes()
	return b[:]
}

// Public is the public key.
func (k *PrivateKey) Public() *PublicKey { return k.public }

// Sign signs a digest. The signature is the DER of Ecdsa-Sig-Value (RFC 3279, section 2.2.3);
// half of all have an s above n/2.
func (k *PrivateKey) Sign(digest [Size]byte) ([]byte, error) {
	var random [Size]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	return encode(k.sign(digest, random[:]))
}

// sign follows FIPS 186-5, section 6.4.1.
func (k *PrivateKey) sign(digest [Size]byte, random []byte) (r, s element) {
	e := order.reduce(limbs(digest), 0)
	candidates := newNonces(k.scalar.bytes(), e.bytes(), random)
	for {
		nonce := candidates.next()
		p := multiply(nonce)
		x, _ := p.affine()
		r = order.reduce(x, 0) // x is below p, which is below 2n
		// s = nonce⁻¹ (e + r·scalar): one factor of each product is in the Montgomery form.
		s = order.add(e, order.mul(order.enter(r), k.scalar))
		s = order.mul(order.invert(order.enter(nonce)), s)
		if !r.isZero() && !s.isZero() {
			return r, s
		}
	}
}

func encode(r, s element) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, x := range []element{r, s} {
			bytes := x.bytes()
			b.AddASN1BigInt(new(big.Int).SetBytes(bytes[:]))
		}
	})
	return b.Bytes()
}

// PublicKey is a public key. It does not change.
type PublicKey struct{ key *fast.PublicKey }

// NewPublicKey reads a point of the curve as SEC 1, section 2.3.3, encodes it, compressed or
// not.
func NewPublicKey(b []byte) (*PublicKey, error) {
	if len(b) == 0 || b[0] > 4 {
		return nil, errors.New("secp256k1: invalid public key") // the hybrid form of X9.62
	}
	k, err := fast.ParsePubKey(b)
	if err != nil {
		return nil, err
	}
	return &PublicKey{k}, nil
}

// Bytes is the uncompressed form.
func (k *PublicKey) Bytes() []byte { return k.key.SerializeUncompressed() }

// Verify reports whether sig is a signature of the digest in DER. It takes s as it is, low or
// high.
func (k *PublicKey) Verify(digest [Size]byte, sig []byte) bool {
	in := cryptobyte.String(sig)
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, asn1.SEQUENCE) || !in.Empty() {
		return false
	}
	r, ok := readScalar(&seq)
	if !ok {
		return false
	}
	s, ok := readScalar(&seq)
	return ok && seq.Empty() && ecdsa.NewSignature(r, s).Verify(digest[:], k.key)
}

// readScalar reads an integer from 1 to the order less 1.
func readScalar(in *cryptobyte.String) (*fast.ModNScalar, bool) {
	var b []byte
	var x fast.ModNScalar
	if !in.ReadASN1Integer(&b) || len(b) > Size || x.SetByteSlice(b) || x.IsZero() {
		return nil, false
	}
	return &x, true
}
