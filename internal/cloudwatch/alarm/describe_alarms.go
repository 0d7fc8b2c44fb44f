package alarm

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/marker"
	"github.com/keystead/keystead/internal/store"
)

// pageSize is how many alarms a page has if the caller does not say.
const pageSize = 50

// batch is how many records are read at once.
const batch = 500

// get returns the caller's alarm of that name, or nil.
func (s *Service) get(ctx context.Context, c *iam.Caller, name string) (*alarm, error) {
	if !nameable(name) {
		return nil, nil
	}
	r, err := s.db.Get(ctx, alarmKind, recordKey(c.Principal.Account, c.Region, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decode(r)
}

// DescribeAlarms lists alarms.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func (s *Service) DescribeAlarms(ctx context.Context, c *iam.Caller, in *cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
	composite, err := s.mayDescribe(ctx, c, "DescribeAlarms", in.AlarmNames)
	if err != nil {
		return nil, err
	}
	if err := checkDescribe(in); err != nil {
		return nil, err
	}
	want, err := s.wanted(ctx, c, in)
	if err != nil {
		return nil, err
	}
	after, err := parseToken(in.NextToken)
	if err != nil {
		return nil, err
	}
	found, next, err := s.page(ctx, c, value(in.AlarmNamePrefix), after, limitOf(in.MaxRecords, pageSize), func(a *alarm) bool {
		return (composite || a.Composite == nil) && want(a)
	})
	if err != nil {
		return nil, err
	}
	out := &cloudwatch.DescribeAlarmsOutput{MetricAlarms: []types.MetricAlarm{}, CompositeAlarms: []types.CompositeAlarm{}, NextToken: next}
	for _, a := range found {
		a = a.shown(in)
		if a.Composite != nil {
			out.CompositeAlarms = append(out.CompositeAlarms, a.compositeOut())
		} else {
			out.MetricAlarms = append(out.MetricAlarms, a.metricOut())
		}
	}
	return out, nil
}

// mayDescribe decides whether the caller may see the alarms that it named, or all. Composite
// alarms are seen with no less than a permission that is scoped to *.
func (s *Service) mayDescribe(ctx context.Context, c *iam.Caller, action string, names []string) (composite bool, err error) {
	all, err := c.Decide(&iam.Access{Action: "cloudwatch:" + action, ARN: "*", Account: c.Principal.Account, Context: keys{}})
	if err != nil {
		return false, err
	}
	if len(names) == 0 {
		return all.Allowed, authorizeNew(c, action, "*", nil, nil)
	}
	for _, n := range names {
		a, err := s.get(ctx, c, n)
		if err != nil {
			return false, err
		}
		if err := authorize(c, action, n, a, nil); err != nil { // who may see all may be denied some
			return false, err
		}
	}
	return all.Allowed, nil
}

func parseToken(token *string) (after string, err error) {
	if token == nil {
		return "", nil
	}
	m, ok := marker.Parse(*token)
	if !ok {
		return "", badToken()
	}
	return m.After, nil
}

func limitOf(n *int32, otherwise int) int {
	if n == nil {
		return otherwise
	}
	return min(max(int(*n), 1), 100)
}

func checkDescribe(in *cloudwatch.DescribeAlarmsInput) error {
	others := len(in.AlarmNames) > 0 || in.AlarmNamePrefix != nil || in.ActionPrefix != nil || in.StateValue != "" || len(in.AlarmTypes) > 0
	switch {
	case in.ChildrenOfAlarmName != nil && (others || in.ParentsOfAlarmName != nil):
		return invalid("ChildrenOfAlarmName cannot be used together with other parameters than MaxRecords and NextToken.")
	case in.ParentsOfAlarmName != nil && others:
		return invalid("ParentsOfAlarmName cannot be used together with other parameters than MaxRecords and NextToken.")
	case len(in.AlarmNames) > 0 && in.AlarmNamePrefix != nil:
		return combined("The parameters AlarmNames and AlarmNamePrefix must not be used together.")
	}
	return nil
}

// wanted returns which alarms a request is about.
func (s *Service) wanted(ctx context.Context, c *iam.Caller, in *cloudwatch.DescribeAlarmsInput) (func(*alarm) bool, error) {
	switch {
	case in.ChildrenOfAlarmName != nil:
		parent, err := s.get(ctx, c, *in.ChildrenOfAlarmName)
		if err != nil {
			return nil, err
		}
		if parent == nil {
			return nil, noAlarm(*in.ChildrenOfAlarmName)
		}
		children := parent.children()
		return func(a *alarm) bool { return slices.Contains(children, a.key()) }, nil
	case in.ParentsOfAlarmName != nil:
		child, err := s.get(ctx, c, *in.ParentsOfAlarmName)
		if err != nil {
			return nil, err
		}
		if child == nil {
			return nil, noAlarm(*in.ParentsOfAlarmName)
		}
		return func(a *alarm) bool { return slices.Contains(a.children(), child.key()) }, nil
	}
	kinds := in.AlarmTypes
	if len(kinds) == 0 {
		kinds = []types.AlarmType{types.AlarmTypeMetricAlarm} // even of those that are named
	}
	return func(a *alarm) bool {
		return slices.Contains(kinds, kindOf(a)) && (in.StateValue == "" || a.State.Value == in.StateValue) &&
			(len(in.AlarmNames) == 0 || slices.Contains(in.AlarmNames, a.Name)) && (in.ActionPrefix == nil || a.hasAction(*in.ActionPrefix))
	}, nil
}

func (a *alarm) hasAction(prefix string) bool {
	for _, list := range [][]string{a.OKActions, a.AlarmActions, a.InsufficientData} {
		if slices.ContainsFunc(list, func(arn string) bool { return strings.HasPrefix(arn, prefix) }) {
			return true
		}
	}
	return false
}

// page reads the wanted alarms after a name, and the token of the next page.
func (s *Service) page(ctx context.Context, c *iam.Caller, prefix, after string, limit int, want func(*alarm) bool) (found []*alarm, next *string, err error) {
	base := recordKey(c.Principal.Account, c.Region, "")
	r := store.Range{Prefix: base + prefix, Limit: batch}
	if after != "" {
		r.After = base + after
	}
	for {
		records, err := s.db.Scan(ctx, alarmKind, r)
		if err != nil {
			return nil, nil, err
		}
		for _, record := range records {
			a, err := decode(record)
			if err != nil {
				return nil, nil, err
			}
			if !want(a) {
				continue
			}
			if len(found) == limit {
				return found, new(marker.Marker{After: found[limit-1].Name}.String()), nil
			}
			found = append(found, a)
		}
		if len(records) < batch {
			return found, nil, nil
		}
		r.After = records[batch-1].Key
	}
}

// shown is the alarm with what the request asks about. Children are shown with their names and
// states, parents with their names.
func (a *alarm) shown(in *cloudwatch.DescribeAlarmsInput) *alarm {
	if in.ChildrenOfAlarmName == nil && in.ParentsOfAlarmName == nil {
		return a
	}
	part := &alarm{Name: a.Name, account: a.account, region: a.region}
	if in.ChildrenOfAlarmName != nil {
		part.State = state{Value: a.State.Value, Updated: a.State.Updated}
	}
	if a.Composite != nil {
		part.Composite = new(compositeAlarm)
	}
	return part
}

func pointer(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func text[S ~string](s S) *string {
	if s == "" {
		return nil
	}
	return new(string(s))
}

func listed(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// metricOut is an alarm on a metric as it is answered.
func (a *alarm) metricOut() types.MetricAlarm {
	out := types.MetricAlarm{
		AlarmName: &a.Name, AlarmArn: new(a.arn()), StateValue: a.State.Value, StateUpdatedTimestamp: pointer(a.State.Updated),
	}
	m := a.Metric
	if m == nil {
		return out
	}
	out.AlarmDescription, out.AlarmConfigurationUpdatedTimestamp, out.ActionsEnabled = a.Description, &a.Configured, &a.ActionsEnabled
	out.OKActions, out.AlarmActions, out.InsufficientDataActions = listed(a.OKActions), listed(a.AlarmActions), listed(a.InsufficientData)
	out.StateReason, out.StateReasonData, out.StateTransitionedTimestamp = &a.State.Reason, text(a.State.Data), pointer(a.State.Transitioned)
	out.EvaluationPeriods, out.Threshold, out.ComparisonOperator = &m.EvaluationPeriods, &m.Threshold, m.Comparison
	out.TreatMissingData, out.EvaluateLowSampleCountPercentile = text(m.TreatMissingData), text(m.LowSamples)
	if m.DatapointsToAlarm != 0 {
		out.DatapointsToAlarm = &m.DatapointsToAlarm
	}
	out.Dimensions = []types.Dimension{}
	if len(m.Metrics) > 0 {
		out.Metrics = m.Metrics
		return out
	}
	out.Namespace, out.MetricName, out.Period, out.Unit = &m.Namespace, &m.MetricName, &m.Period, m.Unit
	out.Statistic, out.ExtendedStatistic = m.Statistic, text(m.ExtendedStatistic)
	for _, d := range m.Dimensions {
		out.Dimensions = append(out.Dimensions, types.Dimension{Name: &d.Name, Value: &d.Value})
	}
	return out
}

// compositeOut is a composite alarm as it is answered.
func (a *alarm) compositeOut() types.CompositeAlarm {
	out := types.CompositeAlarm{
		AlarmName: &a.Name, AlarmArn: new(a.arn()), StateValue: a.State.Value, StateUpdatedTimestamp: pointer(a.State.Updated),
	}
	m := a.Composite
	if m.Rule == "" {
		return out
	}
	out.AlarmDescription, out.AlarmConfigurationUpdatedTimestamp, out.ActionsEnabled = a.Description, &a.Configured, &a.ActionsEnabled
	out.OKActions, out.AlarmActions, out.InsufficientDataActions = listed(a.OKActions), listed(a.AlarmActions), listed(a.InsufficientData)
	out.StateReason, out.StateReasonData, out.StateTransitionedTimestamp = &a.State.Reason, text(a.State.Data), pointer(a.State.Transitioned)
	out.AlarmRule = &m.Rule
	if m.Suppressor != "" {
		out.ActionsSuppressor, out.ActionsSuppressorWaitPeriod, out.ActionsSuppressorExtensionPeriod = &m.Suppressor, &m.Wait, &m.Extension
	}
	if m.Suppressed != "" {
		out.ActionsSuppressedBy, out.ActionsSuppressedReason = m.Suppressed, new("Actions suppressed by "+string(m.Suppressed))
	}
	return out
}

// DescribeAlarmsForMetric lists the alarms on a metric.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmsForMetric.html
func (s *Service) DescribeAlarmsForMetric(ctx context.Context, c *iam.Caller, in *cloudwatch.DescribeAlarmsForMetricInput) (*cloudwatch.DescribeAlarmsForMetricOutput, error) {
	if err := authorizeNew(c, "DescribeAlarmsForMetric", "*", nil, nil); err != nil {
		return nil, err
	}
	dimensions, err := dimensionsOf(in.Dimensions)
	if err != nil {
		return nil, err
	}
	asked := (&alarm{account: c.Principal.Account, region: c.Region, Metric: &metricAlarm{
		Namespace: *in.Namespace, MetricName: *in.MetricName, Dimensions: dimensions,
	}}).id()
	found, _, err := s.page(ctx, c, "", "", maxAlarms, func(a *alarm) bool {
		m := a.Metric
		if m == nil || len(m.Metrics) > 0 {
			return false
		}
		id := a.id()
		return id.Namespace == asked.Namespace && id.Name == asked.Name && slices.Equal(id.Dimensions, asked.Dimensions) &&
			(in.Statistic == "" || in.Statistic == m.Statistic) && (in.ExtendedStatistic == nil || *in.ExtendedStatistic == m.ExtendedStatistic) &&
			(in.Period == nil || *in.Period == m.Period) && (in.Unit == "" || in.Unit == m.Unit)
	})
	if err != nil {
		return nil, err
	}
	out := &cloudwatch.DescribeAlarmsForMetricOutput{MetricAlarms: []types.MetricAlarm{}}
	for _, a := range found {
		out.MetricAlarms = append(out.MetricAlarms, a.metricOut())
	}
	return out, nil
}
