// Package kdf derives keys from keys with NIST SP 800-108r1, section 4.1: a KDF in counter
// mode with HMAC-SHA-256. The one rule: each use has a label of its own, so that keys made
// for different ends can't be the same, whatever their contexts are.
package kdf

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strings"
)

// CounterHMACSHA256 derives bits bits from key. Block i of the result is
//
//	HMAC-SHA-256(key, [i]₃₂ ‖ label ‖ 0x00 ‖ context ‖ [bits]₃₂)
//
// with i from 1 and both numbers big-endian. It panics if bits is not a positive multiple
// of 8 below 2³², or if label holds a zero byte, which would make the encoding ambiguous.
func CounterHMACSHA256(key []byte, label string, context []byte, bits int) []byte {
	if bits <= 0 || bits%8 != 0 || int64(bits) > math.MaxUint32 {
		panic("kdf: the number of bits is not a positive multiple of 8 below 2^32")
	}
	if strings.IndexByte(label, 0) >= 0 {
		panic("kdf: the label holds a zero byte")
	}
	fixed := make([]byte, 0, len(label)+1+len(context)+4)
	fixed = append(fixed, label...)
	fixed = append(fixed, 0)
	fixed = append(fixed, context...)
	fixed = binary.BigEndian.AppendUint32(fixed, uint32(bits))

	mac := hmac.New(sha256.New, key)
	out := make([]byte, 0, (bits/8+sha256.Size-1)/sha256.Size*sha256.Size)
	var counter [4]byte
	for i := uint32(1); len(out) < bits/8; i++ {
		binary.BigEndian.PutUint32(counter[:], i)
		if i > 1 { // the first Reset costs as much as a block
			mac.Reset()
		}
		mac.Write(counter[:])
		mac.Write(fixed)
		out = mac.Sum(out)
	}
	return out[:bits/8]
}
