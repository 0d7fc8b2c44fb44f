package eventstore

import "math/bits"

// hashSet is a set of hashes. Its memory is used again after clear.
type hashSet struct {
	slots []uint64 // a power of two; 0 is a free one
	count int
}

// maxSlots is how many slots clear keeps.
const maxSlots = 1 << 16

func (s *hashSet) clear() {
	if len(s.slots) > maxSlots {
		s.slots = nil
	}
	clear(s.slots)
	s.count = 0
}

// add reports whether h was not in the set.
func (s *hashSet) add(h uint64) bool {
	if 2*s.count >= len(s.slots) {
		s.grow()
	}
	i, is := s.slot(h)
	if is {
		return false
	}
	s.slots[i] = nonzero(h)
	s.count++
	return true
}

// slot is where h is, or belongs.
func (s *hashSet) slot(h uint64) (i uint64, is bool) {
	h = nonzero(h)
	most := uint64(len(s.slots) - 1)
	for i = (h * multiplier) >> (64 - bits.Len64(most)); s.slots[i] != 0; i = (i + 1) & most {
		if s.slots[i] == h {
			return i, true
		}
	}
	return i, false
}

func (s *hashSet) grow() {
	old := s.slots
	s.slots = make([]uint64, max(256, 2*len(old)))
	for _, h := range old {
		if h != 0 {
			i, _ := s.slot(h)
			s.slots[i] = h
		}
	}
}

func nonzero(h uint64) uint64 {
	if h == 0 {
		return 1
	}
	return h
}
