package awsapi_test

import (
	"math"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/awsapi"
)

func TestDecodeForm(t *testing.T) {
	tests := map[string]struct {
		form string
		want shape
	}{
		"empty":             {"", shape{}},
		"unknown":           {"Action=X&Other.member.1=y&Part2.Name=z&&", shape{}},
		"scalars":           {"Text=a+b%26c&Plain=true&Flag=false&Count=-7&Total=9223372036854775807&Ratio=2.5", shape{Text: aws.String("a b&c"), Plain: true, Flag: aws.Bool(false), Count: aws.Int32(-7), Total: aws.Int64(math.MaxInt64), Ratio: aws.Float64(2.5)}},
		"empty text":        {"Text=", shape{Text: aws.String("")}},
		"without a value":   {"Text", shape{Text: aws.String("")}},
		"blob":              {"Blob=aGVsbG8%3D", shape{Blob: []byte("hello")}},
		"time":              {"When=2026-05-20T20:45:08.123Z", shape{When: aws.Time(time.Date(2026, 5, 20, 20, 45, 8, 123e6, time.UTC))}},
		"time with a zone":  {"When=2026-05-20T20:45:08%2B02:00", shape{When: aws.Time(time.Date(2026, 5, 20, 18, 45, 8, 0, time.UTC))}},
		"enums":             {"Color=RED&Colors.member.1=GREEN&Colors.member.2=", shape{Color: "RED", Colors: []color{"GREEN", awsapi.EmptyEnum}}},
		"structure":         {"Part.Name=a&Part.Deeper.member.1.Name=b", shape{Part: &part{Name: aws.String("a"), Deeper: []part{{Name: aws.String("b")}}}}},
		"list":              {"Names.member.1=a&Names.member.2=b", shape{Names: []string{"a", "b"}}},
		"list, ten and two": {"Names.member.10=j&Names.member.2=b&Names.member.1=a", shape{Names: []string{"a", "b", "j"}}},
		"list, far apart":   {"Names.member.1=a&Names.member.2147483647=z", shape{Names: []string{"a", "z"}}},
		"empty list":        {"Names=", shape{Names: []string{}}},
		"list of structures": {"Parts.member.1.Name=a&Parts.member.2.Color=RED&Parts.member.1.Secret=s",
			shape{Parts: []part{{Name: aws.String("a"), Secret: aws.String("s")}, {Color: "RED"}}}},
		"maps": {"Labels.entry.1.key=k&Labels.entry.1.value=v&Labels.entry.2.key=&Labels.entry.2.value=&Shelves.entry.1.key=s&Shelves.entry.1.value.Name=n",
			shape{Labels: map[string]string{"k": "v", "": ""}, Shelves: map[string]part{"s": {Name: aws.String("n")}}}},
	}
	c := codec(t, &shape{}, nil)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got shape
			if err := c.DecodeForm(tt.form, &got); err != nil {
				t.Fatalf("decode %s: %v", tt.form, err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("decode %s: (-want +got)\n%s", tt.form, d)
			}
		})
	}
}

func TestMalformedForm(t *testing.T) {
	c := codec(t, &shape{}, nil)
	for _, form := range []string{
		"Text=%", "Te%zzxt=a", "Text=a&Text=b", "Text=a&%54ext=b",
		"Plain=1", "Plain=TRUE", "Flag=", "Count=", "Count=1.0", "Count=2147483648", "Total=x", "Ratio=x", "Ratio=1e400",
		"Blob=aGVsbG8", "Blob=*", "When=1609193147", "When=",
		"Text.x=1", "Names=a", "Names.member.x=1", "Names.member.0=1", "Names.member.-1=1", "Names.member.01=1", "Names.member.%2B1=1",
		"Names.member.99999999999999999999=1", "Labels.entry.1.value=v",
		"Labels.entry.1.key=k&Labels.entry.1.value=a&Labels.entry.2.key=k&Labels.entry.2.value=b", "Labels.entry.x.key=k",
	} {
		err := c.DecodeForm(form, &shape{})
		if err == nil {
			t.Errorf("decode %s: no error", form)
		}
	}
}

