package alarm

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch"
)

// spare is how many periods more than it needs an alarm looks back for data points, in case
// that some are missing. AWS does not say how many it takes; its examples have 5 for 3.
const spare = 2

// slot is a period of the evaluation range.
type slot struct {
	begins  time.Time
	value   float64
	missing bool
}

// outcome is what an evaluation says.
type outcome struct {
	state     types.StateValue
	retain    bool   // the state stays what it is
	evaluated []slot // those that were looked at, the newest first
	breaching int    // of evaluated, that are real
	filled    int    // how many missing ones were counted
}

// treatment is how missing data counts.
const (
	treatBreaching    = "breaching"
	treatNotBreaching = "notBreaching"
	treatIgnore       = "ignore"
	treatMissing      = "missing"
)

func (m *metricAlarm) treatment() string {
	switch {
	case m.Namespace == "AWS/DynamoDB":
		return treatIgnore
	case m.TreatMissingData == "":
		return treatMissing
	}
	return m.TreatMissingData
}

// evaluate tells the state that the slots of the evaluation range stand for, the newest first.
// If there are fewer values than the alarm needs, all of them are looked at, and what lacks is
// filled in.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func (m *metricAlarm) evaluate(slots []slot) outcome {
	n, toAlarm := int(m.EvaluationPeriods), m.toAlarm()
	var o outcome
	within, oldest := 0, 0 // how many are within the threshold; the age of the oldest breaching one, in periods
	for age, s := range slots {
		if s.missing || len(o.evaluated) == n {
			continue
		}
		o.evaluated = append(o.evaluated, s)
		if m.breaches(s.value) {
			o.breaching++
			oldest = age + 1
		} else {
			within++
		}
	}
	lacking := n - len(o.evaluated)
	if lacking > 0 {
		o.evaluated = withMissing(slots, o.evaluated, lacking)
	}
	treat := m.treatment()
	switch {
	case o.breaching >= toAlarm:
		o.state = types.StateValueAlarm
	case lacking == 0:
		o.state = types.StateValueOk
	case treat == treatBreaching:
		o.filled = lacking
		o.state = types.StateValueOk
		if o.breaching+lacking >= toAlarm {
			o.state = types.StateValueAlarm
		}
	case treat == treatNotBreaching:
		o.filled = lacking
		o.state = types.StateValueOk
	case within > 0:
		o.state = types.StateValueOk
	case treat == treatIgnore:
		o.retain = true
	case o.breaching > 0 && oldest >= toAlarm:
		// A breaching point that is as old as the alarm needs counts even if nothing came
		// after it: "premature alarm state".
		o.state = types.StateValueAlarm
	default:
		o.state = types.StateValueInsufficientData
	}
	return o
}

// withMissing adds to the real slots the newest of the missing ones, as many as lack.
func withMissing(slots, found []slot, lacking int) []slot {
	for _, s := range slots {
		if s.missing && lacking > 0 {
			found = append(found, s)
			lacking--
		}
	}
	slices.SortFunc(found, func(a, b slot) int { return b.begins.Compare(a.begins) })
	return found
}

func (m *metricAlarm) breaches(v float64) bool {
	switch m.Comparison {
	case types.ComparisonOperatorGreaterThanOrEqualToThreshold:
		return v >= m.Threshold
	case types.ComparisonOperatorGreaterThanThreshold:
		return v > m.Threshold
	case types.ComparisonOperatorLessThanThreshold:
		return v < m.Threshold
	case types.ComparisonOperatorLessThanOrEqualToThreshold:
		return v <= m.Threshold
	}
	return false
}

// slots are the periods of the evaluation range that ends at until, the newest first, with the
// values that points have for them.
func (m *metricAlarm) slots(points []cloudwatch.Point, until time.Time) []slot {
	period := m.period()
	s := make([]slot, m.rangeLength())
	for i := range s {
		s[i] = slot{begins: until.Add(-time.Duration(i+1) * period), missing: true}
	}
	for _, p := range points {
		if !p.Time.Before(until) {
			continue
		}
		if i := int((until.Sub(p.Time) - 1) / period); i < len(s) {
			s[i].value, s[i].missing = p.Value, false
		}
	}
	return s
}

// rangeLength is how many periods the evaluation range has.
func (m *metricAlarm) rangeLength() int { return int(m.EvaluationPeriods) + spare }

func (m *metricAlarm) period() time.Duration { return time.Duration(m.Period) * time.Second }

// step is how often the alarm is evaluated: each minute, those of high resolution each 10
// seconds, and those that look at more than a day each hour.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
func (m *metricAlarm) step() time.Duration {
	switch {
	case m.Period < 60:
		return finest
	case int64(m.Period)*int64(m.EvaluationPeriods) > 86400:
		return time.Hour
	}
	return time.Minute
}

// finest is the shortest time between two evaluations of an alarm.
const finest = 10 * time.Second
