package alarm

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// SetAlarmState sets the state of an alarm until it is next evaluated, and does the actions of
// the state if it is another than before.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
func (s *Service) SetAlarmState(ctx context.Context, c *iam.Caller, in *cloudwatch.SetAlarmStateInput) (*cloudwatch.SetAlarmStateOutput, error) {
	now := s.clock.Now().Truncate(time.Millisecond)
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := find(tx, c, *in.AlarmName)
		if err != nil {
			return err
		}
		if err := authorize(c, "SetAlarmState", *in.AlarmName, a, nil); err != nil {
			return err
		}
		if a == nil {
			return noAlarm(*in.AlarmName)
		}
		data := value(in.StateReasonData)
		if data != "" && !json.Valid([]byte(data)) {
			return &types.InvalidFormatFault{Message: new("TemporaryStateReasonData is not valid JSON")}
		}
		next := state{Value: in.StateValue, Reason: *in.StateReason, Data: data}
		if a.Composite == nil {
			return s.transition(tx, a, next, now, nil)
		}
		a.Composite.Forced = now
		suppressor, err := suppressorOf(tx, a)
		if err != nil {
			return err
		}
		return s.transitionComposite(tx, a, next, now, suppressor, nil)
	})
}

// suppressorOf is the alarm that suppresses the actions of a, or nil.
func suppressorOf(tx *store.Tx, a *alarm) (*alarm, error) {
	key := a.suppressor()
	if key == "" {
		return nil, nil
	}
	r, err := tx.Get(alarmKind, key)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	return decode(r)
}

// EnableAlarmActions lets alarms act.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_EnableAlarmActions.html
func (s *Service) EnableAlarmActions(ctx context.Context, c *iam.Caller, in *cloudwatch.EnableAlarmActionsInput) (*cloudwatch.EnableAlarmActionsOutput, error) {
	return nil, s.setActionsEnabled(ctx, c, "EnableAlarmActions", in.AlarmNames, true)
}

// DisableAlarmActions keeps alarms from acting.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html
func (s *Service) DisableAlarmActions(ctx context.Context, c *iam.Caller, in *cloudwatch.DisableAlarmActionsInput) (*cloudwatch.DisableAlarmActionsOutput, error) {
	return nil, s.setActionsEnabled(ctx, c, "DisableAlarmActions", in.AlarmNames, false)
}

// setActionsEnabled changes the alarms that there are; the caller does not learn which are not.
func (s *Service) setActionsEnabled(ctx context.Context, c *iam.Caller, action string, names []string, enabled bool) error {
	now := s.clock.Now().Truncate(time.Millisecond)
	return s.db.Update(ctx, func(tx *store.Tx) error {
		found, err := admitted(tx, c, action, names)
		if err != nil {
			return err
		}
		for _, a := range found {
			if a.ActionsEnabled == enabled {
				continue
			}
			old := *a
			a.ActionsEnabled, a.Configured = enabled, now
			if err := a.put(tx); err != nil {
				return err
			}
			if err := writeHistory(tx, a, now, configured(&old, a)); err != nil {
				return err
			}
		}
		return nil
	})
}

// admitted returns those of the named alarms that there are, each once, if the caller may do to
// all of them what it asks for.
func admitted(tx *store.Tx, c *iam.Caller, action string, names []string) ([]*alarm, error) {
	var found []*alarm
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			continue
		}
		seen[n] = true
		a, err := find(tx, c, n)
		if err != nil {
			return nil, err
		}
		if err := authorize(c, action, n, a, nil); err != nil {
			return nil, err
		}
		if a != nil {
			found = append(found, a)
		}
	}
	return found, nil
}
