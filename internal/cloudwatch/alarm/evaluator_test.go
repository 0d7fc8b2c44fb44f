package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

const (
	ok      = types.StateValueOk
	alarmed = types.StateValueAlarm
	unknown = types.StateValueInsufficientData
)

// TestLife follows an alarm from its making to an alarm, its message, and back.
func TestLife(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("Errors", func(in *sdk.PutMetricAlarmInput) { in.OKActions = []string{topic} })
		b.state("Errors", unknown)
		if r := b.alarm("Errors").State.Reason; r != initialReason {
			t.Errorf("the first reason is %q", r)
		}
		b.advance(62 * time.Second) // 20:01:02
		b.state("Errors", ok)
		b.told(`OK: "Errors"`)
		b.count(b.clock.Now(), 1)
		b.advance(57 * time.Second) // 20:01:59
		b.state("Errors", ok)
		b.advance(2 * time.Second) // 20:02:01: the period has ended, and may still fill
		b.state("Errors", ok)
		b.advance(time.Second)
		b.state("Errors", alarmed)
		b.told(`OK: "Errors"`, `ALARM: "Errors"`)
		want := "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (20/05/26 20:01:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
		a := b.alarm("Errors")
		if a.State.Reason != want || !strings.Contains(a.State.Data, `"evaluatedDatapoints":[{"timestamp":"2026-05-20T20:01:00.000+0000","sampleCount":1.0,"value":1.0}]`) {
			t.Errorf("the reason is %s\n%s", a.State.Reason, a.State.Data)
		}
		b.advance(time.Minute)
		b.advance(time.Minute) // the data point is looked at as long as it is in the evaluation range
		b.state("Errors", alarmed)
		b.advance(time.Minute)
		b.state("Errors", ok)
		b.told(`OK: "Errors"`, `ALARM: "Errors"`, `OK: "Errors"`)
	})
}

func TestHighResolution(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("Errors", func(in *sdk.PutMetricAlarmInput) { in.Period = new(int32(10)) })
		b.advance(12 * time.Second)
		b.state("Errors", ok)
		b.count(b.clock.Now(), 1) // 20:00:12
		b.advance(9 * time.Second)
		b.state("Errors", ok)
		b.advance(time.Second) // 20:00:22
		b.state("Errors", alarmed)
	})
}

// TestSliding checks that an alarm with long periods looks at the last ones each minute.
func TestSliding(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("Errors", func(in *sdk.PutMetricAlarmInput) { in.Period, in.Threshold = new(int32(300)), new(2.0) })
		b.advance(62 * time.Second)
		b.count(start.Add(4*time.Minute+30*time.Second), 1)
		b.count(start.Add(5*time.Minute+30*time.Second), 1) // of the next period, if they were fixed
		b.advance(5 * time.Minute)
		b.state("Errors", alarmed)
	})
}

func TestSetAlarmState(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("Errors", nil)
		b.advance(62 * time.Second)
		b.set("Errors", alarmed)
		b.state("Errors", alarmed)
		b.told(`ALARM: "Errors"`)
		b.set("Errors", alarmed) // no change
		b.told(`ALARM: "Errors"`)
		b.advance(10 * time.Second)
		b.state("Errors", alarmed)
		b.advance(time.Minute) // the next evaluation
		b.state("Errors", ok)
		for data, code := range map[string]string{`{"a":1}`: "", "{": "InvalidFormatFault"} {
			_, err := b.Service.SetAlarmState(t.Context(), b.caller, &sdk.SetAlarmStateInput{AlarmName: new("Errors"), StateValue: ok, StateReason: new("x"), StateReasonData: &data})
			if codeOf(err) != code {
				t.Errorf("StateReasonData %s: %v", data, err)
			}
		}
	})
}

