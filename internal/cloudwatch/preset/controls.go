package preset

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// filterNamespace is where the metric filters count.
const filterNamespace = "CloudTrailLogMetrics"

// control is one thing that is watched.
type control struct {
	name, description string
	pattern, metric   string // of the metric filter; without one, there is none
	expression        string // metric math in place of the filter's metric
	period            int32
	threshold         float64
	comparison        types.ComparisonOperator
}

// controls are those that auditors look for. The patterns are, to the letter, those of the
// documents that they are from.
//
// Sources: CIS AWS Foundations Benchmark 1.2.0, 3.1 and 3.7, and 1.4.0, 4.7, as in
// https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html;
// https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys-creating-cloudwatch-alarm.html
func (s *setup) controls() []control {
	const atLeast, atMost = types.ComparisonOperatorGreaterThanOrEqualToThreshold, types.ComparisonOperatorLessThanOrEqualToThreshold
	return []control{
		{
			name: "CIS-DisableOrDeleteCMK", description: "A KMS key was disabled, or its deletion was scheduled (CIS 3.7, 4.7).",
			pattern: `{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }`,
			metric:  "DisableOrDeleteCMKCount", period: 60, threshold: 1, comparison: atLeast,
		},
		{
			name: "KMS-KeyPendingDeletionUsed", description: "A KMS key that waits for its deletion was to be used. Somebody may still need it.",
			pattern: `{ $.eventSource = kms* && $.errorMessage = "* is pending deletion."}`,
			metric:  "KMSKeyPendingDeletionErrorCount", period: 60, threshold: 1, comparison: atLeast,
		},
		{
			name: "KMS-KeyPolicyChanged", description: "The policy of a KMS key was changed.",
			pattern: `{($.eventSource = kms.amazonaws.com) && ($.eventName=PutKeyPolicy)}`,
			metric:  "KMSKeyPolicyChangeCount", period: 60, threshold: 1, comparison: atLeast,
		},
		{
			name: "CIS-UnauthorizedAPICalls", description: "A call was denied (CIS 3.1, 4.1).",
			pattern: `{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}`,
			metric:  "UnauthorizedAPICallCount", period: 60, threshold: 1, comparison: atLeast,
		},
		{
			name: "KMS-ImportedMaterialExpires", description: fmt.Sprintf("Imported key material expires in less than %d days.", s.ExpiryDays),
			expression: `MIN(SEARCH('{AWS/KMS,KeyId} MetricName="SecondsUntilKeyMaterialExpiration"', 'Minimum', 300))`,
			period:     300, threshold: float64(s.ExpiryDays) * 86400, comparison: atMost,
		},
		{
			name: "Keystead-DeliveryFailures", description: "Notifications, events or log files could not be delivered.",
			expression: `SUM(SEARCH('{Keystead,Kind} MetricName="DeliveryFailures"', 'Sum', 300))`,
			period:     300, threshold: 1, comparison: atLeast,
		},
	}
}

// filter sees to the metric filter of a control.
func (s *setup) filter(ctx context.Context, group string, c control) error {
	if c.pattern == "" {
		return nil
	}
	want := []logtypes.MetricTransformation{{MetricName: &c.metric, MetricNamespace: new(filterNamespace), MetricValue: new("1")}}
	if !s.DryRun || s.exists(ctx, group) {
		got, err := s.logs.DescribeMetricFilters(ctx, &cloudwatchlogs.DescribeMetricFiltersInput{LogGroupName: &group, FilterNamePrefix: &c.name})
		if err != nil {
			return fmt.Errorf("look for metric filter %s: %w", c.name, err)
		}
		for _, f := range got.MetricFilters {
			if *f.FilterName == c.name && *f.FilterPattern == c.pattern && sameTransformation(f.MetricTransformations, want) {
				s.say("metric filter %s", c.name)
				return nil
			}
		}
	}
	return s.do("put metric filter "+c.name+": "+c.pattern, func() error {
		_, err := s.logs.PutMetricFilter(ctx, &cloudwatchlogs.PutMetricFilterInput{
			LogGroupName: &group, FilterName: &c.name, FilterPattern: &c.pattern, MetricTransformations: want,
		})
		return err
	})
}

