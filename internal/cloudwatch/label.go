package cloudwatch

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch/expression"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
)

// label is the label of a series.
func (r *run) label(q *types.MetricDataQuery, s *expression.Series, isArray bool) string {
	own := s.Label
	if !isArray && q.Expression != nil {
		own = *q.Id
	}
	switch {
	case q.Label == nil:
		return own
	case strings.Contains(*q.Label, "${"):
		return r.dynamic(*q.Label, own, s)
	case isArray && *q.Label == "":
		return own
	case isArray:
		return *q.Label + " " + own
	}
	return *q.Label
}

// variable is a part of a label that is calculated: ${MAX}, ${PROP('Dim.KeyId')}.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html
var variable = regexp.MustCompile(`\$\{([A-Z_]+)(?:\('([^']*)'\))?\}`)

// maxVariables is how many variables a label has; those after them stay as they are.
const maxVariables = 5

func (r *run) dynamic(label, own string, s *expression.Series) string {
	dynamics := 0
	return variable.ReplaceAllStringFunc(label, func(text string) string {
		parts := variable.FindStringSubmatch(text)
		var out string
		ok := true
		switch {
		case parts[1] == "LABEL" && parts[2] == "":
			return own
		case parts[1] == "PROP":
			return r.property(parts[2], s, text)
		default:
			if dynamics++; dynamics > maxVariables {
				return text
			}
			out, ok = r.variable(parts[1], s)
		}
		if !ok {
			return text
		}
		return out
	})
}

// property is what PROP says of a metric.
func (r *run) property(name string, s *expression.Series, text string) string {
	switch name {
	case "AccountId":
		return r.account
	case "Region":
		return r.region
	case "Period":
		return strconv.FormatInt(s.Period, 10)
	}
	if s.Metric == nil {
		return text
	}
	switch name {
	case "MetricName":
		return s.Metric.Name
	case "Namespace":
		return s.Metric.Namespace
	case "Stat":
		return s.Stat
	}
	if dimension, ok := strings.CutPrefix(name, "Dim."); ok {
		for _, d := range s.Metric.Dimensions {
			if d.Name == dimension {
				return d.Value
			}
		}
	}
	return text
}

// noValue stands for a variable of a series without points.
const noValue = "--"

// variable is the value of a variable of a series.
func (r *run) variable(name string, s *expression.Series) (string, bool) {
	if name == "DATAPOINT_COUNT" {
		return strconv.Itoa(len(s.Points)), true
	}
	if !slices.Contains(variables, name) {
		return "", false
	}
	if len(s.Points) == 0 {
		return noValue, true
	}
	first, last := s.Points[0], s.Points[len(s.Points)-1]
	least, most, sum := first, first, 0.0
	for _, p := range s.Points {
		sum += p.Value
		if p.Value < least.Value {
			least = p
		}
		if p.Value > most.Value {
			most = p
		}
	}
	if base, ok := strings.CutSuffix(name, "_TIME_RELATIVE"); ok {
		p := map[string]expression.Point{"FIRST": first, "LAST": last, "MIN": least, "MAX": most}[base]
		return span(int64(r.now.Sub(at(p.Time)) / time.Second)), true
	}
	switch name {
	case "AVG":
		return short(sum / float64(len(s.Points))), true
	case "SUM":
		return short(sum), true
	case "FIRST":
		return short(first.Value), true
	case "LAST":
		return short(last.Value), true
	case "MIN":
		return short(least.Value), true
	case "MAX":
		return short(most.Value), true
	case "FIRST_LAST_RANGE":
		return short(math.Abs(last.Value - first.Value)), true
	case "MIN_MAX_RANGE":
		return short(most.Value - least.Value), true
	case "FIRST_LAST_TIME_RANGE":
		return span(last.Time - first.Time), true
	case "MIN_MAX_TIME_RANGE":
		return span(most.Time - least.Time), true
	}
	base, _ := strings.CutSuffix(name, "_TIME")
	p := map[string]expression.Point{"FIRST": first, "LAST": last, "MIN": least, "MAX": most}[base]
	return r.clockTime(p.Time), true
}

var variables = []string{
	"AVG", "SUM", "FIRST", "LAST", "MIN", "MAX", "FIRST_LAST_RANGE", "MIN_MAX_RANGE", "FIRST_LAST_TIME_RANGE",
	"MIN_MAX_TIME_RANGE", "FIRST_TIME", "LAST_TIME", "MIN_TIME", "MAX_TIME",
	"FIRST_TIME_RELATIVE", "LAST_TIME_RELATIVE", "MIN_TIME_RELATIVE", "MAX_TIME_RELATIVE",
}

// short writes a number as labels show it.
func short(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// span writes a difference of times.
func span(seconds int64) string {
	d := time.Duration(max(seconds, -seconds)) * time.Second
	if d >= day {
		return fmt.Sprintf("%dd %dh", d/day, d%day/time.Hour)
	}
	return d.String()
}

func (r *run) clockTime(seconds int64) string {
	zone := r.zone
	if zone == nil {
		zone = time.UTC
	}
	return at(seconds).In(zone).Format("2006-01-02 15:04:05")
}

// distinctLabels labels metrics with what they differ in.
func distinctLabels(ids []metric.ID) []string {
	parts := make([][]string, len(ids))
	for i, id := range ids {
		parts[i] = []string{id.Namespace}
		for _, d := range id.Dimensions {
			parts[i] = append(parts[i], d.Value)
		}
		parts[i] = append(parts[i], id.Name)
	}
	labels := make([]string, len(ids))
	for i := range ids {
		labels[i] = strings.Join(slices.DeleteFunc(slices.Clone(parts[i]), func(part string) bool {
			return everywhere(parts, part)
		}), " ")
		if labels[i] == "" {
			labels[i] = ids[i].Name
		}
	}
	return labels
}

func everywhere(all [][]string, part string) bool {
	for _, parts := range all {
		if !slices.Contains(parts, part) {
			return false
		}
	}
	return true
}
