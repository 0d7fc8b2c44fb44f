package awsapi

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

type kind uint8

const (
	kindString kind = iota
	kindEnum
	kindBool
	kindInt
	kindFloat
	kindBlob
	kindTime
	kindStruct
	kindList
	kindMap
	kindUnion // one of several types; a request that has one is refused
)

// plan says how one Go type stands on the wire. The plan of an operation's input is a tree
// of its own, so that the rows of the constraint table hang on the nodes they speak of.
type plan struct {
	kind   kind
	typ    reflect.Type // without the pointer
	fields []field
	byName map[string]int // wire name → index in fields
	elem   *plan          // of a list's elements or a map's values
	key    *plan          // of a map's keys
	entry  Entry          // what a map's entries consist of in awsQuery
	bits   int            // of an integer
	values []string       // of an enum
	rule   *rule          // what the constraint table says; nil: nothing
	order  []int          // indexes in fields, in the order of the constraint table
	open   bool           // something in here is to be validated
}

// field is one member of a structure.
type field struct {
	index    int    // in the Go struct
	name     string // on the wire
	xmlName  string // in XML answers, where ec2Query has a lower-case first letter
	jsonKey  string // `"Name":`
	param    string // in audit records and messages: the name with a lower-case first letter
	paramKey string // `"name":`
	hidden   bool   // never recorded
	plan     *plan
}

// planner makes the plans of one service.
type planner struct {
	names    map[string]string
	entries  map[string]Entry
	unlogged map[string]bool
	lower    bool
	ec2      bool
	building map[reflect.Type]*plan // structs above the one being planned: types may recur
}

var (
	timeType   = reflect.TypeFor[time.Time]()
	stringType = reflect.TypeFor[string]()
)

func newPlanner(s *Service) *planner {
	return &planner{names: s.Names, entries: s.Entries, unlogged: s.Unlogged, lower: s.LowerNames, ec2: s.EC2Query, building: map[reflect.Type]*plan{}}
}

func (b *planner) plan(t reflect.Type) (*plan, error) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	p := &plan{typ: t}
	var err error
	switch k := t.Kind(); {
	case t == timeType:
		p.kind = kindTime
	case k == reflect.String:
		p.kind = kindString
		if values, ok := enumValues(t); ok {
			p.kind, p.values = kindEnum, values
		}
	case k == reflect.Bool:
		p.kind = kindBool
	case k == reflect.Int32, k == reflect.Int64:
		p.kind, p.bits = kindInt, t.Bits()
	case k == reflect.Float32, k == reflect.Float64:
		p.kind, p.bits = kindFloat, t.Bits()
	case k == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		p.kind = kindBlob
	case k == reflect.Slice:
		p.kind = kindList
		p.elem, err = b.plan(t.Elem())
	case k == reflect.Map && t.Key().Kind() == reflect.String:
		p.kind, p.entry = kindMap, Entry{"key", "value"}
		if p.key, err = b.plan(t.Key()); err == nil {
			p.elem, err = b.plan(t.Elem())
		}
	case k == reflect.Struct:
		return b.structure(t)
	case k == reflect.Interface:
		p.kind = kindUnion
	default:
		err = fmt.Errorf("no plan for Go type %v", t)
	}
	return p, err
}

func (b *planner) structure(t reflect.Type) (*plan, error) {
	if p := b.building[t]; p != nil {
		return p, nil
	}
	p := &plan{kind: kindStruct, typ: t, byName: map[string]int{}}
	b.building[t] = p
	defer delete(b.building, t)
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Name == "ResultMetadata" {
			continue
		}
		name := f.Name
		if b.lower {
			name = lowerFirst(name)
		}
		if n := b.names[t.Name()+"."+f.Name]; n != "" {
			name = n
		}
		sub, err := b.plan(f.Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		if e, ok := b.entries[t.Name()+"."+f.Name]; ok {
			sub.entry = e
		}
		param := lowerFirst(name)
		if wire := f.Tag.Get("wire"); wire != "" {
			name = wire
		}
		xmlName := name
		if b.ec2 {
			xmlName = lowerFirst(name)
		}
		p.byName[name] = len(p.fields)
		p.order = append(p.order, len(p.fields))
		p.fields = append(p.fields, field{
			index:    i,
			name:     name,
			xmlName:  xmlName,
			jsonKey:  `"` + name + `":`,
			param:    param,
			paramKey: `"` + param + `":`,
			hidden:   b.unlogged[param] || sub.kind == kindBlob,
			plan:     sub,
		})
	}
	return p, nil
}

// enumValues asks an SDK enum for its value set. The SDK's generator gives each of them a
// method Values that returns a slice of its own type.
func enumValues(t reflect.Type) ([]string, bool) {
	m, ok := t.MethodByName("Values")
	if !ok || m.Type.NumIn() != 1 || m.Type.NumOut() != 1 || m.Type.Out(0) != reflect.SliceOf(t) {
		return nil, false
	}
	all := m.Func.Call([]reflect.Value{reflect.Zero(t)})[0]
	values := make([]string, all.Len())
	for i := range values {
		values[i] = all.Index(i).String()
	}
	return values, true
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// emptyEnum stands in an input for an enum that the client sent as "": the structs can't
// tell that from an absent one. Validation refuses it, so no operation ever sees it.
const emptyEnum = "\x00"

// absent tells whether the member was not sent, or is not to be sent.
func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0 // enums are plain strings; other strings are behind pointers
	}
	return false
}

// settle makes room for a value that is about to be decoded: behind a pointer, if v is one.
func settle(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Pointer {
		return v
	}
	v.Set(reflect.New(v.Type().Elem()))
	return v.Elem()
}

func indirect(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Pointer {
		return v.Elem()
	}
	return v
}
