package filter

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// Attribute is an attribute of a message: its type, such as "String.Array", and its value.
type Attribute struct{ Type, Value string }

// Match says whether the subscription gets a message. attributes are asked in the scope
// Attributes, the body in the scope Body; a body that is not a JSON object matches nothing.
func (p *Policy) Match(attributes map[string]Attribute, body string) bool {
	if p.scope == Attributes {
		values := make(map[string]any, len(attributes))
		for name, a := range attributes {
			values[name] = a.value()
		}
		return p.root.match(values)
	}
	var v map[string]any
	if !decode(body, &v) || v == nil {
		return false
	}
	return p.root.match(v)
}

// decode reads one JSON value.
func decode(text string, to any) bool {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if d.Decode(to) != nil {
		return false
	}
	_, err := d.Token()
	return err == io.EOF
}

// opaque is a value that exists and that no condition is about.
type opaque struct{}

// value is the attribute as a value of JSON.
func (a Attribute) value() any {
	base, label, _ := strings.Cut(a.Type, ".")
	switch {
	case base == "Number":
		return json.Number(a.Value)
	case base == "String" && (label == "Array" || strings.HasPrefix(label, "Array.")):
		var list []any
		if decode(a.Value, &list) && list != nil {
			return list
		}
		return opaque{}
	case base == "String":
		return a.Value
	}
	return opaque{}
}

func (o *object) match(v map[string]any) bool {
	for i := range o.fields {
		if !o.fields[i].match(v) {
			return false
		}
	}
	for _, list := range o.either {
		if !anyOf(list, v) {
			return false
		}
	}
	return true
}

func anyOf(list []object, v map[string]any) bool {
	for i := range list {
		if list[i].match(v) {
			return true
		}
	}
	return false
}

func (f *field) match(in map[string]any) bool {
	v, there := in[f.name]
	if f.under != nil {
		return there && f.under.within(v) || !there && f.under.match(nil)
	}
	for _, c := range f.conds {
		switch {
		case c.absent:
			if !there || isStructure(v) {
				return true
			}
		case !there:
		case c.exists:
			if !isStructure(v) {
				return true
			}
		case matchesAny(c, v):
			return true
		}
	}
	return false
}

// isStructure is true for an object: existence is a matter of leaves.
func isStructure(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

// within matches an object, or one of a list.
func (o *object) within(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return o.match(v)
	case []any:
		for _, item := range v {
			if o.within(item) {
				return true
			}
		}
	}
	return false
}

// matchesAny matches a value, or one of a list.
func matchesAny(c condition, v any) bool {
	list, ok := v.([]any)
	if !ok {
		return !isStructure(v) && v != (any)(opaque{}) && c.matches(v)
	}
	for _, item := range list {
		if matchesAny(c, item) {
			return true
		}
	}
	return false
}
