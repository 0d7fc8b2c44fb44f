package alarm

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch"
)

const retained types.StateValue = "Retain current state"

// points are those of a row of AWS's tables: the oldest on the left, 0 within the threshold,
// X breaching it, - missing.
func points(row string, until time.Time, period time.Duration) []cloudwatch.Point {
	var all []cloudwatch.Point
	marks := strings.Fields(row)
	for i, m := range marks {
		t := until.Add(-time.Duration(len(marks)-i) * period)
		switch m {
		case "0":
			all = append(all, cloudwatch.Point{Time: t, Value: 0})
		case "X":
			all = append(all, cloudwatch.Point{Time: t, Value: 5})
		}
	}
	return all
}

// TestMissingData has the tables of AWS's page about missing data, row by row, and the rows
// that its text tells of. The evaluation range is 5.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func TestMissingData(t *testing.T) {
	const ok, alarmed, unknown = types.StateValueOk, types.StateValueAlarm, types.StateValueInsufficientData
	for _, table := range []struct {
		name  string
		m     int32
		row   string
		fill  int                 // how many must be filled
		state [4]types.StateValue // missing, ignore, breaching, notBreaching
	}{
		{"3 out of 3, row 1", 3, "0 - X - X", 0, [4]types.StateValue{ok, ok, ok, ok}},
		{"3 out of 3, row 2", 3, "0 - - - -", 2, [4]types.StateValue{ok, ok, ok, ok}},
		{"3 out of 3, row 3", 3, "- - - - -", 3, [4]types.StateValue{unknown, retained, alarmed, ok}},
		{"3 out of 3, row 4", 3, "0 X X - X", 0, [4]types.StateValue{alarmed, alarmed, alarmed, alarmed}},
		{"3 out of 3, row 5", 3, "- - X - -", 2, [4]types.StateValue{alarmed, retained, alarmed, ok}},
		{"2 out of 3, row 1", 2, "0 - X - X", 0, [4]types.StateValue{alarmed, alarmed, alarmed, alarmed}},
		{"2 out of 3, row 2", 2, "0 0 X 0 X", 0, [4]types.StateValue{alarmed, alarmed, alarmed, alarmed}},
		{"2 out of 3, row 3", 2, "0 - X - -", 1, [4]types.StateValue{ok, ok, alarmed, ok}},
		{"2 out of 3, row 4", 2, "- - - - 0", 2, [4]types.StateValue{ok, ok, alarmed, ok}},
		{"2 out of 3, row 5", 2, "- - - X -", 2, [4]types.StateValue{alarmed, retained, alarmed, ok}},

		// "Avoiding premature transitions to alarm state".
		{"a first breaching point", 3, "- - - - X", 2, [4]types.StateValue{unknown, retained, alarmed, ok}},
		{"one that is two periods old", 3, "- - - X -", 2, [4]types.StateValue{unknown, retained, alarmed, ok}},
		{"a good one after it", 3, "- - - X 0", 1, [4]types.StateValue{ok, ok, ok, ok}},
		{"a good one after it and a gap", 3, "- - X - 0", 1, [4]types.StateValue{ok, ok, ok, ok}},
		{"the oldest of the range", 3, "X - - - -", 2, [4]types.StateValue{alarmed, retained, alarmed, ok}},
		{"all there is breaches", 3, "- - X X X", 0, [4]types.StateValue{alarmed, alarmed, alarmed, alarmed}},
		{"enough of them breach", 2, "- - - X X", 1, [4]types.StateValue{alarmed, alarmed, alarmed, alarmed}},
	} {
		t.Run(table.name, func(t *testing.T) {
			until := time.Date(2026, 5, 20, 20, 45, 0, 0, time.UTC)
			for i, treat := range []string{treatMissing, treatIgnore, treatBreaching, treatNotBreaching} {
				m := &metricAlarm{
					Period: 300, EvaluationPeriods: 3, DatapointsToAlarm: table.m, Threshold: 1,
					Comparison: types.ComparisonOperatorGreaterThanOrEqualToThreshold, TreatMissingData: treat,
				}
				o := m.evaluate(m.slots(points(table.row, until, 5*time.Minute), until))
				got := o.state
				if o.retain {
					got = retained
				}
				if got != table.state[i] {
					t.Errorf("%s, %s: the state is %s, want %s", table.row, treat, got, table.state[i])
				}
				lacking := 0
				for _, s := range o.evaluated {
					if s.missing {
						lacking++
					}
				}
				if len(o.evaluated) != 3 || lacking != table.fill {
					t.Errorf("%s, %s: %d of %d points are filled, want %d of 3", table.row, treat, lacking, len(o.evaluated), table.fill)
				}
			}
		})
	}
}

