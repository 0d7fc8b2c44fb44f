package pattern_test

import (
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/eventbridge/pattern"
)

func match(t *testing.T, p, event string) bool {
	t.Helper()
	compiled, err := pattern.Parse([]byte(p))
	if err != nil {
		t.Fatalf("Parse(%s): %v", p, err)
	}
	return compiled.Match(pattern.NewEvent([]byte(event)))
}

// instance is the event of AWS's page about event patterns.
const instance = `{
  "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
  "detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2", "account": "111122223333",
  "time": "2017-12-22T18:43:48Z", "region": "us-west-1",
  "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
  "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated"}
}`

// nulls is the event of AWS's page about null values and empty strings.
const nulls = `{"version": "0", "id": "3e3c153a-8339-4e30-8c35-687ebef853fe", "detail-type": "EC2 Instance Launch Successful",
  "source": "aws.autoscaling", "account": "123456789012", "time": "2015-11-11T21:31:47Z", "region": "us-east-1",
  "resources": [], "detail": {"eventVersion": "", "responseElements": null}}`

// TestDocumentation has the examples of AWS's pages about event patterns, each with events that
// match and events that don't.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, pattern string
		yes, no       []string
	}{
		{"three fields", `{"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"], "detail": {"state": ["terminated"]}}`,
			[]string{instance}, []string{nulls, strings.Replace(instance, "terminated", "running", 1), strings.Replace(instance, "detail-type", "detail_type", 1)}},
		{"two sources", `{"source": ["aws.ec2", "aws.fargate"]}`,
			[]string{instance, `{"source":"aws.fargate"}`}, []string{nulls, `{"source":"aws.EC2"}`, `{}`}},
		{"resource in an array", `{"resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f", "arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"]}`,
			[]string{instance}, []string{nulls, `{"resources":["x"]}`}},
		{"arrays intersect", `{"resources": ["a", "b"]}`, []string{`{"resources":["z","b"]}`, `{"resources":"a"}`}, []string{`{"resources":["z"]}`, `{"resources":[]}`}},
		{"empty string", `{"detail": {"eventVersion": [""]}}`, []string{nulls}, []string{instance, `{"detail":{"eventVersion":null}}`}},
		{"null", `{"detail": {"responseElements": [null]}}`, []string{nulls}, []string{instance, `{"detail":{"responseElements":""}}`, `{"detail":{"responseElements":"null"}}`}},
		{"prefix", `{"time": [{"prefix": "2017-12-22"}]}`, []string{instance}, []string{nulls, `{"time":20171222}`}},
		{"prefix of a Region", `{"detail": {"Region": [{"prefix": "us-"}]}}`, []string{`{"detail":{"Region":"us-east-1"}}`}, []string{`{"detail":{"Region":"eu-us-1"}}`}},
		{"prefix ignoring case", `{"service": [{"prefix": {"equals-ignore-case": "eventb"}}]}`,
			[]string{`{"service":"EventBridge"}`, `{"service":"eventb"}`, `{"service":"EVENTBRIDGE"}`}, []string{`{"service":"event"}`, `{"service":"AEventB"}`}},
		{"suffix", `{"FileName": [{"suffix": ".png"}]}`, []string{`{"FileName":"a.png"}`}, []string{`{"FileName":"a.png "}`, `{"FileName":"a.PNG"}`}},
		{"suffix ignoring case", `{"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}`,
			[]string{`{"FileName":"a.png"}`, `{"FileName":"a.PnG"}`}, []string{`{"FileName":"png"}`}},
		{"anything but", `{"detail": {"state": [{"anything-but": "initializing"}]}}`,
			[]string{instance, `{"detail":{"state":5}}`, `{"detail":{"state":null}}`}, []string{`{"detail":{"state":"initializing"}}`, nulls}},
		{"anything but a number", `{"detail": {"x-limit": [{"anything-but": 123}]}}`,
			[]string{`{"detail":{"x-limit":124}}`, `{"detail":{"x-limit":"123"}}`}, []string{`{"detail":{"x-limit":123}}`, `{"detail":{"x-limit":1.23e2}}`}},
		{"anything but strings", `{"detail": {"state": [{"anything-but": ["stopped", "overloaded"]}]}}`,
			[]string{instance}, []string{`{"detail":{"state":"stopped"}}`, `{"detail":{"state":"overloaded"}}`, `{"detail":{}}`}},
		{"anything but numbers", `{"detail": {"x-limit": [{"anything-but": [100, 200, 300]}]}}`,
			[]string{`{"detail":{"x-limit":150}}`}, []string{`{"detail":{"x-limit":100}}`, `{"detail":{"x-limit":300.0}}`}},
		{"anything but ignoring case", `{"detail": {"state": [{"anything-but": {"equals-ignore-case": "initializing"}}]}}`,
			[]string{instance}, []string{`{"detail":{"state":"INITIALIZING"}}`}},
		{"anything but several ignoring case", `{"detail": {"state": [{"anything-but": {"equals-ignore-case": ["initializing", "stopped"]}}]}}`,
			[]string{instance}, []string{`{"detail":{"state":"Initializing"}}`, `{"detail":{"state":"STOPPED"}}`}},
		{"anything but a prefix", `{"detail": {"state": [{"anything-but": {"prefix": "init"}}]}}`,
			[]string{instance, `{"detail":{"state":7}}`}, []string{`{"detail":{"state":"initializing"}}`}},
		{"anything but prefixes", `{"detail": {"state": [{"anything-but": {"prefix": ["init", "error"]}}]}}`,
			[]string{instance}, []string{`{"detail":{"state":"initializing"}}`, `{"detail":{"state":"errored"}}`}},
		{"anything but a suffix", `{"detail": {"FileName": [{"anything-but": {"suffix": ".txt"}}]}}`,
			[]string{`{"detail":{"FileName":"a.png"}}`}, []string{`{"detail":{"FileName":"a.txt"}}`}},
		{"anything but suffixes", `{"detail": {"FileName": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]}}`,
			[]string{`{"detail":{"FileName":"a.png"}}`}, []string{`{"detail":{"FileName":"a.rtf"}}`}},
		{"anything but a wildcard", `{"detail": {"FilePath": [{"anything-but": {"wildcard": "*/lib/*"}}]}}`,
			[]string{`{"detail":{"FilePath":"/usr/bin/x"}}`}, []string{`{"detail":{"FilePath":"/usr/lib/x"}}`}},
		{"anything but wildcards", `{"detail": {"FilePath": [{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]}}`,
			[]string{`{"detail":{"FilePath":"/usr/share/x"}}`}, []string{`{"detail":{"FilePath":"/usr/bin/x"}}`}},
		{"numeric", `{"detail": {"c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}], "x-limit": [{"numeric": ["=", 3.018e2]}]}}`,
			[]string{`{"detail":{"c-count":5,"d-count":9.999999,"x-limit":301.8}}`, `{"detail":{"c-count":0.000001,"d-count":-7,"x-limit":3.018e2}}`},
			[]string{`{"detail":{"c-count":0,"d-count":9,"x-limit":301.8}}`, `{"detail":{"c-count":5,"d-count":10,"x-limit":301.8}}`,
				`{"detail":{"c-count":"5","d-count":9,"x-limit":301.8}}`, `{"detail":{"c-count":6e9,"d-count":9,"x-limit":301.8}}`}},
		{"price", `{"Price": [{"numeric": ["=", 100]}]}`, []string{`{"Price":100}`, `{"Price":1e2}`}, []string{`{"Price":101}`, `{"Price":"100"}`}},
		{"between", `{"Price": [{"numeric": [">", 10, "<=", 20]}]}`, []string{`{"Price":20}`, `{"Price":[3,15]}`}, []string{`{"Price":10}`, `{"Price":20.000001}`}},
		{"cidr", `{"detail": {"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}}`,
			[]string{`{"detail":{"sourceIPAddress":"10.0.0.255"}}`}, []string{`{"detail":{"sourceIPAddress":"10.0.1.0"}}`, `{"detail":{"sourceIPAddress":"AWS Internal"}}`, `{"detail":{"sourceIPAddress":"::ffff:10.0.0.1"}}`}},
		{"cidr v6", `{"a": [{"cidr": "2001:db8::/32"}]}`, []string{`{"a":"2001:DB8::5"}`}, []string{`{"a":"2001:db9::"}`, `{"a":"10.0.0.1"}`}},
		{"exists", `{"detail": {"state": [{"exists": true}]}}`, []string{instance, `{"detail":{"state":null}}`}, []string{nulls, `{"detail":{"state":{"x":1}}}`, `{"detail":{"state":[]}}`}},
		{"exists not", `{"detail-type": ["EC2 Instance State-change Notification"], "resources": [{"prefix": "arn:"}], "detail": {"c-count": [{"exists": false}]}}`,
			[]string{instance}, []string{strings.Replace(instance, `"state"`, `"c-count"`, 1)}},
		{"exists not, or a value", `{"a": [{"exists": false}, "x"]}`, []string{`{}`, `{"a":"x"}`}, []string{`{"a":"y"}`}},
		{"exists not, and nothing above", `{"a": {"b": [{"exists": false}]}}`, []string{`{}`, `{"a":5}`, `{"a":{}}`, `{"a":[]}`}, []string{`{"a":{"b":1}}`, `{"a":[{"b":1},{"c":2}]}`}},
		{"equals ignoring case", `{"detail-type": [{"equals-ignore-case": "ec2 instance state-change notification"}]}`, []string{instance}, []string{nulls}},
		{"wildcard", `{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:123456789012:event-bus/*"}]}`,
			[]string{`{"EventBusArn":"arn:aws:events:us-east-1:123456789012:event-bus/"}`, `{"EventBusArn":"arn:aws:events:us-east-1:123456789012:event-bus/a*"}`},
			[]string{`{"EventBusArn":"arn:aws:events:us-east-1:123456789012:event-bus"}`}},
		{"wildcard in the middle", `{"FilePath": [{"wildcard": "dir/*/*.png"}]}`, []string{`{"FilePath":"dir/a/.png"}`, `{"FilePath":"dir/a/b/c.png"}`}, []string{`{"FilePath":"dir/.png"}`, `{"FilePath":"dir/a/b.pngx"}`}},
		{"wildcard escaped", `{"a": [{"wildcard": "\\**\\\\"}]}`, []string{`{"a":"*\\"}`, `{"a":"*xyz\\"}`}, []string{`{"a":"xyz\\"}`}},
		{"multiple", `{"time": [{"prefix": "2017-12"}], "detail": {"state": [{"anything-but": "initializing"}], "c-count": [{"numeric": [">", 0, "<=", 5]}], "x-limit": [{"anything-but": [100, 200, 300]}]}}`,
			[]string{strings.Replace(instance, `"state"`, `"c-count": 2, "x-limit": 5, "state"`, 1)}, []string{instance, strings.Replace(instance, `"state"`, `"c-count": 2, "x-limit": 200, "state"`, 1)}},
		{"or", `{"detail": {"$or": [{"c-count": [{"numeric": [">", 0, "<=", 5]}]}, {"d-count": [{"numeric": ["<", 10]}]}, {"x-limit": [{"numeric": ["=", 3.018e2]}]}]}}`,
			[]string{`{"detail":{"c-count":1}}`, `{"detail":{"c-count":9,"d-count":1}}`, `{"detail":{"x-limit":301.8}}`}, []string{`{"detail":{}}`, `{"detail":{"d-count":10}}`}},
		{"or at the root", `{"source": ["aws.cloudwatch"], "$or": [{"metricName": ["CPUUtilization", "ReadLatency"]}, {"namespace": ["AWS/EC2", "AWS/ES"]}]}`,
			[]string{`{"source":"aws.cloudwatch","namespace":"AWS/ES"}`}, []string{`{"source":"aws.cloudwatch"}`, `{"namespace":"AWS/ES"}`}},
		{"one element of an array", `{"employees": {"firstName": ["Anna"], "lastName": ["Jones"]}}`,
			[]string{`{"employees":[{"firstName":"Bob"},{"firstName":"Anna","lastName":"Jones"}]}`, `{"employees":[[{"firstName":"Anna","lastName":"Jones"}]]}`},
			[]string{`{"employees":[{"firstName":"Anna","lastName":"Smith"},{"firstName":"John","lastName":"Jones"}]}`}},
		{"numbers and words", `{"a": [1.50, true], "b": [false]}`, []string{`{"a":1.5,"b":false}`, `{"a":true,"b":false}`}, []string{`{"a":"true","b":false}`, `{"a":1.6,"b":false}`}},
		{"numbers too large to compare", `{"account": [123456789012]}`, []string{`{"account":123456789012}`}, []string{`{"account":"123456789012"}`, `{"account":123456789013}`}},
		{"escaped by number", `{"source": ["aws.kms"], "x": [{"prefix": "a/"}]}`, []string{`{"source":"aws\u002ekms","x":"a\/b"}`, `{"s\u006furce":"aws.kms","x":"a/"}`, `{"source":"aws.kms","x":"a\/"}`}, nil},
		{"quotes", `{"a": ["say \"hi\"\n"]}`, []string{`{"a":"say \"hi\"\n"}`, `{"a":"say \u0022hi\u0022\u000A"}`}, []string{`{"a":"say hi"}`}},
		{"quotes at the ends", `{"a": ["\"x\"", {"prefix": "\"p"}, {"prefix": "q\""}, {"suffix": "\"s"}, {"suffix": "t\""}, {"wildcard": "*w\"*\"w*"}]}`,
			[]string{`{"a":"\"x\""}`, `{"a":"\"p1"}`, `{"a":"q\"1"}`, `{"a":"1\"s"}`, `{"a":"1t\""}`, `{"a":"1w\"2\"w3"}`}, []string{`{"a":"x"}`, `{"a":"p"}`, `{"a":"ww"}`}},
		{"no JSON", `{"a": [{"exists": false}]}`, []string{`{}`}, []string{``, `[]`, `x`, `{"b":}`, `"a"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, e := range test.yes {
				if !match(t, test.pattern, e) {
					t.Errorf("does not match %s", e)
				}
			}
			for _, e := range test.no {
				if match(t, test.pattern, e) {
					t.Errorf("matches %s", e)
				}
			}
		})
	}
}

// TestRefusals has what is no pattern, with AWS's words.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for p, want := range map[string]string{
		``:                                                    `Invalid JSON`,
		`{"a":["x"]`:                                          `Invalid JSON`,
		`[]`:                                                  `Filter is not an object`,
		`"x"`:                                                 `Filter is not an object`,
		`{}`:                                                  `Empty objects are not allowed`,
		`{"a":{}}`:                                            `Empty objects are not allowed`,
		`{"a":[]}`:                                            `Empty arrays are not allowed`,
		`{"a":"x"}`:                                           `"a" must be an object or an array`,
		`{"a":5}`:                                             `"a" must be an object or an array`,
		`{"a":[["x"]]}`:                                       `Match value must be String, number, true, false, or null`,
		`{"a":["x"],"a":["y"]}`:                               "Path `a` cannot be allowed multiple times",
		`{"d":{"a":["x"],"a":["y"]}}`:                         "Path `d.a` cannot be allowed multiple times",
		`{"a":[{}]}`:                                          `Match expression name not found`,
		`{"a":[{"regex":"x"}]}`:                               `Unrecognized match type regex`,
		`{"a":[{"prefix":5}]}`:                                `prefix match pattern must be a string`,
		`{"a":[{"prefix":["x"]}]}`:                            `prefix match pattern must be a string`,
		`{"a":[{"prefix":"x","b":1}]}`:                        `Only one key allowed in match expression`,
		`{"a":[{"prefix":{}}]}`:                               `Prefix expression name not found`,
		`{"a":[{"prefix":{"suffix":"x"}}]}`:                   `Unsupported prefix pattern: suffix`,
		`{"a":[{"suffix":null}]}`:                             `suffix match pattern must be a string`,
		`{"a":[{"suffix":{"prefix":"x"}}]}`:                   `Unsupported suffix pattern: prefix`,
		`{"a":[{"equals-ignore-case":["x"]}]}`:                `equals-ignore-case match pattern must be a string`,
		`{"a":[{"wildcard":5}]}`:                              `wildcard match pattern must be a string`,
		`{"a":[{"wildcard":"a**b"}]}`:                         `Consecutive wildcard characters at pos 2`,
		`{"a":[{"wildcard":"\\x"}]}`:                          `Invalid escape character at pos 1`,
		`{"a":[{"cidr":"10.0.0.0"}]}`:                         `Malformed CIDR, one '/' required`,
		`{"a":[{"cidr":"10.0.0.0/x"}]}`:                       `Malformed CIDR, mask bits must be an integer`,
		`{"a":[{"cidr":"10.0.0.0/-1"}]}`:                      `Malformed CIDR, mask bits must not be negative`,
		`{"a":[{"cidr":"10.0.0/8"}]}`:                         `Nonstandard IP address: 10.0.0`,
		`{"a":[{"cidr":"10.0.0.0/33"}]}`:                      `IPv4 mask bits must be < 32`,
		`{"a":[{"exists":"true"}]}`:                           `exists match pattern must be either true or false.`,
		`{"a":[{"numeric":5}]}`:                               `Value of numeric must be an array.`,
		`{"a":[{"numeric":[5]}]}`:                             `Invalid member in numeric match: 5`,
		`{"a":[{"numeric":["!=",5]}]}`:                        `Unrecognized numeric range operator: !=`,
		`{"a":[{"numeric":["=","5"]}]}`:                       `Value of equals must be numeric`,
		`{"a":[{"numeric":[">","5"]}]}`:                       `Value of > must be numeric`,
		`{"a":[{"numeric":["=",6e9]}]}`:                       `Value must be between -5.0E9 and 5.0E9, inclusive`,
		`{"a":[{"numeric":["<",5,">",1]}]}`:                   `Too many elements in numeric expression`,
		`{"a":[{"numeric":[">",1,">",5]}]}`:                   `Bad numeric range operator: >`,
		`{"a":[{"numeric":[">",1,5]}]}`:                       `Bad value in numeric range: 5`,
		`{"a":[{"numeric":[">",5,"<",5]}]}`:                   `Bottom must be less than top`,
		`{"a":[{"numeric":[">",1,"<",5,"<",9]}]}`:             `Too many terms in numeric range expression`,
		`{"a":[{"anything-but":true}]}`:                       `Value of anything-but must be an array or single string/number value.`,
		`{"a":[{"anything-but":["x",5]}]}`:                    `Inside anything but list, either all values are number or string, mixed type is not supported`,
		`{"a":[{"anything-but":[]}]}`:                         `Inside anything but list, either all values are number or string, mixed type is not supported`,
		`{"a":[{"anything-but":[null]}]}`:                     `Inside anything but list, start|null|boolean is not supported.`,
		`{"a":[{"anything-but":{"numeric":["=",5]}}]}`:        `Unsupported anything-but pattern: numeric`,
		`{"a":[{"anything-but":{"prefix":""}}]}`:              `Null prefix/suffix not allowed`,
		`{"a":[{"anything-but":{"prefix":5}}]}`:               `prefix/suffix match pattern must be a string`,
		`{"a":[{"anything-but":{"equals-ignore-case":[5]}}]}`: `Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.`,
		`{"a":[{"anything-but":{}}]}`:                         `Anything-But expression name not found`,
		`{"$or":{"a":["x"]}}`:                                 `It must be an Array followed with $or.`,
		`{"$or":["a","b"]}`:                                   `Only JSON object is allowed in array of $or relationship.`,
		`{"$or":[{"a":["x"]}]}`:                               `There must have at least 2 Objects in $or relationship.`,
		`{"$or":[{"a":["x"]},{"prefix":["y"]}]}`:              `prefix is Ruler reserved fieldName which cannot be used inside $or.`,
		`{"$or":[` + strings.Repeat(`{"a":["x"]},`, 1000) + `{"a":["x"]}]}`: `Rule is too complex - try using fewer OR conditions`,
		strings.Repeat(`{"a":`, 102) + `["x"]` + strings.Repeat(`}`, 102):   `Pattern is too deep`,
	} {
		_, err := pattern.Parse([]byte(p))
		if e, ok := err.(*pattern.Error); !ok || e.Reason != want {
			t.Errorf("%.80s:\n got %v\nwant %s", p, err, want)
		}
	}
}

// TestPlace has the place of an error as AWS shows it.
func TestPlace(t *testing.T) {
	t.Parallel()
	const p = `{"source":["test.event-pattern"],"detail":{"lenderId":"LenderA"}}`
	_, err := pattern.Parse([]byte(p))
	if want := "\"lenderId\" must be an object or an array\n at [Source: (String)\"" + p + "\"; line: 1, column: 56]"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
