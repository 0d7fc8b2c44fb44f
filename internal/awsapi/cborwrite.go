package awsapi

import (
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// appendCBOR writes v by plan. Like appendJSON it also writes false and 0 of members that
// the SDK models as plain values.
func appendCBOR(b []byte, p *plan, v reflect.Value) []byte {
	v = indirect(v)
	switch p.kind {
	case kindStruct:
		return appendCBORStruct(b, p, v)
	case kindList:
		b = appendCBORHead(b, cborArray, uint64(v.Len()))
		for i := range v.Len() {
			b = appendCBOR(b, p.elem, v.Index(i))
		}
		return b
	case kindMap:
		b = appendCBORHead(b, cborMap, uint64(v.Len()))
		for _, k := range sortedKeys(v) {
			b = appendCBORText(b, k.String())
			b = appendCBOR(b, p.elem, v.MapIndex(k))
		}
		return b
	case kindBlob:
		b = appendCBORHead(b, cborBytes, uint64(v.Len()))
		return append(b, v.Bytes()...)
	case kindBool:
		if v.Bool() {
			return append(b, cborOther<<5|cborTrue)
		}
		return append(b, cborOther<<5|cborFalse)
	case kindInt:
		if n := v.Int(); n < 0 {
			return appendCBORHead(b, cborNegative, uint64(^n))
		}
		return appendCBORHead(b, cborUint, uint64(v.Int()))
	case kindFloat:
		return appendCBORFloat(b, v.Float())
	case kindTime:
		b = appendCBORHead(b, cborTag, cborEpoch)
		return appendCBORFloat(b, float64(v.Interface().(time.Time).UnixMilli())/1000)
	}
	return appendCBORText(b, v.String())
}

func appendCBORStruct(b []byte, p *plan, v reflect.Value) []byte {
	n := uint64(0)
	for i := range p.fields {
		if !absent(v.Field(p.fields[i].index)) {
			n++
		}
	}
	b = appendCBORHead(b, cborMap, n)
	for i := range p.fields {
		f := &p.fields[i]
		if fv := v.Field(f.index); !absent(fv) {
			b = appendCBORText(b, f.name)
			b = appendCBOR(b, f.plan, fv)
		}
	}
	return b
}

// appendCBORHead begins an item in the shortest form.
func appendCBORHead(b []byte, major byte, arg uint64) []byte {
	major <<= 5
	switch {
	case arg < 24:
		return append(b, major|byte(arg))
	case arg <= math.MaxUint8:
		return append(b, major|24, byte(arg))
	case arg <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(arg))
	case arg <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(arg))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), arg)
}

// appendCBORText writes text; invalid UTF-8 becomes U+FFFD.
func appendCBORText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return append(appendCBORHead(b, cborText, uint64(len(s))), s...)
}

func appendCBORFloat(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, cborOther<<5|cborDouble), math.Float64bits(f))
}
