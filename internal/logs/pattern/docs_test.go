package pattern_test

import (
	"maps"
	"testing"

	"github.com/keystead/keystead/internal/logs/pattern"
)

// trail and compound are the events of AWS's examples of JSON patterns.
const (
	trail = `{
  "eventType": "UpdateTrail",
  "sourceIPAddress": "111.111.111.111",
  "arrayKey": ["value", "another value"],
  "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
  "SomeObject": null,
  "cluster.name": "c",
  "ThisFlag": true
}`
	compound = `{
  "user": {"id": 1, "email": "John.Stiles@example.com"},
  "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
  "actions": ["GET", "PUT", "DELETE"],
  "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]]
}`
	apache  = `127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534`
	apache2 = `127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534`
	apache5 = `127.0.0.1 - frank [10/Oct/2000:13:35:22 -0700] "GET /apache_pb.gif HTTP/1.0" 500 5324`

	bad400  = "[ERROR 400] BAD REQUEST"
	unauth  = "[ERROR 401] UNAUTHORIZED REQUEST"
	missing = "[ERROR 419] MISSING ARGUMENTS"
	badArgs = "[ERROR 420] INVALID ARGUMENTS"

	info67   = "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200"
	info111  = "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310"
	warning  = "WARNING 09/25/2014 12:00:02 Invalid user request"
	errorMsg = "ERROR 09/25/2014 12:00:02 Failed to process request"
)

