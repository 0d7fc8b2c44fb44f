package awsapi

import (
	"reflect"
)

// decodeJSON fills the struct v from an awsJson body, which it spoils. Names are
// case-sensitive, unknown ones are skipped, null means absent.
func decodeJSON(p *plan, body []byte, v reflect.Value) error {
	d := jsonDecoder{jsonReader{b: body}, maxDecoded}
	if d.peek() != '{' {
		return notJSON
	}
	if err := d.structure(p, v, 1); err != nil {
		return err
	}
	if d.peek(); d.i != len(d.b) {
		return notJSON
	}
	return nil
}

type jsonDecoder struct {
	jsonReader
	room allowance
}

// value decodes the next value into v. It must not be null.
func (d *jsonDecoder) value(p *plan, v reflect.Value, depth int) error {
	if depth > maxDepth {
		return notJSON
	}
	switch c := d.peek(); {
	case p.kind == kindStruct && c == '{':
		return d.structure(p, settle(v), depth)
	case p.kind == kindList && c == '[':
		return d.list(p, settle(v), depth)
	case p.kind == kindMap && c == '{':
		return d.mapping(p, settle(v), depth)
	case p.kind == kindBlob && c == '"':
		return d.blob(v)
	case p.kind <= kindEnum && c == '"':
		return d.text(p, v)
	case p.kind == kindBool && c == 't':
		settle(v).SetBool(true)
		return d.literal("true")
	case p.kind == kindBool && c == 'f':
		settle(v).SetBool(false)
		return d.literal("false")
	case p.kind == kindFloat && c == '"':
		return d.namedFloat(v)
	case c == '-' || '0' <= c && c <= '9':
		return d.numeric(p, v)
	default:
		return mismatch(p, c)
	}
}

func (d *jsonDecoder) structure(p *plan, v reflect.Value, depth int) error {
	var (
		unknown nameSet
		seen    uint64
		several []bool // instead of seen, in structures with more than 64 members
	)
	if len(p.fields) > 64 {
		several = make([]bool, len(p.fields))
	}
	d.i++
	if d.accept('}') {
		return nil
	}
	for {
		name, err := d.name()
		if err != nil {
			return err
		}
		i, known := p.byName[string(name)]
		switch {
		case !known && !unknown.add(name):
			return notJSON
		case !known:
			err = d.skip(depth + 1)
		case several != nil && several[i] || seen&(1<<i) != 0:
			return notJSON
		default:
			if several != nil {
				several[i] = true
			} else {
				seen |= 1 << i
			}
			err = d.member(&p.fields[i], v, depth+1)
		}
		if err != nil {
			return err
		}
		if more, err := d.more('}'); !more {
			return err
		}
	}
}

func (d *jsonDecoder) member(f *field, v reflect.Value, depth int) error {
	if d.peek() == 'n' {
		return d.literal("null")
	}
	return d.value(f.plan, v.Field(f.index), depth)
}

func (d *jsonDecoder) list(p *plan, v reflect.Value, depth int) error {
	v.Set(reflect.MakeSlice(p.typ, 0, 0))
	d.i++
	if d.accept(']') {
		return nil
	}
	for n := 0; ; n++ {
		if err := d.room.take(p.elem.typ); err != nil {
			return err
		}
		v.Grow(1)
		v.SetLen(n + 1)
		if err := d.value(p.elem, v.Index(n), depth+1); err != nil {
			return err
		}
		if more, err := d.more(']'); !more {
			return err
		}
	}
}

func (d *jsonDecoder) mapping(p *plan, v reflect.Value, depth int) error {
	if p.typ.Elem() == stringType && p.typ.Key() == stringType {
		return d.stringMap(v)
	}
	v.Set(reflect.MakeMap(p.typ))
	d.i++
	if d.accept('}') {
		return nil
	}
	for n := 1; ; n++ {
		name, err := d.name()
		if err != nil {
			return err
		}
		if err := d.room.take(p.elem.typ); err != nil {
			return err
		}
		key := reflect.New(p.typ.Key()).Elem()
		key.SetString(string(name))
		elem := reflect.New(p.typ.Elem()).Elem()
		if err := d.value(p.elem, elem, depth+1); err != nil {
			return err
		}
		if v.SetMapIndex(key, elem); v.Len() != n {
			return notJSON
		}
		if more, err := d.more('}'); !more {
			return err
		}
	}
}

// stringMap is mapping for the kind of map that encryption contexts are.
func (d *jsonDecoder) stringMap(v reflect.Value) error {
	m := map[string]string{}
	v.Set(reflect.ValueOf(m))
	d.i++
	if d.accept('}') {
		return nil
	}
	for n := 1; ; n++ {
		name, err := d.name()
		if err != nil {
			return err
		}
		c := d.peek()
		if c != '"' {
			return mismatch(&plan{kind: kindString}, c)
		}
		s, err := d.str()
		if err != nil {
			return err
		}
		if m[string(name)] = string(s); len(m) != n {
			return notJSON
		}
		if more, err := d.more('}'); !more {
			return err
		}
	}
}
