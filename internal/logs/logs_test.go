//lint:file-ignore SA1019 older clients call the deprecated operations

package logs_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// onEngines runs a test on a server over each engine that there is.
func onEngines(t *testing.T, f func(t *testing.T, srv *keysteadtest.Server, c *sdk.Client)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t)))
		f(t, srv, sdk.NewFromConfig(srv.Config()))
	})
}

// must fails the test on an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantError compares an error's code, and its text if one is given.
func wantError(t *testing.T, err error, code, text string) {
	t.Helper()
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok || e.ErrorCode() != code || text != "" && !strings.Contains(e.ErrorMessage(), text) {
		t.Errorf("error %v, want %s %s", err, code, text)
	}
}

func makeStream(t *testing.T, c *sdk.Client, group, stream string) {
	t.Helper()
	if _, err := c.CreateLogGroup(t.Context(), &sdk.CreateLogGroupInput{LogGroupName: &group}); err != nil {
		if e, ok := errors.AsType[*types.ResourceAlreadyExistsException](err); !ok {
			t.Fatal(err)
		} else if *e.Message != "The specified log group already exists" {
			t.Error(*e.Message)
		}
	}
	must[*sdk.CreateLogStreamOutput](t)(c.CreateLogStream(t.Context(), &sdk.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream}))
}

func put(t *testing.T, c *sdk.Client, group, stream string, at time.Time, messages ...string) *sdk.PutLogEventsOutput {
	t.Helper()
	in := &sdk.PutLogEventsInput{LogGroupName: &group, LogStreamName: &stream}
	for i, m := range messages {
		in.LogEvents = append(in.LogEvents, types.InputLogEvent{Message: &m, Timestamp: new(at.UnixMilli() + int64(i))})
	}
	return must[*sdk.PutLogEventsOutput](t)(c.PutLogEvents(t.Context(), in))
}

