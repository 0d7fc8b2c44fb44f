package awsapi

import (
	"bytes"
	"reflect"
	"time"
)

// auditDate is how CloudTrail prints a date inside parameters.
const auditDate = "Jan 2, 2006, 3:04:05 PM"

// auditElements writes a structure as CloudTrail's requestParameters and responseElements
// have it: names with a lower-case first letter, no blobs, nothing hidden. It returns nil if
// nothing remains.
func auditElements(scratch *[]byte, p *plan, v reflect.Value) []byte {
	b, some := appendAuditStruct((*scratch)[:0], p, v)
	*scratch = b
	if !some {
		return nil
	}
	return bytes.Clone(b)
}

func appendAuditStruct(b []byte, p *plan, v reflect.Value) (_ []byte, some bool) {
	b = append(b, '{')
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(f.index)
		if f.hidden || absent(fv) {
			continue
		}
		before := len(b)
		if some {
			b = append(b, ',')
		}
		b = append(b, f.paramKey...)
		var wrote bool
		if b, wrote = appendAudit(b, f.plan, indirect(fv)); !wrote {
			b = b[:before]
			continue
		}
		some = true
	}
	return append(b, '}'), some
}

// appendAudit writes a value; wrote is false for a structure in which everything is hidden,
// and for a collection that holds one. What is in b behind its old length is then void.
func appendAudit(b []byte, p *plan, v reflect.Value) (_ []byte, wrote bool) {
	switch p.kind {
	case kindBlob:
		return b, false
	case kindStruct:
		return appendAuditStruct(b, p, v)
	case kindList:
		return appendAuditList(b, p, v)
	case kindMap:
		return appendAuditMap(b, p, v)
	case kindTime:
		return appendQuoted(b, v.Interface().(time.Time).UTC().Format(auditDate)), true
	case kindEnum:
		if v.String() == emptyEnum {
			return appendQuoted(b, ""), true
		}
	}
	return appendScalar(b, p, v), true
}

func appendAuditList(b []byte, p *plan, v reflect.Value) (_ []byte, wrote bool) {
	b = append(b, '[')
	for i := range v.Len() {
		b = separate(b, i)
		if b, wrote = appendAudit(b, p.elem, indirect(v.Index(i))); !wrote {
			return b, false
		}
	}
	return append(b, ']'), true
}

func appendAuditMap(b []byte, p *plan, v reflect.Value) (_ []byte, wrote bool) {
	if m, ok := v.Interface().(map[string]string); ok {
		return appendStringMap(b, m), true
	}
	b = append(b, '{')
	for i, k := range sortedKeys(v) {
		b = append(appendQuoted(separate(b, i), k.String()), ':')
		if b, wrote = appendAudit(b, p.elem, indirect(v.MapIndex(k))); !wrote {
			return b, false
		}
	}
	return append(b, '}'), true
}
