package awsapi_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	scbor "github.com/aws/smithy-go/encoding/cbor"
	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/awsapi"
)

// TestCBORValues has each kind of item for each kind of member, as RFC 8949 (appendix A)
// and Smithy's specification have them.
func TestCBORValues(t *testing.T) {
	c := codec(t, &shape{}, nil)
	when := time.UnixMilli(1700000000123).UTC()
	for name, tt := range map[string]struct {
		hex  string // of the value
		name string
		want any // nil: refused
	}{
		"text":                           {"6161", "Text", new("a")},
		"empty text":                     {"60", "Text", new("")},
		"text in chunks":                 {"7f61616162ff", "Text", new("ab")},
		"text in no chunks":              {"7fff", "Text", new("")},
		"null":                           {"f6", "Text", (*string)(nil)},
		"undefined":                      {"f7", "Text", (*string)(nil)},
		"null for a list":                {"f6", "Names", []string(nil)},
		"text that is not UTF-8":         {"61ff", "Text", nil},
		"a chunk that is not UTF-8":      {"7f61c361a4ff", "Text", nil},
		"bytes for text":                 {"4161", "Text", nil},
		"chunks of bytes for text":       {"7f4161ff", "Text", nil},
		"chunks in chunks":               {"7f7f6161ffff", "Text", nil},
		"text that ends early":           {"6261", "Text", nil},
		"a length that there is not":     {"7bffffffffffffffff", "Text", nil},
		"an enum":                        {"63524544", "Color", color("RED")},
		"an empty enum":                  {"60", "Color", color(awsapi.EmptyEnum)},
		"true":                           {"f5", "Flag", new(true)},
		"false":                          {"f4", "Plain", false},
		"a number for a flag":            {"01", "Flag", nil},
		"zero":                           {"00", "Count", new(int32(0))},
		"in two bytes":                   {"1818", "Count", new(int32(24))},
		"longer than needed":             {"1a00000001", "Count", new(int32(1))},
		"the largest":                    {"1a7fffffff", "Count", new(int32(math.MaxInt32))},
		"more than the largest":          {"1a80000000", "Count", nil},
		"the smallest":                   {"3a7fffffff", "Count", new(int32(math.MinInt32))},
		"less than the smallest":         {"3a80000000", "Count", nil},
		"the largest of 64 bits":         {"1b7fffffffffffffff", "Total", new(int64(math.MaxInt64))},
		"the smallest of 64 bits":        {"3b7fffffffffffffff", "Total", new(int64(math.MinInt64))},
		"beyond 64 bits":                 {"1b8000000000000000", "Total", nil},
		"beyond 64 bits, negative":       {"3bffffffffffffffff", "Total", nil},
		"a whole number with a point":    {"f93c00", "Count", new(int32(1))},
		"a fraction for an integer":      {"f93e00", "Count", nil},
		"infinity for an integer":        {"f97c00", "Count", nil},
		"not a number for an integer":    {"f97e00", "Total", nil},
		"text for an integer":            {"6131", "Count", nil},
		"half precision":                 {"f93e00", "Ratio", new(1.5)},
		"half precision, smallest":       {"f90001", "Ratio", new(math.Ldexp(1, -24))},
		"half precision, negative":       {"f9c400", "Ratio", new(-4.0)},
		"half precision, infinity":       {"f9fc00", "Ratio", new(math.Inf(-1))},
		"single precision":               {"fa47c35000", "Ratio", new(100000.0)},
		"double precision":               {"fb3ff199999999999a", "Ratio", new(1.1)},
		"an integer for a float":         {"05", "Ratio", new(5.0)},
		"a negative one":                 {"24", "Ratio", new(-5.0)},
		"a bignum":                       {"c249010000000000000000", "Ratio", nil},
		"bytes":                          {"420102", "Blob", []byte{1, 2}},
		"no bytes":                       {"40", "Blob", []byte{}},
		"bytes in chunks":                {"5f41014102ff", "Blob", []byte{1, 2}},
		"text for bytes":                 {"6161", "Blob", nil},
		"a time":                         {"c1fb41d954fc4007df3b", "When", &when},
		"a time in whole seconds":        {"c11a6553f100", "When", new(time.Unix(1700000000, 0).UTC())},
		"a time before 1970":             {"c120", "When", new(time.Unix(-1, 0).UTC())},
		"a time without its tag":         {"1a6553f100", "When", nil},
		"a time with another tag":        {"c01a6553f100", "When", nil},
		"a time that is text":            {"c1617a", "When", nil},
		"a time that never comes":        {"c1f97c00", "When", nil},
		"a time that is no number":       {"c1f97e00", "When", nil},
		"a time in the year 10000":       {"c11b0000003afff44181", "When", nil},
		"a tag with nothing behind":      {"c1", "When", nil},
		"a list":                         {"8261616162", "Names", []string{"a", "b"}},
		"a list without its length":      {"9f61616162ff", "Names", []string{"a", "b"}},
		"an empty list":                  {"80", "Names", []string{}},
		"a list that ends early":         {"826161", "Names", nil},
		"an announcement":                {"9bffffffffffffffff", "Names", nil},
		"a break in a list":              {"81ff", "Names", nil},
		"null in a list":                 {"81f6", "Names", nil},
		"a map for a list":               {"a0", "Names", nil},
		"a map":                          {"a1616161 62", "Labels", map[string]string{"a": "b"}},
		"a map without its length":       {"bf61616162ff", "Labels", map[string]string{"a": "b"}},
		"a map with half an entry":       {"bf6161ff", "Labels", nil},
		"a name twice":                   {"a2616161626161 6163", "Labels", nil},
		"a name that is bytes":           {"a141616162", "Labels", nil},
		"a structure":                    {"a1644e616d656161", "Part", &part{Name: new("a")}},
		"a member twice":                 {"a2644e616d656161644e616d656161", "Part", nil},
		"members that nobody knows":      {"a26178f661798201a10203", "Part", nil}, // names must be text
		"a member that nobody knows":     {"a16178c11a6553f100", "Part", &part{}},
		"unknown, nested":                {"a1617882a1617980f93c00", "Part", &part{}},
		"unknown twice":                  {"a26178016178 02", "Part", nil},
		"reserved additional info":       {"1c", "Count", nil},
		"an integer without its length":  {"1f", "Count", nil},
		"a simple value in long form":    {"f814", "Flag", nil},
		"a simple value that nobody has": {"f8ff", "Flag", nil},
		"a break":                        {"ff", "Flag", nil},
		"nothing":                        {"", "Flag", nil},
	} {
		t.Run(name, func(t *testing.T) {
			value, err := hex.DecodeString(strings.ReplaceAll(tt.hex, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			body := append(append([]byte{0xa1, 0x60 + byte(len(tt.name))}, tt.name...), value...)
			var got shape
			err = c.DecodeCBOR(body, &got)
			if (err == nil) != (tt.want != nil) {
				t.Fatalf("got %+v, %v", got, err)
			}
			if f := reflect.ValueOf(got).FieldByName(tt.name); err == nil && !cmp.Equal(f.Interface(), tt.want) {
				t.Errorf("got %s", cmp.Diff(tt.want, f.Interface()))
			}
		})
	}
}

// TestCBORRoundTrip: what is written is read again, and by other readers too.
func TestCBORRoundTrip(t *testing.T) {
	c, r := codec(t, &shape{}, nil), rand.New(rand.NewPCG(9, 10))
	for range 500 {
		var want, got shape
		randomize(r, reflect.ValueOf(&want).Elem(), 4)
		b := c.AppendCBOR(nil, &want)
		if err := cbor.Wellformed(b); err != nil {
			t.Fatal(err)
		}
		if _, err := scbor.Decode(b); err != nil {
			t.Fatal(err)
		}
		if err := c.DecodeCBOR(b, &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-want +got)\n%s", d)
		}
	}
}

// TestHostileCBOR is quick to refuse, and takes little memory.
func TestHostileCBOR(t *testing.T) {
	c := codec(t, &shape{}, nil)
	member := func(name string, value ...byte) []byte {
		return append(append([]byte{0xa1, 0x60 + byte(len(name))}, name...), value...)
	}
	deep := func(name string, item byte) []byte {
		return member(name, bytes.Repeat([]byte{item}, 1<<20)...)
	}
	for name, body := range map[string][]byte{
		"deep lists":           deep("x", 0x81),
		"deep lists, endless":  deep("x", 0x9f),
		"deep tags":            deep("x", 0xc1),
		"deep maps":            member("x", bytes.Repeat([]byte{0xa1, 0x60}, 1<<19)...),
		"deep structures":      member("Part", bytes.Repeat(append([]byte{0xa1, 0x66}, "Deeper\x81"...), 1<<17)...),
		"many empty parts":     member("Parts", append([]byte{0x9a, 0, 0x3f, 0xff, 0xf0}, bytes.Repeat([]byte{0xa0}, 0x3ffff0)...)...),
		"many empty strings":   member("Names", append([]byte{0x9a, 0, 0x3f, 0xff, 0xf0}, bytes.Repeat([]byte{0x60}, 0x3ffff0)...)...),
		"a list of everything": member("Parts", 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		"bytes of everything":  member("Blob", 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var v shape
			if err := c.DecodeCBOR(body, &v); err == nil {
				t.Error("decoded")
			}
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 160<<20 {
				t.Errorf("allocated %d MiB", n>>20)
			}
		})
	}
}

// TestHostileJSON holds JSON to the same limit.
func TestHostileJSON(t *testing.T) {
	c := codec(t, &shape{}, nil)
	for name, body := range map[string]string{
		"parts":   `{"Parts":[` + strings.Repeat("{},", 1<<20) + `{}]}`,
		"shelves": `{"Parts":[` + strings.Repeat(`{"Deeper":[{}]},`, 1<<18) + `{}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var v shape
			if err := c.DecodeJSON([]byte(body), &v); err == nil || err.Error() != "request body is too large" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// anyDepth reads items that are nested as deep as ours may be.
var anyDepth = func() cbor.DecMode {
	m, err := cbor.DecOptions{MaxNestedLevels: 2 * awsapi.MaxDepth}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}()

// FuzzCBOR: what is decoded is well-formed, and is the same when it is written and read
// again. Nothing panics.
func FuzzCBOR(f *testing.F) {
	c, r := codec(f, &shape{}, nil), rand.New(rand.NewPCG(11, 12))
	for range 8 {
		var v shape
		randomize(r, reflect.ValueOf(&v).Elem(), 3)
		f.Add(c.AppendCBOR(nil, &v))
	}
	for _, seed := range []string{"bf644e616d65f6ff", "a1647465787461ff", "a1645768656ec1f97e00", "bf61788182c1f5f4ff", "a16552617469 6ff97c01"} {
		b, _ := hex.DecodeString(strings.ReplaceAll(seed, " ", ""))
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v, again shape
		if err := c.DecodeCBOR(bytes.Clone(body), &v); err != nil || len(body) == 0 {
			return
		}
		if err := anyDepth.Wellformed(body); err != nil {
			t.Fatalf("decoded what is not well-formed: %v", err)
		}
		b := c.AppendCBOR(nil, &v)
		if err := c.DecodeCBOR(b, &again); err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(v, again, cmp.Comparer(sameFloat)) {
			t.Fatal(cmp.Diff(v, again, cmp.Comparer(sameFloat)))
		}
	})
}

func sameFloat(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
