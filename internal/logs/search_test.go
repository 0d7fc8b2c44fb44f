package logs_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/logs/pattern"
	"github.com/keystead/keystead/keysteadtest"
)

// stored is an event that was put.
type stored struct {
	stream, message string
	ms              int64
}

// randomMessage is a line or a JSON object with few different words, some of them escaped.
func randomMessage(r *rand.Rand) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	level := pick("INFO", "WARN", "ERROR", "ERRORS", `ERR\u004fR`)
	switch r.IntN(3) {
	case 0:
		return pick("INFO", "WARN", "ERROR") + " " + pick("disk full", `"disk is full"`, "ok") + " " + fmt.Sprint(r.IntN(20))
	case 1:
		return fmt.Sprintf(`{"level":"%s","n":%d,"text":"%s"}`, level, r.IntN(10), pick("disk full", `disk\nfull`, "the disk is full", "ok"))
	}
	return fmt.Sprintf(`{"a":{"level":"%s"},"list":[%d,%d]}`, level, r.IntN(3), r.IntN(3))
}

// TestFilterLogEvents compares searches with the filter of all events in memory, for random
// events in random streams, over pages of random sizes.
func TestFilterLogEvents(t *testing.T) {
	onEngines(t, func(t *testing.T, srv *keysteadtest.Server, c *sdk.Client) {
		r := rand.New(rand.NewPCG(1, 2))
		start := time.Now().Add(-time.Hour)
		streams := []string{"a/1", "a/2", "b"}
		for _, s := range append(streams, "empty") {
			makeStream(t, c, "g", s)
		}
		var all []stored
		for range 30 {
			stream, at := streams[r.IntN(len(streams))], start.Add(time.Duration(r.IntN(600))*time.Second)
			var messages []string
			for i := range 1 + r.IntN(20) {
				m := randomMessage(r)
				messages = append(messages, m)
				all = append(all, stored{stream, m, at.UnixMilli() + int64(i)})
			}
			put(t, c, "g", stream, at, messages...)
		}
		for _, text := range []string{
			"", "ERROR", "ERROR -full", `?WARN ?ok`, `"disk full"`, `"the disk is full"`, "%ERR.R [a-z]+%",
			`{ $.level = "ERROR" }`, `{ $.level = ERR* && $.n > 4 }`, `{ $.text = "the disk is full" }`, `{ $.text = "*full" || $.list[*] = 2 }`,
			`{ $.a.level NOT EXISTS }`, `[level = ERROR, text, n < 10]`, `[..., "x"]`, `[level, text = "disk is full", n]`,
		} {
			p, err := pattern.Parse(text)
			if err != nil {
				continue
			}
			in := &sdk.FilterLogEventsInput{LogGroupName: aws.String("g"), FilterPattern: &text, Limit: aws.Int32(int32(1 + r.IntN(60)))}
			from, until := int64(0), int64(1)<<60
			if r.IntN(2) == 0 {
				from = start.Add(time.Minute).UnixMilli()
				in.StartTime = &from
			}
			if r.IntN(2) == 0 {
				until = start.Add(8 * time.Minute).UnixMilli()
				in.EndTime = &until
			}
			chosen := streams
			switch r.IntN(3) {
			case 0:
				chosen = streams[:2]
				in.LogStreamNamePrefix = aws.String("a/")
			case 1:
				chosen = streams[1:]
				in.LogStreamNames = chosen
			}
			var want []stored
			for _, e := range all {
				if _, ok := p.Match([]byte(e.message)); ok && slices.Contains(chosen, e.stream) && e.ms >= from && e.ms < until {
					want = append(want, e)
				}
			}
			compareSearch(t, c, in, want)
		}
		_, err := c.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: aws.String("g"), NextToken: aws.String("INVALID")})
		wantError(t, err, "InvalidParameterException", "The specified nextToken is invalid.")
		_, err = c.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: aws.String("g"), FilterPattern: aws.String("{ $.a")})
		wantError(t, err, "InvalidParameterException", "Invalid metric filter pattern")
		_, err = c.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: aws.String("g"), LogStreamNames: []string{"none"}})
		wantError(t, err, "ResourceNotFoundException", "The specified log stream does not exist.")
		_, err = c.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: aws.String("g"), StartFromHead: aws.Bool(false)})
		wantError(t, err, "InvalidParameterException", "startFromHead")
	})
}

// compareSearch reads all pages of a search, in both directions.
func compareSearch(t *testing.T, c *sdk.Client, in *sdk.FilterLogEventsInput, want []stored) {
	t.Helper()
	for _, head := range []bool{true, false} {
		if !head {
			if in.StartTime == nil {
				return
			}
			in.StartFromHead = &head
		}
		var got []stored
		ids := map[string]bool{}
		p := sdk.NewFilterLogEventsPaginator(c, in)
		for p.HasMorePages() {
			page := must[*sdk.FilterLogEventsOutput](t)(p.NextPage(t.Context()))
			if len(page.Events) > int(*in.Limit) {
				t.Errorf("%d events on a page of %d", len(page.Events), *in.Limit)
			}
			for _, e := range page.Events {
				got = append(got, stored{*e.LogStreamName, *e.Message, *e.Timestamp})
				ids[*e.EventId] = true
			}
		}
		order := func(a, b stored) int {
			if head {
				return int(a.ms - b.ms)
			}
			return int(b.ms - a.ms)
		}
		if !slices.IsSortedFunc(got, order) {
			t.Errorf("%s: not in order", *in.FilterPattern)
		}
		if len(ids) != len(got) {
			t.Errorf("%s: %d ids of %d events", *in.FilterPattern, len(ids), len(got))
		}
		if a, b := sorted(got), sorted(want); !slices.Equal(a, b) {
			t.Errorf("%s: %d events, want %d", *in.FilterPattern, len(got), len(want))
		}
	}
	in.StartFromHead = nil
}