// TestManyParameters: the largest batch of samples is read, and not much more.
func TestManyParameters(t *testing.T) {
	c := codec(t, &shape{}, nil)
	const most = 1 << 16
	if err := c.DecodeForm("Text=a"+strings.Repeat("&", most-1), &shape{}); err != nil {
		t.Errorf("%d parameters: %v", most, err)
	}
	if err := c.DecodeForm("Text=a"+strings.Repeat("&", most), &shape{}); err == nil {
		t.Errorf("%d parameters: no error", most+1)
	}
}

// TestFormRoundTrip: decode(encode(x)) is x, for an encoder that the test has of its own.
func TestFormRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	c := codec(t, &shape{}, nil)
	for range 300 {
		var want, got shape
		randomize(r, reflect.ValueOf(&want).Elem(), 4)
		values := url.Values{}
		encodeForm(values, "", reflect.ValueOf(want))
		if err := c.DecodeForm(values.Encode(), &got); err != nil {
			t.Fatalf("decode %v: %v", values, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-sent +got)\n%s", d)
		}
	}
}

// encodeForm writes v as the SDK's query serializers do.
func encodeForm(f url.Values, key string, v reflect.Value) {
	join := func(name string) string { return strings.TrimPrefix(key+"."+name, ".") }
	switch x := v.Interface().(type) {
	case []byte:
		f.Set(key, base64Text(x))
		return
	case time.Time:
		f.Set(key, x.Format(time.RFC3339Nano))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			encodeForm(f, key, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			encodeForm(f, join(v.Type().Field(i).Name), v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			encodeForm(f, join("member."+strconv.Itoa(i+1)), v.Index(i))
		}
	case reflect.Map:
		for i, k := range v.MapKeys() {
			entry := join("entry." + strconv.Itoa(i+1))
			f.Set(entry+".key", k.String())
			encodeForm(f, entry+".value", v.MapIndex(k))
		}
	case reflect.String:
		if v.Len() > 0 {
			f.Set(key, v.String())
		}
	case reflect.Bool:
		f.Set(key, strconv.FormatBool(v.Bool()))
	case reflect.Int32, reflect.Int64:
		f.Set(key, strconv.FormatInt(v.Int(), 10))
	case reflect.Float64:
		f.Set(key, strconv.FormatFloat(v.Float(), 'g', -1, 64))
	}
}

func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		"Text=a&Names.member.1=b&Labels.entry.1.key=k&Labels.entry.1.value=v", "Parts.member.2.Name=%ff&Color=",
		"Names=&Parts.member.1.Deeper.member.1.Deeper.member.1.Name=x", "Count=1&Total=2&Ratio=3&When=2026-01-01T00:00:00Z&Blob=AA==",
		"Names.member.1=a&Names.member.1.x=b", "a=%", "&=&",
	} {
		f.Add(seed)
	}
	c := codec(f, &shape{}, nil)
	f.Fuzz(func(t *testing.T, form string) {
		var got shape
		err := c.DecodeForm(form, &got)
		values, peerErr := url.ParseQuery(form)
		if err != nil {
			return
		}
		if peerErr != nil && !strings.Contains(form, ";") {
			t.Fatalf("decode %q: no error, but url.ParseQuery: %v", form, peerErr)
		}
		if peerErr == nil && got.Text != nil && *got.Text != strings.ToValidUTF8(values.Get("Text"), "\ufffd") {
			t.Errorf("decode %q: Text is %q, want %q", form, *got.Text, values.Get("Text"))
		}
		var again shape
		body := c.AppendJSON(nil, &got)
		if got.When != nil && (got.When.Year() > 9999 || got.When.Year() < 1) {
			return
		}
		if err := c.DecodeJSON(body, &again); err != nil {
			t.Errorf("%q as JSON: %v", form, err)
		}
	})
}

// TestUnions: a request with a member that may be of several types is refused, not
// understood by half.
func TestUnions(t *testing.T) {
	in := &iam.SimulatePrincipalPolicyInput{}
	c := codec(t, in, nil)
	if err := c.DecodeForm("PolicySourceArn=a&PolicyExclusionList.member.1.PolicyArn=b", in); err == nil {
		t.Error("a union is passed over")
	}
	if err := c.DecodeForm("PolicySourceArn=a", in); err != nil || *in.PolicySourceArn != "a" {
		t.Errorf("without the union: %v", err)
	}
}
