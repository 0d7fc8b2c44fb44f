package eventbridge_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// engines runs a test with a server on each engine.
func engines(t *testing.T, test func(t *testing.T, start func(options ...keysteadtest.Option) *keysteadtest.Server)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, func(options ...keysteadtest.Option) *keysteadtest.Server {
			return keysteadtest.Start(t, append(options, keysteadtest.WithDatabase(fresh(t)))...)
		})
	})
}

func client(srv *keysteadtest.Server) *eventbridge.Client {
	return eventbridge.NewFromConfig(srv.Config())
}

// must returns the result of a call that has to succeed.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// fails demands an error with a code and a part of its message.
func fails(t *testing.T, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), message) {
		t.Errorf("got %v, want %s: %s", err, code, message)
	}
}

// got is a request that an endpoint received.
type got struct {
	method, url, body string
	header            http.Header
}

// sink is an HTTPS endpoint that keeps what it receives.
type sink struct {
	*httptest.Server
	mu     sync.Mutex
	got    []got
	status int
	came   chan struct{}
}

func newSink(t *testing.T) *sink {
	s := &sink{status: http.StatusOK, came: make(chan struct{}, 1000)}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.URL.Path == "/token" {
			if err := r.ParseForm(); err == nil && strings.Contains(string(body), "client_secret=hush") {
				io.WriteString(w, `{"access_token":"tok-1","expires_in":60}`)
			} else {
				w.WriteHeader(http.StatusUnauthorized)
			}
			return
		}
		s.got = append(s.got, got{r.Method, r.URL.String(), string(body), r.Header})
		w.WriteHeader(s.status)
		s.came <- struct{}{}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *sink) answer(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// wait returns what came when there are n requests.
func (s *sink) wait(t *testing.T, n int) []got {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		s.mu.Lock()
		all := slices.Clone(s.got)
		s.mu.Unlock()
		if len(all) >= n {
			return all
		}
		select {
		case <-s.came:
		case <-late:
			t.Fatalf("%d requests came, want %d", len(all), n)
		}
	}
}

// destination makes a connection with an API key and an API destination, and returns its ARN.
func destination(t *testing.T, c *eventbridge.Client, name, url string) string {
	t.Helper()
	x := must[*eventbridge.CreateConnectionOutput](t)(c.CreateConnection(t.Context(), &eventbridge.CreateConnectionInput{
		Name: &name, AuthorizationType: types.ConnectionAuthorizationTypeApiKey,
		AuthParameters: &types.CreateConnectionAuthRequestParameters{
			ApiKeyAuthParameters: &types.CreateConnectionApiKeyAuthRequestParameters{ApiKeyName: aws.String("X-Key"), ApiKeyValue: aws.String("s3cret")},
			InvocationHttpParameters: &types.ConnectionHttpParameters{
				HeaderParameters:      []types.ConnectionHeaderParameter{{Key: aws.String("X-Conn"), Value: aws.String("c")}},
				QueryStringParameters: []types.ConnectionQueryStringParameter{{Key: aws.String("q"), Value: aws.String("hidden"), IsValueSecret: true}},
				BodyParameters:        []types.ConnectionBodyParameter{{Key: aws.String("added"), Value: aws.String("b")}},
			},
		},
	}))
	return *must[*eventbridge.CreateApiDestinationOutput](t)(c.CreateApiDestination(t.Context(), &eventbridge.CreateApiDestinationInput{
		Name: &name, ConnectionArn: x.ConnectionArn, HttpMethod: types.ApiDestinationHttpMethodPost, InvocationEndpoint: &url,
	})).ApiDestinationArn
}

const role = "arn:aws:iam::000000000000:role/events"

func putRule(t *testing.T, c *eventbridge.Client, in *eventbridge.PutRuleInput, targets ...types.Target) {
	t.Helper()
	must[*eventbridge.PutRuleOutput](t)(c.PutRule(t.Context(), in))
	if len(targets) > 0 {
		out := must[*eventbridge.PutTargetsOutput](t)(c.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: in.Name, EventBusName: in.EventBusName, Targets: targets}))
		if out.FailedEntryCount != 0 {
			t.Fatalf("PutTargets: %+v", out.FailedEntries)
		}
	}
}