func sorted(list []stored) []string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = fmt.Sprint(e)
	}
	slices.Sort(texts)
	return texts
}

// TestLargePages sees that pages are bounded in bytes, and that nothing is lost between them.
func TestLargePages(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	c := sdk.NewFromConfig(srv.Config())
	makeStream(t, c, "g", "s")
	start := time.Now().Add(-time.Minute)
	for i := range 6 {
		text := fmt.Sprintf("%d %0400000d", i, i)
		put(t, c, "g", "s", start.Add(time.Duration(i)*time.Second), text)
	}
	n, pages := 0, 0
	p := sdk.NewFilterLogEventsPaginator(c, &sdk.FilterLogEventsInput{LogGroupName: aws.String("g")})
	for p.HasMorePages() {
		page := must[*sdk.FilterLogEventsOutput](t)(p.NextPage(t.Context()))
		for _, e := range page.Events {
			if (*e.Message)[0] != byte('0'+n) {
				t.Errorf("event %c is number %d", (*e.Message)[0], n)
			}
			n++
		}
		pages++
	}
	if n != 6 || pages < 3 {
		t.Errorf("%d events on %d pages", n, pages)
	}
	in := &sdk.FilterLogEventsInput{LogGroupName: aws.String("g"), StartTime: aws.Int64(start.UnixMilli()), StartFromHead: aws.Bool(false)}
	latest := must[*sdk.FilterLogEventsOutput](t)(c.FilterLogEvents(t.Context(), in))
	in.NextToken, in.StartFromHead = latest.NextToken, nil // the token knows the direction
	before := must[*sdk.FilterLogEventsOutput](t)(c.FilterLogEvents(t.Context(), in))
	first := func(page *sdk.FilterLogEventsOutput) (list string) {
		for _, e := range page.Events {
			list += (*e.Message)[:1]
		}
		return list
	}
	if first(latest) != "54" || first(before) != "32" {
		t.Errorf("backward, pages of %s and %s", first(latest), first(before))
	}
	n = 0
	for token := (*string)(nil); ; {
		out := must[*sdk.GetLogEventsOutput](t)(c.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s"), StartFromHead: aws.Bool(true), NextToken: token}))
		if len(out.Events) > 2 {
			t.Errorf("%d events on a page", len(out.Events))
		}
		if n += len(out.Events); len(out.Events) == 0 {
			break
		}
		token = out.NextForwardToken
	}
	if n != 6 {
		t.Errorf("%d events", n)
	}
}

// TestMetricFilterTested sees that TestMetricFilter, FilterLogEvents and metric filters choose
// the same events.
func TestMetricFilterTested(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	c := sdk.NewFromConfig(srv.Config())
	r := rand.New(rand.NewPCG(3, 4))
	var messages []string
	for range 50 {
		messages = append(messages, randomMessage(r))
	}
	for i, text := range []string{`ERROR`, `{ $.level = ERR* && $.n > 4 }`, `[level = ERROR, text, n < 10]`, `%disk%`} {
		group := fmt.Sprintf("g%d", i)
		makeStream(t, c, group, "s")
		tested := must[*sdk.TestMetricFilterOutput](t)(c.TestMetricFilter(t.Context(), &sdk.TestMetricFilterInput{FilterPattern: &text, LogEventMessages: messages}))
		must[*sdk.PutMetricFilterOutput](t)(c.PutMetricFilter(t.Context(), &sdk.PutMetricFilterInput{
			LogGroupName: &group, FilterName: aws.String("f"), FilterPattern: &text,
			MetricTransformations: []types.MetricTransformation{{MetricName: &group, MetricNamespace: aws.String("T"), MetricValue: aws.String("1")}},
		}))
		put(t, c, group, "s", time.Now(), messages...)
		found := must[*sdk.FilterLogEventsOutput](t)(c.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: &group, FilterPattern: &text}))
		var a, b []string
		for _, m := range tested.Matches {
			a = append(a, *m.EventMessage)
			if *m.EventMessage != messages[m.EventNumber-1] {
				t.Errorf("number %d is another event", m.EventNumber)
			}
		}
		for _, e := range found.Events {
			b = append(b, *e.Message)
		}
		if !slices.Equal(a, b) || len(a) == 0 {
			t.Errorf("%s: tested %d, found %d", text, len(a), len(b))
		}
		if got := metricSum(t, srv, "T", group); got != float64(len(a)) {
			t.Errorf("%s: the metric is %v, want %d", text, got, len(a))
		}
	}
}