// TestActions checks what keeps actions from being done, and what the history says of those
// that fail.
func TestActions(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		const function = "arn:aws:lambda:us-east-1:111122223333:function:f"
		b.watch("Errors", func(in *sdk.PutMetricAlarmInput) { in.AlarmActions = []string{topic, function} })
		if _, err := b.DisableAlarmActions(t.Context(), b.caller, &sdk.DisableAlarmActionsInput{AlarmNames: []string{"Errors", "None"}}); err != nil {
			t.Fatal(err)
		}
		b.set("Errors", alarmed)
		b.told()
		if _, err := b.EnableAlarmActions(t.Context(), b.caller, &sdk.EnableAlarmActionsInput{AlarmNames: []string{"Errors"}}); err != nil {
			t.Fatal(err)
		}
		b.told() // enabling does nothing by itself
		b.set("Errors", ok)
		b.topics.refuse = &RefusedError{"Topic does not exist"}
		b.set("Errors", alarmed)
		b.told()
		b.topics.refuse = nil
		b.set("Errors", ok)
		b.set("Errors", alarmed)
		b.told(`ALARM: "Errors"`)
		want := []string{
			`Failed to execute action ` + function + `. Received error: "Actions of the service lambda are not supported."`,
			`Successfully executed action ` + topic,
			`Failed to execute action ` + function + `. Received error: "Actions of the service lambda are not supported."`,
			`Failed to execute action ` + topic + `. Received error: "Topic does not exist"`,
		}
		out, err := b.DescribeAlarmHistory(t.Context(), b.caller, &sdk.DescribeAlarmHistoryInput{AlarmName: new("Errors"), HistoryItemType: types.HistoryItemTypeAction})
		if err != nil || len(out.AlarmHistoryItems) != len(want) {
			t.Fatalf("the history: %+v, %v", out, err)
		}
		for i, item := range out.AlarmHistoryItems {
			if *item.HistorySummary != want[i] || !json.Valid([]byte(*item.HistoryData)) {
				t.Errorf("item %d is %s\n%s\nwant %s", i, *item.HistorySummary, *item.HistoryData, want[i])
			}
		}
	})
}

// TestKilled repeats an evaluation that was cut off at each point at which it writes, and
// checks that nothing is lost and nothing done twice.
func TestKilled(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("Errors", nil)
		b.advance(62 * time.Second)
		b.count(b.clock.Now(), 1)

		b.topics.lost = errors.New("killed") // with the change of the state half done
		b.clock.Advance(time.Minute)
		if err := b.evaluate(t.Context()); err == nil {
			t.Fatal("the evaluation went on")
		}
		b.state("Errors", ok)
		b.told()
		b.topics.lost = nil
		mark, err := b.readMark(t.Context(), watermarkKind)
		if err != nil || !mark.Equal(start.Add(2*time.Minute)) {
			t.Errorf("the watermark is %s, %v", mark, err)
		}
		b.count(time.Time{}, 5) // after the watermark: of the next period

		b.restart()
		b.run()
		b.state("Errors", alarmed)
		b.told(`ALARM: "Errors"`)
		if data := b.alarm("Errors").State.Data; !strings.Contains(data, `"recentDatapoints":[1.0]`) {
			t.Errorf("the repeated evaluation saw %s", data)
		}

		// Killed after the change, before the cursor moved.
		err = b.db.Update(t.Context(), func(tx *store.Tx) error { return tx.Delete(cursorKind, onlyKey) })
		if err != nil {
			t.Fatal(err)
		}
		b.restart()
		b.run()
		b.run()
		b.told(`ALARM: "Errors"`)
	})
}

// TestPoisoned: an alarm whose change fails each time holds up no other, neither on metrics nor
// composite ones.
func TestPoisoned(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("Bad", nil)
		b.watch("Errors", nil)
		b.combine("Worse", `ALARM("Errors")`, nil)
		b.combine("Zoo", `ALARM("Errors")`, nil)
		b.advance(62 * time.Second)
		b.topics.poison = ":Bad"
		b.count(b.clock.Now(), 5)
		b.clock.Advance(time.Minute)
		for range maxFailures {
			_ = b.evaluate(t.Context())
		}
		b.state("Errors", alarmed)
		b.state("Zoo", alarmed)
		b.state("Bad", ok)
		if mark, err := b.readMark(t.Context(), cursorKind); err != nil || !mark.Equal(start.Add(2*time.Minute)) {
			t.Errorf("the cursor is at %s, %v", mark, err)
		}
	})
}

// TestPause checks that what happened while nobody evaluated is made up for, up to a bound.
func TestPause(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("Errors", func(in *sdk.PutMetricAlarmInput) { in.OKActions = []string{topic} })
		b.advance(62 * time.Second)
		b.count(start.Add(3*time.Minute), 1)
		b.advance(20 * time.Minute)
		b.state("Errors", ok)
		b.told(`OK: "Errors"`, `ALARM: "Errors"`, `OK: "Errors"`)
		began := time.Now()
		b.advance(365 * 24 * time.Hour)
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("a year took %s", d)
		}
		b.state("Errors", ok)
	})
}

