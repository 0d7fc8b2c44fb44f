package cloudwatch

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch/expression"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/cloudwatch/search"
	"github.com/keystead/keystead/internal/cloudwatch/statistic"
)

// Series is the answer to one query: a line of a graph.
type Series struct {
	ID     string // of the query
	Label  string
	Period time.Duration
	Points []Point // the oldest first
	Cut    bool    // a search found more metrics than one answer holds
}

// maxPoints bounds the points that are read and calculated for one request.
const maxPoints = 8_000_000

// Query answers metric data queries as GetMetricData does: of each query that returns data one
// series or several. It decides about no access: that is up to the caller.
//
// Periods begin at from: it should be a multiple of the longest.
func (s *Service) Query(ctx context.Context, account, region string, queries []types.MetricDataQuery, from, until time.Time) ([]Series, error) {
	p, err := newPlan("MetricDataQueries", queries)
	if err != nil {
		return nil, err
	}
	r := &run{plan: p, view: s.view(account, region), from: from, until: until}
	return r.all(ctx)
}

// run answers the queries of a plan.
type run struct {
	*plan
	*view
	from, until time.Time
	rounded     bool // the beginning is rounded, as GetMetricData does
	zone        *time.Location

	budget  *expression.Budget
	results []expression.Value
	metrics []expression.Named
	cut     bool // a search found too many metrics

	catalogue map[string][]sighting // what was searched, by namespace
}

func (r *run) all(ctx context.Context) ([]Series, error) {
	r.budget = expression.NewBudget(maxPoints)
	r.results = make([]expression.Value, len(r.queries))
	for _, i := range r.order {
		if err := r.answer(ctx, i); err != nil {
			return nil, err
		}
	}
	var all []Series
	for i := range r.queries {
		if q := &r.queries[i]; q.ReturnData == nil || *q.ReturnData {
			all = append(all, r.series(i)...)
		}
	}
	return all, nil
}

// answer finds the result of one query.
func (r *run) answer(ctx context.Context, i int) error {
	q := &r.queries[i]
	if q.AccountId != nil && *q.AccountId != r.account {
		return errValidation("The account %s is not linked to this account.", *q.AccountId)
	}
	if q.MetricStat != nil {
		st := statOf(r.account, r.region, q.MetricStat)
		series, err := r.read(ctx, st)
		if err != nil {
			return inExpression(*q.Id, err)
		}
		series.Label = st.Name
		r.results[i] = expression.OfSeries([]*expression.Series{series}, false, true)
		r.metrics = append(r.metrics, expression.Named{Name: *q.Id, Series: series})
		return nil
	}
	v, err := r.parsed[i].Evaluate(r.environment(ctx, q))
	if err != nil {
		return inExpression(*q.Id, err)
	}
	r.results[i] = labelled(q, v)
	return nil
}

// labelled gives what an expression made the name that arrays show it by: its label, or its id.
func labelled(q *types.MetricDataQuery, v expression.Value) expression.Value {
	if v.IsArray() {
		return v
	}
	name := *q.Id
	if q.Label != nil && *q.Label != "" && !strings.Contains(*q.Label, "${") {
		name = *q.Label
	}
	return v.Labelled(name)
}

func (r *run) environment(ctx context.Context, q *types.MetricDataQuery) *expression.Environment {
	period := r.period
	if q.Period != nil {
		period = time.Duration(*q.Period) * time.Second
	}
	return &expression.Environment{
		Start: r.begin(period).Unix(), End: r.until.Unix(), Period: int64(period / time.Second),
		Lookup: func(name string) (expression.Value, error) { return r.results[r.byID[name]], nil },
		Search: func(query, stat string, seconds int64) ([]*expression.Series, error) {
			return r.search(ctx, query, stat, seconds)
		},
		Metrics: r.metrics, Budget: r.budget,
	}
}

// begin is where the periods of a length begin.
func (r *run) begin(period time.Duration) time.Time {
	if !r.rounded {
		return r.from
	}
	return roundStart(r.now, r.from, period)
}

// read reads a metric.
func (r *run) read(ctx context.Context, st Stat) (*expression.Series, error) {
	if err := r.budget.Spend(readCost); err != nil {
		return nil, err
	}
	points, err := r.values(ctx, st, r.begin(st.Period), r.until)
	if err != nil {
		return nil, err
	}
	if err := r.budget.Spend(len(points)); err != nil {
		return nil, err
	}
	s := &expression.Series{Period: int64(st.Period / time.Second), Stat: st.Statistic, Metric: &st.ID}
	s.Points = make([]expression.Point, len(points))
	for i, p := range points {
		s.Points[i] = expression.Point{Time: p.Time.Unix(), Value: p.Value}
	}
	return s, nil
}

