package cloudwatch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/marker"
)

// maxPage is how many points a page of GetMetricData has.
const maxPage = 100_800

// GetMetricData answers several queries at once: statistics of metrics, metric math and
// searches.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
func (s *Service) GetMetricData(ctx context.Context, c *iam.Caller, in *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
	if err := authorize(c, "GetMetricData", nil); err != nil {
		return nil, err
	}
	from, until := in.StartTime.UTC(), in.EndTime.UTC()
	switch {
	case len(in.MetricDataQueries) == 0:
		return nil, errValidation("The parameter MetricDataQueries is required.")
	case from.Equal(until):
		return nil, errValidation("The parameter StartTime must not equal parameter EndTime.")
	case from.After(until):
		return nil, errValidation("The parameter StartTime must be less than the parameter EndTime.")
	case in.MaxDatapoints != nil && (*in.MaxDatapoints < 1 || *in.MaxDatapoints > maxPage):
		return nil, errValidation("The value %d for parameter MaxDatapoints is invalid. It must be between 1 and %d.", *in.MaxDatapoints, maxPage)
	}
	zone, err := timezone(in.LabelOptions)
	if err != nil {
		return nil, err
	}
	p, err := newPlan("MetricDataQueries", in.MetricDataQueries)
	if err != nil {
		return nil, err
	}
	page, err := newDataPage(c.Principal.Account, in)
	if err != nil {
		return nil, err
	}
	r := &run{plan: p, view: s.view(c.Principal.Account, c.Region), from: from, until: until, rounded: true, zone: zone}
	series, err := r.all(ctx)
	if err != nil {
		return nil, err
	}
	return page.of(series), nil
}

var offset = regexp.MustCompile(`^[+-]\d{4}$`)

// timezone reads the time zone of labels: "+0130".
func timezone(o *types.LabelOptions) (*time.Location, error) {
	if o == nil || o.Timezone == nil {
		return time.UTC, nil
	}
	text := *o.Timezone
	if !offset.MatchString(text) {
		return nil, errValidation("The value %s for parameter LabelOptions.Timezone is invalid. The format is + or - followed by four digits.", text)
	}
	hours, _ := strconv.Atoi(text[1:3])
	minutes, _ := strconv.Atoi(text[3:])
	seconds := hours*3600 + minutes*60
	if text[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone(text, seconds), nil
}

// dataPage is one page of an answer. A page goes on where the one before it ended: at a series,
// and behind a time.
type dataPage struct {
	ascending bool
	limit     int
	request   string // digest of what was asked for
	series    int
	after     int64 // Unix seconds of the last point of the page before; 0 if that ended with a series
}

func newDataPage(account string, in *cloudwatch.GetMetricDataInput) (*dataPage, error) {
	p := &dataPage{ascending: in.ScanBy == types.ScanByTimestampAscending, limit: maxPage}
	if in.MaxDatapoints != nil {
		p.limit = int(*in.MaxDatapoints)
	}
	asked, err := json.Marshal([]any{account, in.MetricDataQueries, in.StartTime, in.EndTime, in.ScanBy})
	if err != nil {
		return nil, fmt.Errorf("encode the queries: %w", err)
	}
	sum := sha256.Sum256(asked)
	p.request = hex.EncodeToString(sum[:8])
	if in.NextToken == nil {
		return p, nil
	}
	m, ok := marker.Parse(*in.NextToken)
	parts := strings.Split(m.After, "/")
	if !ok || len(parts) != 3 || parts[0] != p.request {
		return nil, errNextToken()
	}
	var err1, err2 error
	p.series, err1 = strconv.Atoi(parts[1])
	p.after, err2 = strconv.ParseInt(parts[2], 10, 64)
	if err1 != nil || err2 != nil || p.series < 0 {
		return nil, errNextToken()
	}
	return p, nil
}

func (p *dataPage) of(all []Series) *cloudwatch.GetMetricDataOutput {
	out := &cloudwatch.GetMetricDataOutput{MetricDataResults: []types.MetricDataResult{}, Messages: []types.MessageData{}}
	left := p.limit
	for i := p.series; i < len(all); i++ {
		s := &all[i]
		if s.Cut && len(out.Messages) == 0 {
			out.Messages = append(out.Messages, types.MessageData{
				Code: new("MaxMetricsExceeded"), Value: new("Maximum number of allowed metrics exceeded"),
			})
		}
		points := p.rest(s.Points, i)
		result := types.MetricDataResult{
			Id: &s.ID, Label: &s.Label, StatusCode: types.StatusCodeComplete,
			Timestamps: []time.Time{}, Values: []float64{},
		}
		n := min(left, len(points))
		for _, x := range points[:n] {
			result.Timestamps = append(result.Timestamps, x.Time)
			result.Values = append(result.Values, x.Value)
		}
		left -= n
		switch {
		case n < len(points):
			if n > 0 {
				result.StatusCode = types.StatusCodePartialData
				out.MetricDataResults = append(out.MetricDataResults, result)
				out.NextToken = p.token(i, points[n-1].Time.Unix())
			} else {
				out.NextToken = p.token(i, p.after)
			}
			return out
		default:
			out.MetricDataResults = append(out.MetricDataResults, result)
		}
		p.after = 0
	}
	return out
}

// rest are the points of a series that are on no page yet, in the order of the request.
func (p *dataPage) rest(points []Point, i int) []Point {
	points = slices.Clone(points)
	if !p.ascending {
		slices.Reverse(points)
	}
	if i != p.series || p.after == 0 {
		return points
	}
	return slices.DeleteFunc(points, func(x Point) bool {
		if p.ascending {
			return x.Time.Unix() <= p.after
		}
		return x.Time.Unix() >= p.after
	})
}

func (p *dataPage) token(series int, after int64) *string {
	return new(marker.Marker{After: fmt.Sprintf("%s/%d/%d", p.request, series, after)}.String())
}
