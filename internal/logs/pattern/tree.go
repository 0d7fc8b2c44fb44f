package pattern

// set is a set of conditions, by their numbers.
type set [maxConditions / 64]uint64

func (s *set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *set) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }
func (s *set) join(o *set) {
	for i := range s {
		s[i] |= o[i]
	}
}

func (s *set) remove(o *set) {
	for i := range s {
		s[i] &^= o[i]
	}
}

// branch is what the conditions of a pattern want of a value in a JSON text: all their
// selectors laid over each other, so that one scan of the text finds the values of all.
type branch struct {
	ends    []int // conditions on this value
	all     set   // conditions on this value and those in it
	names   []namedBranch
	indexes []indexedBranch
	anyName *branch
	anyItem *branch
}

type namedBranch struct {
	name string
	*branch
}

type indexedBranch struct {
	index int
	*branch
}

func newTree(conditions []condition) *branch {
	root := &branch{}
	for i, c := range conditions {
		b := root
		b.all.add(i)
		for _, s := range c.path {
			b = b.child(s)
			b.all.add(i)
		}
		b.ends = append(b.ends, i)
	}
	return root
}

// child is the branch that a step leads to; it is made if it is missing.
func (b *branch) child(s step) *branch {
	switch {
	case s.every && s.list:
		if b.anyItem == nil {
			b.anyItem = &branch{}
		}
		return b.anyItem
	case s.every:
		if b.anyName == nil {
			b.anyName = &branch{}
		}
		return b.anyName
	case s.list:
		for _, k := range b.indexes {
			if k.index == s.index {
				return k.branch
			}
		}
		b.indexes = append(b.indexes, indexedBranch{s.index, &branch{}})
		return b.indexes[len(b.indexes)-1].branch
	}
	for _, k := range b.names {
		if k.name == s.name {
			return k.branch
		}
	}
	b.names = append(b.names, namedBranch{s.name, &branch{}})
	return b.names[len(b.names)-1].branch
}
