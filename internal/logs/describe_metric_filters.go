package logs

import (
	"cmp"
	"context"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// filterPlace is where a page of metric filters ends.
type filterPlace struct {
	Filter string `json:"f"`
	Group  string `json:"g"`
}

func (p filterPlace) compare(q filterPlace) int {
	return cmp.Or(cmp.Compare(p.Filter, q.Filter), cmp.Compare(p.Group, q.Group))
}

type placedFilter struct {
	filterPlace
	*filter
}

// DescribeMetricFilters lists the metric filters of a group, or of all groups of the account
// in the Region, in the order of their names.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html
func (s *Service) DescribeMetricFilters(ctx context.Context, c *iam.Caller, in *sdk.DescribeMetricFiltersInput) (*sdk.DescribeMetricFiltersOutput, error) {
	var groups []*group
	if in.LogGroupName != nil {
		g, err := s.admit(ctx, c, "DescribeMetricFilters", *in.LogGroupName)
		if err != nil {
			return nil, err
		}
		groups = append(groups, g)
	} else if err := allowAny(c, "DescribeMetricFilters", allGroups(c), keys{}); err != nil {
		return nil, err
	}
	switch {
	case (in.MetricName == nil) != (in.MetricNamespace == nil):
		return nil, invalid("MetricName and MetricNamespace must be specified together.")
	case in.FilterNamePrefix != nil && in.LogGroupName == nil:
		return nil, invalid("FilterNamePrefix can be specified together with a log group only.")
	}
	last, err := readToken[filterPlace](in.NextToken)
	if err != nil {
		return nil, err
	}
	if groups == nil {
		if groups, err = s.allGroups(ctx, c); err != nil {
			return nil, err
		}
	}
	out := &sdk.DescribeMetricFiltersOutput{MetricFilters: []types.MetricFilter{}}
	limit := limitOf(in.Limit, pageSize)
	for i, f := range chosenFilters(groups, in, last) {
		if i == limit {
			end := out.MetricFilters[limit-1]
			out.NextToken = writeToken(filterPlace{*end.FilterName, *end.LogGroupName})
			break
		}
		out.MetricFilters = append(out.MetricFilters, f.describe(f.Group))
	}
	return out, nil
}

// chosenFilters are the filters that a request asks for, behind a place, in order.
func chosenFilters(groups []*group, in *sdk.DescribeMetricFiltersInput, last filterPlace) []placedFilter {
	var list []placedFilter
	for _, g := range groups {
		for _, f := range g.Filters {
			p := filterPlace{f.Name, g.Name}
			switch {
			case p.compare(last) <= 0:
			case in.FilterNamePrefix != nil && !strings.HasPrefix(f.Name, *in.FilterNamePrefix):
			case in.MetricName != nil && (f.Metric != *in.MetricName || f.Namespace != *in.MetricNamespace):
			default:
				list = append(list, placedFilter{p, f})
			}
		}
	}
	slices.SortFunc(list, func(a, b placedFilter) int { return a.compare(b.filterPlace) })
	return list
}

// allGroups are those of the caller's account and Region that have metric filters.
func (s *Service) allGroups(ctx context.Context, c *iam.Caller) ([]*group, error) {
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	var groups []*group
	r := store.Range{Prefix: partition(c.Principal.Account, c.Region), Limit: 500}
	for {
		records, err := s.db.Scan(ctx, groupKind, r)
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			g, _, err := decodeGroup(record)
			if err != nil {
				return nil, err
			}
			if len(g.Filters) > 0 {
				groups = append(groups, g)
			}
		}
		if len(records) < r.Limit {
			return groups, nil
		}
		r.After = records[len(records)-1].Key
	}
}