func TestComparisons(t *testing.T) {
	for _, c := range []struct {
		operator           types.ComparisonOperator
		below, same, above bool
	}{
		{types.ComparisonOperatorGreaterThanOrEqualToThreshold, false, true, true},
		{types.ComparisonOperatorGreaterThanThreshold, false, false, true},
		{types.ComparisonOperatorLessThanThreshold, true, false, false},
		{types.ComparisonOperatorLessThanOrEqualToThreshold, true, true, false},
		{"?", false, false, false},
	} {
		m := &metricAlarm{Threshold: 1, Comparison: c.operator}
		if got := [3]bool{m.breaches(0.5), m.breaches(1), m.breaches(1.5)}; got != [3]bool{c.below, c.same, c.above} {
			t.Errorf("%s: 0.5, 1 and 1.5 against 1 are %v", c.operator, got)
		}
	}
}

func TestReasons(t *testing.T) {
	until := time.Date(2026, 5, 20, 20, 46, 0, 0, time.UTC)
	for _, c := range []struct {
		name       string
		n, m       int32
		row, treat string
		want       string
	}{
		{"the scene", 1, 1, "- - X", "notBreaching", "Threshold Crossed: 1 out of the last 1 datapoints [5.0 (20/05/26 20:45:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."},
		{"back to OK", 1, 1, "- - 0", "missing", "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (20/05/26 20:45:00)] was not greater than or equal to the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition)."},
		{"without M", 1, 0, "- - X", "missing", "Threshold Crossed: 1 datapoint [5.0 (20/05/26 20:45:00)] was greater than or equal to the threshold (1.0)."},
		{"two without M", 2, 0, "- - X X", "missing", "Threshold Crossed: 2 datapoints [5.0 (20/05/26 20:45:00), 5.0 (20/05/26 20:44:00)] were greater than or equal to the threshold (1.0)."},
		{"2 out of 3", 3, 2, "- - X 0 X", "missing", "Threshold Crossed: 2 out of the last 3 datapoints [5.0 (20/05/26 20:45:00), 5.0 (20/05/26 20:43:00)] were greater than or equal to the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition)."},
		{"none, good", 1, 1, "- - -", "notBreaching", "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."},
		{"none, bad", 3, 0, "- - - - -", "breaching", "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching]."},
		{"none, unknown", 1, 0, "- - -", "missing", "Insufficient Data: 1 datapoint was unknown."},
		{"none of three, unknown", 3, 0, "- - - - -", "missing", "Insufficient Data: 3 datapoints were unknown."},
		{"some filled", 3, 0, "- - - - X", "breaching", "Threshold Crossed: 1 datapoint [5.0 (20/05/26 20:45:00)] was greater than or equal to the threshold (1.0) and 2 missing datapoints were treated as [Breaching]."},
		{"made by what was filled", 3, 2, "- - - - 0", "breaching", "Threshold Crossed: 1 out of the last 3 datapoints [0.0 (20/05/26 20:45:00)] was not greater than or equal to the threshold (1.0) and 2 missing datapoints were treated as [Breaching] (minimum 2 datapoints for OK -> ALARM transition)."},
	} {
		m := &metricAlarm{
			Period: 60, EvaluationPeriods: c.n, DatapointsToAlarm: c.m, Threshold: 1, Statistic: types.StatisticSum,
			Comparison: types.ComparisonOperatorGreaterThanOrEqualToThreshold, TreatMissingData: c.treat,
		}
		if got := m.reason(m.evaluate(m.slots(points(c.row, until, time.Minute), until))); got != c.want {
			t.Errorf("%s: the reason is\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestReasonData(t *testing.T) {
	until := time.Date(2026, 5, 20, 20, 46, 0, 0, time.UTC)
	m := &metricAlarm{Period: 60, EvaluationPeriods: 2, Threshold: 1, Statistic: types.StatisticSum, Comparison: types.ComparisonOperatorGreaterThanThreshold}
	o := m.evaluate(m.slots([]cloudwatch.Point{{Time: until.Add(-2 * time.Minute), Value: 3}, {Time: until.Add(-time.Minute), Value: 2.5e9}}, until))
	got, err := m.data(o, until.Add(2*time.Second), map[time.Time]float64{until.Add(-time.Minute): 4})
	want := `{"version":"1.0","queryDate":"2026-05-20T20:46:02.000+0000","startDate":"2026-05-20T20:44:00.000+0000","statistic":"Sum","period":60,` +
		`"recentDatapoints":[3.0,2.5E9],"threshold":1.0,"evaluatedDatapoints":[{"timestamp":"2026-05-20T20:45:00.000+0000","sampleCount":4.0,"value":2.5E9},` +
		`{"timestamp":"2026-05-20T20:44:00.000+0000","value":3.0}]}`
	if err != nil || got != want {
		t.Errorf("the data are\n%s, %v\nwant\n%s", got, err, want)
	}
	none, err := m.data(m.evaluate(m.slots(nil, until)), until, nil)
	if err != nil || strings.Contains(none, "startDate") || !strings.Contains(none, `"recentDatapoints":[]`) {
		t.Errorf("without data: %s, %v", none, err)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.0", 1: "1.0", -3: "-3.0", 99.83333333333333: "99.83333333333333", 1e7: "1.0E7", 123456789: "1.23456789E8",
		0.001: "0.001", 0.0001: "1.0E-4", 1e21: "1.0E21", 9999999: "9999999.0",
	} {
		if got := number(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}

func TestDueTimes(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, "2026-05-20T"+s+"Z")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		name        string
		step        time.Duration
		from, until time.Time
		want        string
	}{
		{"the next minute", time.Minute, at("10:00:00"), at("10:01:10"), "10:01:00"},
		{"not again", time.Minute, at("10:01:00"), at("10:01:50"), ""},
		{"a pause", time.Minute, at("10:00:50"), at("10:03:00"), "10:01:00 10:02:00 10:03:00"},
		{"the first time", time.Minute, time.Time{}, at("10:03:20"), "10:03:00"},
		{"ten seconds", 10 * time.Second, at("10:00:00"), at("10:00:20"), "10:00:10 10:00:20"},
		{"an hour", time.Hour, at("10:00:00"), at("10:59:50"), ""},
	} {
		var got []string
		for _, v := range dueTimes(c.step, c.from, c.until) {
			got = append(got, v.Format("15:04:05"))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: due at %q, want %q", c.name, s, c.want)
		}
	}
	if n := len(dueTimes(10*time.Second, at("00:00:00"), at("00:00:00").Add(30*24*time.Hour))); n != maxCatchUp {
		t.Errorf("30 days are made up for by %d evaluations", n)
	}
}

func TestSteps(t *testing.T) {
	for _, c := range []struct {
		period, periods int32
		want            time.Duration
	}{{10, 1, finest}, {30, 5, finest}, {60, 1, time.Minute}, {300, 3, time.Minute}, {86400, 1, time.Minute}, {86400, 2, time.Hour}} {
		if got := (&metricAlarm{Period: c.period, EvaluationPeriods: c.periods}).step(); got != c.want {
			t.Errorf("%d periods of %d s: each %s", c.periods, c.period, got)
		}
	}
}

func TestExtendedStatistics(t *testing.T) {
	for s, want := range map[string]bool{
		"p99": true, "p99.9": true, "tm90": true, "tc5": true, "ts99": true, "wm98": true, "IQM": true, "PR(0:100)": true, "TM(10%:90%)": true, "TM(:95%)": true,
		"WM(10%:)": true, "p101": false, "p": false, "Sum": false, "": false, "TM()": false, "p-1": false, "p99x": false,
	} {
		if isExtended(s) != want {
			t.Errorf("%q is an extended statistic: %v, want %v", s, !want, want)
		}
	}
	for s, want := range map[string]string{"p99": "0.99 true", "p0": "0 false", "tm90": "0 false", "p50": "0.5 true"} {
		if p, ok := percentile(s); fmt.Sprint(p, ok) != want {
			t.Errorf("percentile(%q) = %v, %v", s, p, ok)
		}
	}
}
