package awsapi_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/awsapi"
)

func TestDecodeJSON(t *testing.T) {
	tests := map[string]struct {
		body string
		want shape
	}{
		"empty":              {`{}`, shape{}},
		"space everywhere":   {" {\t\"Text\" : \r\n\"a\" , \"Plain\" : true } ", shape{Text: aws.String("a"), Plain: true}},
		"null is absent":     {`{"Text":null,"Blob":null,"Part":null,"Names":null,"Labels":null,"Count":null,"Plain":null}`, shape{}},
		"unknown members":    {`{"X":{"a":[1,-2.5e+3,{"b":"\u00e9"}],"c":null},"Text":"a","text":"b","TEXT":3}`, shape{Text: aws.String("a")}},
		"escapes":            {`{"Text":"\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\u0000"}`, shape{Text: aws.String("\"\\/\b\f\n\r\tAé😀\x00")}},
		"UTF-8":              {`{"Text":"é日😀"}`, shape{Text: aws.String("é日😀")}},
		"escaped name":       {`{"\u0054ext":"a"}`, shape{Text: aws.String("a")}},
		"empty string":       {`{"Text":""}`, shape{Text: aws.String("")}},
		"enum":               {`{"Color":"GREEN"}`, shape{Color: "GREEN"}},
		"unknown enum":       {`{"Color":"green"}`, shape{Color: "green"}},
		"empty enum":         {`{"Color":"","Colors":["","RED"]}`, shape{Color: awsapi.EmptyEnum, Colors: []color{awsapi.EmptyEnum, "RED"}}},
		"booleans":           {`{"Flag":false,"Plain":true}`, shape{Flag: aws.Bool(false), Plain: true}},
		"integers":           {`{"Count":-2147483648,"Total":9223372036854775807}`, shape{Count: aws.Int32(math.MinInt32), Total: aws.Int64(math.MaxInt64)}},
		"integers as floats": {`{"Count":32.0,"Total":1e3}`, shape{Count: aws.Int32(32), Total: aws.Int64(1000)}},
		"float":              {`{"Ratio":-0.5e-2}`, shape{Ratio: aws.Float64(-0.005)}},
		"infinity":           {`{"Ratio":"-Infinity"}`, shape{Ratio: aws.Float64(math.Inf(-1))}},
		"blob":               {`{"Blob":"aGVsbG8="}`, shape{Blob: []byte("hello")}},
		"escaped blob":       {`{"Blob":"\/\/\u002b\/"}`, shape{Blob: []byte{0xff, 0xff, 0xbf}}},
		"empty blob":         {`{"Blob":""}`, shape{Blob: []byte{}}},
		"time":               {`{"When":1609193147.831}`, shape{When: aws.Time(time.UnixMilli(1609193147831).UTC())}},
		"time, exponent":     {`{"When":1.609193147831E9}`, shape{When: aws.Time(time.UnixMilli(1609193147831).UTC())}},
		"nested":             {`{"Part":{"Name":"a","Deeper":[{"Name":"b"},{}]}}`, shape{Part: &part{Name: aws.String("a"), Deeper: []part{{Name: aws.String("b")}, {}}}}},
		"empty collections":  {`{"Names":[],"Labels":{},"Shelves":{}}`, shape{Names: []string{}, Labels: map[string]string{}, Shelves: map[string]part{}}},
		"collections": {
			`{"Names":["a","b"],"Labels":{"":"x","k":""},"Shelves":{"s":{"Color":"RED"}},"Numbers":[1,2,3]}`,
			shape{
				Names: []string{"a", "b"}, Labels: map[string]string{"": "x", "k": ""},
				Shelves: map[string]part{"s": {Color: "RED"}}, Numbers: []int32{1, 2, 3},
			},
		},
	}
	c := codec(t, &shape{}, nil)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got shape
			if err := c.DecodeJSON([]byte(tt.body), &got); err != nil {
				t.Fatalf("decode %s: %v", tt.body, err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("decode %s: (-want +got)\n%s", tt.body, d)
			}
		})
	}
}

