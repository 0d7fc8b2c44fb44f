package awsapi

import (
	"bytes"
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"time"
)

func (d *jsonDecoder) text(p *plan, v reflect.Value) error {
	s, err := d.str()
	if err != nil {
		return err
	}
	if p.kind == kindEnum {
		settle(v).SetString(enumText(s, p))
		return nil
	}
	if ptr, ok := v.Addr().Interface().(**string); ok {
		text := string(s)
		*ptr = &text
		return nil
	}
	settle(v).SetString(string(s))
	return nil
}

// enumText is the Go string of an enum's value: one of the value set without an
// allocation, emptyEnum for the empty string.
func enumText(s []byte, p *plan) string {
	for _, known := range p.values {
		if string(s) == known {
			return known
		}
	}
	if len(s) == 0 {
		return emptyEnum
	}
	return string(s)
}

// blob decodes base64 straight out of the body. Blobs are what makes requests long, so
// the closing quote is looked for at once: a valid blob has nothing in it that a string's
// rules would have to be checked for.
func (d *jsonDecoder) blob(v reflect.Value) error {
	start := d.i + 1
	if n := bytes.IndexByte(d.b[start:], '"'); n >= 0 {
		if b, ok := unbase64(d.b[start : start+n]); ok {
			settle(v).SetBytes(b)
			d.i = start + n + 1
			return nil
		}
	}
	s, err := d.str()
	if err != nil {
		return err
	}
	b, ok := unbase64(s)
	if !ok {
		return malformed("STRING_VALUE can not be converted to a Blob")
	}
	settle(v).SetBytes(b)
	return nil
}

// unbase64 decodes canonical base64. encoding/base64 passes over line ends, which JSON
// forbids in a string and AWS in a blob; they show in a result that is too short.
func unbase64(s []byte) ([]byte, bool) {
	if len(s)%4 != 0 {
		return nil, false
	}
	want := len(s) / 4 * 3
	if bytes.HasSuffix(s, []byte("==")) {
		want -= 2
	} else if bytes.HasSuffix(s, []byte("=")) {
		want--
	}
	b := make([]byte, len(s)/4*3)
	n, err := base64.StdEncoding.Strict().Decode(b, s)
	if err != nil || n != want {
		return nil, false
	}
	return b[:n], true
}

// numeric decodes a number into whatever may be one.
func (d *jsonDecoder) numeric(p *plan, v reflect.Value) error {
	text, whole, err := d.number()
	if err != nil {
		return err
	}
	switch p.kind {
	case kindInt:
		n, ok := integer(text, whole, p.bits)
		if !ok {
			return mismatch(p, '0')
		}
		settle(v).SetInt(n)
	case kindFloat:
		f, err := strconv.ParseFloat(string(text), p.bits)
		if err != nil {
			return mismatch(p, '0')
		}
		settle(v).SetFloat(f)
	case kindTime:
		t, ok := epoch(text)
		if !ok {
			return mismatch(p, '0')
		}
		settle(v).Set(reflect.ValueOf(t))
	default:
		return mismatch(p, '0')
	}
	return nil
}

// integer also takes 32.0 and 1e3, which are integers to JSON.
func integer(text []byte, whole bool, bits int) (int64, bool) {
	if whole {
		n, err := strconv.ParseInt(string(text), 10, bits)
		return n, err == nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	limit := math.Ldexp(1, bits-1)
	if err != nil || f != math.Trunc(f) || f < -limit || f >= limit {
		return 0, false
	}
	return int64(f), true
}

// epoch reads seconds since 1970 to the millisecond, as far as the year 9999.
func epoch(text []byte) (time.Time, bool) {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return time.Time{}, false
	}
	return moment(f)
}

// moment is the time so many seconds after 1970, to the millisecond.
func moment(f float64) (time.Time, bool) {
	const first, last = -62135596800, 253402300799
	if !(f >= first && f <= last) { // not a number is neither
		return time.Time{}, false
	}
	return time.UnixMilli(int64(math.Round(f * 1000))).UTC(), true
}

// namedFloat reads the floating-point values that JSON has no numbers for.
func (d *jsonDecoder) namedFloat(v reflect.Value) error {
	s, err := d.str()
	if err != nil {
		return err
	}
	switch string(s) {
	case "NaN":
		settle(v).SetFloat(math.NaN())
	case "Infinity":
		settle(v).SetFloat(math.Inf(1))
	case "-Infinity":
		settle(v).SetFloat(math.Inf(-1))
	default:
		return malformed("STRING_VALUE can not be converted to a Double")
	}
	return nil
}

// mismatch words the error for a value that begins with c where p was expected.
func mismatch(p *plan, c byte) error {
	var got string
	switch {
	case c == '{':
		return malformed("Start of structure or map found where not expected.")
	case c == '[':
		return malformed("Start of list found where not expected")
	case c == '"':
		got = "STRING_VALUE"
	case c == 't':
		got = "TRUE_VALUE"
	case c == 'f':
		got = "FALSE_VALUE"
	case c == 'n':
		got = "NULL_VALUE"
	case c == '-' || '0' <= c && c <= '9':
		got = "NUMBER_VALUE"
	default:
		return notJSON
	}
	switch p.kind {
	case kindStruct:
		return malformed("Expected null")
	case kindList:
		return malformed("Expected list or null")
	case kindMap:
		return malformed("Expected map or null")
	}
	return malformed(got + " can not be converted to " + p.javaType())
}

// javaType names the type as AWS's messages do.
func (p *plan) javaType() string {
	switch p.kind {
	case kindBool:
		return "a Boolean"
	case kindInt:
		if p.bits == 32 {
			return "an Integer"
		}
		return "a Long"
	case kindFloat:
		return "a Double"
	case kindBlob:
		return "a Blob"
	case kindTime:
		return "milliseconds since epoch"
	}
	return "a String"
}