// maxFound is how many metrics one search finds.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
const maxFound = 100

// What work costs that is none with points, in points: to look at a metric in the catalogue, to
// read one, and to match one with so many bytes of a search.
const (
	searchCost = 20
	readCost   = 1000
	matchCost  = 4
)

// listed is the metrics of a namespace that are listed; of all namespaces if it is "".
func (r *run) listed(ctx context.Context, namespace string) ([]sighting, error) {
	if all, ok := r.catalogue[namespace]; ok {
		return all, nil
	}
	var all []sighting
	oldest := r.now.Add(-listed)
	err := r.walk(ctx, namespace, "", func(_ string, m *sighting) error {
		if !at(m.time).Before(oldest) {
			all = append(all, *m)
		}
		return r.budget.Spend(searchCost)
	})
	if err != nil {
		return nil, err
	}
	if r.catalogue == nil {
		r.catalogue = map[string][]sighting{}
	}
	r.catalogue[namespace] = all
	return all, nil
}

// search answers a SEARCH.
func (r *run) search(ctx context.Context, text, stat string, seconds int64) ([]*expression.Series, error) {
	query, err := search.Parse(text)
	if err != nil {
		return nil, expression.Wrong("SEARCH: %v", err)
	}
	if _, err := statistic.Parse(stat); err != nil {
		return nil, expression.Wrong("SEARCH: '%s' is not a valid statistic", stat)
	}
	if seconds > maxPeriod || !validPeriod(int32(seconds)) {
		return nil, expression.Wrong("SEARCH: %d is not a valid period", seconds)
	}
	all, err := r.listed(ctx, query.Namespace())
	if err != nil {
		return nil, err
	}
	if err := r.budget.Spend(len(all) * (1 + len(text)/matchCost)); err != nil {
		return nil, err
	}
	var found []metric.ID
	for i := range all {
		if !query.Match(&all[i].id) {
			continue
		}
		if len(found) == maxFound {
			r.cut = true
			break
		}
		found = append(found, all[i].id)
	}
	labels := distinctLabels(found)
	series := make([]*expression.Series, len(found))
	for i, id := range found {
		series[i], err = r.read(ctx, Stat{ID: id, Statistic: stat, Period: time.Duration(seconds) * time.Second})
		if err != nil {
			return nil, err
		}
		series[i].Label = labels[i]
	}
	return series, nil
}

// series are the results of a query as they are returned.
func (r *run) series(i int) []Series {
	q, v := &r.queries[i], r.results[i]
	all := make([]Series, 0, len(v.Series()))
	for _, s := range v.Series() {
		one := Series{ID: *q.Id, Period: time.Duration(s.Period) * time.Second, Cut: r.cut && r.parsed[i] != nil && r.parsed[i].Calls("SEARCH")}
		one.Points = make([]Point, len(s.Points))
		for j, p := range s.Points {
			one.Points[j] = Point{at(p.Time), p.Value}
		}
		one.Label = r.label(q, s, v.IsArray())
		all = append(all, one)
	}
	return all
}

func statOf(account, region string, m *types.MetricStat) Stat {
	return Stat{
		ID:        metricID(account, region, value(m.Metric.Namespace), value(m.Metric.MetricName), m.Metric.Dimensions),
		Statistic: value(m.Stat), Period: time.Duration(value(m.Period)) * time.Second, Unit: string(m.Unit),
	}
}

func metricID(account, region, namespace, name string, dimensions []types.Dimension) metric.ID {
	id := metric.ID{Account: account, Region: region, Namespace: namespace, Name: name}
	for _, d := range dimensions {
		id.Dimensions = append(id.Dimensions, metric.Dimension{Name: value(d.Name), Value: value(d.Value)})
	}
	metric.Sort(id.Dimensions)
	return id
}

// value is what p points to, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}

// roundStart rounds a request's start: to the period if that is part of a minute, else to what
// data of that age are kept by.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
func roundStart(now, start time.Time, period time.Duration) time.Time {
	step := time.Minute
	switch age := now.Sub(start); {
	case period < time.Minute:
		step = period
	case age > tiers[2].keep:
		step = time.Hour
	case age > tiers[1].keep:
		step = 5 * time.Minute
	}
	return at(floor(start.Unix(), int64(max(step, time.Second)/time.Second)))
}
