package eventbridge_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	events "github.com/keystead/keystead/internal/eventbridge"
	"github.com/keystead/keystead/keysteadtest"
)

// TestSchedules has the examples of AWS's pages about schedules.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
func TestSchedules(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 5, 20, 10, 7, 30, 0, time.UTC) // a Wednesday
	for expression, want := range map[string][]string{
		"rate(1 minute)":               {"2026-05-20 10:08:30", "2026-05-20 10:09:30"},
		"rate(5 minutes)":              {"2026-05-20 10:12:30"},
		"rate(2 hours)":                {"2026-05-20 12:07:30"},
		"rate(1 day)":                  {"2026-05-21 10:07:30"},
		"cron(0 10 * * ? *)":           {"2026-05-21 10:00:00", "2026-05-22 10:00:00"},
		"cron(15 12 * * ? *)":          {"2026-05-20 12:15:00"},
		"cron(0 18 ? * MON-FRI *)":     {"2026-05-20 18:00:00", "2026-05-21 18:00:00", "2026-05-22 18:00:00", "2026-05-25 18:00:00"},
		"cron(0 8 1 * ? *)":            {"2026-06-01 08:00:00"},
		"cron(0/15 * * * ? *)":         {"2026-05-20 10:15:00", "2026-05-20 10:30:00", "2026-05-20 10:45:00", "2026-05-20 11:00:00"},
		"cron(0/10 * ? * MON-FRI *)":   {"2026-05-20 10:10:00"},
		"cron(0/5 8-17 ? * MON-FRI *)": {"2026-05-20 10:10:00"},
		"cron(0/30 20-2 ? * MON *)":    nil, // the first is greater than the second
		"cron(0 9 ? * 2#1 *)":          {"2026-06-01 09:00:00", "2026-07-06 09:00:00"},
		"cron(0 0 L * ? *)":            {"2026-05-31 00:00:00", "2026-06-30 00:00:00"},
		"cron(0 0 LW * ? *)":           {"2026-05-29 00:00:00", "2026-06-30 00:00:00"},
		"cron(0 0 3W * ? *)":           {"2026-06-03 00:00:00", "2026-07-03 00:00:00", "2026-08-03 00:00:00"},
		"cron(0 0 1W 8 ? *)":           {"2026-08-03 00:00:00"},
		"cron(0 0 ? * 5L *)":           {"2026-05-28 00:00:00", "2026-06-25 00:00:00"},
		"cron(0 0 ? * L *)":            {"2026-05-23 00:00:00"},
		"cron(0 0 29 FEB ? *)":         {"2028-02-29 00:00:00", "2032-02-29 00:00:00"},
		"cron(0 0 1 1,JUL ? 2027/2)":   {"2027-01-01 00:00:00", "2027-07-01 00:00:00", "2029-01-01 00:00:00"},
		"cron(30 4 1,15 * ? 2026)":     {"2026-06-01 04:30:00", "2026-06-15 04:30:00"},
		"cron(8 10 20 5 ? 2026)":       {"2026-05-20 10:08:00"},
	} {
		got, err := events.Fire(expression, from, max(len(want), 1))
		var times []string
		for _, g := range got {
			times = append(times, g.Format(time.DateTime))
		}
		if (err != nil) != (want == nil) || !slices.Equal(times, want) {
			t.Errorf("%s: %v, %v, want %v", expression, times, err, want)
		}
	}
	if got, err := events.Fire("cron(0 0 1 1 ? 2020)", from, 1); err != nil || len(got) != 0 {
		t.Errorf("a year that is over: %v, %v", got, err)
	}
	for _, wrong := range []string{
		"", "rate()", "rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "rate(-1 day)", "rate(5 weeks)", "rate(05 minutes)", "rate(1.5 hours)", "rate(99999999999 days)",
		"cron(* * * * * *)", "cron(0 0 ? * ? *)", "cron(0 0 * * ?)", "cron(60 0 * * ? *)", "cron(0 24 * * ? *)", "cron(0 0 0 * ? *)", "cron(0 0 * 13 ? *)", "cron(0 0 ? * 8 *)",
		"cron(0 0 ? * 2#6 *)", "cron(0 0 32W * ? *)", "cron(0 0 * * ? 1969)", "cron(0 0 * * ? 2200)", "cron(5/0 0 * * ? *)", "cron(a 0 * * ? *)", "at(2026-01-01T00:00:00)", "Rate(1 minute)",
	} {
		if got, err := events.Fire(wrong, from, 1); err == nil {
			t.Errorf("%q passes and fires at %v", wrong, got)
		}
	}
}

// FuzzSchedule looks whether a schedule fires after the time that it is asked for, and on a
// minute if it is a cron expression.
func FuzzSchedule(f *testing.F) {
	for _, s := range []string{"rate(5 minutes)", "cron(0/5 8-17 ? * MON-FRI *)", "cron(0 0 LW * ? 2027)", "cron(1 2 31W FEB ? *)", "cron(0 9 ? * 2#1 *)"} {
		f.Add(s, int64(1779271650))
	}
	f.Fuzz(func(t *testing.T, s string, unix int64) {
		from := time.Unix(unix%7e9, 0)
		got, err := events.Fire(s, from, 3)
		for _, g := range got {
			if err != nil || !g.After(from) || s[0] == 'c' && g.Second() != 0 {
				t.Errorf("%s after %v: %v", s, from, g)
			}
			from = g
		}
	})
}

// TestScheduledRule has a rule that fires by itself, once when it was due several times.
func TestScheduledRule(t *testing.T) {
	engines(t, func(t *testing.T, start func(...keysteadtest.Option) *keysteadtest.Server) {
		srv := start()
		c := client(srv)
		arn := logTarget(t, srv, "scheduled")
		putRule(t, c, &eventbridge.PutRuleInput{Name: aws.String("tick"), ScheduleExpression: aws.String("rate(5 minutes)")},
			types.Target{Id: aws.String("1"), Arn: &arn})
		srv.Advance(5 * time.Minute)
		entries(t, srv, "scheduled", 1)
		srv.Advance(time.Hour)
		messages, _ := entries(t, srv, "scheduled", 2)
		if len(messages) != 2 {
			t.Errorf("it fired %d times", len(messages))
		}
		must[*eventbridge.DisableRuleOutput](t)(c.DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: aws.String("tick")}))
		srv.Advance(time.Hour)
		if messages, _ = entries(t, srv, "scheduled", 2); len(messages) != 2 {
			t.Errorf("disabled it fired %d times", len(messages))
		}
	})
}
