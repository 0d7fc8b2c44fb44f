package material

import (
	"encoding/binary"
	"slices"
	"strings"
)

// EncryptionContext is the set of pairs that a symmetric ciphertext is bound to. Absent
// and empty are equal.
type EncryptionContext map[string]string

type pair struct{ key, value string }

// AppendAAD appends an injective encoding: the number of pairs, then the pairs sorted by
// the bytes of their keys, each string behind its length in four bytes. Two contexts have
// the same encoding exactly when they have the same pairs.
func (c EncryptionContext) AppendAAD(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(c)))
	var room [8]pair
	pairs := room[:0]
	for k, v := range c {
		pairs = append(pairs, pair{k, v})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	for _, p := range pairs {
		b = appendString(b, p.key)
		b = appendString(b, p.value)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}