func TestGroupsAndStreams(t *testing.T) {
	onEngines(t, func(t *testing.T, srv *keysteadtest.Server, c *sdk.Client) {
		for _, name := range []string{"/a/one", "/a/two", "/b/one"} {
			makeStream(t, c, name, "s1")
		}
		makeStream(t, c, "/a/one", "s2")
		_, err := c.CreateLogStream(t.Context(), &sdk.CreateLogStreamInput{LogGroupName: aws.String("/a/one"), LogStreamName: aws.String("s2")})
		wantError(t, err, "ResourceAlreadyExistsException", "The specified log stream already exists")

		groups := must[*sdk.DescribeLogGroupsOutput](t)(c.DescribeLogGroups(t.Context(), &sdk.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/a/"), Limit: aws.Int32(1)}))
		if len(groups.LogGroups) != 1 || groups.NextToken == nil {
			t.Fatalf("%+v", groups)
		}
		g := groups.LogGroups[0]
		arn := "arn:aws:logs:" + srv.Region + ":" + srv.Account + ":log-group:/a/one"
		if *g.Arn != arn+":*" || *g.LogGroupArn != arn || *g.LogGroupName != "/a/one" || *g.MetricFilterCount != 0 || *g.StoredBytes != 0 || g.LogGroupClass != types.LogGroupClassStandard {
			t.Errorf("%+v", g)
		}
		groups = must[*sdk.DescribeLogGroupsOutput](t)(c.DescribeLogGroups(t.Context(), &sdk.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/a/"), NextToken: groups.NextToken}))
		if len(groups.LogGroups) != 1 || *groups.LogGroups[0].LogGroupName != "/a/two" || groups.NextToken != nil {
			t.Errorf("%+v", groups)
		}
		listed := must[*sdk.ListLogGroupsOutput](t)(c.ListLogGroups(t.Context(), &sdk.ListLogGroupsInput{LogGroupNamePattern: aws.String("^/b/|two")}))
		if len(listed.LogGroups) != 2 {
			t.Errorf("%+v", listed)
		}
		_, err = c.DescribeLogGroups(t.Context(), &sdk.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/a"), LogGroupNamePattern: aws.String("x")})
		wantError(t, err, "InvalidParameterException", "mutually exclusive")

		now := time.Now()
		put(t, c, "/a/one", "s2", now, "x")
		put(t, c, "/a/one", "s1", now.Add(time.Second), "yy", "zz")
		for _, order := range []struct {
			by         types.OrderBy
			descending bool
			want       []string
		}{
			{types.OrderByLogStreamName, false, []string{"s1", "s2"}}, {types.OrderByLogStreamName, true, []string{"s2", "s1"}},
			{types.OrderByLastEventTime, false, []string{"s2", "s1"}}, {types.OrderByLastEventTime, true, []string{"s1", "s2"}},
		} {
			var names []string
			p := sdk.NewDescribeLogStreamsPaginator(c, &sdk.DescribeLogStreamsInput{LogGroupIdentifier: &arn, OrderBy: order.by, Descending: &order.descending, Limit: aws.Int32(1)})
			for p.HasMorePages() {
				for _, s := range must[*sdk.DescribeLogStreamsOutput](t)(p.NextPage(t.Context())).LogStreams {
					names = append(names, *s.LogStreamName)
				}
			}
			if !slices.Equal(names, order.want) {
				t.Errorf("%+v: %v", order, names)
			}
		}
		groups = must[*sdk.DescribeLogGroupsOutput](t)(c.DescribeLogGroups(t.Context(), &sdk.DescribeLogGroupsInput{LogGroupNamePattern: aws.String("a/one")}))
		if len(groups.LogGroups) != 1 || *groups.LogGroups[0].StoredBytes != 5 {
			t.Errorf("%+v", groups.LogGroups)
		}

		must[*sdk.DeleteLogStreamOutput](t)(c.DeleteLogStream(t.Context(), &sdk.DeleteLogStreamInput{LogGroupName: aws.String("/a/one"), LogStreamName: aws.String("s2")}))
		_, err = c.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{LogGroupName: aws.String("/a/one"), LogStreamName: aws.String("s2")})
		wantError(t, err, "ResourceNotFoundException", "The specified log stream does not exist.")
		must[*sdk.DeleteLogGroupOutput](t)(c.DeleteLogGroup(t.Context(), &sdk.DeleteLogGroupInput{LogGroupName: aws.String("/a/one")}))
		_, err = c.DescribeLogStreams(t.Context(), &sdk.DescribeLogStreamsInput{LogGroupName: aws.String("/a/one")})
		wantError(t, err, "ResourceNotFoundException", "The specified log group does not exist.")
		makeStream(t, c, "/a/one", "s1") // a group that is made again has nothing of the old one
		got := must[*sdk.GetLogEventsOutput](t)(c.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{LogGroupName: aws.String("/a/one"), LogStreamName: aws.String("s1")}))
		if len(got.Events) != 0 {
			t.Errorf("%+v", got.Events)
		}
		srv.Advance(time.Minute)
	})
}

func TestGetLogEvents(t *testing.T) {
	onEngines(t, func(t *testing.T, srv *keysteadtest.Server, c *sdk.Client) {
		makeStream(t, c, "g", "s")
		start := time.Now().Add(-time.Minute)
		var all []string
		for i := range 10 {
			all = append(all, fmt.Sprintf("event %d", i))
		}
		put(t, c, "g", "s", start, all[:5]...)
		put(t, c, "g", "s", start.Add(5*time.Millisecond), all[5:]...)
		get := func(token *string, head bool, limit int32) *sdk.GetLogEventsOutput {
			t.Helper()
			return must[*sdk.GetLogEventsOutput](t)(c.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{
				LogGroupName: aws.String("g"), LogStreamName: aws.String("s"), NextToken: token, StartFromHead: &head, Limit: &limit,
			}))
		}
		messages := func(out *sdk.GetLogEventsOutput) (list []string) {
			for _, e := range out.Events {
				list = append(list, *e.Message)
			}
			return list
		}
		expect := func(out *sdk.GetLogEventsOutput, want []string) {
			t.Helper()
			if got := messages(out); !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		}
		tail := get(nil, false, 3)
		expect(tail, all[7:])
		before := get(tail.NextBackwardToken, false, 3)
		expect(before, all[4:7])
		expect(get(before.NextForwardToken, false, 10), all[7:])

		head := get(nil, true, 4)
		expect(head, all[:4])
		second := get(head.NextForwardToken, true, 4)
		expect(second, all[4:8])
		third := get(second.NextForwardToken, true, 4)
		expect(third, all[8:])
		end := get(third.NextForwardToken, true, 4)
		expect(end, nil)
		if *end.NextForwardToken != *third.NextForwardToken {
			t.Errorf("the token at the end is %s after %s", *end.NextForwardToken, *third.NextForwardToken)
		}
		expect(get(end.NextBackwardToken, true, 2), all[8:])
		start0 := get(head.NextBackwardToken, true, 4)
		expect(start0, nil)
		if *start0.NextBackwardToken != *head.NextBackwardToken {
			t.Errorf("the token at the start is %s after %s", *start0.NextBackwardToken, *head.NextBackwardToken)
		}
		expect(get(start0.NextForwardToken, true, 2), all[:2])

		put(t, c, "g", "s", start.Add(time.Second), "late")
		expect(get(end.NextForwardToken, true, 4), []string{"late"})

		_, err := c.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s"), NextToken: aws.String("x")})
		wantError(t, err, "InvalidParameterException", "The specified nextToken is invalid.")
		_, err = c.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{LogGroupName: aws.String("g"), LogGroupIdentifier: aws.String("g"), LogStreamName: aws.String("s")})
		wantError(t, err, "ValidationException", "mutually exclusive")
	})
}

func TestPutLogEvents(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	c := sdk.NewFromConfig(srv.Config())
	makeStream(t, c, "g", "s")
	now := time.Now()
	event := func(d time.Duration, message string) types.InputLogEvent {
		return types.InputLogEvent{Timestamp: aws.Int64(now.Add(d).UnixMilli()), Message: &message}
	}
	try := func(stream string, events ...types.InputLogEvent) (*sdk.PutLogEventsOutput, error) {
		return c.PutLogEvents(t.Context(), &sdk.PutLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: &stream, LogEvents: events})
	}
	_, err := try("s", event(0, "a"), event(-time.Second, "b"))
	wantError(t, err, "InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.")
	_, err = try("s", event(-25*time.Hour, "a"), event(0, "b"))
	wantError(t, err, "InvalidParameterException", "cannot span more than 24 hours")
	_, err = try("s", event(0, strings.Repeat("x", 1<<20-25)))
	wantError(t, err, "InvalidParameterException", "Upload too large: 1048577 bytes exceeds limit of 1048576")
	_, err = try("none", event(0, "a"))
	wantError(t, err, "ResourceNotFoundException", "The specified log stream does not exist.")
	_, err = try("none", event(-20*24*time.Hour, "a"))
	wantError(t, err, "ResourceNotFoundException", "The specified log stream does not exist.")

	out, err := try("s", event(-14*24*time.Hour-10*time.Hour, "a"), event(-14*24*time.Hour-time.Second, "b"), event(-14*24*time.Hour+time.Minute, "c"))
	if err != nil || *out.RejectedLogEventsInfo.TooOldLogEventEndIndex != 2 || out.RejectedLogEventsInfo.TooNewLogEventStartIndex != nil || out.NextSequenceToken == nil {
		t.Errorf("%+v, %v", out, err)
	}
	out, err = try("s", event(0, "a"), event(3*time.Hour, "b"), event(4*time.Hour, "b"))
	if err != nil || *out.RejectedLogEventsInfo.TooNewLogEventStartIndex != 1 || out.RejectedLogEventsInfo.TooOldLogEventEndIndex != nil {
		t.Errorf("%+v, %v", out, err)
	}
	must[*sdk.PutRetentionPolicyOutput](t)(c.PutRetentionPolicy(t.Context(), &sdk.PutRetentionPolicyInput{LogGroupName: aws.String("g"), RetentionInDays: aws.Int32(1)}))
	out, err = try("s", event(-25*time.Hour, "a"), event(-2*time.Hour, "b"))
	if err != nil || *out.RejectedLogEventsInfo.ExpiredLogEventEndIndex != 1 || out.RejectedLogEventsInfo.TooOldLogEventEndIndex != nil {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = c.PutRetentionPolicy(t.Context(), &sdk.PutRetentionPolicyInput{LogGroupName: aws.String("g"), RetentionInDays: aws.Int32(2)})
	wantError(t, err, "InvalidParameterException", "retentionInDays")

	count := func() int {
		return len(must[*sdk.GetLogEventsOutput](t)(c.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s")})).Events)
	}
	if n := count(); n != 2 { // those of today: c of two weeks ago has expired with the policy
		t.Errorf("%d events", n)
	}
	srv.Advance(25 * time.Hour)
	if n := count(); n != 0 {
		t.Errorf("%d events after a day", n)
	}
}

func TestTags(t *testing.T) {
	onEngines(t, func(t *testing.T, srv *keysteadtest.Server, c *sdk.Client) {
		must[*sdk.CreateLogGroupOutput](t)(c.CreateLogGroup(t.Context(), &sdk.CreateLogGroupInput{LogGroupName: aws.String("g"), Tags: map[string]string{"env": "testing1"}}))
		arn := "arn:aws:logs:" + srv.Region + ":" + srv.Account + ":log-group:g"
		must[*sdk.TagResourceOutput](t)(c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"test1": "val1", "test2": "val2"}}))
		must[*sdk.TagLogGroupOutput](t)(c.TagLogGroup(t.Context(), &sdk.TagLogGroupInput{LogGroupName: aws.String("g"), Tags: map[string]string{"test3": "val3"}}))
		must[*sdk.UntagLogGroupOutput](t)(c.UntagLogGroup(t.Context(), &sdk.UntagLogGroupInput{LogGroupName: aws.String("g"), Tags: []string{"env"}}))
		must[*sdk.UntagResourceOutput](t)(c.UntagResource(t.Context(), &sdk.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"test1"}}))
		tags := must[*sdk.ListTagsForResourceOutput](t)(c.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceArn: &arn})).Tags
		old := must[*sdk.ListTagsLogGroupOutput](t)(c.ListTagsLogGroup(t.Context(), &sdk.ListTagsLogGroupInput{LogGroupName: aws.String("g")})).Tags
		if want := "map[test2:val2 test3:val3]"; fmt.Sprint(tags) != want || fmt.Sprint(old) != want {
			t.Errorf("%v, %v", tags, old)
		}
		_, err := c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"aws:x": ""}})
		wantError(t, err, "InvalidParameterException", "")
		_, err = c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: aws.String(arn + "x"), Tags: map[string]string{"x": ""}})
		wantError(t, err, "ResourceNotFoundException", "")
	})
}