func (s *setup) exists(ctx context.Context, group string) bool {
	there, err := s.hasGroup(ctx, group)
	return err == nil && there
}

func sameTransformation(a, b []logtypes.MetricTransformation) bool {
	return len(a) == 1 && *a[0].MetricName == *b[0].MetricName && *a[0].MetricNamespace == *b[0].MetricNamespace && *a[0].MetricValue == *b[0].MetricValue
}

// alarm sees to the alarm of a control.
func (s *setup) alarm(ctx context.Context, c control, topic string) error {
	want := c.input(topic)
	got, err := s.watch.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{c.name}})
	if err != nil {
		return fmt.Errorf("look for alarm %s: %w", c.name, err)
	}
	verb := "make"
	if len(got.MetricAlarms) == 1 {
		if same(got.MetricAlarms[0], want) {
			s.say("alarm %s", c.name)
			return nil
		}
		verb = "change"
	}
	return s.do(fmt.Sprintf("%s alarm %s: %s", verb, c.name, c.description), func() error {
		_, err := s.watch.PutMetricAlarm(ctx, want)
		return err
	})
}

// input is the alarm of a control: one data point is enough, and none is well.
func (c control) input(topic string) *cloudwatch.PutMetricAlarmInput {
	in := &cloudwatch.PutMetricAlarmInput{
		AlarmName: &c.name, AlarmDescription: &c.description, ActionsEnabled: new(true), AlarmActions: []string{topic}, OKActions: []string{topic},
		EvaluationPeriods: new(int32(1)), DatapointsToAlarm: new(int32(1)), Threshold: &c.threshold, ComparisonOperator: c.comparison,
		TreatMissingData: new("notBreaching"),
	}
	if c.expression != "" {
		in.Metrics = []types.MetricDataQuery{{Id: new("e1"), Expression: &c.expression, Label: &c.name, Period: &c.period, ReturnData: new(true)}}
		return in
	}
	in.Namespace, in.MetricName, in.Statistic, in.Period = new(filterNamespace), &c.metric, types.StatisticSum, &c.period
	return in
}

// same reports whether an alarm is as it should be. Actions may be more than those.
func same(a types.MetricAlarm, want *cloudwatch.PutMetricAlarmInput) bool {
	has := map[string]bool{}
	for _, arn := range a.AlarmActions {
		has[arn] = true
	}
	return has[want.AlarmActions[0]] && a.ActionsEnabled != nil && *a.ActionsEnabled && a.ComparisonOperator == want.ComparisonOperator &&
		equal(a.Threshold, want.Threshold) && equal(a.EvaluationPeriods, want.EvaluationPeriods) && equal(a.DatapointsToAlarm, want.DatapointsToAlarm) &&
		equal(a.TreatMissingData, want.TreatMissingData) && equal(a.Namespace, want.Namespace) && equal(a.MetricName, want.MetricName) &&
		a.Statistic == want.Statistic && equal(a.Period, want.Period) && sameQueries(a.Metrics, want.Metrics)
}

func equal[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

func sameQueries(a, b []types.MetricDataQuery) bool {
	return len(a) == len(b) && (len(a) == 0 || equal(a[0].Expression, b[0].Expression) && equal(a[0].Period, b[0].Period))
}

// sameDocument compares policies, of which IAM answers the first as it stands in a URL.
func sameDocument(escaped, plain string) bool {
	text, err := url.QueryUnescape(escaped)
	if err != nil {
		return false
	}
	var a, b any
	return json.Unmarshal([]byte(text), &a) == nil && json.Unmarshal([]byte(plain), &b) == nil && reflect.DeepEqual(a, b)
}
