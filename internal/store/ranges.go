package store

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// Range says which records a scan returns. The zero Range means all of the kind.
type Range struct {
	Prefix   string // of the Key, or for ScanRef of the Ref
	AfterRef string // ScanRef continues after the record with this Ref and the Key in After
	After    string // Scan continues after this Key
	Limit    int    // how many records at most; 0 means no limit
}

func (r Range) validate() error {
	if !orderly(r.Prefix) || !orderly(r.AfterRef) || !orderly(r.After) {
		return fmt.Errorf("%w: a range has a character that is not allowed", ErrInvalid)
	}
	return nil
}

// first is the smallest key of the range.
func (r Range) first() string {
	if r.After == "" {
		return r.Prefix
	}
	return max(r.Prefix, next(r.After))
}

// firstRef is the smallest pair of ref and key of the range.
func (r Range) firstRef() (ref, key string) {
	switch {
	case r.AfterRef < r.Prefix:
		return r.Prefix, ""
	case r.After == "":
		return r.AfterRef, ""
	default:
		return r.AfterRef, next(r.After)
	}
}

// next is the smallest key greater than s: U+0000 does not occur.
func next(s string) string { return s + "\x01" }

// end is the smallest string greater than all keys that begin with the prefix. UTF-8 sorts
// by its bytes as by its characters, so it has the next character in place of the last.
// U+10FFFF does not occur in keys, and is free to stand at the end.
func end(prefix string) string {
	if prefix == "" {
		return string(utf8.MaxRune)
	}
	last, size := utf8.DecodeLastRuneInString(prefix)
	last++
	if last == 0xD800 { // the surrogates, up to U+DFFF, are no characters
		last = 0xE000
	}
	return prefix[:len(prefix)-size] + string(last)
}

func (r Range) limit() int64 { return limit(r.Limit) }

// limit is n for an SQL LIMIT, where 0 does not mean all.
func limit(n int) int64 {
	if n <= 0 {
		return math.MaxInt64
	}
	return int64(n)
}
