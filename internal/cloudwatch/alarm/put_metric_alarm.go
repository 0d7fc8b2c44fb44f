package alarm

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	metrics "github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// maxAlarms bounds the alarms of an account in a Region. AWS has no such bound since 2020; the
// service reads all of them each minute.
const maxAlarms = 10000

// PutMetricAlarm makes an alarm on a metric or on metric math, or replaces its configuration.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func (s *Service) PutMetricAlarm(ctx context.Context, c *iam.Caller, in *cloudwatch.PutMetricAlarmInput) (*cloudwatch.PutMetricAlarmOutput, error) {
	next := &alarm{
		Name: *in.AlarmName, Description: in.AlarmDescription, ActionsEnabled: in.ActionsEnabled == nil || *in.ActionsEnabled,
		OKActions: in.OKActions, AlarmActions: in.AlarmActions, InsufficientData: in.InsufficientDataActions, Tags: tagsOf(in.Tags),
		account: c.Principal.Account, region: c.Region,
	}
	return nil, s.put(ctx, c, "PutMetricAlarm", next, func(*store.Tx) (err error) {
		if err := next.check(); err != nil {
			return err
		}
		if err := unbuilt(in); err != nil {
			return err
		}
		next.Metric, err = watched(c, in)
		return err
	})
}

// put saves an alarm after check has filled it in. The caller must be allowed first.
func (s *Service) put(ctx context.Context, c *iam.Caller, action string, next *alarm, check func(*store.Tx) error) error {
	now := s.clock.Now().Truncate(time.Millisecond)
	return s.db.Update(ctx, func(tx *store.Tx) error {
		old, err := find(tx, c, next.Name)
		if err != nil {
			return err
		}
		k := keys{}.ofActions(next.OKActions, next.AlarmActions, next.InsufficientData)
		if old == nil {
			k = k.ofRequest(next.Tags)
		}
		if err := authorizeNew(c, action, next.Name, old, k); err != nil {
			return err
		}
		if old == nil && len(next.Tags) > 0 {
			if err := authorizeNew(c, "TagResource", next.Name, nil, k); err != nil {
				return err
			}
		}
		if err := check(tx); err != nil {
			return err
		}
		return s.save(tx, old, *next, now)
	})
}

// save writes the configuration of an alarm. Its state stays, if there is one.
func (s *Service) save(tx *store.Tx, old *alarm, next alarm, now time.Time) error {
	next.Configured = now
	if old == nil {
		next.State = state{Value: types.StateValueInsufficientData, Reason: initialReason, Updated: now, Transitioned: now}
		if err := room(tx, &next); err != nil {
			return err
		}
	} else {
		if kindOf(old) != kindOf(&next) {
			return invalid("An alarm of another type with the name %s exists already.", next.Name)
		}
		next.State, next.Tags, next.version = old.State, old.Tags, old.version // tags are those of TagResource
		if next.Composite != nil {
			next.Composite.keep(old.Composite)
		}
	}
	if err := next.put(tx); err != nil {
		return err
	}
	return writeHistory(tx, &next, now, configured(old, &next))
}

// room returns an error if the account has no room for another alarm.
func room(tx *store.Tx, a *alarm) error {
	n, err := tx.Count(alarmKind, recordKey(a.account, a.region, ""))
	if err != nil {
		return err
	}
	if n >= maxAlarms {
		return &types.LimitExceededFault{Message: new("The quota for alarms for this customer has already been reached.")}
	}
	return nil
}

// find returns the caller's alarm of that name, or nil.
func find(tx *store.Tx, c *iam.Caller, name string) (*alarm, error) {
	if !nameable(name) {
		return nil, nil
	}
	r, err := tx.Get(alarmKind, recordKey(c.Principal.Account, c.Region, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decode(r)
}

// maxName is how many bytes of a name there is room for.
const maxName = 900

// nameable reports whether an alarm can have that name.
func nameable(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsControl(r) || r == unicode.MaxRune || r == unicode.ReplacementChar
	})
}

// check checks what all alarms have.
func (a *alarm) check() error {
	if !nameable(a.Name) {
		return invalid("AlarmName must not contain control characters and must be at most %d bytes long.", maxName)
	}
	for _, list := range [][]string{a.OKActions, a.AlarmActions, a.InsufficientData} {
		if len(list) > 5 {
			return invalid("The collection of actions must not have more than 5 members.")
		}
		for i, arn := range list {
			if !isARN(arn) {
				return invalid("Invalid arn syntax: %s", arn)
			}
			if slices.Contains(list[:i], arn) {
				return invalid("Actions must not contain duplicates: %s", arn)
			}
		}
	}
	return checkTags(a.Tags)
}

func isARN(s string) bool {
	p := strings.SplitN(s, ":", 6)
	return len(p) == 6 && len(s) <= 1024 && p[0] == "arn" && strings.HasPrefix(p[1], "aws") && p[2] != "" && p[5] != ""
}

