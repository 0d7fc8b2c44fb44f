package awsapi

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// The major types of CBOR, and the values of the last one.
const (
	cborUint = iota
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborOther

	cborFalse     = 20
	cborTrue      = 21
	cborNull      = 22
	cborUndefined = 23
	cborHalf      = 25
	cborSingle    = 26
	cborDouble    = 27

	cborIndefinite = 31 // length; as a value of the last type, the end of such an item
	cborEpoch      = 1  // the tag of a time
)

// cborHead is the beginning of a data item.
type cborHead struct {
	major, info byte
	arg         uint64
}

func (h cborHead) null() bool {
	return h.major == cborOther && (h.info == cborNull || h.info == cborUndefined)
}

func (h cborHead) ends() bool { return h.major == cborOther && h.info == cborIndefinite }

// cborReader reads one CBOR data item. Lengths that the input announces reserve nothing:
// what is announced must be there.
//
// Source: RFC 8949, section 3.
type cborReader struct {
	b []byte
	i int
}

func (r *cborReader) head() (cborHead, error) {
	if r.i >= len(r.b) {
		return cborHead{}, notCBOR
	}
	h := cborHead{major: r.b[r.i] >> 5, info: r.b[r.i] & 31}
	r.i++
	rest := r.b[r.i:]
	switch {
	case h.info < 24:
		h.arg = uint64(h.info)
		return h, nil
	case h.info == 24 && len(rest) >= 1:
		h.arg = uint64(rest[0])
	case h.info == 25 && len(rest) >= 2:
		h.arg = uint64(binary.BigEndian.Uint16(rest))
	case h.info == 26 && len(rest) >= 4:
		h.arg = uint64(binary.BigEndian.Uint32(rest))
	case h.info == 27 && len(rest) >= 8:
		h.arg = binary.BigEndian.Uint64(rest)
	case h.info == cborIndefinite && h.major != cborUint && h.major != cborNegative && h.major != cborTag:
		return h, nil
	default:
		return h, notCBOR
	}
	if h.major == cborOther && h.info == 24 && h.arg < 32 {
		return h, notCBOR // a simple value in the longer of two forms
	}
	r.i += 1 << (h.info - 24)
	return h, nil
}

// next reads the head of the next element of a collection that begins with h, and of which
// n elements are read. It is false at the end.
func (r *cborReader) next(h cborHead, n uint64) (cborHead, bool, error) {
	if h.info != cborIndefinite && n == h.arg {
		return cborHead{}, false, nil
	}
	e, err := r.head()
	if err == nil && e.ends() {
		if h.info != cborIndefinite {
			err = notCBOR
		}
		return e, false, err
	}
	return e, true, err
}

// str reads the string that begins with h: a part of the input, unless it comes in chunks.
func (r *cborReader) str(h cborHead) ([]byte, error) {
	if h.info != cborIndefinite {
		return r.chunk(h)
	}
	all := []byte{}
	for {
		part, more, err := r.next(h, 0)
		if !more {
			return all, err
		}
		if err == nil && (part.major != h.major || part.info == cborIndefinite) {
			err = notCBOR
		}
		if err != nil {
			return nil, err
		}
		s, err := r.chunk(part)
		if err != nil {
			return nil, err
		}
		all = append(all, s...)
	}
}

func (r *cborReader) chunk(h cborHead) ([]byte, error) {
	if h.arg > uint64(len(r.b)-r.i) {
		return nil, notCBOR
	}
	s := r.b[r.i : r.i+int(h.arg)]
	r.i += int(h.arg)
	if h.major == cborText && !utf8.Valid(s) {
		return nil, notCBOR
	}
	return s, nil
}

// number is the value of h, if it is an integer or a floating-point number.
func (h cborHead) number() (float64, bool) {
	switch {
	case h.major == cborUint:
		return float64(h.arg), true
	case h.major == cborNegative:
		return -1 - float64(h.arg), true
	case h.major != cborOther:
		return 0, false
	}
	switch h.info {
	case cborHalf:
		return halfFloat(uint16(h.arg)), true
	case cborSingle:
		return float64(math.Float32frombits(uint32(h.arg))), true
	case cborDouble:
		return math.Float64frombits(h.arg), true
	}
	return 0, false
}

// halfFloat reads a number of IEEE 754's 16 bits, as RFC 8949, appendix D, does.
func halfFloat(bits uint16) float64 {
	exponent, mantissa := int(bits>>10&31), float64(bits&1023)
	f := math.Ldexp(mantissa+1024, exponent-25)
	switch {
	case exponent == 0:
		f = math.Ldexp(mantissa, -24)
	case exponent == 31 && mantissa == 0:
		f = math.Inf(1)
	case exponent == 31:
		return math.NaN()
	}
	if bits>>15 == 1 {
		return -f
	}
	return f
}

// skip reads the rest of an item that begins with h and that nobody asked for, as strictly
// as any other.
func (r *cborReader) skip(h cborHead, depth int) error {
	if depth > maxDepth {
		return notCBOR
	}
	switch h.major {
	case cborBytes, cborText:
		_, err := r.str(h)
		return err
	case cborTag:
		content, err := r.head()
		if err == nil {
			err = r.skip(content, depth+1)
		}
		return err
	case cborArray:
		return r.skipArray(h, depth)
	case cborMap:
		return r.skipMap(h, depth)
	}
	if h.ends() {
		return notCBOR
	}
	return nil
}

func (r *cborReader) skipArray(h cborHead, depth int) error {
	for n := uint64(0); ; n++ {
		e, more, err := r.next(h, n)
		if !more {
			return err
		}
		if err == nil {
			err = r.skip(e, depth+1)
		}
		if err != nil {
			return err
		}
	}
}

func (r *cborReader) skipMap(h cborHead, depth int) error {
	var seen nameSet
	for n := uint64(0); ; n++ {
		name, more, err := r.name(h, n)
		if !more {
			return err
		}
		if err == nil && !seen.add(name) {
			err = notCBOR
		}
		var value cborHead
		if err == nil {
			value, err = r.head()
		}
		if err == nil {
			err = r.skip(value, depth+1)
		}
		if err != nil {
			return err
		}
	}
}

// name reads the next name of a map, which must be text.
func (r *cborReader) name(h cborHead, n uint64) (name []byte, more bool, err error) {
	key, more, err := r.next(h, n)
	if !more || err != nil {
		return nil, more, err
	}
	if key.major != cborText {
		return nil, true, notCBOR
	}
	name, err = r.str(key)
	return name, true, err
}
