package pattern

// Match reports whether an event matches. A text that is no JSON object does not.
func (p *Pattern) Match(e *Event) bool {
	if !p.possible(e) {
		return false
	}
	root := e.value()
	if root == nil || root.kind != isObject {
		return false
	}
	m := matcher{root: root, present: make([]presence, p.leaves)}
	return m.object(p.root, root)
}

// presence is whether an event has a field, as far as somebody asked.
type presence uint8

const (
	unknown presence = iota
	present
	missing
)

// matcher matches one pattern with one event.
type matcher struct {
	root    *value
	present []presence // by leaf
}

// object matches an object of the pattern with a value, which may be nil. Of an array one element
// must match as a whole.
func (m *matcher) object(o *object, v *value) bool {
	if v != nil && v.kind == isArray {
		for i := range v.items {
			if m.object(o, &v.items[i]) {
				return true
			}
		}
		v = nil
	}
	for i := range o.fields {
		if !m.field(&o.fields[i], v) {
			return false
		}
	}
	for _, group := range o.groups {
		if !m.group(group, v) {
			return false
		}
	}
	return true
}

func (m *matcher) group(group []*object, v *value) bool {
	for _, o := range group {
		if m.object(o, v) {
			return true
		}
	}
	return false
}

func (m *matcher) field(f *field, v *value) bool {
	var child *value
	if v != nil && v.kind == isObject {
		child = v.get(f.name)
	}
	if f.object != nil {
		return m.object(f.object, child)
	}
	return child != nil && f.leaf.match(child) || f.leaf.absent && m.missing(f.leaf)
}

// match matches a value, or any that stands in an array.
func (l *leaf) match(v *value) bool {
	switch v.kind {
	case isArray:
		for i := range v.items {
			if l.match(&v.items[i]) {
				return true
			}
		}
		return false
	case isObject: // operators work on leaves only
		return false
	case isString:
		if l.strings[v.text] {
			return true
		}
	default:
		if l.literals[v.text] {
			return true
		}
		if n, ok := v.number(); ok && l.numbers[n] {
			return true
		}
	}
	for _, t := range l.tests {
		if t(v) {
			return true
		}
	}
	return false
}

// missing reports whether the whole event has no value at the path of a leaf: as AWS has it, a
// field of objects in an array is there if one of them has it.
func (m *matcher) missing(l *leaf) bool {
	if m.present[l.number] == unknown {
		m.present[l.number] = missing
		if has(m.root, l.path) {
			m.present[l.number] = present
		}
	}
	return m.present[l.number] == missing
}

// has reports whether there is a value that is neither an object nor an array at the end of path.
func has(v *value, path []string) bool {
	switch {
	case v == nil:
		return false
	case v.kind == isArray:
		for i := range v.items {
			if has(&v.items[i], path) {
				return true
			}
		}
		return false
	case len(path) == 0:
		return v.kind != isObject
	case v.kind == isObject:
		return has(v.get(path[0]), path[1:])
	}
	return false
}
