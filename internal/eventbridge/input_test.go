package eventbridge_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/eventbridge"
)

// TestTransform has the templates of AWS's page about input transformers.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
func TestTransform(t *testing.T) {
	t.Parallel()
	e := &eventbridge.Event{
		ID: "7bf73129-1428-4cd3-a780-95db273d1602", Source: "aws.ec2", DetailType: "EC2 Instance State-change Notification", Account: "123456789012", Region: "us-east-1",
		Time: time.Date(2015, 11, 11, 21, 29, 54, 0, time.UTC), Resources: []string{"arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"},
		Detail: []byte(`{"instance-id":"i-0123456789","state":"RUNNING","n":5,"list":["a","b"],"quote":"say \"x\""}`),
	}
	const head = `{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","account":"123456789012",` +
		`"time":"2015-11-11T21:29:54Z","region":"us-east-1","resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"]`
	paths := map[string]string{"instance": "$.detail.instance-id", "state": "$.detail.state", "n": "$.detail.n", "list": "$.detail.list", "first": "$.resources[0]", "quote": "$.detail.quote", "gone": "$.detail.gone"}
	for _, test := range []struct{ name, template, want string }{
		{"a text", `"instance <instance> is in <state>"`, `"instance i-0123456789 is in RUNNING"`},
		{"an object", `{"instance" : <instance>, "state": <state>}`, `{"instance" : "i-0123456789", "state": "RUNNING"}`},
		{"in quotes", `{"instance" : "<instance>", "text": "at <state> <n>"}`, `{"instance" : "i-0123456789", "text": "at RUNNING 5"}`},
		{"a number and a list", `{"n": <n>, "list": <list>, "first": "<first>"}`, `{"n": 5, "list": ["a","b"], "first": "arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"}`},
		{"a list in quotes", `"<list>"`, `"[\"a\",\"b\"]"`},
		{"quotes in a value", `"<quote>"`, `"say \"x\""`},
		{"escaped quotes around", `"instance \"<instance>\""`, `"instance \"i-0123456789\""`},
		{"what is not there", `{"a": <gone>, "b": "<gone>"}`, `{"a": "", "b": ""}`},
		{"the rule", `{"arn": <aws.events.rule-arn>, "name": "<aws.events.rule-name>", "at": <aws.events.event.ingestion-time>}`,
			`{"arn": "arn:aws:events:us-east-1:111122223333:rule/r", "name": "r", "at": "2015-11-11T21:29:54Z"}`},
		{"the event without its detail", `{"e": <aws.events.event>}`, `{"e": ` + head + `}}`},
		{"the whole event", `{"e": <aws.events.event.json>}`, `{"e": ` + head + `,"detail":` + string(e.Detail) + `}}`},
		{"no variable", `{"a": "1 < 2 and 3 > 2"}`, `{"a": "1 < 2 and 3 > 2"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := eventbridge.Transform(e, paths, test.template)
			if err != nil || got != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
			if !json.Valid([]byte(got)) {
				t.Error("it is no JSON")
			}
		})
	}
	for _, template := range []string{`plain`, `{"a": <nope>}`, `{`, `"a`, `"<aws.events.other>"`} {
		if got, err := eventbridge.Transform(e, paths, template); err == nil {
			t.Errorf("%s becomes %s", template, got)
		}
	}
}

// TestBounds: what one event causes is bounded, whatever templates and rules there are.
func TestBounds(t *testing.T) {
	t.Parallel()
	e := &eventbridge.Event{ID: "1", Source: "a", DetailType: "b", Detail: []byte(`{"x":"` + strings.Repeat("y", 200<<10) + `"}`)}
	if out, err := eventbridge.Transform(e, map[string]string{"a": "$.detail"}, `[`+strings.Repeat("<a>,", 2000)+`0]`); err == nil {
		t.Errorf("a template makes %d bytes", len(out))
	}
	if _, err := eventbridge.Transform(e, map[string]string{"a": "$.detail"}, `[<a>,<a>]`); err != nil {
		t.Error(err)
	}
	bytes, failed, err := eventbridge.Fill(e, 1500)
	if err != nil || bytes > 33<<20 || failed < 1000 {
		t.Errorf("%d bytes are kept, %v invocations have failed, %v", bytes, failed, err)
	}
	if bytes, failed, err := eventbridge.Fill(e, 5); err != nil || bytes < 5*200<<10 || failed != 0 {
		t.Errorf("%d bytes are kept for five, %v invocations have failed, %v", bytes, failed, err)
	}
}

// TestLogTime: a time that a log group would not take from a caller does not get there by a rule.
func TestLogTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		`1772362800000`: now.Add(-time.Hour), `9223372036854775807`: now, `-62135596800000`: now, `"9999-12-31T23:59:59Z"`: now, `"2026-03-01T13:00:00Z"`: now.Add(time.Hour),
	} {
		if got := eventbridge.LogTime(`{"timestamp":`+text+`,"message":"m"}`, now); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	const document = `{"a":{"b":[1,{"c":"x"}],"d e":true},"n":null}`
	for path, want := range map[string]string{
		"$": document, "$.a.b[0]": "1", "$.a.b[1].c": `"x"`, "$.a['d e']": "true", "$.n": "null", "$.a.b[*]": `[1,{"c":"x"}]`, "$.a.b[*].c": `["x"]`,
		"$.x": "", "$.a.b[9]": "", "$.a.b.c": "", "a": "", "$a": "", "$.": "", "$.a[": "", "$.a[-1]": "", "$..a": "", "$.a[x]": "", "": "",
	} {
		if got, ok := eventbridge.FindPath(path, document); got != want || ok != (want != "") {
			t.Errorf("%q: %s, %v", path, got, ok)
		}
	}
}

// FuzzTransform looks whether what a template becomes is JSON whatever an event says.
func FuzzTransform(f *testing.F) {
	f.Add(`"<a>"`, "$.detail.x", `{"x":"\"\n"}`)
	f.Add(`{"k":<a>,"t":"<a> \"<a>\""}`, "$.detail", `{"x":[1,{"y":"<a>"}]}`)
	f.Add(`<a>`, "$.detail.x[*]", `{"x":[]}`)
	f.Fuzz(func(t *testing.T, template, path, detail string) {
		var o map[string]any
		if json.Unmarshal([]byte(detail), &o) != nil || o == nil {
			return
		}
		got, err := eventbridge.Transform(&eventbridge.Event{ID: "i", Detail: []byte(detail)}, map[string]string{"a": path}, template)
		if err == nil && !json.Valid([]byte(got)) {
			t.Errorf("%q with %s at %s becomes %q", template, detail, path, got)
		}
	})
}