func entry(source, kind, detail string) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{Source: &source, DetailType: &kind, Detail: &detail}
}

// TestDestination sends an event of a caller's to an HTTPS endpoint, through a restart.
func TestDestination(t *testing.T) {
	engines(t, func(t *testing.T, start func(...keysteadtest.Option) *keysteadtest.Server) {
		s := newSink(t)
		srv := start(keysteadtest.WithWebhooks(s.Certificate()))
		c := client(srv)
		arn := destination(t, c, "hook", s.URL+"/in/*?x=1")
		putRule(t, c, &eventbridge.PutRuleInput{Name: aws.String("r"), EventPattern: aws.String(`{"source":["my.app"],"detail":{"n":[{"numeric":[">",5]}]}}`)},
			types.Target{Id: aws.String("1"), Arn: &arn, RoleArn: aws.String(role), HttpParameters: &types.HttpParameters{
				PathParameterValues: []string{"$.detail.who"}, HeaderParameters: map[string]string{"X-Rule": "$.detail.n", "X-Conn": "mine"},
				QueryStringParameters: map[string]string{"kind": "$.detail-type"},
			}})

		s.answer(http.StatusServiceUnavailable)
		out := must[*eventbridge.PutEventsOutput](t)(c.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
			entry("my.app", "Thing Done", `{"n": 7, "who": "a/b"}`), entry("my.app", "Thing Done", `{"n": 3}`), entry("other", "x", `{"n": 9}`),
		}}))
		if out.FailedEntryCount != 0 || len(*out.Entries[0].EventId) != 36 {
			t.Fatalf("PutEvents: %+v", out.Entries)
		}
		s.wait(t, 1) // and fails
		s.answer(http.StatusNoContent)
		srv.Restart()
		srv.Advance(time.Minute)
		all := s.wait(t, 2)
		r := all[1]
		if r.method != "POST" || r.url != "/in/a%2Fb?kind=Thing+Done&q=hidden&x=1" {
			t.Errorf("got %s %s", r.method, r.url)
		}
		for name, want := range map[string]string{
			"X-Key": "s3cret", "X-Conn": "c", "X-Rule": "7", "Content-Type": "application/json; charset=utf-8", "User-Agent": "Amazon/EventBridge/ApiDestinations",
		} {
			if r.header.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, r.header.Get(name), want)
			}
		}
		var e map[string]any
		if err := json.Unmarshal([]byte(r.body), &e); err != nil {
			t.Fatalf("%v: %s", err, r.body)
		}
		for name, want := range map[string]any{"version": "0", "id": *out.Entries[0].EventId, "source": "my.app", "detail-type": "Thing Done", "account": srv.Account, "region": srv.Region, "added": "b"} {
			if e[name] != want {
				t.Errorf("%s is %v, want %v", name, e[name], want)
			}
		}
		srv.Advance(time.Minute)
		if n := len(s.wait(t, 2)); n != 2 {
			t.Errorf("%d requests came", n)
		}
	})
}