// unbuilt refuses what CloudWatch has and this service has not.
func unbuilt(in *cloudwatch.PutMetricAlarmInput) error {
	switch {
	case in.EvaluationCriteria != nil || in.EvaluationInterval != nil:
		return unsupported("An alarm on a PromQL query (EvaluationCriteria, EvaluationInterval)")
	case in.ThresholdMetricId != nil:
		return unsupported("An alarm on an anomaly detection model (ThresholdMetricId)")
	case in.WarmUpConfiguration != nil:
		return unsupported("The parameter WarmUpConfiguration")
	case in.ActionConfiguration != nil:
		return unsupported("The parameter ActionConfiguration")
	}
	switch in.EvaluationWindow.(type) {
	case nil, *types.EvaluationWindowMemberSlidingWindow:
		return nil
	}
	return unsupported("An EvaluationWindow other than SlidingWindow")
}

// watched checks what the alarm is to watch.
func watched(c *iam.Caller, in *cloudwatch.PutMetricAlarmInput) (*metricAlarm, error) {
	if err := complete(in); err != nil {
		return nil, err
	}
	m := &metricAlarm{
		EvaluationPeriods: *in.EvaluationPeriods, Threshold: *in.Threshold, Comparison: in.ComparisonOperator,
		DatapointsToAlarm: value(in.DatapointsToAlarm), TreatMissingData: value(in.TreatMissingData), LowSamples: value(in.EvaluateLowSampleCountPercentile),
	}
	var err error
	if in.MetricName != nil {
		err = m.watchMetric(in)
	} else {
		err = m.watchMath(c, in)
	}
	if err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, metrics.CheckQueries("Metrics", m.Metrics)
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func complete(in *cloudwatch.PutMetricAlarmInput) error {
	switch {
	case in.MetricName == nil && len(in.Metrics) == 0:
		return invalid("At least one of MetricName and Metrics must be specified.")
	case in.MetricName != nil && len(in.Metrics) > 0:
		return combined("The parameters MetricName and Metrics must not be used together.")
	case in.EvaluationPeriods == nil:
		return lacking("EvaluationPeriods")
	case in.ComparisonOperator == "":
		return lacking("ComparisonOperator")
	}
	switch in.ComparisonOperator {
	case types.ComparisonOperatorLessThanLowerOrGreaterThanUpperThreshold, types.ComparisonOperatorLessThanLowerThreshold, types.ComparisonOperatorGreaterThanUpperThreshold:
		return unsupported("The comparison of an anomaly detection model (%s)", in.ComparisonOperator)
	}
	if in.Threshold == nil {
		return lacking("Threshold")
	}
	return nil
}

// watchMetric reads the members about a single metric.
func (m *metricAlarm) watchMetric(in *cloudwatch.PutMetricAlarmInput) error {
	switch {
	case in.Namespace == nil:
		return lacking("Namespace")
	case in.Period == nil:
		return lacking("Period")
	case in.Statistic == "" && in.ExtendedStatistic == nil:
		return lacking("Statistic or ExtendedStatistic")
	case in.Statistic != "" && in.ExtendedStatistic != nil:
		return combined("The parameters Statistic and ExtendedStatistic must not be used together.")
	case in.ExtendedStatistic != nil && !isExtended(*in.ExtendedStatistic):
		return invalid("The value %s for parameter ExtendedStatistic is not supported.", *in.ExtendedStatistic)
	}
	m.Namespace, m.MetricName, m.Period, m.Unit = *in.Namespace, *in.MetricName, *in.Period, in.Unit
	m.Statistic, m.ExtendedStatistic = in.Statistic, value(in.ExtendedStatistic)
	var err error
	m.Dimensions, err = dimensionsOf(in.Dimensions)
	return err
}

// check checks what alarms on a metric and on metric math have in common.
func (m *metricAlarm) check() error {
	total := int64(m.Period) * int64(m.EvaluationPeriods)
	switch {
	case m.Period != 10 && m.Period != 20 && m.Period != 30 && (m.Period <= 0 || m.Period%60 != 0):
		return invalid("Period must be 10, 20, 30 or a multiple of 60.")
	case m.EvaluationPeriods < 1:
		return invalid("EvaluationPeriods must be at least 1.")
	case m.DatapointsToAlarm < 0 || m.DatapointsToAlarm > m.EvaluationPeriods:
		return invalid("DatapointsToAlarm must be at least 1 and at most EvaluationPeriods (%d).", m.EvaluationPeriods)
	case m.Period < 3600 && total > 86400:
		return invalid("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
	case total > 604800:
		return invalid("Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).")
	}
	if !slices.Contains([]string{"", treatBreaching, treatNotBreaching, treatIgnore, treatMissing}, m.TreatMissingData) {
		return invalid("The value %s is unsupported for parameter TreatMissingData. Must be one of [breaching, notBreaching, ignore, missing].", m.TreatMissingData)
	}
	if !slices.Contains([]string{"", lowEvaluate, lowIgnore}, m.LowSamples) {
		return invalid("Option %s is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.", m.LowSamples)
	}
	return nil
}
