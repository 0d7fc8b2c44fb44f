package alarm

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// initialReason is the StateReason of an alarm that was not evaluated yet.
const initialReason = "Unchecked: Initial alarm creation"

// stamp is how CloudWatch writes a time in JSON.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }

// spoken is how CloudWatch writes a time in sentences.
func spoken(t time.Time) string { return t.UTC().Format("Monday 02 January, 2006 15:04:05 UTC") }

// number is how CloudWatch writes a number: as Java does.
func number(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0):
		return strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), "+Inf", "Infinity", 1)
	case v == 0 || a >= 1e-3 && a < 1e7:
		return point(strconv.FormatFloat(v, 'f', -1, 64))
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, 64), "e")
	sign := ""
	if exponent[0] == '-' {
		sign = "-"
	}
	return point(mantissa) + "E" + sign + strings.TrimLeft(exponent[1:], "0")
}

func point(s string) string {
	if strings.Contains(s, ".") {
		return s
	}
	return s + ".0"
}

// double is a number in CloudWatch's JSON.
type double float64

// MarshalJSON implements json.Marshaler.
func (d double) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(d)) || math.IsInf(float64(d), 0) {
		return []byte("null"), nil
	}
	return []byte(number(float64(d))), nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

var comparisons = map[types.ComparisonOperator]string{
	types.ComparisonOperatorGreaterThanOrEqualToThreshold: "greater than or equal to",
	types.ComparisonOperatorGreaterThanThreshold:          "greater than",
	types.ComparisonOperatorLessThanThreshold:             "less than",
	types.ComparisonOperatorLessThanOrEqualToThreshold:    "less than or equal to",
}

// reason is the StateReason of an outcome, as CloudWatch words it.
func (m *metricAlarm) reason(o outcome) string {
	real := slices.DeleteFunc(slices.Clone(o.evaluated), func(s slot) bool { return s.missing })
	n := int(m.EvaluationPeriods)
	lacking := n - len(real)
	if o.state == types.StateValueInsufficientData {
		return fmt.Sprintf("Insufficient Data: %d %s unknown.", lacking, plural(lacking, "datapoint was", "datapoints were"))
	}
	filled := ""
	if o.filled > 0 {
		as := "NonBreaching"
		if m.treatment() == treatBreaching {
			as = "Breaching"
		}
		filled = fmt.Sprintf("%d missing %s treated as [%s]", o.filled, plural(o.filled, "datapoint was", "datapoints were"), as)
	}
	if len(real) == 0 {
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %d %s and %s.", n, plural(n, "period", "periods"), filled)
	}
	return "Threshold Crossed: " + m.crossed(real, o.state, filled) + "."
}

// crossed says which data points made the state.
func (m *metricAlarm) crossed(real []slot, v types.StateValue, filled string) string {
	breaching := v == types.StateValueAlarm
	if shown := m.like(real, breaching); len(shown) > 0 {
		real = shown
	} else {
		breaching = !breaching // only filled points made the state
	}
	var b strings.Builder
	n, total := len(real), int(m.EvaluationPeriods)
	if m.DatapointsToAlarm != 0 {
		fmt.Fprintf(&b, "%d out of the last %d datapoints [", n, total)
	} else {
		fmt.Fprintf(&b, "%d %s [", n, plural(n, "datapoint", "datapoints"))
	}
	for i, s := range real {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%s)", number(s.value), s.begins.UTC().Format("02/01/06 15:04:05"))
	}
	fmt.Fprintf(&b, "] %s ", plural(n, "was", "were"))
	if !breaching {
		b.WriteString("not ")
	}
	fmt.Fprintf(&b, "%s the threshold (%s)", comparisons[m.Comparison], number(m.Threshold))
	if filled != "" {
		b.WriteString(" and " + filled)
	}
	if m.DatapointsToAlarm != 0 {
		least, change := m.toAlarm(), "OK -> ALARM"
		if v == types.StateValueOk {
			least, change = total-least+1, "ALARM -> OK"
		}
		fmt.Fprintf(&b, " (minimum %d %s for %s transition)", least, plural(least, "datapoint", "datapoints"), change)
	}
	return b.String()
}

// like returns the points that breach the threshold, or those that don't.
func (m *metricAlarm) like(points []slot, breaching bool) []slot {
	return slices.DeleteFunc(slices.Clone(points), func(s slot) bool { return m.breaches(s.value) != breaching })
}

// reasonData is StateReasonData of a metric alarm.
type reasonData struct {
	Version   string           `json:"version"`
	QueryDate string           `json:"queryDate"`
	StartDate string           `json:"startDate,omitempty"`
	Unit      string           `json:"unit,omitempty"`
	Statistic string           `json:"statistic,omitempty"`
	Period    int32            `json:"period"`
	Recent    []double         `json:"recentDatapoints"`
	Threshold double           `json:"threshold"`
	Evaluated []evaluatedPoint `json:"evaluatedDatapoints"`
}

type evaluatedPoint struct {
	Timestamp   string  `json:"timestamp"`
	SampleCount *double `json:"sampleCount,omitempty"`
	Value       *double `json:"value,omitempty"`
}

// data is the StateReasonData of an outcome. counts has the number of samples by the time at
// which their period begins.
func (m *metricAlarm) data(o outcome, now time.Time, counts map[time.Time]float64) (string, error) {
	d := reasonData{
		Version: "1.0", QueryDate: stamp(now), Unit: string(m.Unit), Statistic: m.statistic(), Period: m.Period,
		Recent: []double{}, Threshold: double(m.Threshold),
	}
	for _, s := range o.evaluated {
		p := evaluatedPoint{Timestamp: stamp(s.begins)}
		if !s.missing {
			d.StartDate = stamp(s.begins)
			d.Recent = append(d.Recent, double(s.value))
			p.Value = new(double(s.value))
			if n, ok := counts[s.begins]; ok {
				p.SampleCount = new(double(n))
			}
		}
		d.Evaluated = append(d.Evaluated, p)
	}
	slices.Reverse(d.Recent)
	b, err := json.Marshal(d)
	return string(b), err
}
