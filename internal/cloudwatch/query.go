package cloudwatch

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
)

// Series is the answer to one query: a line of a graph.
type Series struct {
	ID     string // of the query
	Label  string
	Period time.Duration
	Points []Point // the oldest first
}

// Query answers metric data queries as GetMetricData does: of each query that returns data one
// series or several. It decides about no access: that is up to the caller.
func (s *Service) Query(ctx context.Context, account, region string, queries []types.MetricDataQuery, from, until time.Time) ([]Series, error) {
	v := s.view(account, region)
	var all []Series
	for _, q := range queries {
		if q.MetricStat == nil {
			continue
		}
		st := statOf(account, region, q.MetricStat)
		points, err := v.values(ctx, st, from, until)
		if err != nil {
			return nil, err
		}
		if q.ReturnData == nil || *q.ReturnData {
			all = append(all, Series{ID: *q.Id, Label: st.Name, Period: st.Period, Points: points})
		}
	}
	return all, nil
}

func statOf(account, region string, m *types.MetricStat) Stat {
	st := Stat{
		ID:        metric.ID{Account: account, Region: region, Namespace: value(m.Metric.Namespace), Name: value(m.Metric.MetricName)},
		Statistic: value(m.Stat), Period: time.Duration(value(m.Period)) * time.Second, Unit: string(m.Unit),
	}
	for _, d := range m.Metric.Dimensions {
		st.Dimensions = append(st.Dimensions, metric.Dimension{Name: value(d.Name), Value: value(d.Value)})
	}
	return st
}

// value is what p points to, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}
