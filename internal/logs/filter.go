package logs

import (
	"errors"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/logs/pattern"
)

// filter is a metric filter: the events that its pattern chooses become samples of a metric.
type filter struct {
	Name    string `json:"name"`
	Pattern string `json:"pattern"`
	Created int64  `json:"created"` // Unix ms

	Namespace  string            `json:"namespace"`
	Metric     string            `json:"metric"`
	Value      string            `json:"value"` // a number, or a selector of the pattern's
	Default    *float64          `json:"default,omitempty"`
	Unit       string            `json:"unit,omitempty"`
	Dimensions map[string]string `json:"dimensions,omitempty"` // names and selectors

	compiled *pattern.Pattern
	number   float64           // the value, if it is one
	value    *pattern.Selector // the value, if it is not
	fields   []dimension       // the dimensions, in the order of their names
}

type dimension struct {
	name     string
	selector pattern.Selector
}

// errSelector is the error of a filter whose value or dimensions are none of its pattern.
var errSelector = errors.New("a selector does not fit the pattern")

// compile makes the filter ready for matching.
func (f *filter) compile() error {
	var err error
	if f.compiled, err = pattern.Parse(f.Pattern); err != nil {
		return err
	}
	if n, ok := pattern.ParseNumber(f.Value); ok {
		f.number = n
	} else if s, ok := pattern.ParseSelector(f.Value); ok && f.compiled.Has(s) {
		f.value = &s
	} else {
		return errSelector
	}
	for _, name := range slices.Sorted(maps.Keys(f.Dimensions)) {
		s, ok := pattern.ParseSelector(f.Dimensions[name])
		if !ok || !f.compiled.Has(s) {
			return errSelector
		}
		f.fields = append(f.fields, dimension{name, s})
	}
	return nil
}

// sample is what one event adds to a metric. ok is false if it adds nothing: because it does
// not match, or has no number where the value is. An event that does not have all dimensions
// is counted without them.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
func (f *filter) sample(text []byte) (value float64, dimensions []metric.Dimension, matched, ok bool) {
	v, matched := f.compiled.Match(text)
	if !matched {
		return 0, nil, false, false
	}
	value = f.number
	if f.value != nil {
		if value, ok = v.Number(*f.value); !ok {
			return 0, nil, true, false
		}
	}
	for _, d := range f.fields {
		text, ok := v.Get(d.selector)
		if !ok || !fitsDimension(text) {
			return value, nil, true, true
		}
		dimensions = append(dimensions, metric.Dimension{Name: d.name, Value: text})
	}
	return value, dimensions, true, true
}

// maxDimension is how many bytes the value of a dimension may have.
const maxDimension = 1024

// fitsDimension says whether a text can be the value of a dimension.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
func fitsDimension(text string) bool {
	if text == "" || len(text) > maxDimension || text[0] == ':' {
		return false
	}
	visible := false
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
		visible = visible || text[i] != ' '
	}
	return visible
}

// describe is the filter as the API has it.
func (f *filter) describe(group string) types.MetricFilter {
	t := types.MetricTransformation{
		MetricName: &f.Metric, MetricNamespace: &f.Namespace, MetricValue: &f.Value,
		DefaultValue: f.Default, Unit: types.StandardUnit(f.Unit), Dimensions: f.Dimensions,
	}
	return types.MetricFilter{
		FilterName: &f.Name, FilterPattern: &f.Pattern, LogGroupName: &group, CreationTime: &f.Created,
		MetricTransformations: []types.MetricTransformation{t},
	}
}

// id is the identity of the filter's metric.
func (f *filter) id(g *group, dimensions []metric.Dimension) metric.ID {
	return metric.ID{Account: g.Account, Region: g.Region, Namespace: f.Namespace, Name: f.Metric, Dimensions: dimensions}
}
