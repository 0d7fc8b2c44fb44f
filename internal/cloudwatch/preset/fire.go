package preset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// TestAlarm is the alarm that is fired if none is named.
const TestAlarm = "KMS-KeyPendingDeletionUsed"

// ErrNotDelivered is what Fire returns if a notification did not leave.
var ErrNotDelivered = errors.New("the test notification did not leave")

// Fire sets an alarm off, and says on out whether its notifications have left. It waits for
// them as long as it may. The alarm's next evaluation sets its state right again.
func Fire(ctx context.Context, cfg aws.Config, name string, patience time.Duration, out io.Writer) error {
	s, err := begin(ctx, cfg, Options{}, out)
	if err != nil {
		return err
	}
	a, err := s.named(ctx, name)
	if err != nil {
		return err
	}
	topics := topicsOf(a)
	if len(topics) == 0 {
		return fmt.Errorf("alarm %s notifies no topic when it goes off", name)
	}
	expected, before := map[string]int{}, map[string]counts{}
	for _, t := range topics {
		if expected[t], err = s.recipients(ctx, t); err != nil {
			return err
		}
	}
	now, err := s.ready(ctx, a)
	if err != nil {
		return err
	}
	for _, t := range topics {
		if before[t], err = s.delivered(ctx, t, now); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "  alarm %s goes off\n", name)
	since, err := s.set(ctx, name, types.StateValueAlarm)
	if err != nil {
		return err
	}
	if err := s.acted(ctx, name, since); err != nil {
		return err
	}
	return s.await(ctx, topics, now, expected, before, patience)
}

// named is the alarm of that name.
func (s *setup) named(ctx context.Context, name string) (types.MetricAlarm, error) {
	got, err := s.watch.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm}})
	if err != nil {
		return types.MetricAlarm{}, err
	}
	if len(got.MetricAlarms) == 0 {
		return types.MetricAlarm{}, fmt.Errorf("there is no metric alarm %s; \"keystead alarms install cis\" makes some", name)
	}
	a := got.MetricAlarms[0]
	if a.ActionsEnabled != nil && !*a.ActionsEnabled {
		return a, fmt.Errorf("the actions of alarm %s are disabled", name)
	}
	return a, nil
}

func topicsOf(a types.MetricAlarm) []string {
	var all []string
	for _, arn := range a.AlarmActions {
		if p := strings.Split(arn, ":"); len(p) > 2 && p[2] == "sns" {
			all = append(all, arn)
		}
	}
	return all
}

// recipients lists the subscriptions of a topic, and returns how many are confirmed.
func (s *setup) recipients(ctx context.Context, topic string) (int, error) {
	all, err := s.subscriptions(ctx, topic)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, u := range all {
		if isConfirmed(u) {
			n++
		}
		fmt.Fprintf(s.out, "  %s: %s %s%s\n", s.short(topic), *u.Protocol, *u.Endpoint, unconfirmed(u))
	}
	if n == 0 {
		return 0, fmt.Errorf("topic %s has no confirmed subscription: nobody would be notified", topic)
	}
	return n, nil
}

func (s *setup) short(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

// ready sees to it that the alarm can go off: only a change notifies. It returns the time by
// the server's clock.
func (s *setup) ready(ctx context.Context, a types.MetricAlarm) (time.Time, error) {
	v := a.StateValue
	if v == types.StateValueAlarm {
		v = types.StateValueInsufficientData
	}
	return s.set(ctx, *a.AlarmName, v)
}

// set sets the alarm's state and returns when, by the server's clock.
func (s *setup) set(ctx context.Context, name string, v types.StateValue) (time.Time, error) {
	_, err := s.watch.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{
		AlarmName: &name, StateValue: v, StateReason: new("This is a test of the notifications by \"keystead alarms test\"."),
	})
	if err != nil {
		return time.Time{}, err
	}
	a, err := s.named(ctx, name)
	if err != nil {
		return time.Time{}, err
	}
	return *a.StateUpdatedTimestamp, nil
}

// acted checks that all actions of the alarm were done.
func (s *setup) acted(ctx context.Context, name string, since time.Time) error {
	got, err := s.watch.DescribeAlarmHistory(ctx, &cloudwatch.DescribeAlarmHistoryInput{
		AlarmName: &name, HistoryItemType: types.HistoryItemTypeAction, StartDate: &since,
	})
	if err != nil {
		return err
	}
	failed := false
	for _, i := range got.AlarmHistoryItems {
		fmt.Fprintf(s.out, "  %s\n", *i.HistorySummary)
		failed = failed || !strings.HasPrefix(*i.HistorySummary, "Successfully")
	}
	if failed {
		return ErrNotDelivered
	}
	return nil
}

// counts are how many notifications of a topic have left and have not.
type counts struct{ delivered, failed float64 }

// delivered counts the notifications of a topic in the hour before a time and the one after it.
func (s *setup) delivered(ctx context.Context, topic string, around time.Time) (counts, error) {
	var c counts
	for metric, n := range map[string]*float64{"NumberOfNotificationsDelivered": &c.delivered, "NumberOfNotificationsFailed": &c.failed} {
		got, err := s.watch.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
			Namespace: new("AWS/SNS"), MetricName: &metric, Dimensions: []types.Dimension{{Name: new("TopicName"), Value: new(s.short(topic))}},
			StartTime: new(around.Add(-time.Hour)), EndTime: new(around.Add(time.Hour)), Period: new(int32(7200)), Statistics: []types.Statistic{types.StatisticSum},
		})
		if err != nil {
			return counts{}, fmt.Errorf("read the metrics of topic %s: %w", topic, err)
		}
		for _, p := range got.Datapoints {
			*n += *p.Sum
		}
	}
	return c, nil
}

// await waits until the topics have delivered to as many recipients as they have.
func (s *setup) await(ctx context.Context, topics []string, began time.Time, expected map[string]int, before map[string]counts, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for _, t := range topics {
		for {
			now, err := s.delivered(ctx, t, began)
			if err != nil && ctx.Err() == nil {
				return err
			}
			left, lost := int(now.delivered-before[t].delivered), int(now.failed-before[t].failed)
			if left >= expected[t] {
				fmt.Fprintf(s.out, "  %d of %d notifications of %s have left\n", left, expected[t], s.short(t))
				break
			}
			if lost > 0 || ctx.Err() != nil {
				fmt.Fprintf(s.out, "  only %d of %d notifications of %s have left so far; %d have failed\n", max(left, 0), expected[t], s.short(t), max(lost, 0))
				return ErrNotDelivered
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}
	return nil
}
