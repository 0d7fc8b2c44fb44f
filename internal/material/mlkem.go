package material

import (
	"crypto"
	"crypto/mlkem"
	"crypto/rand"
	"encoding/asn1"

	"github.com/cloudflare/circl/kem/mlkem/mlkem512"
)

// mlkemSeedSize is the size of a seed d ‖ z.
const mlkemSeedSize = mlkem.SeedSize

// kem is a parameter set of ML-KEM (FIPS 203, section 8).
type kem struct {
	id             asn1.ObjectIdentifier
	ciphertextSize int
	generate       func() (crypto.Decapsulator, []byte, error) // with the seed
	open           func(seed []byte) (crypto.Decapsulator, error)
}

// kems are the parameter sets by their numbers. The standard library, and so the FIPS module,
// has no ML-KEM-512.
//
// Source of the identifiers: RFC 9935, "Algorithm Identifiers"
var kems = map[int]kem{
	512:  {asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 1}, mlkem512.CiphertextSize, generateKEM512, openKEM512},
	768:  {asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 2}, mlkem.CiphertextSize768, generateKEM(mlkem.GenerateKey768), openKEM(mlkem.NewDecapsulationKey768)},
	1024: {asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 4, 3}, mlkem.CiphertextSize1024, generateKEM(mlkem.GenerateKey1024), openKEM(mlkem.NewDecapsulationKey1024)},
}

// seedDecapsulator is a decapsulation key of the standard library; Bytes is its seed.
type seedDecapsulator interface {
	crypto.Decapsulator
	Bytes() []byte
}

func generateKEM[K seedDecapsulator](generate func() (K, error)) func() (crypto.Decapsulator, []byte, error) {
	return func() (crypto.Decapsulator, []byte, error) {
		k, err := generate()
		if err != nil {
			return nil, nil, err
		}
		return k, k.Bytes(), nil
	}
}

func openKEM[K seedDecapsulator](open func([]byte) (K, error)) func([]byte) (crypto.Decapsulator, error) {
	return func(seed []byte) (crypto.Decapsulator, error) { return open(seed) }
}

// mlkemKey is the Decapsulator of an ML-KEM key. It holds the expanded key.
type mlkemKey struct {
	seeded
	kem kem
	dk  crypto.Decapsulator
	ek  crypto.Encapsulator
}

func generateMLKEM(s *Spec) (Key, error) {
	dk, seed, err := kems[s.Bits].generate()
	if err != nil {
		return nil, err
	}
	return newMLKEM(s, dk, seed)
}

func parseMLKEM(s *Spec, b []byte) (Key, error) {
	if len(b) != mlkemSeedSize {
		return nil, ErrMaterial
	}
	dk, err := kems[s.Bits].open(b)
	if err != nil {
		return nil, err
	}
	return newMLKEM(s, dk, b)
}

func newMLKEM(s *Spec, dk crypto.Decapsulator, seed []byte) (Key, error) {
	set, ek := kems[s.Bits], dk.Encapsulator()
	k, err := newSeeded(s, set.id, seed, ek.Bytes())
	if err != nil {
		return nil, err
	}
	return &mlkemKey{k, set, dk, ek}, nil
}

func (k *mlkemKey) Encapsulate() (sharedSecret, ciphertext []byte, err error) {
	sharedSecret, ciphertext = k.ek.Encapsulate()
	return sharedSecret, ciphertext, nil
}

func (k *mlkemKey) Decapsulate(ciphertext []byte) ([]byte, error) {
	if len(ciphertext) != k.kem.ciphertextSize {
		return nil, ErrCiphertext
	}
	return k.dk.Decapsulate(ciphertext)
}

// decapsulator512 and encapsulator512 give circl's ML-KEM-512 the shape of the standard
// library's keys.
type (
	decapsulator512 struct {
		private *mlkem512.PrivateKey
		public  *mlkem512.PublicKey
	}
	encapsulator512 struct{ public *mlkem512.PublicKey }
)

func generateKEM512() (crypto.Decapsulator, []byte, error) {
	seed := make([]byte, mlkemSeedSize)
	_, _ = rand.Read(seed) // never fails (crypto/rand)
	dk, err := openKEM512(seed)
	return dk, seed, err
}

func openKEM512(seed []byte) (crypto.Decapsulator, error) {
	public, private := mlkem512.NewKeyFromSeed(seed)
	return decapsulator512{private, public}, nil
}

func (d decapsulator512) Encapsulator() crypto.Encapsulator { return encapsulator512{d.public} }

func (d decapsulator512) Decapsulate(ciphertext []byte) ([]byte, error) {
	shared := make([]byte, mlkem512.SharedKeySize)
	d.private.DecapsulateTo(shared, ciphertext)
	return shared, nil
}

func (e encapsulator512) Bytes() []byte {
	b := make([]byte, mlkem512.PublicKeySize)
	e.public.Pack(b)
	return b
}

func (e encapsulator512) Encapsulate() (sharedKey, ciphertext []byte) {
	sharedKey, ciphertext = make([]byte, mlkem512.SharedKeySize), make([]byte, mlkem512.CiphertextSize)
	seed := make([]byte, mlkem512.EncapsulationSeedSize)
	_, _ = rand.Read(seed) // never fails (crypto/rand)
	e.public.EncapsulateTo(ciphertext, sharedKey, seed)
	return sharedKey, ciphertext
}
