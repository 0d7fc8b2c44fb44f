package awsapi

import (
	"math"
	"reflect"
)

const notCBOR = malformed("")

// decodeCBOR fills the struct v from an rpcv2Cbor body. Names are case-sensitive, unknown
// ones are skipped, null means absent; so does no body at all.
func decodeCBOR(p *plan, body []byte, v reflect.Value) error {
	if len(body) == 0 {
		return nil
	}
	d := cborDecoder{cborReader{b: body}, maxDecoded}
	h, err := d.head()
	if err == nil && h.major != cborMap {
		err = notCBOR
	}
	if err == nil {
		err = d.structure(p, h, v, 1)
	}
	if err == nil && d.i != len(d.b) {
		err = notCBOR
	}
	return err
}

type cborDecoder struct {
	cborReader
	room allowance
}

// value decodes into v what begins with h. It must not be null.
func (d *cborDecoder) value(p *plan, h cborHead, v reflect.Value, depth int) error {
	if depth > maxDepth {
		return notCBOR
	}
	switch {
	case p.kind == kindStruct && h.major == cborMap:
		return d.structure(p, h, settle(v), depth)
	case p.kind == kindList && h.major == cborArray:
		return d.list(p, h, settle(v), depth)
	case p.kind == kindMap && h.major == cborMap:
		return d.mapping(p, h, settle(v), depth)
	case p.kind == kindBlob && h.major == cborBytes:
		s, err := d.str(h)
		settle(v).SetBytes(append([]byte{}, s...))
		return err
	case p.kind <= kindEnum && h.major == cborText:
		return d.text(p, h, v)
	case p.kind == kindBool && h.major == cborOther && (h.info == cborFalse || h.info == cborTrue):
		settle(v).SetBool(h.info == cborTrue)
		return nil
	case p.kind == kindInt:
		return d.integer(p, h, v)
	case p.kind == kindFloat:
		f, ok := h.number()
		if !ok {
			return mismatch(p, h.beginsJSON())
		}
		settle(v).SetFloat(f)
		return nil
	case p.kind == kindTime && h.major == cborTag && h.arg == cborEpoch:
		return d.time(p, v)
	}
	return mismatch(p, h.beginsJSON())
}

func (d *cborDecoder) structure(p *plan, h cborHead, v reflect.Value, depth int) error {
	var unknown nameSet
	var room [64]bool
	seen := room[:]
	if len(p.fields) > len(seen) {
		seen = make([]bool, len(p.fields))
	}
	for n := uint64(0); ; n++ {
		name, more, err := d.name(h, n)
		if !more || err != nil {
			return err
		}
		value, err := d.head()
		if err != nil {
			return err
		}
		i, known := p.byName[string(name)]
		switch {
		case !known && !unknown.add(name), known && seen[i]:
			return notCBOR
		case !known:
			err = d.skip(value, depth+1)
		default:
			seen[i] = true
			if f := &p.fields[i]; !value.null() {
				err = d.value(f.plan, value, v.Field(f.index), depth+1)
			}
		}
		if err != nil {
			return err
		}
	}
}

func (d *cborDecoder) list(p *plan, h cborHead, v reflect.Value, depth int) error {
	v.Set(reflect.MakeSlice(p.typ, 0, 0))
	for n := 0; ; n++ {
		e, more, err := d.next(h, uint64(n))
		if !more {
			return err
		}
		if err == nil {
			err = d.room.take(p.elem.typ)
		}
		if err != nil {
			return err
		}
		v.Grow(1)
		v.SetLen(n + 1)
		if err := d.value(p.elem, e, v.Index(n), depth+1); err != nil {
			return err
		}
	}
}

func (d *cborDecoder) mapping(p *plan, h cborHead, v reflect.Value, depth int) error {
	v.Set(reflect.MakeMap(p.typ))
	for n := uint64(0); ; n++ {
		name, more, err := d.name(h, n)
		if !more || err != nil {
			return err
		}
		value, err := d.head()
		if err == nil {
			err = d.room.take(p.elem.typ)
		}
		if err != nil {
			return err
		}
		key := reflect.New(p.typ.Key()).Elem()
		key.SetString(string(name))
		elem := reflect.New(p.typ.Elem()).Elem()
		if err := d.value(p.elem, value, elem, depth+1); err != nil {
			return err
		}
		if v.SetMapIndex(key, elem); uint64(v.Len()) != n+1 {
			return notCBOR // a name stands twice
		}
	}
}

func (d *cborDecoder) text(p *plan, h cborHead, v reflect.Value) error {
	s, err := d.str(h)
	if err != nil {
		return err
	}
	if p.kind == kindEnum {
		settle(v).SetString(enumText(s, p))
		return nil
	}
	settle(v).SetString(string(s))
	return nil
}

// integer takes integers, and numbers with a point that are whole: some clients know no
// others.
func (d *cborDecoder) integer(p *plan, h cborHead, v reflect.Value) error {
	n := int64(h.arg)
	whole := (h.major == cborUint || h.major == cborNegative) && h.arg <= math.MaxInt64
	if h.major == cborNegative {
		n = ^n
	}
	if f, ok := h.number(); ok && h.major == cborOther && f == math.Trunc(f) && math.Abs(f) < 1<<63 {
		n, whole = int64(f), true
	}
	if !whole || p.bits == 32 && n != int64(int32(n)) {
		return mismatch(p, h.beginsJSON())
	}
	settle(v).SetInt(n)
	return nil
}

func (d *cborDecoder) time(p *plan, v reflect.Value) error {
	h, err := d.head()
	if err != nil {
		return err
	}
	f, isNumber := h.number()
	t, ok := moment(f)
	if !isNumber || !ok {
		return mismatch(p, h.beginsJSON())
	}
	settle(v).Set(reflect.ValueOf(t))
	return nil
}

// beginsJSON is how the item would begin in JSON, for what messages say.
func (h cborHead) beginsJSON() byte {
	switch h.major {
	case cborText, cborBytes:
		return '"'
	case cborArray:
		return '['
	case cborMap:
		return '{'
	case cborOther:
		switch h.info {
		case cborTrue:
			return 't'
		case cborFalse:
			return 'f'
		case cborNull, cborUndefined:
			return 'n'
		}
	}
	return '0'
}