// TestRules walks through the operations on rules and targets.
func TestRules(t *testing.T) {
	engines(t, func(t *testing.T, start func(...keysteadtest.Option) *keysteadtest.Server) {
		srv := start()
		c, ctx := client(srv), t.Context()
		prefix := "arn:aws:events:" + srv.Region + ":" + srv.Account + ":"
		out := must[*eventbridge.PutRuleOutput](t)(c.PutRule(ctx, &eventbridge.PutRuleInput{
			Name: aws.String("a"), EventPattern: aws.String(`{"source":["x"]}`), Description: aws.String("d"), Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
		}))
		if *out.RuleArn != prefix+"rule/a" {
			t.Errorf("ARN %s", *out.RuleArn)
		}
		d := must[*eventbridge.DescribeRuleOutput](t)(c.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: aws.String("a")}))
		if d.State != types.RuleStateEnabled || *d.EventBusName != "default" || *d.CreatedBy != srv.Account || *d.EventPattern != `{"source":["x"]}` || *d.Description != "d" || d.ScheduleExpression != nil {
			t.Errorf("DescribeRule: %+v", d)
		}
		must[*eventbridge.DisableRuleOutput](t)(c.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: aws.String("a")}))
		d = must[*eventbridge.DescribeRuleOutput](t)(c.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: aws.String("a")}))
		if d.State != types.RuleStateDisabled {
			t.Errorf("state %s", d.State)
		}
		must[*eventbridge.EnableRuleOutput](t)(c.EnableRule(ctx, &eventbridge.EnableRuleInput{Name: aws.String("a")}))

		topic := "arn:aws:sns:" + srv.Region + ":" + srv.Account + ":t"
		var targets []types.Target
		for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
			targets = append(targets, types.Target{Id: aws.String(id), Arn: &topic})
		}
		_, err := c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("a"), Targets: targets})
		fails(t, err, "LimitExceededException", "The requested resource exceeds the maximum number allowed.")
		putRule(t, c, &eventbridge.PutRuleInput{Name: aws.String("a"), EventPattern: aws.String(`{"source":["y"]}`)}, targets[:3]...)
		list := must[*eventbridge.ListTargetsByRuleOutput](t)(c.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: aws.String("a"), Limit: aws.Int32(2)}))
		if len(list.Targets) != 2 || list.NextToken == nil {
			t.Fatalf("ListTargetsByRule: %+v", list)
		}
		list = must[*eventbridge.ListTargetsByRuleOutput](t)(c.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: aws.String("a"), NextToken: list.NextToken}))
		if len(list.Targets) != 1 || *list.Targets[0].Id != "3" || list.NextToken != nil {
			t.Errorf("the second page: %+v", list)
		}
		names := must[*eventbridge.ListRuleNamesByTargetOutput](t)(c.ListRuleNamesByTarget(ctx, &eventbridge.ListRuleNamesByTargetInput{TargetArn: &topic}))
		if !slices.Equal(names.RuleNames, []string{"a"}) {
			t.Errorf("rules of the target: %v", names.RuleNames)
		}
		tags := must[*eventbridge.ListTagsForResourceOutput](t)(c.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: out.RuleArn}))
		if len(tags.Tags) != 1 || *tags.Tags[0].Value != "v" {
			t.Errorf("tags %+v", tags.Tags)
		}
		_, err = c.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String("a")})
		fails(t, err, "ValidationException", "Rule can't be deleted since it has targets.")
		removed := must[*eventbridge.RemoveTargetsOutput](t)(c.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: aws.String("a"), Ids: []string{"1", "2", "3", "nope"}}))
		if removed.FailedEntryCount != 1 || *removed.FailedEntries[0].TargetId != "nope" {
			t.Errorf("RemoveTargets: %+v", removed)
		}
		must[*eventbridge.DeleteRuleOutput](t)(c.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String("a")}))
		must[*eventbridge.DeleteRuleOutput](t)(c.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: aws.String("a")}))
		_, err = c.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: aws.String("a")})
		fails(t, err, "ResourceNotFoundException", "Rule a does not exist on EventBus default.")

		for _, name := range []string{"p1", "p2", "q"} {
			putRule(t, c, &eventbridge.PutRuleInput{Name: &name, ScheduleExpression: aws.String("rate(1 hour)")})
		}
		rules := must[*eventbridge.ListRulesOutput](t)(c.ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: aws.String("p"), Limit: aws.Int32(1)}))
		if len(rules.Rules) != 1 || *rules.Rules[0].Name != "p1" || rules.NextToken == nil {
			t.Fatalf("ListRules: %+v", rules)
		}
		rules = must[*eventbridge.ListRulesOutput](t)(c.ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: aws.String("p"), NextToken: rules.NextToken}))
		if len(rules.Rules) != 1 || *rules.Rules[0].Name != "p2" || rules.NextToken != nil {
			t.Errorf("the second page: %+v", rules)
		}
		_, err = c.ListRules(ctx, &eventbridge.ListRulesInput{NextToken: aws.String("x")})
		fails(t, err, "ValidationException", "NextToken")
	})
}

