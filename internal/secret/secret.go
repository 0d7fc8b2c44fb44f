// Package secret holds bytes that must never be printed: key material, plaintexts,
// secret access keys. The one rule: the bytes come out only through Expose, so that a
// search for that name finds each place that sees them.
package secret

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
)

// Bytes holds a secret. The zero value is an empty secret. The two pointers matter: fmt
// ignores Format inside unexported fields, prints a slice held directly, and follows one
// pointer (to print it with %v) when the verb does not fit.
type Bytes struct{ b *box }

type box struct{ p *[]byte }

// New takes ownership of b.
func New(b []byte) Bytes { return Bytes{&box{&b}} }

// FromString copies s.
func FromString(s string) Bytes { return New([]byte(s)) }

// Expose returns the bytes themselves, not a copy. The caller must not keep them
// longer than the secret, change them, or print them.
func (s Bytes) Expose() []byte {
	if s.b == nil {
		return nil
	}
	return *s.b.p
}

// Len is the number of bytes.
func (s Bytes) Len() int { return len(s.Expose()) }

// Equal compares in constant time for secrets of the same length.
func (s Bytes) Equal(o Bytes) bool {
	return subtle.ConstantTimeCompare(s.Expose(), o.Expose()) == 1
}

// Wipe overwrites the bytes with zeros. The garbage collector may have left copies
// elsewhere; Wipe shortens the time that the secret is in memory, no more.
func (s Bytes) Wipe() { clear(s.Expose()) }

// Format prints a placeholder, whatever the verb.
func (s Bytes) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(secret)") }

// MarshalJSON always fails, so that a secret can't slip into a record by way of a struct.
func (s Bytes) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a secret can't be marshaled")
}

// MarshalText always fails, for the same reason.
func (s Bytes) MarshalText() ([]byte, error) {
	return nil, errors.New("a secret can't be marshaled")
}
