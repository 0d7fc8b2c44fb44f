package material

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // RSAES_OAEP_SHA_1
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// rsaKey is a Key of the family RSA (RFC 8017).
type rsaKey struct {
	encodings
	private *rsa.PrivateKey
}

func generateRSA(s *Spec) (Key, error) {
	k, err := rsa.GenerateKey(rand.Reader, s.Bits)
	if err != nil {
		return nil, fmt.Errorf("generate an RSA key: %w", err)
	}
	return newRSA(s, k)
}

// newRSA brings a valid key into its one form: the larger prime first, and the private
// exponent modulo λ(n), which FIPS 186-5, appendix A.1.1 asks for. Others use φ(n), or the
// smaller prime first, and are the same key.
func newRSA(s *Spec, k *rsa.PrivateKey) (Key, error) {
	p, q := k.Primes[0], k.Primes[1]
	if p.Cmp(q) < 0 {
		p, q = q, p
	}
	d := new(big.Int).Mod(k.D, lambda(p, q))
	if k.Primes[0] != p || d.Cmp(k.D) != 0 {
		k = &rsa.PrivateKey{PublicKey: k.PublicKey, D: d, Primes: []*big.Int{p, q}}
		k.Precompute()
		if err := k.Validate(); err != nil {
			return nil, ErrMaterial
		}
	}
	e, err := encode(s, k, &k.PublicKey)
	if err != nil {
		return nil, err
	}
	return &rsaKey{e, k}, nil
}

// lambda is the least common multiple of p−1 and q−1.
func lambda(p, q *big.Int) *big.Int {
	one := big.NewInt(1)
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	gcd := new(big.Int).GCD(nil, nil, p1, q1)
	return p1.Mul(p1.Quo(p1, gcd), q1)
}

// oidRSA is rsaEncryption (RFC 8017, appendix A.1).
var oidRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}

// parseRSA takes keys that satisfy FIPS 186-5: two primes of half the size of the modulus, and
// a public exponent above 2^16.
func parseRSA(s *Spec, b []byte) (Key, error) {
	k, err := readRSA(s, b)
	if err != nil {
		return nil, err
	}
	// Validate does not see a factor that is not prime. A signature, which is checked as it is
	// made, does: it is Fermat's test.
	if _, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, make([]byte, crypto.SHA256.Size())); err != nil {
		return nil, ErrMaterial
	}
	return newRSA(s, k)
}

// loadRSA is parseRSA without the proof that the primes are.
func loadRSA(s *Spec, b []byte) (Key, error) {
	k, err := readRSA(s, b)
	if err != nil {
		return nil, err
	}
	return newRSA(s, k)
}

// readRSA reads a key whose numbers fit together.
func readRSA(s *Spec, b []byte) (*rsa.PrivateKey, error) {
	defer clear(b) // the key is encoded anew
	info, err := parsePKCS8(b)
	if err != nil {
		return nil, err
	}
	if !info.algorithm.Equal(oidRSA) || !bytes.Equal(info.parameters, asn1.NullBytes) || info.public != nil {
		return nil, ErrMaterial
	}
	k, err := parsePKCS1(info.key)
	if err != nil {
		return nil, err
	}
	if k.N.BitLen() != s.Bits || k.Primes[0].BitLen() != s.Bits/2 || k.Primes[1].BitLen() != s.Bits/2 {
		return nil, ErrMaterial
	}
	k.Precompute()
	if k.Validate() != nil {
		return nil, ErrMaterial
	}
	return k, nil
}

// parsePKCS1 reads an RSAPrivateKey of two primes (RFC 8017, appendix A.1.2). Whether its
// numbers are a key is for Validate.
func parsePKCS1(der cryptobyte.String) (*rsa.PrivateKey, error) {
	var seq cryptobyte.String
	var version uint
	if !der.ReadASN1(&seq, tag.SEQUENCE) || !der.Empty() || !seq.ReadASN1Integer(&version) || version != 0 {
		return nil, ErrMaterial
	}
	var x [8]*big.Int
	for i := range x {
		x[i] = new(big.Int)
		if !seq.ReadASN1Integer(x[i]) || x[i].Sign() <= 0 {
			return nil, ErrMaterial
		}
	}
	// The library takes exponents of 31 bits. In use are 65537 and, long ago, smaller ones.
	if e := x[1]; !seq.Empty() || e.BitLen() < 17 || e.BitLen() > 31 {
		return nil, ErrMaterial
	}
	return &rsa.PrivateKey{
		PublicKey:   rsa.PublicKey{N: x[0], E: int(x[1].Int64())},
		D:           x[2],
		Primes:      []*big.Int{x[3], x[4]},
		Precomputed: rsa.PrecomputedValues{Dp: x[5], Dq: x[6], Qinv: x[7]},
	}, nil
}

// oaepHashes are the hashes of RSAES-OAEP, of the label and of MGF1. The label is empty.
var oaepHashes = map[types.EncryptionAlgorithmSpec]crypto.Hash{
	types.EncryptionAlgorithmSpecRsaesOaepSha1:   crypto.SHA1,
	types.EncryptionAlgorithmSpecRsaesOaepSha256: crypto.SHA256,
}

// MaxPlaintext is how many bytes a key of an RSA spec can encrypt (RFC 8017, section 7.1.1).
func MaxPlaintext(s *Spec, a types.EncryptionAlgorithmSpec) int {
	return s.Bits/8 - 2*oaepHashes[a].Size() - 2
}

func (k *rsaKey) Encrypt(a types.EncryptionAlgorithmSpec, plaintext []byte) ([]byte, error) {
	if !k.spec.Offers(encrypt, string(a)) {
		return nil, unsuited(k.spec, string(a))
	}
	if len(plaintext) > MaxPlaintext(k.spec, a) {
		return nil, ErrLong
	}
	return rsa.EncryptOAEP(oaepHashes[a].New(), rand.Reader, &k.private.PublicKey, plaintext, nil)
}

func (k *rsaKey) Decrypt(a types.EncryptionAlgorithmSpec, ciphertext []byte) ([]byte, error) {
	if !k.spec.Offers(encrypt, string(a)) {
		return nil, unsuited(k.spec, string(a))
	}
	// The library takes shorter ones, RFC 8017 does not.
	if len(ciphertext) != k.private.Size() {
		return nil, ErrCiphertext
	}
	p, err := rsa.DecryptOAEP(oaepHashes[a].New(), nil, k.private, ciphertext, nil)
	if errors.Is(err, rsa.ErrDecryption) {
		return nil, ErrCiphertext
	}
	return p, err
}

// pss makes signatures whose salt is as long as the hash, and takes no others.
var pss = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}

func (k *rsaKey) Sign(a types.SigningAlgorithmSpec, t types.MessageType, message []byte) ([]byte, error) {
	digest, err := digestOf(k.spec, a, t, message)
	if err != nil {
		return nil, err
	}
	if signings[a].pss {
		return rsa.SignPSS(rand.Reader, k.private, signings[a].hash, digest, pss)
	}
	return rsa.SignPKCS1v15(nil, k.private, signings[a].hash, digest)
}

func (k *rsaKey) Verify(a types.SigningAlgorithmSpec, t types.MessageType, message, signature []byte) error {
	digest, err := digestOf(k.spec, a, t, message)
	if err != nil {
		return err
	}
	if signings[a].pss {
		err = rsa.VerifyPSS(&k.private.PublicKey, signings[a].hash, digest, signature, pss)
	} else {
		err = rsa.VerifyPKCS1v15(&k.private.PublicKey, signings[a].hash, digest, signature)
	}
	if err != nil {
		return ErrSignature
	}
	return nil
}
