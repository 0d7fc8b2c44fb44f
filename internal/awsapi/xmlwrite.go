package awsapi

import (
	"encoding/base64"
	"encoding/xml"
	"reflect"
	"strconv"
	"time"
)

// appendXML writes the members of the structure v. item is the name of a list's elements:
// "member" in awsQuery.
func appendXML(b []byte, item string, p *plan, v reflect.Value) []byte {
	for i := range p.fields {
		f := &p.fields[i]
		if fv := v.Field(f.index); !absent(fv) {
			b = appendElement(b, item, f.xmlName, f.plan, fv)
		}
	}
	return b
}

// appendElement writes <name>v</name>.
func appendElement(b []byte, item, name string, p *plan, v reflect.Value) []byte {
	v = indirect(v)
	b = appendTag(b, "<", name)
	switch p.kind {
	case kindStruct:
		b = appendXML(b, item, p, v)
	case kindList:
		for i := range v.Len() {
			b = appendElement(b, item, item, p.elem, v.Index(i))
		}
	case kindMap:
		for _, k := range sortedKeys(v) {
			b = append(b, "<entry>"...)
			b = appendTextElement(b, p.entry.Key, k.String())
			b = appendElement(b, item, p.entry.Value, p.elem, v.MapIndex(k))
			b = append(b, "</entry>"...)
		}
	case kindBool:
		b = strconv.AppendBool(b, v.Bool())
	case kindInt:
		b = strconv.AppendInt(b, v.Int(), 10)
	case kindFloat:
		b = strconv.AppendFloat(b, v.Float(), 'g', -1, 64)
	case kindBlob:
		b = base64.StdEncoding.AppendEncode(b, v.Bytes())
	case kindTime:
		b = v.Interface().(time.Time).UTC().AppendFormat(b, "2006-01-02T15:04:05.999Z")
	default:
		b = appendXMLText(b, v.String())
	}
	return appendTag(b, "</", name)
}

func appendTextElement(b []byte, name, text string) []byte {
	b = appendTag(b, "<", name)
	b = appendXMLText(b, text)
	return appendTag(b, "</", name)
}

func appendTag(b []byte, open, name string) []byte {
	return append(append(append(b, open...), name...), '>')
}

// appendXMLText escapes text; characters that XML can't hold become U+FFFD.
func appendXMLText(b []byte, s string) []byte {
	w := byteWriter(b)
	_ = xml.EscapeText(&w, []byte(s)) // w never fails
	return w
}

type byteWriter []byte

func (w *byteWriter) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}
