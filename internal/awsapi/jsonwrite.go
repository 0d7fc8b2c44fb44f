package awsapi

import (
	"encoding/base64"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// appendJSON writes v by plan. Unlike the serializers of the SDK it also writes false and 0
// of members that the SDK models as plain values: clients read "Enabled": false.
func appendJSON(b []byte, p *plan, v reflect.Value) []byte {
	v = indirect(v)
	switch p.kind {
	case kindStruct:
		return appendJSONStruct(b, p, v)
	case kindList:
		b = append(b, '[')
		for i := range v.Len() {
			b = separate(b, i)
			b = appendJSON(b, p.elem, v.Index(i))
		}
		return append(b, ']')
	case kindMap:
		if m, ok := v.Interface().(map[string]string); ok {
			return appendStringMap(b, m)
		}
		b = append(b, '{')
		for i, k := range sortedKeys(v) {
			b = append(appendQuoted(separate(b, i), k.String()), ':')
			b = appendJSON(b, p.elem, v.MapIndex(k))
		}
		return append(b, '}')
	case kindTime:
		return appendEpoch(b, v.Interface().(time.Time))
	case kindBlob:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v.Bytes())
		return append(b, '"')
	}
	return appendScalar(b, p, v)
}

func appendJSONStruct(b []byte, p *plan, v reflect.Value) []byte {
	b = append(b, '{')
	n := 0
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(f.index)
		if absent(fv) {
			continue
		}
		b = separate(b, n)
		b = append(b, f.jsonKey...)
		b = appendJSON(b, f.plan, fv)
		n++
	}
	return append(b, '}')
}

// appendStringMap writes the kind of map that encryption contexts are.
func appendStringMap(b []byte, m map[string]string) []byte {
	var room [8]string
	keys := slices.AppendSeq(room[:0], maps.Keys(m))
	slices.Sort(keys)
	b = append(b, '{')
	for i, k := range keys {
		b = append(appendQuoted(separate(b, i), k), ':')
		b = appendQuoted(b, m[k])
	}
	return append(b, '}')
}

// appendScalar writes what answers and audit records spell alike.
func appendScalar(b []byte, p *plan, v reflect.Value) []byte {
	switch p.kind {
	case kindBool:
		return strconv.AppendBool(b, v.Bool())
	case kindInt:
		return strconv.AppendInt(b, v.Int(), 10)
	case kindFloat:
		return appendFloat(b, v.Float())
	}
	return appendQuoted(b, v.String())
}

func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

// appendEpoch writes seconds since 1970, with milliseconds if there are any. Never with an
// exponent, which some clients can't read.
func appendEpoch(b []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(b, ms/1000, 10)
	}
	return strconv.AppendFloat(b, float64(ms)/1000, 'f', 3, 64)
}

func separate(b []byte, n int) []byte {
	if n > 0 {
		b = append(b, ',')
	}
	return b
}

// sortedKeys makes the output of maps the same each time.
func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

const hexDigits = "0123456789abcdef"

// appendQuoted writes a JSON string. Invalid UTF-8 becomes U+FFFD.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0 // s[:done] is written
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[done:i]...), "\ufffd"...)
				done = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[done:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		done = i
	}
	return append(append(b, s[done:]...), '"')
}
