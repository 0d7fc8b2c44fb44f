package awsapi

import (
	"context"
	"reflect"

	"github.com/keystead/keystead/internal/iam"
)

// Codec gives tests the plan of one type.
type Codec struct{ p *plan }

// NewCodec plans the type that v points to.
func NewCodec(s Service, v any, rows []Constraint) (Codec, error) {
	p, err := newPlanner(&s).plan(reflect.TypeOf(v))
	if err == nil {
		err = constrain(p, rows)
	}
	return Codec{p}, err
}

// DecodeJSON spoils the body.
func (c Codec) DecodeJSON(body []byte, v any) error {
	return decodeJSON(c.p, body, reflect.ValueOf(v).Elem())
}

func (c Codec) DecodeForm(s string, v any) error {
	f, ok := parseForm(s, maxParameters)
	if !ok {
		return notJSON
	}
	return formDecoder{f, "." + listItem}.structure(c.p, "", reflect.ValueOf(v).Elem())
}

// DecodeEC2Form decodes as ec2Query does.
func (c Codec) DecodeEC2Form(s string, v any) error {
	return ec2Query{}.decode(&call{source: s, op: &operation{in: c.p}}, reflect.ValueOf(v).Elem())
}

func (c Codec) AppendJSON(b []byte, v any) []byte {
	return appendJSON(b, c.p, reflect.ValueOf(v).Elem())
}

func (c Codec) AppendXML(b []byte, v any) []byte {
	return appendXML(b, listItem, c.p, reflect.ValueOf(v).Elem())
}

func (c Codec) Validate(v any) string {
	all := violationsOf(c.p, reflect.ValueOf(v).Elem())
	if len(all) == 0 {
		return ""
	}
	return detected(all)
}

func (c Codec) Audit(scratch *[]byte, v any) []byte {
	return auditElements(scratch, c.p, reflect.ValueOf(v).Elem())
}

// OpOf is Op for types that are known at run time only.
func OpOf(name string, readOnly bool, in, out reflect.Type, f func(context.Context, *iam.Caller, any) (any, error)) Operation {
	return Operation{
		Name: name, ReadOnly: readOnly, in: in, out: out, call: f,
		newInput: func() any { return reflect.New(in).Interface() },
	}
}

// EmptyEnum is what an enum sent as "" is decoded to.
const EmptyEnum = emptyEnum

// MaxDepth is the depth limit of JSON values.
const MaxDepth = maxDepth

// Pooled returns a zeroed buffer's whole memory, for tests of what is left in it.
func Pooled(used []byte) []byte {
	b := &used
	putBuffer(b)
	return used[:cap(used)]
}

func (c Codec) DecodeCBOR(body []byte, v any) error {
	return decodeCBOR(c.p, body, reflect.ValueOf(v).Elem())
}

func (c Codec) AppendCBOR(b []byte, v any) []byte {
	return appendCBOR(b, c.p, reflect.ValueOf(v).Elem())
}
