package logs

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/logs/pattern"
	"github.com/keystead/keystead/internal/store"
)

// Limits of metric filters.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
const (
	maxFilters      = 100 // of a group
	maxRegexFilters = 5   // of a group, with regular expressions
	maxDimensions   = 3   // of a filter
)

// PutMetricFilter makes a metric filter, or replaces it.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
func (s *Service) PutMetricFilter(ctx context.Context, c *iam.Caller, in *sdk.PutMetricFilterInput) (*sdk.PutMetricFilterOutput, error) {
	g, err := s.admit(ctx, c, "PutMetricFilter", *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	f, err := newFilter(in)
	if err != nil {
		return nil, err
	}
	f.Created = s.clock.Now().UnixMilli()
	return nil, s.change(ctx, g, func(_ *store.Tx, g *group) error {
		i, found := g.find(f.Name)
		if found {
			g.Filters[i] = f
		} else {
			g.Filters = slices.Insert(g.Filters, i, f)
		}
		regexes := 0
		for _, each := range g.Filters {
			if each.compiled.HasRegex() {
				regexes++
			}
		}
		if len(g.Filters) > maxFilters || regexes > maxRegexFilters {
			return limitExceeded()
		}
		return nil
	})
}

// find is where a filter is, or belongs.
func (g *group) find(name string) (i int, found bool) {
	return slices.BinarySearchFunc(g.Filters, name, func(f *filter, name string) int { return cmp.Compare(f.Name, name) })
}

func parsePattern(text string) (*pattern.Pattern, error) {
	p, err := pattern.Parse(text)
	if err != nil {
		return nil, invalid("%s", err)
	}
	return p, nil
}

// newFilter checks a request, and makes a filter of it.
func newFilter(in *sdk.PutMetricFilterInput) (*filter, error) {
	if in.ApplyOnTransformedLogs || in.FieldSelectionCriteria != nil && *in.FieldSelectionCriteria != "" || len(in.EmitSystemFieldDimensions) > 0 {
		return nil, invalid("Transformed logs and system fields are not supported.")
	}
	p, err := parsePattern(*in.FilterPattern)
	if err != nil {
		return nil, err
	}
	t := in.MetricTransformations[0]
	if err := checkTransformation(p, &t); err != nil {
		return nil, err
	}
	f := &filter{
		Name: *in.FilterName, Pattern: *in.FilterPattern, Namespace: *t.MetricNamespace, Metric: *t.MetricName, Value: *t.MetricValue,
		Default: t.DefaultValue, Unit: string(t.Unit), Dimensions: t.Dimensions,
	}
	if f.compile() != nil {
		return nil, invalid("Invalid metric transformation: metric value %s must be a valid number", f.Value)
	}
	return f, nil
}

func checkTransformation(p *pattern.Pattern, t *types.MetricTransformation) error {
	if strings.TrimSpace(*t.MetricName) == "" || strings.TrimSpace(*t.MetricNamespace) == "" {
		return invalid("Invalid metric transformation: metric name and namespace must not be empty")
	}
	if strings.HasPrefix(*t.MetricNamespace, "AWS/") {
		return invalid("Invalid metric transformation: namespaces that begin with AWS/ are reserved")
	}
	if t.DefaultValue != nil && (math.IsNaN(*t.DefaultValue) || math.IsInf(*t.DefaultValue, 0)) {
		return invalid("Invalid metric transformation: default value must be a valid number")
	}
	if len(t.Dimensions) == 0 {
		return nil
	}
	switch {
	case p.Kind() != pattern.JSON && p.Kind() != pattern.Fields:
		return invalid("The specified filter pattern does not support dimensions")
	case t.DefaultValue != nil:
		return invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties")
	case len(t.Dimensions) > maxDimensions:
		return invalid("Invalid metric transformation: the number of dimensions must not be greater than %d", maxDimensions)
	}
	for name, value := range t.Dimensions {
		if !fitsDimension(name) {
			return invalid("Invalid metric transformation: dimension name is not valid")
		}
		if s, ok := pattern.ParseSelector(value); !ok || !p.Has(s) {
			return invalid("Invalid metric transformation: dimension value must be valid selector")
		}
	}
	return nil
}

// DeleteMetricFilter removes a metric filter.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteMetricFilter.html
func (s *Service) DeleteMetricFilter(ctx context.Context, c *iam.Caller, in *sdk.DeleteMetricFilterInput) (*sdk.DeleteMetricFilterOutput, error) {
	g, err := s.admit(ctx, c, "DeleteMetricFilter", *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	return nil, s.change(ctx, g, func(_ *store.Tx, g *group) error {
		i, found := g.find(*in.FilterName)
		if !found {
			return notFound("The specified metric filter does not exist.")
		}
		g.Filters = slices.Delete(g.Filters, i, i+1)
		return nil
	})
}

// TestMetricFilter matches messages with a pattern, as a metric filter does.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html
func (s *Service) TestMetricFilter(_ context.Context, c *iam.Caller, in *sdk.TestMetricFilterInput) (*sdk.TestMetricFilterOutput, error) {
	if err := allowAny(c, "TestMetricFilter", "*", keys{}); err != nil {
		return nil, err
	}
	p, err := parsePattern(*in.FilterPattern)
	if err != nil {
		return nil, err
	}
	out := &sdk.TestMetricFilterOutput{Matches: []types.MetricFilterMatchRecord{}}
	for i, message := range in.LogEventMessages {
		v, ok := p.Match([]byte(message))
		if !ok {
			continue
		}
		extracted := v.Extracted()
		if extracted == nil {
			extracted = map[string]string{}
		}
		out.Matches = append(out.Matches, types.MetricFilterMatchRecord{
			EventNumber: int64(i + 1), EventMessage: &message, ExtractedValues: extracted,
		})
	}
	return out, nil
}
