package awsapi_test

import (
	"encoding/base64"
	"encoding/xml"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func base64Text(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func TestAppendXML(t *testing.T) {
	v := &shape{
		Text: aws.String("a<b>&\r\x00"), Color: "RED", Flag: aws.Bool(false), Count: aws.Int32(-1), Ratio: aws.Float64(0.5),
		Blob: []byte("hello"), When: aws.Time(time.Date(2026, 5, 20, 20, 45, 8, 0, time.UTC)),
		Part: &part{Name: aws.String("")}, Names: []string{"x", "y"}, Parts: []part{{Name: aws.String("p")}},
		Labels: map[string]string{"k2": "v2", "k<": "v1"}, Numbers: []int32{},
	}
	const want = `<Text>a&lt;b&gt;&amp;&#xD;` + "\ufffd" + `</Text><Color>RED</Color><Flag>false</Flag><Plain>false</Plain><Count>-1</Count>` +
		`<Ratio>0.5</Ratio><Blob>aGVsbG8=</Blob><When>2026-05-20T20:45:08Z</When><Part><Name></Name></Part>` +
		`<Names><member>x</member><member>y</member></Names><Parts><member><Name>p</Name></member></Parts>` +
		`<Labels><entry><key>k2</key><value>v2</value></entry><entry><key>k&lt;</key><value>v1</value></entry></Labels><Numbers></Numbers>`
	if got := string(codec(t, v, nil).AppendXML(nil, v)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestXMLRoundTrip reads what is written with encoding/xml.
func TestXMLRoundTrip(t *testing.T) {
	type document struct {
		Text  string
		Names struct {
			Member []string `xml:"member"`
		}
		Labels struct {
			Entry []struct {
				Key   string `xml:"key"`
				Value string `xml:"value"`
			} `xml:"entry"`
		}
	}
	r := rand.New(rand.NewPCG(9, 10))
	c := codec(t, &shape{}, nil)
	for range 200 {
		var want shape
		randomize(r, reflect.ValueOf(&want).Elem(), 4)
		b := append(c.AppendXML([]byte("<d>"), &want), "</d>"...)
		var got document
		if err := xml.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if got.Text != *want.Text || !reflect.DeepEqual(got.Names.Member, want.Names) || len(got.Labels.Entry) != len(want.Labels) {
			t.Fatalf("%s: got %+v", b, got)
		}
		for _, e := range got.Labels.Entry {
			if want.Labels[e.Key] != e.Value {
				t.Fatalf("%s: label %q is %q", b, e.Key, e.Value)
			}
		}
	}
}
