package cloudwatch

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch/statistic"
	"github.com/keystead/keystead/internal/iam"
)

// maxDatapoints is how many periods GetMetricStatistics tells of.
const maxDatapoints = 1440

// GetMetricStatistics tells statistics of one metric. Samples of different units are told
// apart.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
func (s *Service) GetMetricStatistics(ctx context.Context, c *iam.Caller, in *cloudwatch.GetMetricStatisticsInput) (*cloudwatch.GetMetricStatisticsOutput, error) {
	if err := authorize(c, "GetMetricStatistics", nil); err != nil {
		return nil, err
	}
	v := s.view(c.Principal.Account, c.Region)
	from, until, err := statisticsRange(v.now, in)
	if err != nil {
		return nil, err
	}
	wanted, err := statisticsWanted(in)
	if err != nil {
		return nil, err
	}
	st := Stat{
		ID:     metricID(v.account, v.region, *in.Namespace, *in.MetricName, in.Dimensions),
		Period: time.Duration(*in.Period) * time.Second, Unit: string(in.Unit),
	}
	units, err := v.periods(ctx, st, from, until)
	if err != nil {
		return nil, err
	}
	out := &cloudwatch.GetMetricStatisticsOutput{Label: in.MetricName, Datapoints: []types.Datapoint{}}
	for _, u := range units {
		for i := range u.points {
			if p, ok := datapoint(&u.points[i], u.unit, wanted); ok {
				out.Datapoints = append(out.Datapoints, p)
			}
		}
	}
	return out, nil
}

// statisticsRange checks the times of a request, and rounds the start.
func statisticsRange(now time.Time, in *cloudwatch.GetMetricStatisticsInput) (from, until time.Time, err error) {
	from, until = in.StartTime.UTC(), in.EndTime.UTC()
	period := time.Duration(*in.Period) * time.Second
	switch {
	case from.Equal(until):
		err = errValue("The parameter StartTime must not equal parameter EndTime.")
	case from.After(until):
		err = errValue("The parameter StartTime must be less than the parameter EndTime.")
	case !validPeriod(*in.Period):
		err = errValue("The parameter Period must be a multiple of 60, or 1, 5, 10, 20 or 30, and not greater than %d.", maxPeriod)
	}
	if err != nil {
		return from, until, err
	}
	from = roundStart(now, from, period)
	if n := int64((until.Sub(from) + period - 1) / period); n > maxDatapoints || until.Sub(from) == maxDuration {
		err = errCombination("You have requested up to %s datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.", grouped(n))
	}
	return from, until, err
}

// maxDuration is what time.Time.Sub says of times that are too far apart.
const maxDuration = time.Duration(1<<63 - 1)

// grouped writes a number with commas between its thousands.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// statisticsWanted are the statistics that a request names.
func statisticsWanted(in *cloudwatch.GetMetricStatisticsInput) ([]statistic.Statistic, error) {
	switch {
	case len(in.Statistics) == 0 && len(in.ExtendedStatistics) == 0:
		return nil, errMissing("Must specify either Statistics or ExtendedStatistics.")
	case len(in.Statistics) > 0 && len(in.ExtendedStatistics) > 0:
		return nil, errCombination("The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both.")
	}
	var all []statistic.Statistic
	for _, name := range in.Statistics {
		one, err := statistic.Parse(string(name))
		if err != nil || one.Extended() {
			return nil, errValue("The value %s for parameter Statistics is invalid.", name)
		}
		all = append(all, one)
	}
	for _, name := range in.ExtendedStatistics {
		one, err := statistic.Parse(name)
		if err != nil || !one.Extended() {
			return nil, errValue("The value %s for parameter ExtendedStatistics is invalid.", name)
		}
		all = append(all, one)
	}
	return all, nil
}

// datapoint tells the statistics of a period; there may be none.
func datapoint(p *point, unit string, wanted []statistic.Statistic) (types.Datapoint, bool) {
	if unit == "" {
		unit = noUnit
	}
	d, some := types.Datapoint{Timestamp: new(at(p.time)), Unit: types.StandardUnit(unit)}, false
	for _, one := range wanted {
		x, ok := one.Of(p.sum)
		if !ok {
			continue
		}
		some = true
		switch types.Statistic(one.String()) {
		case types.StatisticSampleCount:
			d.SampleCount = &x
		case types.StatisticSum:
			d.Sum = &x
		case types.StatisticAverage:
			d.Average = &x
		case types.StatisticMinimum:
			d.Minimum = &x
		case types.StatisticMaximum:
			d.Maximum = &x
		default:
			if d.ExtendedStatistics == nil {
				d.ExtendedStatistics = map[string]float64{}
			}
			d.ExtendedStatistics[one.String()] = x
		}
	}
	return d, some
}