// TestNew checks that a new alarm does not tell of what was before it, although nobody has
// evaluated anything since.
func TestNew(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("Old", nil)
		b.advance(62 * time.Second)
		if _, err := b.DeleteAlarms(t.Context(), b.caller, &sdk.DeleteAlarmsInput{AlarmNames: []string{"Old"}}); err != nil {
			t.Fatal(err)
		}
		b.count(start.Add(10*time.Minute), 1)
		b.advance(30 * time.Minute)
		if mark, err := b.readMark(t.Context(), cursorKind); err != nil || !mark.Equal(start.Add(time.Minute)) {
			t.Errorf("without an alarm the cursor is at %s, %v", mark, err)
		}
		b.watch("Errors", func(in *sdk.PutMetricAlarmInput) { in.OKActions = []string{topic} })
		b.run()
		b.state("Errors", unknown)
		b.advance(time.Minute)
		b.state("Errors", ok)
		b.told(`OK: "Errors"`)
	})
}

// TestTwoNodes has two services take turns, and fight, over one database.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		b := newBench(t, fresh(t))
		b.watch("Errors", nil)
		other := *b
		other.restart()
		b.advance(62 * time.Second)
		other.run()
		b.count(b.clock.Now(), 1)
		b.clock.Advance(time.Minute)
		done := make(chan error, 2)
		for _, n := range []*bench{b, &other} { // as if a lease had ended too early
			go func() { done <- n.evaluate(context.Background()) }()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		b.state("Errors", alarmed)
		b.told(`ALARM: "Errors"`)
	})
}

// TestChangedMeanwhile checks that an evaluation does not overwrite a configuration that it has
// not seen.
func TestChangedMeanwhile(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("Errors", nil)
		old := b.alarm("Errors")
		b.clock.Advance(time.Second)
		b.watch("Errors", func(in *sdk.PutMetricAlarmInput) { in.Threshold = new(100.0) })
		err := b.commit(t.Context(), []change{{old, unknown, state{Value: alarmed}}}, b.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		b.state("Errors", unknown)
		b.told()
	})
}

func TestLowSamples(t *testing.T) {
	engines(t, func(t *testing.T, b *bench) {
		b.watch("Errors", func(in *sdk.PutMetricAlarmInput) {
			in.Statistic, in.ExtendedStatistic, in.EvaluateLowSampleCountPercentile = "", new("p90"), new("ignore")
		})
		b.watch("Eager", func(in *sdk.PutMetricAlarmInput) { in.Statistic, in.ExtendedStatistic = "", new("p90") })
		b.advance(62 * time.Second)
		b.count(b.clock.Now(), slices.Repeat([]float64{5}, 99)...) // p90 needs 100
		b.advance(time.Minute)
		b.state("Errors", ok)
		b.state("Eager", alarmed)
		b.count(b.clock.Now(), slices.Repeat([]float64{5}, 100)...)
		b.advance(time.Minute)
		b.state("Errors", alarmed)
	})
}

// TestMany checks that many alarms are evaluated in little time, and that those on one
// metric read it once.
func TestMany(t *testing.T) {
	t.Parallel()
	b := newBench(t, storetest.SQLite(t))
	const many = 1000
	for n := range many / 100 {
		err := b.db.Update(t.Context(), func(tx *store.Tx) error {
			for i := range 100 {
				a := &alarm{
					Name: fmt.Sprintf("a%04d", n*100+i), account: account, region: region, ActionsEnabled: true, AlarmActions: []string{topic}, Configured: start,
					State: state{Value: ok, Updated: start, Transitioned: start},
					Metric: &metricAlarm{
						Namespace: "Test", MetricName: "Errors", Statistic: types.StatisticSum, Period: 60, EvaluationPeriods: 1,
						Threshold: 1, Comparison: types.ComparisonOperatorGreaterThanOrEqualToThreshold, TreatMissingData: treatNotBreaching,
					},
				}
				if err := a.put(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	counting := &countingMetrics{Metrics: b.metrics}
	b.Service.metrics = counting
	b.advance(62 * time.Second)
	began := time.Now()
	b.advance(time.Minute)
	t.Logf("%d alarms without a change: %s", many, time.Since(began))
	if counting.reads != 2 {
		t.Errorf("the metric was read %d times in two evaluations", counting.reads)
	}
	b.count(b.clock.Now(), 1)
	began = time.Now()
	b.advance(time.Minute)
	t.Logf("%d alarms that all change: %s", many, time.Since(began))
	if n := len(b.notices()); n != many {
		t.Errorf("%d messages of %d alarms", n, many)
	}
}

type countingMetrics struct {
	Metrics
	reads int
}

func (c *countingMetrics) Values(ctx context.Context, s cloudwatch.Stat, from, until time.Time) ([]cloudwatch.Point, error) {
	c.reads++
	return c.Metrics.Values(ctx, s, from, until)
}