// documented are AWS's examples of the language: which of the texts beside a pattern match.
//
// Source: the pages below https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
// and https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html
var documented = []struct {
	pattern string
	yes, no []string
}{
	// Unstructured terms.
	{``, []string{"", "anything", trail, apache}, nil},
	{`" "`, []string{"two words"}, []string{"one"}},
	{`ERROR`, []string{bad400, unauth, missing, badArgs, "[ERROR] A fatal exception has occurred", "Exiting with ERRORCODE: -1"}, []string{"[error]", "[INFO 200] OK"}},
	{`ERROR ARGUMENTS`, []string{missing, badArgs}, []string{bad400, unauth}},
	{`ERROR Exception`, []string{"[ERROR] Caught IllegalArgumentException", "[ERROR] Unhandled Exception"}, []string{"[ERROR] x", "Exception"}},
	{`"Failed to process the request"`, []string{"[WARN] Failed to process the request", "[ERROR] Unable to continue: Failed to process the request"}, []string{"Failed to process a request"}},
	{`Failed to process the request`, []string{"[WARN] Failed to process the request", "the request: to process Failed"}, []string{"Failed to process request"}},
	{`?ERROR ?ARGUMENTS`, []string{bad400, unauth, missing, badArgs, "ARGUMENTS"}, []string{"[INFO 200] OK"}},
	{`?ERROR ?ARGUMENTS REQUEST`, []string{"[INFO] REQUEST FAILED", "[WARN] UNAUTHORIZED REQUEST", "[ERROR] 400 BAD REQUEST"}, []string{"[ERROR] MISSING ARGUMENTS"}},
	{`?ERROR ?WARN`, []string{"ERROR WARN message", "ERROR message", "WARN message"}, []string{"INFO message"}},
	{`ERROR WARN`, []string{"ERROR WARN message"}, []string{"ERROR message", "WARN message"}},
	{`ERROR -WARN`, []string{"ERROR message"}, []string{"ERROR WARN message", "WARN message"}},
	{`"ERROR" - "Exiting"`, []string{"[ERROR] A fatal exception has occurred"}, []string{"Exiting with ERRORCODE: -1"}},
	{`"INTERNAL SERVER ERROR"`, []string{"[ERROR 500] INTERNAL SERVER ERROR"}, []string{"[ERROR 500] INTERNAL ERROR ON SERVER"}},
	{`ERROR -ARGUMENTS`, []string{bad400, unauth}, []string{missing, badArgs}},
	{`"[ERROR]"`, []string{"02 May 2014 00:34:16,142 [ERROR] Unhanded exception: InvalidQueryException"}, []string{"02 May 2014 00:34:12,525 [INFO] Starting the application"}},
	{`"[ERROR]" Exception`, []string{"02 May 2014 00:34:16,142 [ERROR] Unhanded exception: InvalidQueryException"}, []string{"02 May 2014 00:34:16,224 [ERROR] Terminating the application"}},

	// Regular expressions.
	{`%AUTHORIZED%`, []string{unauth, "[SUCCESS 200] AUTHORIZED REQUEST"}, []string{bad400}},
	{`%\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}%`, []string{"from 10.0.0.255 to"}, []string{"10.0.0"}},
	{`%[Ee]rror|[Ff]ail%`, []string{"an error", "Error", "it will fail", "Failed"}, []string{"ERROR"}},
	{`%^[hc]at%`, []string{"hat", "cat", "cat food"}, []string{"a hat"}},
	{`%[hc]at$%`, []string{"hat", "the cat"}, []string{"cats"}},
	{`%colou?r%`, []string{"color", "colour"}, []string{"colouur"}},
	{`%[abc]%`, []string{"a", "xb", "c"}, []string{"d"}},
	{`%[a-z]%`, []string{"q"}, []string{"Q1"}},
	{`%[abcx-z]%`, []string{"a", "b", "c", "x", "y", "z"}, []string{"d", "w"}},
	{`%^a{3,5}$%`, []string{"aaa", "aaaa", "aaaaa"}, []string{"aa", "aaaaaa"}},
	{`%^a{,2}$%`, []string{"", "a", "aa"}, []string{"aaa"}},
	{`%^a{2,}$%`, []string{"aa", "aaaa"}, []string{"a"}},
	{`%gra|ey%`, []string{"gray", "grey"}, []string{"groy"}},
	{`%^starting|^initializing|^shutting down%`, []string{"starting ...", "initializing ...", "shutting down"}, []string{"skipping initializing ..."}},
	{`%abcc|ab[^c]$%`, []string{"abcc ...", "abd"}, []string{"abc"}},
	{`%\[.\]%`, []string{"[a]", "[7]"}, []string{"[]", "a"}},
	{`%10\.10\.0\.1%`, []string{"10.10.0.1"}, []string{"10010,051"}},
	{`%10.10.0.1%`, []string{"10.10.0.1", "10010,051"}, nil},
	{`%ab*c%`, []string{"ac", "abc", "abbbbc"}, []string{"ab"}},
	{`%ab+c%`, []string{"abc", "abbbbc"}, []string{"ac"}},
	{`%.at%`, []string{"hat", "cat", "bat", "4at", "#at", " at"}, []string{"at"}},
	{`%\d%`, []string{"1"}, []string{"a"}},
	{`%^\D$%`, []string{"a"}, []string{"1"}},
	{`%^\s$%`, []string{" ", "\t"}, []string{"a"}},
	{`%^\S$%`, []string{"a"}, []string{" "}},
	{`%^\w$%`, []string{"a", "Z", "0", "_"}, []string{"-"}},
	{`%^\W$%`, []string{"-"}, []string{"a"}},
	{`%\x28a\x29%`, []string{"f(a)"}, []string{"fa"}},

	// JSON: strings, null, existence.
	{`{ $.eventType = "UpdateTrail" }`, []string{trail}, []string{`{"eventType":"updateTrail"}`, "UpdateTrail", `{"eventType":"UpdateTrail"`, `["UpdateTrail"]`}},
	{`{ $.eventType = UpdateTrail }`, []string{trail}, nil},
	{`{ $.eventType = Update* }`, []string{trail}, nil},
	{`{ $.eventType = "*Trail" }`, []string{trail}, nil},
	{`{ $.x = "*Event" }`, []string{`{"x":"PutEvent"}`, `{"x":"GetEvent"}`}, []string{`{"x":"EventId"}`}},
	{`{ $.x = Event* }`, []string{`{"x":"EventId"}`, `{"x":"EventName"}`}, []string{`{"x":"PutEvent"}`}},
	{`{ $.x = "Ev*ent" }`, []string{`{"x":"Ev*ent"}`}, nil},
	{`{ $.sourceIPAddress != 123.123.* }`, []string{trail}, []string{`{"sourceIPAddress":"123.123.7.8"}`, `{}`}},
	{`{ $.arrayKey[0] = "value" }`, []string{trail}, []string{`{"arrayKey":"value"}`, `{"arrayKey":["x","value"]}`}},
	{`{ $.objectList[1].id = 2 }`, []string{trail}, []string{`{"objectList":[1,2]}`, `{"objectList":{"1":{"id":2}}}`, `{"objectList":[{},{"x":2}]}`}},
	{`{ $.eventType = %Trail% }`, []string{trail}, []string{`{"eventType":"x"}`}},
	{`{ $.arrayKey[*] = %val.{2}% }`, []string{trail}, []string{`{"arrayKey":["val"]}`}},
	{`{ $.* = %111\.111\.111\.1[0-9]{1,2}% }`, []string{trail}, []string{`{"a":"x"}`}},
	{`{ $.['cluster.name'] = "c" }`, []string{trail}, []string{`{"cluster":{"name":"c"}}`}},
	{`{ $.objectList[*].id = 2 }`, []string{trail}, []string{`{"objectList":[{"id":3}]}`}},
	{`{ $.SomeObject IS NULL }`, []string{trail}, []string{`{}`, `{"SomeObject":0}`}},
	{`{ $.SomeOtherObject NOT EXISTS }`, []string{trail, `{}`}, []string{`{"SomeOtherObject":null}`, "no JSON"}},
	{`{ $.ThisFlag IS TRUE }`, []string{trail}, []string{`{"ThisFlag":false}`, `{"ThisFlag":"true"}`}},
	{`{ $.ThisFlag IS FALSE }`, []string{`{"ThisFlag":false}`}, []string{trail}},
	{`{$.foo = bar}`, []string{`{"foo": "bar"}`}, []string{`{"foo": "baz"}`}},
	{`{$.foo = bar || $.foo = baz }`, []string{`{"foo": "bar"}`, `{"foo": "baz"}`}, []string{`{"foo": "qux"}`}},
	{`{ $.users = 1 }`, nil, []string{`{"users": [1, 2, 3]}`}},
	{`{ $.users != 1 }`, nil, []string{`{"users": [1, 2, 3]}`}},

	// JSON: numbers.
	{`{ $.bandwidth > 75 }`, []string{`{"bandwidth":75.5}`}, []string{`{"bandwidth":75}`}},
	{`{ $.latency < 50 }`, []string{`{"latency":49}`}, []string{`{"latency":50}`}},
	{`{ $.refreshRate >= 60 }`, []string{`{"refreshRate":60}`}, []string{`{"refreshRate":59.9}`}},
	{`{ $.responseTime <= 5 }`, []string{`{"responseTime":5}`}, []string{`{"responseTime":6}`}},
	{`{ $.errorCode = 400}`, []string{`{"errorCode":400}`, `{"errorCode":4e2}`}, []string{`{"errorCode":401}`}},
	{`{ $.errorCode != 500 }`, []string{`{"errorCode":400}`}, []string{`{"errorCode":500}`}},
	{`{ $.number[0] = 1e-3 }`, []string{`{"number":[0.001]}`}, []string{`{"number":[1]}`}},
	{`{ $.number[0] != 1e+3 }`, []string{`{"number":[999]}`}, []string{`{"number":[1000]}`}},
	{`{ $.latency >= 500 }`, []string{`{"latency":500}`}, []string{`{"latency":499}`}},
	{`{ $.numbers[0] < 10e3 }`, []string{`{"numbers":[9999]}`}, []string{`{"numbers":[10000]}`}},
	{`{ $.numbers[0] < 10e-3 }`, []string{`{"numbers":[0.009]}`}, []string{`{"numbers":[0.01]}`}},
	{`{ $.processes[4].averageRuntime <= 55.5 }`, []string{`{"processes":[0,0,0,0,{"averageRuntime":55.5}]}`}, []string{`{"processes":[{"averageRuntime":1}]}`}},
	{`{ $.latency > +1000 }`, []string{`{"latency":1001}`}, []string{`{"latency":1000}`}},

	// JSON: compound conditions.
	{`{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }`, []string{compound}, nil},
	{`{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }`, nil, []string{compound}},
	{`{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }`, []string{compound}, nil},
	{`{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }`, nil, []string{compound}},

	// Fields.
	{`[ip, user, username, timestamp, request, status_code, bytes]`, []string{apache, apache2, apache5}, []string{"a b c"}},
	{`[..., status_code, bytes]`, []string{apache}, []string{"one"}},
	{`[ip, user, ..., status_code, bytes]`, []string{apache}, []string{"a b c"}},
	{`[ip, user, ...]`, []string{apache, "a b"}, []string{"a"}},
	{`[ip, user, username, timestamp, request, status_code, bytes > 1000]`, []string{apache}, []string{`1 2 3 [4] "5" 6 1000`}},
	{`[ip, user, username, timestamp, request, status_code = 200, bytes]`, []string{apache2}, []string{apache, apache5}},
	{`[ip, user, username, timestamp, request, status_code = 4*, bytes]`, []string{apache}, []string{apache2}},
	{`[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]`, []string{apache}, []string{apache2}},
	{`[ip, user, username, timestamp, request, status_code = 4* && bytes > 1000]`, []string{apache}, []string{apache2, apache5}},
	{`[ip, user, username, timestamp, request, status_code = 403 || status_code = 404, bytes]`, []string{apache}, []string{apache2}},
	{`[ip, user, username, timestamp, request, status_code = 4* && status_code != 403, bytes]`, []string{apache}, []string{`127.0.0.1 - frank [x] "y" 403 1`}},
	{`[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]`, []string{apache}, []string{apache2}},
	{`[..., request =*.html*, status_code = 4*, bytes]`, []string{apache}, []string{apache2}},
	{`[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]`, []string{apache}, []string{apache2}},
	{`[w1=ERROR, w2]`, []string{errorMsg, "ERROR WARN message", "ERROR message"}, []string{info67, "WARN message", "ERROR"}},
	{`[w1=ERROR || w1=WARNING, w2]`, []string{errorMsg, warning}, []string{info67, info111}},
	{`[w1!=ERROR&&w1!=WARNING, w2]`, []string{info67, info111}, []string{errorMsg, warning}},
	{`[w1=ERROR || w1=%WARN%, w2]`, []string{errorMsg, warning}, []string{info67}},
	{`[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]`, []string{info67}, []string{info111, warning}},
	{`[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]`, []string{info111}, []string{info67}},
	{`[]`, []string{apache, ""}, nil},
	{`[..., size]`, []string{apache2}, nil},
	{`[..., status_code=200, size]`, []string{apache2}, []string{apache5}},
	{`[ip, id, user, timestamp, request, status_code=404, size]`, []string{apache}, []string{apache2}},
	{`[ip, id, user, timestamp, request, status_code=4*, size]`, []string{apache}, []string{apache5}},
}

