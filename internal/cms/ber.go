package cms

import (
	"errors"

	"golang.org/x/crypto/cryptobyte/asn1"
)

var errBER = errors.New("it is not BER")

// maxDepth bounds how deep elements of indefinite length may be nested.
const maxDepth = 8

// element is one of BER.
type element struct {
	tag     asn1.Tag
	content []byte
}

// next reads the first element of b and returns what is behind it. Tags are those of one byte.
//
// Source: X.690, section 8.1
func next(b []byte, depth int) (e element, rest []byte, err error) {
	if len(b) < 2 || b[0]&0x1f == 0x1f || depth > maxDepth {
		return e, nil, errBER
	}
	e.tag = asn1.Tag(b[0])
	n, b, definite, err := length(b[1:])
	if err != nil {
		return e, nil, err
	}
	if definite {
		if n > len(b) {
			return e, nil, errBER
		}
		e.content = b[:n]
		return e, b[n:], nil
	}
	if e.tag&0x20 == 0 { // primitive
		return e, nil, errBER
	}
	whole := b
	for len(b) < 2 || b[0] != 0 || b[1] != 0 {
		if _, b, err = next(b, depth+1); err != nil {
			return e, nil, err
		}
	}
	e.content = whole[:len(whole)-len(b)]
	return e, b[2:], nil
}

// length reads the octets of a length.
func length(b []byte) (n int, rest []byte, definite bool, err error) {
	first := int(b[0])
	b = b[1:]
	switch {
	case first == 0x80:
		return 0, b, false, nil
	case first < 0x80:
		return first, b, true, nil
	}
	count := first & 0x7f
	if count > 3 || count > len(b) { // 16 MiB is more than anybody needs
		return 0, nil, false, errBER
	}
	for _, octet := range b[:count] {
		n = n<<8 | int(octet)
	}
	return n, b[count:], true, nil
}

// elements reads all elements of b.
func elements(b []byte) ([]element, error) {
	var list []element
	for len(b) > 0 {
		e, rest, err := next(b, 0)
		if err != nil {
			return nil, err
		}
		list, b = append(list, e), rest
	}
	return list, nil
}
