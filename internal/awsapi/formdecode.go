package awsapi

import (
	"reflect"
	"strconv"
	"time"
)

// formDecoder fills structs from a form. Parameters that nobody asked for are passed over.
type formDecoder struct {
	form  form
	infix string // what stands between the name of a list and an element's number: ".member", or nothing
}

func (d formDecoder) structure(p *plan, prefix string, v reflect.Value) error {
	for i := range p.fields {
		m := &p.fields[i]
		if err := d.value(m.plan, prefix+m.name, v.Field(m.index)); err != nil {
			return err
		}
	}
	return nil
}

// value decodes what stands at or under key, if anything does.
func (d formDecoder) value(p *plan, key string, v reflect.Value) error {
	text, exact := d.form.get(key)
	deep := len(d.form.under(key)) > 0
	switch p.kind {
	case kindUnion:
		if deep || exact {
			return malformed("The request has a parameter that is not supported: " + key)
		}
		return nil
	case kindStruct:
		if !deep {
			return nil
		}
		return d.structure(p, key+".", settle(v))
	case kindList, kindMap:
		if !deep && !exact {
			return nil
		}
		if exact && text != "" {
			return malformed("Expected list or null")
		}
		if p.kind == kindList {
			return d.list(p, key, v)
		}
		return d.mapping(p, key, v)
	}
	if !exact {
		if deep {
			return malformed("Start of structure or map found where not expected.")
		}
		return nil
	}
	return d.scalar(p, text, settle(v))
}

func (d formDecoder) list(p *plan, key string, v reflect.Value) error {
	all, ok := d.form.items(key + d.infix)
	if !ok {
		return malformed("Key is not a valid list index")
	}
	v.Set(reflect.MakeSlice(p.typ, len(all), len(all)))
	for i, e := range all {
		if err := d.value(p.elem, e.prefix, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (d formDecoder) mapping(p *plan, key string, v reflect.Value) error {
	all, ok := d.form.items(key + ".entry")
	if !ok {
		return malformed("Key is not a valid map index")
	}
	v.Set(reflect.MakeMap(p.typ))
	for i, e := range all {
		name, ok := d.form.get(e.prefix + "." + p.entry.Key)
		if !ok {
			return malformed("Map entry has no key")
		}
		k := reflect.New(p.typ.Key()).Elem()
		k.SetString(name)
		elem := reflect.New(p.typ.Elem()).Elem()
		if err := d.value(p.elem, e.prefix+"."+p.entry.Value, elem); err != nil {
			return err
		}
		if v.SetMapIndex(k, elem); v.Len() != i+1 {
			return malformed("Map has a key twice")
		}
	}
	return nil
}

func (d formDecoder) scalar(p *plan, text string, v reflect.Value) error {
	ok := true
	switch p.kind {
	case kindString:
		v.SetString(text)
	case kindEnum:
		v.SetString(enumText([]byte(text), p))
	case kindBool:
		v.SetBool(text == "true")
		ok = text == "true" || text == "false"
	case kindInt:
		n, err := strconv.ParseInt(text, 10, p.bits)
		v.SetInt(n)
		ok = err == nil
	case kindFloat:
		n, err := strconv.ParseFloat(text, p.bits)
		v.SetFloat(n)
		ok = err == nil
	case kindBlob:
		var b []byte
		b, ok = unbase64([]byte(text))
		v.SetBytes(b)
	case kindTime:
		t, err := time.Parse(time.RFC3339Nano, text)
		v.Set(reflect.ValueOf(t.UTC().Truncate(time.Millisecond)))
		ok = err == nil
	}
	if !ok {
		return mismatch(p, '"')
	}
	return nil
}