func TestNaN(t *testing.T) {
	c := codec(t, &shape{}, nil)
	var got shape
	if err := c.DecodeJSON([]byte(`{"Ratio":"NaN"}`), &got); err != nil || !math.IsNaN(*got.Ratio) {
		t.Errorf("got %v, %v; want NaN", got.Ratio, err)
	}
}

// TestMismatch has AWS's words for values of the wrong type. None of them shows the value.
func TestMismatch(t *testing.T) {
	tests := []struct{ body, want string }{
		{`{"Count":"12"}`, "STRING_VALUE can not be converted to an Integer"},
		{`{"Count":true}`, "TRUE_VALUE can not be converted to an Integer"},
		{`{"Count":1.5}`, "NUMBER_VALUE can not be converted to an Integer"},
		{`{"Count":2147483648}`, "NUMBER_VALUE can not be converted to an Integer"},
		{`{"Count":1e400}`, "NUMBER_VALUE can not be converted to an Integer"},
		{`{"Total":9223372036854775808}`, "NUMBER_VALUE can not be converted to a Long"},
		{`{"Total":9223372036854775808.0}`, "NUMBER_VALUE can not be converted to a Long"},
		{`{"Ratio":"1"}`, "STRING_VALUE can not be converted to a Double"},
		{`{"Ratio":1e400}`, "NUMBER_VALUE can not be converted to a Double"},
		{`{"Text":1}`, "NUMBER_VALUE can not be converted to a String"},
		{`{"Text":false}`, "FALSE_VALUE can not be converted to a String"},
		{`{"Color":1}`, "NUMBER_VALUE can not be converted to a String"},
		{`{"Flag":"true"}`, "STRING_VALUE can not be converted to a Boolean"},
		{`{"Flag":0}`, "NUMBER_VALUE can not be converted to a Boolean"},
		{`{"Blob":1}`, "NUMBER_VALUE can not be converted to a Blob"},
		{`{"Blob":"aGVsbG8"}`, "STRING_VALUE can not be converted to a Blob"},
		{`{"Blob":"aGVsbG9="}`, "STRING_VALUE can not be converted to a Blob"},
		{`{"Blob":"aGVs\nbG8="}`, "STRING_VALUE can not be converted to a Blob"},
		{`{"Blob":"a-_s"}`, "STRING_VALUE can not be converted to a Blob"},
		{`{"When":"2026-01-01T00:00:00Z"}`, "STRING_VALUE can not be converted to milliseconds since epoch"},
		{`{"When":1e12}`, "NUMBER_VALUE can not be converted to milliseconds since epoch"},
		{`{"Text":{}}`, "Start of structure or map found where not expected."},
		{`{"Names":{}}`, "Start of structure or map found where not expected."},
		{`{"Text":[]}`, "Start of list found where not expected"},
		{`{"Part":[]}`, "Start of list found where not expected"},
		{`{"Part":"a"}`, "Expected null"},
		{`{"Names":"a"}`, "Expected list or null"},
		{`{"Names":[null]}`, "NULL_VALUE can not be converted to a String"},
		{`{"Labels":1}`, "Expected map or null"},
		{`{"Labels":{"a":null}}`, "NULL_VALUE can not be converted to a String"},
		{`{"Labels":{"a":1}}`, "NUMBER_VALUE can not be converted to a String"},
		{`{"Shelves":{"a":1}}`, "Expected null"},
	}
	c := codec(t, &shape{}, nil)
	for _, tt := range tests {
		err := c.DecodeJSON([]byte(tt.body), &shape{})
		if err == nil || err.Error() != tt.want {
			t.Errorf("decode %s: %v, want %q", tt.body, err, tt.want)
		}
	}
}

