// Package secp256k1 has ECDSA over the curve secp256k1 (SEC 2, section 2.4.1) whose time to
// make keys and signatures does not depend on secrets. Its one rule: no branch and no index
// follows from a private key or a nonce, except for the chance of 2⁻¹²⁸ that one is drawn anew.
//
// The standard library does not have the curve, and the libraries that do sign in a time that
// depends on the nonce, which tells a client of a network service the key in the end. What
// needs no secret, verification, is left to such a library.
//
// Begin with ecdsa.go.
package secp256k1

import (
	"encoding/binary"
	"math/big"
	"math/bits"
)

// element is a number below a modulus, least significant limb first. Arithmetic works on the
// Montgomery form: x·2²⁵⁶ instead of x.
type element [4]uint64

// modulus is an odd number above 2²⁵⁵, with what arithmetic modulo it needs.
type modulus struct {
	m   element
	inv uint64  // −m⁻¹ mod 2⁶⁴
	rr  element // 2⁵¹² mod m, which takes numbers to the Montgomery form
	one element // 1 in the Montgomery form
	inverting
}

// inverting is m − 2, the exponent that inverts if m is prime, in digits of four bits from the
// top.
type inverting [64]uint8

// newModulus is for the constants of the curve.
func newModulus(hex string) *modulus {
	v, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		panic("secp256k1: " + hex + " is no number")
	}
	power := func(n uint) element {
		p := new(big.Int).Lsh(big.NewInt(1), n)
		return limbs([32]byte(p.Mod(p, v).FillBytes(make([]byte, 32))))
	}
	m := &modulus{m: limbs([32]byte(v.FillBytes(make([]byte, 32)))), rr: power(512), one: power(256)}
	// Each step of Newton's doubles the bits that are right; three are at the start.
	inv := m.m[0]
	for range 5 {
		inv *= 2 - m.m[0]*inv
	}
	m.inv = -inv
	exponent := new(big.Int).Sub(v, big.NewInt(2)).FillBytes(make([]byte, 32))
	for i := range m.inverting {
		m.inverting[i] = exponent[i/2] >> (4 * (1 - i%2)) & 15
	}
	return m
}

// limbs reads 32 big-endian bytes.
func limbs(b [32]byte) element {
	return element{
		binary.BigEndian.Uint64(b[24:]), binary.BigEndian.Uint64(b[16:]), binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[:]),
	}
}

// bytes writes 32 big-endian bytes.
func (x element) bytes() (b [32]byte) {
	for i, limb := range x {
		binary.BigEndian.PutUint64(b[24-8*i:], limb)
	}
	return b
}

// isZero reports whether x is 0.
func (x element) isZero() bool { return x[0]|x[1]|x[2]|x[3] == 0 }

// reduce subtracts m once from x + carry·2²⁵⁶ if that is m or more.
func (m *modulus) reduce(x element, carry uint64) element {
	var d element
	var borrow uint64
	for i := range d {
		d[i], borrow = bits.Sub64(x[i], m.m[i], borrow)
	}
	_, borrow = bits.Sub64(carry, 0, borrow)
	keep := -borrow // all ones if x is smaller
	for i := range d {
		d[i] ^= keep & (d[i] ^ x[i])
	}
	return d
}

// less reports whether x is below m.
func (m *modulus) less(x element) bool {
	var borrow uint64
	for i := range x {
		_, borrow = bits.Sub64(x[i], m.m[i], borrow)
	}
	return borrow == 1
}

func (m *modulus) add(x, y element) element {
	var carry uint64
	for i := range x {
		x[i], carry = bits.Add64(x[i], y[i], carry)
	}
	return m.reduce(x, carry)
}

func (m *modulus) sub(x, y element) element {
	var borrow, carry uint64
	for i := range x {
		x[i], borrow = bits.Sub64(x[i], y[i], borrow)
	}
	back := -borrow // all ones if the difference is negative
	for i := range x {
		x[i], carry = bits.Add64(x[i], m.m[i]&back, carry)
	}
	return x
}

// mulAdd gives a·b + c + d, which always fits.
func mulAdd(a, b, c, d uint64) (hi, lo uint64) {
	hi, lo = bits.Mul64(a, b)
	lo, carry := bits.Add64(lo, c, 0)
	hi += carry
	lo, carry = bits.Add64(lo, d, 0)
	return hi + carry, lo
}

// mul gives x·y·2⁻²⁵⁶: the product, if both are in the Montgomery form.
func (m *modulus) mul(x, y element) element {
	var t0, t1, t2, t3, t4 uint64
	for _, d := range y {
		var c, over, carry uint64
		c, t0 = mulAdd(x[0], d, t0, 0)
		c, t1 = mulAdd(x[1], d, t1, c)
		c, t2 = mulAdd(x[2], d, t2, c)
		c, t3 = mulAdd(x[3], d, t3, c)
		t4, over = bits.Add64(t4, c, 0)

		u := t0 * m.inv
		c, _ = mulAdd(u, m.m[0], t0, 0)
		c, t0 = mulAdd(u, m.m[1], t1, c)
		c, t1 = mulAdd(u, m.m[2], t2, c)
		c, t2 = mulAdd(u, m.m[3], t3, c)
		t3, carry = bits.Add64(t4, c, 0)
		t4 = over + carry
	}
	return m.reduce(element{t0, t1, t2, t3}, t4)
}

// enter takes x to the Montgomery form, leave takes it back.
func (m *modulus) enter(x element) element { return m.mul(x, m.rr) }
func (m *modulus) leave(x element) element { return m.mul(x, element{1}) }

// invert gives x⁻¹ by Fermat's little theorem, and 0 of 0, for a prime modulus. What it does
// depends on the modulus alone.
func (m *modulus) invert(x element) element {
	var powers [16]element
	powers[0] = m.one
	for i := 1; i < len(powers); i++ {
		powers[i] = m.mul(powers[i-1], x)
	}
	r := m.one
	for _, digit := range m.inverting {
		for range 4 {
			r = m.mul(r, r)
		}
		r = m.mul(r, powers[digit])
	}
	return r
}
