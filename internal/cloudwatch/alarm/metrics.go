package alarm

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/iam"
)

// Values of EvaluateLowSampleCountPercentile.
const (
	lowEvaluate = "evaluate"
	lowIgnore   = "ignore"
)

const decimal = `(?:\d{1,15}(?:\.\d{1,10})?|\.\d{1,10})`

// extended are the extended statistics: percentiles and trimmed statistics by one bound, the
// interquartile mean, and those between two bounds, percentages or values.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
var extended = regexp.MustCompile(`^(?:(?:p|tm|tc|ts|wm)(?P<one>` + decimal + `)|iqm|IQM|` +
	`(?:PR|TM|TC|TS|WM)\((?:` + decimal + `?%?:` + decimal + `%?|` + decimal + `%?:)\))$`)

// isExtended reports whether a text names an extended statistic.
func isExtended(s string) bool {
	m := extended.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	if m[1] == "" {
		return true
	}
	v, err := strconv.ParseFloat(m[1], 64)
	return err == nil && v <= 100
}

// percentile is the number of a statistic such as p99.9, between 0 and 1.
func percentile(statistic string) (float64, bool) {
	text, ok := strings.CutPrefix(statistic, "p")
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v / 100, err == nil && v > 0 && v < 100
}

// dimensionsOf checks the dimensions of a metric.
func dimensionsOf(in []types.Dimension) ([]metric.Dimension, error) {
	if len(in) > 30 {
		return nil, invalid("The collection Dimensions must not have more than 30 members.")
	}
	var out []metric.Dimension
	for _, d := range in {
		name, v := value(d.Name), value(d.Value)
		switch {
		case name == "" || v == "":
			return nil, lacking("Dimensions.member.N.Name and Dimensions.member.N.Value")
		case slices.ContainsFunc(out, func(o metric.Dimension) bool { return o.Name == name }):
			return nil, invalid("No Metric may specify the same dimension twice: %s", name)
		}
		out = append(out, metric.Dimension{Name: name, Value: v})
	}
	return out, nil
}

// maxQueries is how many metrics and expressions an alarm on metric math may have.
const maxQueries = 20

// watchMath reads and checks the members about metric math.
func (m *metricAlarm) watchMath(c *iam.Caller, in *cloudwatch.PutMetricAlarmInput) error {
	if in.Namespace != nil || in.Period != nil || in.Statistic != "" || in.ExtendedStatistic != nil || in.Unit != "" || len(in.Dimensions) > 0 {
		return combined("The parameters Namespace, Dimensions, Period, Unit, Statistic and ExtendedStatistic must not be used together with Metrics.")
	}
	if len(in.Metrics) > maxQueries {
		return invalid("Invalid metrics list: it must not have more than %d members.", maxQueries)
	}
	m.Metrics = in.Metrics
	watched := 0
	for i := range m.Metrics {
		q := &m.Metrics[i]
		if err := checkQuery(c, q); err != nil {
			return err
		}
		if q.ReturnData == nil { // the default is true
			q.ReturnData = new(true)
		}
		if *q.ReturnData {
			watched++
		}
		if err := m.samePeriod(q); err != nil {
			return err
		}
	}
	if watched != 1 {
		return invalid("Exactly one element of the metrics list should return data.")
	}
	if m.Period == 0 {
		return invalid("Invalid metrics list: the period of the alarm is not known; an expression needs a Period.")
	}
	return nil
}

func checkQuery(c *iam.Caller, q *types.MetricDataQuery) error {
	switch {
	case (q.Expression == nil) == (q.MetricStat == nil):
		return invalid("Invalid metrics list: each element must have either a MetricStat or an Expression.")
	case q.AccountId != nil && *q.AccountId != c.Principal.Account:
		return unsupported("An alarm on a metric of another account (AccountId)")
	case q.Expression != nil && strings.Contains(strings.ToUpper(*q.Expression), "ANOMALY_DETECTION_BAND"):
		return unsupported("An alarm on an anomaly detection model (ANOMALY_DETECTION_BAND)")
	case q.Expression != nil && strings.HasPrefix(strings.ToUpper(strings.TrimSpace(*q.Expression)), "SELECT "):
		return unsupported("An alarm on a Metrics Insights query")
	case q.MetricStat == nil:
		return nil
	}
	st := q.MetricStat
	switch {
	case st.Stat == nil || st.Period == nil || st.Metric == nil || st.Metric.MetricName == nil || st.Metric.Namespace == nil:
		return lacking("Metrics.member.N.MetricStat with Metric, Period and Stat")
	case !slices.Contains(types.Statistic("").Values(), types.Statistic(*st.Stat)) && !isExtended(*st.Stat):
		return invalid("The value %s for parameter Metrics.member.N.MetricStat.Stat is not supported.", *st.Stat)
	}
	_, err := dimensionsOf(st.Metric.Dimensions)
	return err
}

// samePeriod notes the period of a query: all must have the same.
func (m *metricAlarm) samePeriod(q *types.MetricDataQuery) error {
	p := q.Period
	if q.MetricStat != nil {
		p = q.MetricStat.Period
	}
	if p == nil {
		return nil
	}
	if m.Period != 0 && m.Period != *p {
		return invalid("Invalid metrics list: all metrics must have the same period.")
	}
	m.Period = *p
	return nil
}