func TestNotJSON(t *testing.T) {
	deep := func(n int) string {
		return `{"X":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	bodies := []string{
		"", " ", "null", "[]", `"a"`, "1", "{", `{"`, `{"Text"`, `{"Text":`, `{"Text":"a`, `{"Text":"a"`,
		`{"Text":"a",}`, `{,}`, `{"Text" "a"}`, `{Text:"a"}`, `{"Text":"a"}x`, `{}{}`, "{}\x00", "\ufeff{}",
		`{"Text":"a","Text":"b"}`, `{"Text":"a","\u0054ext":"b"}`, `{"Text":null,"Text":null}`,
		`{"X":1,"X":2}`, `{"X":{"a":1,"a":2}}`, `{"Labels":{"a":"1","a":"2"}}`, `{"Labels":{"a":"1","\u0061":"1"}}`,
		`{"Shelves":{"a":{},"a":{}}}`, `{"Part":{"Name":"a","Name":"b"}}`,
		"{\"Text\":\"\xff\"}", "{\"Text\":\"\xc0\x80\"}", "{\"X\xed\xa0\x80\":1}", `{"Text":"\ud800"}`, `{"Text":"\udc00\ud800"}`,
		`{"Text":"\ud800\u0041"}`, `{"Text":"\x41"}`, `{"Text":"\u12g4"}`, `{"Text":"\u12`, "{\"Text\":\"\n\"}", "{\"Blob\":\"aGVs\nbG8=\"}",
		`{"Count":01}`, `{"Count":+1}`, `{"Count":1.}`, `{"Count":.5}`, `{"Count":1e}`, `{"Count":-}`, `{"Count":0x10}`,
		`{"Flag":tru}`, `{"Flag":True}`, `{"Text":nul}`, `{"X":[1,]}`, `{"X":[1 2]}`, `{"X":}`, `{"Names":["a",]}`,
		deep(awsapi.MaxDepth),
	}
	c := codec(t, &shape{}, nil)
	for _, body := range bodies {
		if err := c.DecodeJSON([]byte(body), &shape{}); err == nil || err.Error() != "" {
			t.Errorf("decode %q: %v, want an error without text", body, err)
		}
	}
	if err := c.DecodeJSON([]byte(deep(awsapi.MaxDepth-1)), &shape{}); err != nil {
		t.Errorf("a value as deep as allowed: %v", err)
	}
	recurring := strings.Repeat(`{"Deeper":[`, awsapi.MaxDepth) + strings.Repeat(`]}`, awsapi.MaxDepth)
	if err := c.DecodeJSON([]byte(`{"Part":`+recurring+`}`), &shape{}); err == nil {
		t.Error("a structure of any depth is decoded")
	}
}

// TestManyMembers is for structures with more members than bits in a word.
func TestManyMembers(t *testing.T) {
	var fields []reflect.StructField
	for i := range 70 {
		name := "M" + string(rune('A'+i/26)) + string(rune('A'+i%26))
		fields = append(fields, reflect.StructField{Name: name, Type: reflect.TypeFor[*string]()})
	}
	v := reflect.New(reflect.StructOf(fields))
	c := codec(t, v.Interface(), nil)
	if err := c.DecodeJSON([]byte(`{"MAA":"first","MCR":"last"}`), v.Interface()); err != nil {
		t.Fatal(err)
	}
	if got := *v.Elem().Field(69).Interface().(*string); got != "last" {
		t.Errorf("last member is %q", got)
	}
	for _, twice := range []string{`{"MAA":"x","MAA":"x"}`, `{"MCR":"x","MAA":"x","MCR":"x"}`} {
		if err := c.DecodeJSON([]byte(twice), v.Interface()); err == nil {
			t.Errorf("decoded %s", twice)
		}
	}
}

// TestManyUnknownNames would take a minute if names were compared with each other.
func TestManyUnknownNames(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"X":{`)
	for i := range 100_000 {
		b.WriteString(`"n`)
		b.WriteString(strings.Repeat("x", i%7))
		b.WriteString(string(rune('a' + i%26)))
		b.WriteString(strings.ToLower(time.Duration(i).String()))
		b.WriteString(`":0,`)
	}
	b.WriteString(`"last":0}}`)
	if err := codec(t, &shape{}, nil).DecodeJSON([]byte(b.String()), &shape{}); err != nil {
		t.Error(err)
	}
}

// TestJSONRoundTrip: decode(encode(x)) is x.
func TestJSONRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := codec(t, &shape{}, nil)
	for range 500 {
		var want, got shape
		randomize(r, reflect.ValueOf(&want).Elem(), 4)
		body := c.AppendJSON(nil, &want)
		if err := c.DecodeJSON([]byte(string(body)), &got); err != nil {
			t.Fatalf("decode %s: %v", body, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s: (-sent +got)\n%s", body, d)
		}
	}
}
