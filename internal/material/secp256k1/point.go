package secp256k1

import "sync"

// The curve y² = x³ + 7 over the field of p elements. Its order n is a prime.
//
// Source: https://www.secg.org/sec2-v2.pdf, section 2.4.1
var (
	field = newModulus("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F")
	order = newModulus("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141")

	generator = point{
		field.enter(element{0x59F2815B16F81798, 0x029BFCDB2DCE28D9, 0x55A06295CE870B07, 0x79BE667EF9DCBBAC}),
		field.enter(element{0x9C47D08FFB10D4B8, 0xFD17B448A6855419, 0x5DA4FBFC0E1108A8, 0x483ADA7726A3C465}),
		field.one,
	}
	infinity = point{y: field.one}

	b3 = field.enter(element{3 * 7})
)

// point is (x/z, y/z), in the Montgomery form; z is 0 for the point at infinity.
type point struct{ x, y, z element }

// add adds any two points of the curve: also equal ones, opposite ones and infinity, with the
// same steps.
//
// Source: Renes, Costello, Batina, "Complete addition formulas for prime order elliptic curves"
// (EUROCRYPT 2016), algorithm 7
func (p *point) add(q *point) point {
	f := field
	xx, yy, zz := f.mul(p.x, q.x), f.mul(p.y, q.y), f.mul(p.z, q.z)
	// The mixed sums x₁y₂ + x₂y₁, y₁z₂ + y₂z₁, x₁z₂ + x₂z₁.
	xy := f.sub(f.mul(f.add(p.x, p.y), f.add(q.x, q.y)), f.add(xx, yy))
	yz := f.sub(f.mul(f.add(p.y, p.z), f.add(q.y, q.z)), f.add(yy, zz))
	xz := f.sub(f.mul(f.add(p.x, p.z), f.add(q.x, q.z)), f.add(xx, zz))

	xx3, bzz, bxz := f.add(f.add(xx, xx), xx), f.mul(b3, zz), f.mul(b3, xz)
	plus, minus := f.add(yy, bzz), f.sub(yy, bzz)
	return point{
		x: f.sub(f.mul(xy, minus), f.mul(yz, bxz)),
		y: f.add(f.mul(minus, plus), f.mul(bxz, xx3)),
		z: f.add(f.mul(plus, yz), f.mul(xx3, xy)),
	}
}

// affine gives the coordinates of p, which is not infinity.
func (p *point) affine() (x, y element) {
	z := field.invert(p.z)
	return field.leave(field.mul(p.x, z)), field.leave(field.mul(p.y, z))
}

// multiples are, for each of the 64 digits of a scalar, 0 to 15 times the generator times 16 to
// the power of the digit's place: 96 KiB.
var multiples = sync.OnceValue(func() *[64][16]point {
	t, base := new([64][16]point), generator
	for i := range t {
		t[i][0] = infinity
		for j := range 15 {
			t[i][j+1] = t[i][j].add(&base)
		}
		base = t[i][15].add(&base)
	}
	return t
})

// multiply gives k times the generator.
func multiply(k element) point {
	r := infinity
	for i := range multiples() {
		digit := k[i/16] >> (4 * (i % 16)) & 15
		m := pick(&multiples()[i], digit)
		r = r.add(&m)
	}
	return r
}

// pick gives row[digit], and reads all of the row.
func pick(row *[16]point, digit uint64) (p point) {
	for j := range row {
		same := uint64(j) ^ digit // 0 if this is the one
		mask := (same - 1) >> 63
		mask = -mask
		for l := range 4 {
			p.x[l] |= mask & row[j].x[l]
			p.y[l] |= mask & row[j].y[l]
			p.z[l] |= mask & row[j].z[l]
		}
	}
	return p
}
