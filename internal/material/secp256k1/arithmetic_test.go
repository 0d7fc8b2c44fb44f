package secp256k1

import (
	"crypto/rand"
	"math/big"
	"testing"

	fast "github.com/decred/dcrd/dcrec/secp256k1/v4"
)

func number(x element) *big.Int {
	b := x.bytes()
	return new(big.Int).SetBytes(b[:])
}

func fromNumber(n *big.Int) element { return limbs([Size]byte(n.FillBytes(make([]byte, Size)))) }

// samples are numbers below m: edges, and as many at random.
func samples(t testing.TB, m *modulus, random int) []element {
	one := big.NewInt(1)
	top := number(m.m)
	var s []element
	for i := range int64(5) {
		s = append(s, fromNumber(big.NewInt(i)), fromNumber(new(big.Int).Sub(top, big.NewInt(i+1))))
	}
	for shift := uint(4); shift < 256; shift += 4 {
		p := new(big.Int).Lsh(one, shift)
		s = append(s, fromNumber(p), fromNumber(new(big.Int).Sub(p, one)))
	}
	for range random {
		n, err := rand.Int(rand.Reader, top)
		if err != nil {
			t.Fatal(err)
		}
		s = append(s, fromNumber(n))
	}
	return s
}

// TestArithmetic compares with math/big.
func TestArithmetic(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*modulus{"field": field, "order": order} {
		p := number(m.m)
		if !p.ProbablyPrime(20) {
			t.Errorf("%s: not a prime", name)
		}
		all := samples(t, m, 200)
		check := func(what string, x, y, got element, want *big.Int) {
			if number(got).Cmp(want.Mod(want, p)) != 0 {
				t.Errorf("%s: %s of %v and %v: %v", name, what, number(x), number(y), number(got))
			}
		}
		for _, x := range all {
			for _, y := range all {
				xn, yn := number(x), number(y)
				check("sum", x, y, m.add(x, y), new(big.Int).Add(xn, yn))
				check("difference", x, y, m.sub(x, y), new(big.Int).Sub(xn, yn))
				check("product", x, y, m.mul(m.enter(x), y), new(big.Int).Mul(xn, yn))
			}
			if m.leave(m.enter(x)) != x {
				t.Errorf("%s: %v is not the same in Montgomery form", name, number(x))
			}
			inverse := new(big.Int).ModInverse(number(x), p)
			if x.isZero() {
				inverse = new(big.Int)
			}
			check("inverse", x, x, m.leave(m.invert(m.enter(x))), inverse)
		}
	}
}

// TestReduce: numbers of 32 bytes, and whether they are below the modulus.
func TestReduce(t *testing.T) {
	t.Parallel()
	ones := element{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	for name, m := range map[string]*modulus{"field": field, "order": order} {
		for _, c := range []struct {
			x    element
			less bool
		}{
			{element{}, true}, {m.sub(element{}, element{1}), true}, {m.m, false},
			{fromNumber(new(big.Int).Add(number(m.m), big.NewInt(1))), false}, {ones, false},
		} {
			want := new(big.Int).Mod(number(c.x), number(m.m))
			if m.less(c.x) != c.less || number(m.reduce(c.x, 0)).Cmp(want) != 0 {
				t.Errorf("%s: %v", name, number(c.x))
			}
		}
	}
}

// same reports whether p is the affine point that the other library has.
func same(p point, q *fast.JacobianPoint) bool {
	if p.z.isZero() {
		return q.Z.IsZero() || q.X.IsZero() && q.Y.IsZero()
	}
	q.ToAffine()
	x, y := p.affine()
	return x.bytes() == *q.X.Bytes() && y.bytes() == *q.Y.Bytes()
}

// TestMultiply compares with the other library.
func TestMultiply(t *testing.T) {
	t.Parallel()
	for _, k := range samples(t, order, 3000) {
		var scalar fast.ModNScalar
		b := k.bytes()
		scalar.SetBytes(&b)
		var want fast.JacobianPoint
		fast.ScalarBaseMultNonConst(&scalar, &want)
		if !same(multiply(k), &want) {
			t.Errorf("%v times the generator", number(k))
		}
	}
	if m := multiply(order.m); !m.z.isZero() {
		t.Error("the order times the generator is not infinity")
	}
}

// TestAdd: the cases that formulas which are not complete get wrong.
func TestAdd(t *testing.T) {
	t.Parallel()
	for _, k := range samples(t, order, 100) {
		p := multiply(k)
		minus := point{p.x, field.sub(element{}, p.y), p.z}
		double := multiply(order.add(k, k))
		for what, sum := range map[string]struct{ got, want point }{
			"p + p":   {p.add(&p), double},
			"p - p":   {p.add(&minus), infinity},
			"p + 0":   {p.add(&infinity), p},
			"0 + p":   {infinity.add(&p), p},
			"2p - p":  {double.add(&minus), p},
			"0 + 0":   {infinity.add(&infinity), infinity},
			"-p + 2p": {minus.add(&double), p},
			"(p+p)-2p": {func() point {
				d := p.add(&p)
				m := point{double.x, field.sub(element{}, double.y), double.z}
				return d.add(&m)
			}(), infinity},
		} {
			// Both are the same if the cross products are.
			g, w := sum.got, sum.want
			if field.mul(g.x, w.z) != field.mul(w.x, g.z) || field.mul(g.y, w.z) != field.mul(w.y, g.z) || g.z.isZero() != w.z.isZero() {
				t.Errorf("p = %v times the generator: %s", number(k), what)
			}
			if g.x.isZero() && g.y.isZero() && g.z.isZero() {
				t.Errorf("p = %v times the generator: %s is no point", number(k), what)
			}
		}
	}
}

// TestPick reads each digit of a row.
func TestPick(t *testing.T) {
	t.Parallel()
	for i := range multiples() {
		for digit := range uint64(16) {
			if pick(&multiples()[i], digit) != multiples()[i][digit] {
				t.Errorf("row %d, digit %d", i, digit)
			}
		}
	}
}
