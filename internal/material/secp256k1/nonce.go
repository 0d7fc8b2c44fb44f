package secp256k1

import (
	"crypto/hmac"
	"crypto/sha256"
)

// nonces are the candidates for the nonce of a signature: those of the HMAC_DRBG of RFC 6979
// with SHA-256, with random bytes as additional input. If the random bytes are good, the nonce
// is; if they are not, it is that of a deterministic signature.
type nonces struct{ k, v []byte }

// newNonces begins the sequence for a private key and a digest below the order. Without random
// bytes it is the deterministic one.
//
// Source: RFC 6979, sections 3.2 and 3.6
func newNonces(private, digest [32]byte, random []byte) *nonces {
	n := &nonces{make([]byte, sha256.Size), make([]byte, sha256.Size)}
	for i := range n.v {
		n.v[i] = 1
	}
	for _, round := range []byte{0, 1} {
		n.k = n.mac(n.v, []byte{round}, private[:], digest[:], random)
		n.v = n.mac(n.v)
	}
	return n
}

// next gives a number from 1 to the order less 1.
func (n *nonces) next() element {
	for {
		n.v = n.mac(n.v)
		x := limbs([32]byte(n.v))
		n.k = n.mac(n.v, []byte{0})
		n.v = n.mac(n.v)
		if order.less(x) && !x.isZero() {
			return x
		}
	}
}

func (n *nonces) mac(parts ...[]byte) []byte {
	h := hmac.New(sha256.New, n.k)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