func TestDocumentedExamples(t *testing.T) {
	for _, d := range documented {
		t.Run(d.pattern, func(t *testing.T) {
			p, err := pattern.Parse(d.pattern)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range d.yes {
				if _, ok := p.Match([]byte(text)); !ok {
					t.Errorf("no match: %s", text)
				}
			}
			for _, text := range d.no {
				if _, ok := p.Match([]byte(text)); ok {
					t.Errorf("match: %s", text)
				}
			}
		})
	}
}

func TestDocumentedValues(t *testing.T) {
	all := map[string]string{
		"$ip": "127.0.0.1", "$identity": "-", "$user_id": "frank", "$timestamp": "10/Oct/2000:13:25:15 -0700",
		"$request": "GET /apache_pb.gif HTTP/1.0", "$status_code": "200", "$size": "1534",
	}
	numbered := map[string]string{
		"$1": "127.0.0.1", "$2": "-", "$3": "frank", "$4": "10/Oct/2000:13:25:15 -0700",
		"$5": "GET /apache_pb.gif HTTP/1.0", "$6": "200", "$7": "1534",
	}
	with := func(names map[string]string) map[string]string {
		m := maps.Clone(numbered)
		for number, name := range names {
			m[name] = m[number]
			delete(m, number)
		}
		return m
	}
	for _, c := range []struct {
		pattern, text string
		want          map[string]string
	}{
		{`[ip, identity, user_id, timestamp, request, status_code, size]`, apache2, all},
		{`[..., size]`, apache2, with(map[string]string{"$7": "$size"})},
		{`[]`, apache2, numbered},
		{`[..., status_code=200, size]`, apache2, with(map[string]string{"$6": "$status_code", "$7": "$size"})},
		{`[..., request=*.html*, status_code=4*,]`, `127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /products/index.html HTTP/1.0" 404 1534`, map[string]string{
			"$1": "127.0.0.1", "$2": "-", "$3": "frank", "$4": "10/Oct/2000:13:25:15 -0700",
			"$request": "GET /products/index.html HTTP/1.0", "$status_code": "404", "$7": "1534",
		}},
		{`[first, rest]`, "a b [c", map[string]string{"$first": "a", "$rest": "b [c"}},
		{`ERROR`, bad400, nil},
		{`{ $.eventType = * }`, trail, nil},
	} {
		p, err := pattern.Parse(c.pattern)
		if err != nil {
			t.Fatalf("%s: %v", c.pattern, err)
		}
		v, ok := p.Match([]byte(c.text))
		if got := v.Extracted(); !ok || !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", c.pattern, ok, got)
		}
	}
}
