package cloudwatch

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/marker"
)

// maxListed is how many metrics a page has, and maxLooked how many are looked at for one: a
// page may have fewer metrics, or none, and still not be the last.
const (
	maxListed = 500
	maxLooked = 20_000
)

// recently is how long ago a recently active metric had its last sample, and sloppiness how
// far that may be off.
const (
	recently   = 3 * time.Hour
	sloppiness = 50 * time.Minute
)

// ListMetrics lists metrics that had samples within the last two weeks.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
func (s *Service) ListMetrics(ctx context.Context, c *iam.Caller, in *cloudwatch.ListMetricsInput) (*cloudwatch.ListMetricsOutput, error) {
	if err := authorize(c, "ListMetrics", nil); err != nil {
		return nil, err
	}
	v := s.view(c.Principal.Account, c.Region)
	f, after, err := newMetricFilter(v, in)
	if err != nil {
		return nil, err
	}
	out := &cloudwatch.ListMetricsOutput{Metrics: []types.Metric{}}
	if f.foreign {
		return out, nil
	}
	last, looked := "", 0
	err = v.walk(ctx, value(in.Namespace), after, func(key string, m *sighting) error {
		if len(out.Metrics) == maxListed || looked == maxLooked {
			out.NextToken = new(marker.Marker{After: strings.TrimPrefix(last, place(v.account, v.region))}.String())
			return errEnough
		}
		last = key
		looked++
		if f.match(m) {
			out.Metrics = append(out.Metrics, metricOf(&m.id))
			if f.owners {
				out.OwningAccounts = append(out.OwningAccounts, v.account)
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return out, nil
}

// errEnough ends a walk over the catalogue.
var errEnough = errors.New("cloudwatch: the page is full")

// metricFilter is what a request says about the metrics that it wants.
type metricFilter struct {
	namespace, name string
	dimensions      []types.DimensionFilter
	since           time.Time
	foreign         bool // only those of another account
	owners          bool
}

func newMetricFilter(v *view, in *cloudwatch.ListMetricsInput) (f metricFilter, after string, err error) {
	f = metricFilter{
		namespace: value(in.Namespace), name: value(in.MetricName), dimensions: in.Dimensions,
		since: v.now.Add(-listed), owners: value(in.IncludeLinkedAccounts),
	}
	if in.OwningAccount != nil {
		if !f.owners {
			return f, "", errCombination("The parameter OwningAccount can only be specified when IncludeLinkedAccounts is true.")
		}
		f.foreign = *in.OwningAccount != v.account
	}
	if in.RecentlyActive != "" {
		f.since = v.now.Add(-recently - sloppiness)
	}
	if in.NextToken != nil {
		m, ok := marker.Parse(*in.NextToken)
		if !ok {
			return f, "", errValue("The next token specified is invalid.")
		}
		after = place(v.account, v.region) + m.After
	}
	return f, after, nil
}

func (f *metricFilter) match(m *sighting) bool {
	if at(m.time).Before(f.since) || f.namespace != "" && f.namespace != m.id.Namespace || f.name != "" && f.name != m.id.Name {
		return false
	}
	for _, want := range f.dimensions {
		if !hasDimension(&m.id, want) {
			return false
		}
	}
	return true
}

func hasDimension(id *metric.ID, want types.DimensionFilter) bool {
	for _, d := range id.Dimensions {
		if d.Name == value(want.Name) && (want.Value == nil || d.Value == *want.Value) {
			return true
		}
	}
	return false
}

func metricOf(id *metric.ID) types.Metric {
	m := types.Metric{Namespace: &id.Namespace, MetricName: &id.Name, Dimensions: []types.Dimension{}}
	for _, d := range id.Dimensions {
		m.Dimensions = append(m.Dimensions, types.Dimension{Name: new(d.Name), Value: new(d.Value)})
	}
	return m
}