func TestResourcePolicies(t *testing.T) {
	onEngines(t, func(t *testing.T, srv *keysteadtest.Server, c *sdk.Client) {
		const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}`
		for i := range 11 {
			out, err := c.PutResourcePolicy(t.Context(), &sdk.PutResourcePolicyInput{PolicyName: aws.String(fmt.Sprintf("p%02d", i)), PolicyDocument: aws.String(document)})
			if i == 10 {
				wantError(t, err, "LimitExceededException", "Resource limit exceeded.")
			} else if err != nil || *out.ResourcePolicy.PolicyDocument != document {
				t.Fatalf("%+v, %v", out, err)
			}
		}
		_, err := c.PutResourcePolicy(t.Context(), &sdk.PutResourcePolicyInput{PolicyName: aws.String("p00"), PolicyDocument: aws.String("{")})
		wantError(t, err, "InvalidParameterException", "")
		_, err = c.DeleteResourcePolicy(t.Context(), &sdk.DeleteResourcePolicyInput{PolicyName: aws.String("non-existent")})
		wantError(t, err, "ResourceNotFoundException", "Policy with name [non-existent] does not exist.")
		must[*sdk.DeleteResourcePolicyOutput](t)(c.DeleteResourcePolicy(t.Context(), &sdk.DeleteResourcePolicyInput{PolicyName: aws.String("p00")}))
		n := 0
		for token, more := (*string)(nil), true; more; more = token != nil {
			out := must[*sdk.DescribeResourcePoliciesOutput](t)(c.DescribeResourcePolicies(t.Context(), &sdk.DescribeResourcePoliciesInput{Limit: aws.Int32(4), NextToken: token}))
			n, token = n+len(out.ResourcePolicies), out.NextToken
		}
		if n != 9 {
			t.Errorf("%d policies", n)
		}
	})
}

func TestMetricFilters(t *testing.T) {
	onEngines(t, func(t *testing.T, srv *keysteadtest.Server, c *sdk.Client) {
		makeStream(t, c, "g", "s")
		filter := func(name, pattern string, t types.MetricTransformation) *sdk.PutMetricFilterInput {
			t.MetricName, t.MetricNamespace = aws.String(name), aws.String("Test")
			return &sdk.PutMetricFilterInput{LogGroupName: aws.String("g"), FilterName: &name, FilterPattern: &pattern, MetricTransformations: []types.MetricTransformation{t}}
		}
		for _, bad := range []struct {
			in   *sdk.PutMetricFilterInput
			want string
		}{
			{filter("x", `{ $.a = `, types.MetricTransformation{MetricValue: aws.String("1")}), "Invalid metric filter pattern"},
			{filter("x", `a:b`, types.MetricTransformation{MetricValue: aws.String("1")}), "Invalid character(s) in term ':'"},
			{filter("x", `ERROR`, types.MetricTransformation{MetricValue: aws.String("$.a")}), "Invalid metric transformation: metric value $.a must be a valid number"},
			{filter("x", `ERROR`, types.MetricTransformation{MetricValue: aws.String("1"), Dimensions: map[string]string{"a": "$.a"}}), "The specified filter pattern does not support dimensions"},
			{filter("x", `{ $.a = 1 }`, types.MetricTransformation{MetricValue: aws.String("1"), DefaultValue: aws.Float64(0), Dimensions: map[string]string{"a": "$.a"}}), "Invalid metric transformation: dimensions and default value are mutually exclusive properties"},
			{filter("x", `{ $.a = 1 }`, types.MetricTransformation{MetricValue: aws.String("1"), Dimensions: map[string]string{"a": "VPC-A"}}), "Invalid metric transformation: dimension value must be valid selector"},
			{filter("x", `{ $.a = 1 }`, types.MetricTransformation{MetricValue: aws.String("1"), Dimensions: map[string]string{"a": "$.a", "b": "$.b", "c": "$.c", "d": "$.d"}}), "Invalid metric transformation"},
		} {
			_, err := c.PutMetricFilter(t.Context(), bad.in)
			wantError(t, err, "InvalidParameterException", bad.want)
		}
		for _, in := range []*sdk.PutMetricFilterInput{
			filter("Errors", `{ $.level = "ERROR" }`, types.MetricTransformation{MetricValue: aws.String("1"), DefaultValue: aws.Float64(0), Unit: types.StandardUnitCount}),
			filter("Latency", `{ $.latency = * }`, types.MetricTransformation{MetricValue: aws.String("$.latency"), Dimensions: map[string]string{"Path": "$.path"}}),
			filter("Bytes", `[ip, ..., bytes > 10]`, types.MetricTransformation{MetricValue: aws.String("$bytes")}),
			filter("Never", `never`, types.MetricTransformation{MetricValue: aws.String("1"), DefaultValue: aws.Float64(7)}),
		} {
			must[*sdk.PutMetricFilterOutput](t)(c.PutMetricFilter(t.Context(), in))
		}
		described := must[*sdk.DescribeMetricFiltersOutput](t)(c.DescribeMetricFilters(t.Context(), &sdk.DescribeMetricFiltersInput{Limit: aws.Int32(3)}))
		if len(described.MetricFilters) != 3 || *described.MetricFilters[0].FilterName != "Bytes" || described.NextToken == nil {
			t.Errorf("%+v", described)
		}
		described = must[*sdk.DescribeMetricFiltersOutput](t)(c.DescribeMetricFilters(t.Context(), &sdk.DescribeMetricFiltersInput{NextToken: described.NextToken}))
		if len(described.MetricFilters) != 1 || *described.MetricFilters[0].MetricTransformations[0].DefaultValue != 7 {
			t.Errorf("%+v", described)
		}

		srv.Advance(time.Minute - time.Duration(time.Now().Second())*time.Second) // so that all comes in one minute
		now := serverTime(t, c)
		put(t, c, "g", "s", now,
			`{"level":"ERROR","latency":10,"path":"/a"}`, `{"level":"INFO","latency":20,"path":"/a"}`, `{"level":"ERROR","latency":"30","path":"/b"}`,
			`{"latency":"unknown"}`, `{"latency":5}`, `127.0.0.1 - 1534`, `127.0.0.1 - 7`)
		srv.Advance(2 * time.Minute)
		cw := cloudwatch.NewFromConfig(srv.Config())
		sum := func(name string, dimensions ...cwtypes.Dimension) string {
			out := must[*cloudwatch.GetMetricStatisticsOutput](t)(cw.GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{
				Namespace: aws.String("Test"), MetricName: &name, Dimensions: dimensions, Period: aws.Int32(60), StartTime: aws.Time(now.Add(-time.Hour)), EndTime: aws.Time(now.Add(time.Hour)),
				Statistics: []cwtypes.Statistic{cwtypes.StatisticSum, cwtypes.StatisticSampleCount},
			}))
			text := ""
			for _, p := range out.Datapoints {
				text += fmt.Sprintf("%v of %v;", *p.Sum, *p.SampleCount)
			}
			return text
		}
		path := func(value string) cwtypes.Dimension {
			return cwtypes.Dimension{Name: aws.String("Path"), Value: &value}
		}
		for _, m := range []struct{ got, want string }{
			{sum("Errors"), "2 of 2;"}, {sum("Latency", path("/a")), "30 of 2;"}, {sum("Latency", path("/b")), "30 of 1;"}, {sum("Latency"), "5 of 1;"},
			{sum("Bytes"), "1534 of 1;"}, {sum("Never"), "7 of 1;"},
		} {
			if m.got != m.want {
				t.Errorf("%s, want %s", m.got, m.want)
			}
		}
		must[*sdk.DeleteMetricFilterOutput](t)(c.DeleteMetricFilter(t.Context(), &sdk.DeleteMetricFilterInput{LogGroupName: aws.String("g"), FilterName: aws.String("Errors")}))
		_, err := c.DeleteMetricFilter(t.Context(), &sdk.DeleteMetricFilterInput{LogGroupName: aws.String("g"), FilterName: aws.String("Errors")})
		wantError(t, err, "ResourceNotFoundException", "The specified metric filter does not exist.")
		put(t, c, "g", "s", serverTime(t, c), `{"level":"ERROR"}`)
		if got := sum("Errors"); got != "2 of 2;" {
			t.Errorf("after the filter was deleted: %s", got)
		}
	})
}

// serverTime is the server's clock, which the test has moved: the creation time of a group.
func serverTime(t *testing.T, c *sdk.Client) time.Time {
	t.Helper()
	name := "clock"
	must[*sdk.CreateLogGroupOutput](t)(c.CreateLogGroup(t.Context(), &sdk.CreateLogGroupInput{LogGroupName: &name}))
	out := must[*sdk.DescribeLogGroupsOutput](t)(c.DescribeLogGroups(t.Context(), &sdk.DescribeLogGroupsInput{LogGroupNamePrefix: &name}))
	must[*sdk.DeleteLogGroupOutput](t)(c.DeleteLogGroup(t.Context(), &sdk.DeleteLogGroupInput{LogGroupName: &name}))
	return time.UnixMilli(*out.LogGroups[0].CreationTime)
}

func TestFilterLimits(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	c := sdk.NewFromConfig(srv.Config())
	makeStream(t, c, "g", "s")
	add := func(i int, pattern string) error {
		_, err := c.PutMetricFilter(t.Context(), &sdk.PutMetricFilterInput{
			LogGroupName: aws.String("g"), FilterName: aws.String(fmt.Sprintf("f%03d", i)), FilterPattern: &pattern,
			MetricTransformations: []types.MetricTransformation{{MetricName: aws.String("m"), MetricNamespace: aws.String("n"), MetricValue: aws.String("1")}},
		})
		return err
	}
	for i := range 5 {
		if err := add(i, `%x%`); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, add(5, `%x%`), "LimitExceededException", "Resource limit exceeded.")
	for i := 5; i < 100; i++ {
		if err := add(i, `x`); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, add(100, `x`), "LimitExceededException", "Resource limit exceeded.")
	if err := add(7, `y`); err != nil { // one that is there may be replaced
		t.Error(err)
	}
	out := must[*sdk.DescribeLogGroupsOutput](t)(c.DescribeLogGroups(t.Context(), &sdk.DescribeLogGroupsInput{}))
	if *out.LogGroups[0].MetricFilterCount != 100 {
		t.Errorf("%d filters", *out.LogGroups[0].MetricFilterCount)
	}
}