// TestRefusals has requests that are refused, with AWS's words.
func TestRefusals(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	c, ctx := client(srv), t.Context()
	putRule(t, c, &eventbridge.PutRuleInput{Name: aws.String("r"), EventPattern: aws.String(`{"source":["x"]}`)})
	rule := func(in eventbridge.PutRuleInput) func() error {
		in.Name = aws.String("r")
		return func() error { _, err := c.PutRule(ctx, &in); return err }
	}
	target := func(in types.Target) func() error {
		if in.Id == nil {
			in.Id = aws.String("1")
		}
		if in.Arn == nil {
			in.Arn = aws.String("arn:aws:sns:us-east-1:000000000000:t")
		}
		return func() error {
			_, err := c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("r"), Targets: []types.Target{in}})
			return err
		}
	}
	endpoint := func(url string) func() error {
		return func() error {
			_, err := c.CreateApiDestination(ctx, &eventbridge.CreateApiDestinationInput{Name: aws.String("d"), HttpMethod: types.ApiDestinationHttpMethodPost,
				ConnectionArn: aws.String("arn:aws:events:us-east-1:000000000000:connection/x/0f4b5c8e-4b7e-4d0a-9f43-111111111111"), InvocationEndpoint: &url})
			return err
		}
	}
	for _, test := range []struct {
		name, code, message string
		call                func() error
	}{
		{"neither pattern nor schedule", "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.", rule(eventbridge.PutRuleInput{})},
		{"pattern", "InvalidEventPatternException", "Event pattern is not valid. Reason: Filter is not an object\n at [Source: (String)\"[]\"; line: 1, column: 2]", rule(eventbridge.PutRuleInput{EventPattern: aws.String("[]")})},
		{"schedule", "ValidationException", "Parameter ScheduleExpression is not valid.", rule(eventbridge.PutRuleInput{ScheduleExpression: aws.String("rate(1 minutes)")})},
		{"bus", "ResourceNotFoundException", "Event bus nope does not exist.", rule(eventbridge.PutRuleInput{EventPattern: aws.String(`{"a":["b"]}`), EventBusName: aws.String("nope")})},
		{"rule of targets", "ResourceNotFoundException", "Rule nope does not exist on EventBus default.", func() error {
			_, err := c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("nope"), Targets: []types.Target{{Id: aws.String("1"), Arn: aws.String("arn:aws:sns:us-east-1:000000000000:t")}}})
			return err
		}},
		{"no ARN", "ValidationException", "Provided Arn is not in correct format.", target(types.Target{Arn: aws.String("x")})},
		{"a queue", "ValidationException", "Targets are SNS topics, CloudWatch log groups and API destinations", target(types.Target{Arn: aws.String("arn:aws:sqs:us-east-1:000000000000:q")})},
		{"dead letters to a queue", "ValidationException", "there are no SQS queues here", target(types.Target{DeadLetterConfig: &types.DeadLetterConfig{Arn: aws.String("arn:aws:sqs:us-east-1:000000000000:q")}})},
		{"two inputs", "ValidationException", "Only one of Input, InputPath, or InputTransformer must be provided for target 1.", target(types.Target{Input: aws.String("{}"), InputPath: aws.String("$")})},
		{"input", "ValidationException", "JSON syntax error in input for target 1.", target(types.Target{Input: aws.String("{")})},
		{"path", "ValidationException", "Invalid InputPath for target 1.", target(types.Target{InputPath: aws.String("detail")})},
		{"template", "ValidationException", "Invalid InputTemplate for target 1", target(types.Target{InputTransformer: &types.InputTransformer{InputTemplate: aws.String("plain")}})},
		{"placeholder", "ValidationException", "contains placeholder <x> which is not defined", target(types.Target{InputTransformer: &types.InputTransformer{InputTemplate: aws.String(`"<x>"`)}})},
		{"no destination", "ResourceNotFoundException", "ApiDestination", target(types.Target{Arn: aws.String("arn:aws:events:us-east-1:000000000000:api-destination/x/y"), RoleArn: aws.String(role)})},
		{"no role", "ValidationException", "RoleArn is required", target(types.Target{Arn: aws.String("arn:aws:events:us-east-1:000000000000:api-destination/x/y")})},
		{"a role of another account", "AccessDeniedException", "Cross-account pass role is not allowed.", target(types.Target{RoleArn: aws.String("arn:aws:iam::111122223333:role/x")})},
		{"a host that events choose", "ValidationException", "", endpoint("https://*/in")},
		{"a part of the host", "ValidationException", "", endpoint("https://x.*.example.com/in")},
		{"a parameter in the query", "ValidationException", "path parameters must be in its path", endpoint("https://example.com/in?x=*")},
		{"tags by another spelling of the ARN", "ResourceNotFoundException", "", func() error {
			_, err := c.TagResource(ctx, &eventbridge.TagResourceInput{
				ResourceARN: aws.String("arn:aws:events:us-east-1:000000000000:rule/default/r"), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
			})
			return err
		}},
		{"http endpoint", "ValidationException", "it must be an https URL", func() error {
			_, err := c.CreateApiDestination(ctx, &eventbridge.CreateApiDestinationInput{Name: aws.String("d"), HttpMethod: types.ApiDestinationHttpMethodPost,
				ConnectionArn: aws.String("arn:aws:events:us-east-1:000000000000:connection/x/y"), InvocationEndpoint: aws.String("http://example.com")})
			return err
		}},
		{"an API key in no header", "ValidationException", "is not a header that a connection may set", func() error {
			_, err := c.CreateConnection(ctx, &eventbridge.CreateConnectionInput{Name: aws.String("x"), AuthorizationType: types.ConnectionAuthorizationTypeApiKey,
				AuthParameters: &types.CreateConnectionAuthRequestParameters{ApiKeyAuthParameters: &types.CreateConnectionApiKeyAuthRequestParameters{ApiKeyName: aws.String(" X-Key"), ApiKeyValue: aws.String("k")}}})
			return err
		}},
		{"default bus", "ValidationException", "Cannot delete event bus default.", func() error {
			_, err := c.DeleteEventBus(ctx, &eventbridge.DeleteEventBusInput{Name: aws.String("default")})
			return err
		}},
		{"too many events", "ValidationException", "Member must have length less than or equal to 10", func() error {
			_, err := c.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: make([]types.PutEventsRequestEntry, 11)})
			return err
		}},
		{"an event to test", "ValidationException", "Parameter Event is not valid.", func() error {
			_, err := c.TestEventPattern(ctx, &eventbridge.TestEventPatternInput{Event: aws.String("{}"), EventPattern: aws.String(`{"a":["b"]}`)})
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) { fails(t, test.call(), test.code, test.message) })
	}
}

// TestEntries has the errors of single entries.
func TestEntries(t *testing.T) {
	t.Parallel()
	c := client(keysteadtest.Start(t))
	out := must[*eventbridge.PutEventsOutput](t)(c.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		entry("s", "t", "{}"), entry("", "t", "{}"), entry("s", "", "{}"), entry("s", "t", ""), entry("s", "t", "{"), entry("s", "t", "[]"), entry("aws.kms", "t", "{}"),
		entry("s", "t", `{"x":"`+strings.Repeat("x", 256<<10)+`"}`),
	}}))
	want := []string{"", "InvalidArgument", "InvalidArgument", "InvalidArgument", "MalformedDetail", "MalformedDetail", "NotAuthorizedForSourceException", "InvalidArgument"}
	for i, e := range out.Entries {
		if aws.ToString(e.ErrorCode) != want[i] || (e.EventId != nil) != (want[i] == "") {
			t.Errorf("entry %d: %s %s", i, aws.ToString(e.ErrorCode), aws.ToString(e.ErrorMessage))
		}
	}
	if out.FailedEntryCount != 7 {
		t.Errorf("FailedEntryCount %d", out.FailedEntryCount)
	}
}
