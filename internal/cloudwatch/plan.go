package cloudwatch

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/cloudwatch/expression"
	"github.com/keystead/keystead/internal/cloudwatch/statistic"
)

// maxQueries is how many queries one request may have.
const maxQueries = 500

var queryID = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)

// plan is queries that were checked, and the order in which to answer them.
type plan struct {
	queries []types.MetricDataQuery
	byID    map[string]int
	parsed  []*expression.Expression // nil for metrics
	order   []int                    // so that each comes after those that it refers to
	period  time.Duration            // of what no metric says the period of
}

// CheckQueries says what is wrong with queries, as GetMetricData and PutMetricAlarm do. The
// name is that of the request's member: "MetricDataQueries", "Metrics".
func CheckQueries(name string, queries []types.MetricDataQuery) error {
	_, err := newPlan(name, queries)
	return err
}

func newPlan(name string, queries []types.MetricDataQuery) (*plan, error) {
	if len(queries) > maxQueries {
		return nil, errValidation("The collection %s must not have a size greater than %d.", name, maxQueries)
	}
	p := &plan{queries: queries, byID: map[string]int{}, parsed: make([]*expression.Expression, len(queries))}
	for i := range queries {
		id := value(queries[i].Id)
		if !queryID.MatchString(id) {
			return nil, errValidation("The value %s for parameter %s.member.%d.Id is not matching the expected pattern %s.", id, name, i+1, queryID)
		}
		if _, twice := p.byID[id]; twice {
			return nil, errValidation("The values for parameter id in %s are not unique.", name)
		}
		p.byID[id] = i
		if err := p.check(name, i); err != nil {
			return nil, err
		}
	}
	if p.period == 0 {
		p.period = defaultPeriod
	}
	return p, p.sort()
}

// defaultPeriod is the period of expressions where nothing says one.
const defaultPeriod = 5 * time.Minute

// check checks one query for itself.
func (p *plan) check(name string, i int) error {
	q := &p.queries[i]
	switch {
	case q.Expression != nil && q.MetricStat != nil:
		return errValidation("The parameters %s.member.%d.Expression and %[1]s.member.%[2]d.MetricStat are mutually exclusive and you have specified both.", name, i+1)
	case q.Expression == nil && q.MetricStat == nil:
		return errValidation("At least one of the parameters %s.member.%d.Expression or %[1]s.member.%[2]d.MetricStat must be specified.", name, i+1)
	case q.Period != nil && q.MetricStat != nil:
		return errValidation("The parameters %s.member.%d.Period and %[1]s.member.%[2]d.MetricStat are mutually exclusive and you have specified both.", name, i+1)
	case q.Period != nil && !validPeriod(*q.Period):
		return errValidation("The value %d for parameter %s.member.%d.Period is invalid. %s", *q.Period, name, i+1, periodRule)
	case q.MetricStat != nil:
		return p.checkMetric(name, i)
	case strings.HasPrefix(strings.ToUpper(strings.TrimSpace(*q.Expression)), "SELECT "):
		return errValidation("Error in expression '%s': Metrics Insights queries are not supported", *q.Id)
	}
	parsed, err := expression.Parse(*q.Expression)
	if err != nil {
		return inExpression(*q.Id, err)
	}
	p.parsed[i] = parsed
	return nil
}

func (p *plan) checkMetric(name string, i int) error {
	m := p.queries[i].MetricStat
	switch {
	case m.Metric == nil || m.Metric.MetricName == nil || m.Metric.Namespace == nil:
		return errValidation("The parameter %s.member.%d.MetricStat.Metric must have a MetricName and a Namespace.", name, i+1)
	case !validPeriod(value(m.Period)):
		return errValidation("The value %d for parameter %s.member.%d.MetricStat.Period is invalid. %s", value(m.Period), name, i+1, periodRule)
	}
	if _, err := statistic.Parse(value(m.Stat)); err != nil {
		return errValidation("The value %s for parameter %s.member.%d.MetricStat.Stat is not a valid statistic.", value(m.Stat), name, i+1)
	}
	if own := time.Duration(*m.Period) * time.Second; p.period == 0 || own < p.period {
		p.period = own
	}
	return nil
}

// maxPeriod is 30 days in seconds.
const maxPeriod = 2_592_000

const periodRule = "Period must be 1, 5, 10, 20, 30 or a multiple of 60."

// validPeriod says whether there are statistics by a period.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
func validPeriod(seconds int32) bool {
	switch seconds {
	case 1, 5, 10, 20, 30:
		return true
	}
	return seconds > 0 && seconds%60 == 0 && seconds <= maxPeriod
}

// inExpression is an error of an expression as it is told. What is not the author's fault
// stays as it is.
func inExpression(id string, err error) error {
	if bad, ok := errors.AsType[*expression.Error](err); ok {
		return errValidation("Error in expression '%s': %s", id, bad.Error())
	}
	return err
}

// sort finds the order, and queries that refer to none or to themselves.
func (p *plan) sort() error {
	const open, done = 1, 2
	state := make([]int, len(p.queries))
	var visit func(i int) error
	visit = func(i int) error {
		id := *p.queries[i].Id
		switch state[i] {
		case done:
			return nil
		case open:
			return errValidation("Error in expression '%s': Circular dependency", id)
		}
		state[i] = open
		if e := p.parsed[i]; e != nil {
			for _, name := range e.Names() {
				j, ok := p.byID[name]
				if !ok {
					return errValidation("Error in expression '%s': Metrics list contains no element with id '%s'", id, name)
				}
				if err := visit(j); err != nil {
					return err
				}
			}
		}
		state[i] = done
		p.order = append(p.order, i)
		return nil
	}
	for i := range p.queries {
		if p.parsed[i] == nil { // METRICS() refers to all metrics
			if err := visit(i); err != nil {
				return err
			}
		}
	}
	for i := range p.queries {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}
