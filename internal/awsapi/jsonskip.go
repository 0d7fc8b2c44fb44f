package awsapi

import (
	"bytes"
)

// skip reads a value that nobody asked for, as strictly as any other.
func (r *jsonReader) skip(depth int) error {
	if depth > maxDepth {
		return notJSON
	}
	var err error
	switch c := r.peek(); c {
	case '{':
		return r.skipObject(depth)
	case '[':
		return r.skipArray(depth)
	case '"':
		_, err = r.str()
	case 't':
		err = r.literal("true")
	case 'f':
		err = r.literal("false")
	case 'n':
		err = r.literal("null")
	default:
		_, _, err = r.number()
	}
	return err
}

func (r *jsonReader) skipObject(depth int) error {
	var seen nameSet
	r.i++
	if r.accept('}') {
		return nil
	}
	for {
		name, err := r.name()
		if err != nil {
			return err
		}
		if !seen.add(name) {
			return notJSON
		}
		if err := r.skip(depth + 1); err != nil {
			return err
		}
		if more, err := r.more('}'); !more {
			return err
		}
	}
}

func (r *jsonReader) skipArray(depth int) error {
	r.i++
	if r.accept(']') {
		return nil
	}
	for {
		if err := r.skip(depth + 1); err != nil {
			return err
		}
		if more, err := r.more(']'); !more {
			return err
		}
	}
}

// nameSet finds names that stand twice in an object. The names must not change.
type nameSet struct {
	few  [4][]byte
	n    int
	many map[string]struct{}
}

// add tells whether the name is new.
func (s *nameSet) add(name []byte) bool {
	for _, old := range s.few[:min(s.n, len(s.few))] {
		if bytes.Equal(old, name) {
			return false
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	if s.many == nil {
		s.many = map[string]struct{}{}
	}
	before := len(s.many)
	s.many[string(name)] = struct{}{}
	return len(s.many) > before
}
