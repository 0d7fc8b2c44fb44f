package policy

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// matchAtoms says whether atoms without variables fit the whole of s. Between two stars
// the first place that fits is as good as any later one, so that no choice is ever
// taken back, and the time is bounded by that of one search for each part.
func matchAtoms(atoms []atom, s string) bool {
	first := nextStar(atoms, 0)
	s, ok := cutPrefix(atoms[:first], s)
	if !ok || first == len(atoms) {
		return ok && s == ""
	}
	for i := first; ; {
		next := nextStar(atoms, i+1)
		part := atoms[i+1 : next]
		if next == len(atoms) {
			return hasSuffix(part, s)
		}
		if s, ok = cutAfter(part, s); !ok {
			return false
		}
		i = next
	}
}

func nextStar(atoms []atom, i int) int {
	for i < len(atoms) && atoms[i].kind != many {
		i++
	}
	return i
}

// cutPrefix fits a part without stars to the beginning of s and returns what follows.
func cutPrefix(part []atom, s string) (rest string, ok bool) {
	for i := range part {
		if part[i].kind == literal {
			if s, ok = strings.CutPrefix(s, part[i].text); !ok {
				return "", false
			}
			continue
		}
		if s == "" {
			return "", false
		}
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	return s, true
}

func hasSuffix(part []atom, s string) bool {
	for i := len(part) - 1; i >= 0; i-- {
		if part[i].kind == literal {
			var ok bool
			if s, ok = strings.CutSuffix(s, part[i].text); !ok {
				return false
			}
			continue
		}
		if s == "" {
			return false
		}
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return true
}

// cutAfter finds the first place in s where a part without stars fits, and returns what
// follows it.
func cutAfter(part []atom, s string) (rest string, ok bool) {
	for len(part) > 0 && part[0].kind == one { // *? is ?*
		if s == "" {
			return "", false
		}
		_, n := utf8.DecodeRuneInString(s)
		s, part = s[n:], part[1:]
	}
	switch {
	case len(part) == 0:
		return s, true
	case len(part) == 1:
		_, rest, ok = strings.Cut(s, part[0].text)
		return rest, ok
	}
	return search(part, s)
}

// searchSteps bounds the work of trying a part at each place of a text: about as long as
// it takes to prepare the search that does not try.
const searchSteps = 4096

// search is cutAfter for parts with ? inside. Trying each place would take the square of
// a text chosen for it; what is longer goes through shiftAnd.
func search(part []atom, s string) (rest string, ok bool) {
	size := 0
	for i := range part {
		size += max(1, len(part[i].text))
	}
	if size*len(s) > searchSteps {
		return shiftAnd(runes(part), s)
	}
	for i := range s {
		if rest, ok := cutPrefix(part, s[i:]); ok {
			return rest, true
		}
	}
	return "", false
}

// anyRune is what ? becomes.
const anyRune rune = -1

func runes(part []atom) []rune {
	var list []rune
	for i := range part {
		if part[i].kind == one {
			list = append(list, anyRune)
			continue
		}
		for text := part[i].text; text != ""; {
			r, n := decode(text)
			list, text = append(list, r), text[n:]
		}
	}
	return list
}

// decode returns the first rune of s. A byte that is not UTF-8 becomes a rune that
// nothing else is.
func decode(s string) (r rune, n int) {
	r, n = utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		r = utf8.MaxRune + 1 + rune(s[0])
	}
	return r, n
}

// shiftAnd finds the first place in s where the runes fit, with the algorithm of that name
// (Baeza-Yates and Gonnet, "A new approach to text searching", 1992): one bit for each rune
// says whether all up to it fit the text so far. The time is len(s) × len(runes) / 64.
func shiftAnd(runes []rune, s string) (rest string, ok bool) {
	m := newMasks(runes)
	state := make([]uint64, len(m.any))
	last, bit := (len(runes)-1)/64, uint64(1)<<((len(runes)-1)%64)
	for s != "" {
		r, n := decode(s)
		s = s[n:]
		mask, carry := m.of(r), uint64(1)
		for w := range state {
			state[w], carry = (state[w]<<1|carry)&mask[w], state[w]>>63
		}
		if state[last]&bit != 0 {
			return s, true
		}
	}
	return "", false
}

// masks say for each rune at which places of a pattern it fits.
type masks struct {
	any   []uint64 // where every rune fits
	ascii [utf8.RuneSelf][]uint64
	other map[rune][]uint64
}

func newMasks(runes []rune) *masks {
	m := &masks{any: make([]uint64, (len(runes)+63)/64), other: make(map[rune][]uint64)}
	for i, r := range runes {
		if r == anyRune {
			m.any[i/64] |= 1 << (i % 64)
		}
	}
	for i, r := range runes {
		if r != anyRune {
			m.own(r)[i/64] |= 1 << (i % 64)
		}
	}
	return m
}

// own returns the rune's mask to write to.
func (m *masks) own(r rune) []uint64 {
	if r < utf8.RuneSelf {
		if m.ascii[r] == nil {
			m.ascii[r] = slices.Clone(m.any)
		}
		return m.ascii[r]
	}
	if m.other[r] == nil {
		m.other[r] = slices.Clone(m.any)
	}
	return m.other[r]
}

func (m *masks) of(r rune) []uint64 {
	if r < utf8.RuneSelf {
		if mask := m.ascii[r]; mask != nil {
			return mask
		}
	} else if mask := m.other[r]; mask != nil {
		return mask
	}
	return m.any
}
