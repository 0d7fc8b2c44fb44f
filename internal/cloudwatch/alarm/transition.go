package alarm

import (
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/store"
)

// transition gives a metric alarm a state, which may be the one it has, writes the history, and
// does what is to be done.
func (s *Service) transition(tx *store.Tx, a *alarm, next state, now time.Time, children []triggering) error {
	old := a.State
	items := a.become(next, now)
	if err := a.put(tx); err != nil {
		return err
	}
	if old.Value != a.State.Value {
		done, err := s.act(tx, a, old, children)
		if err != nil {
			return err
		}
		items = append(items, done...)
	}
	return writeHistory(tx, a, now, items...)
}

// become sets the state, and returns what the history has to say.
func (a *alarm) become(next state, now time.Time) []item {
	old := a.State
	next.Updated, next.Transitioned = now, old.Transitioned
	if old.Value == next.Value {
		a.State = next
		return nil
	}
	next.Transitioned = now
	a.State = next
	return []item{changedTo(old, next)}
}

// act does the actions of the alarm's state. What goes wrong stands in the history, as in
// CloudWatch; it is no error.
func (s *Service) act(tx *store.Tx, a *alarm, old state, children []triggering) ([]item, error) {
	if !a.ActionsEnabled {
		return nil, nil
	}
	var items []item
	for _, arn := range a.actions(a.State.Value) {
		n := s.notice(a, old, children, arn)
		message, failure := n.Message, ""
		err := s.do(tx, n)
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			failure = refused.Reason
		} else if err != nil {
			return nil, err
		}
		items = append(items, acted(arn, message, a.State.Updated, failure))
	}
	return items, nil
}

// do does one action. Topics are all that there is here; CloudWatch takes other ARNs, and so
// do we.
func (s *Service) do(tx *store.Tx, n Notice) error {
	if p := strings.Split(n.Topic, ":"); p[2] != "sns" {
		return &RefusedError{"Actions of the service " + p[2] + " are not supported."}
	}
	if s.topics == nil {
		return &RefusedError{"Topic does not exist"}
	}
	return s.topics.PublishAs(tx, n)
}

// transitionComposite is transition for a composite alarm, whose actions another alarm may
// suppress. suppressor is nil if there is none.
func (s *Service) transitionComposite(tx *store.Tx, a *alarm, next state, now time.Time, suppressor *alarm, children []triggering) error {
	old := a.State
	items := a.become(next, now)
	acts := false
	if old.Value != a.State.Value {
		acts = a.Composite.suppress(a.State.Value, old.Value, now, suppressor)
	}
	return s.finishComposite(tx, a, old, now, acts, items, children)
}

// finishComposite writes a composite alarm, and does the actions of its state if acts says so.
func (s *Service) finishComposite(tx *store.Tx, a *alarm, old state, now time.Time, acts bool, items []item, children []triggering) error {
	if acts {
		a.Composite.Acted = a.State.Value
	}
	if err := a.put(tx); err != nil {
		return err
	}
	if acts {
		done, err := s.act(tx, a, old, children)
		if err != nil {
			return err
		}
		items = append(items, done...)
	}
	return writeHistory(tx, a, now, items...)
}

// suppress decides, when the state has changed, whether the actions are done now.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
func (c *compositeAlarm) suppress(next, before types.StateValue, now time.Time, suppressor *alarm) (acts bool) {
	switch {
	case c.Suppressor == "":
		return true
	case c.Suppressed != "" && next == c.Acted: // back to where people believe it to be
		c.Suppressed, c.Until = "", time.Time{}
		return false
	case c.Suppressed != "": // waits already
		return false
	case suppressor != nil && suppressor.State.Value == types.StateValueAlarm:
		c.Suppressed, c.Until = types.ActionsSuppressedByAlarm, time.Time{}
	case c.Wait > 0:
		c.Suppressed, c.Until = types.ActionsSuppressedByWaitPeriod, now.Add(time.Duration(c.Wait)*time.Second)
	default:
		return true
	}
	if c.Acted == "" {
		c.Acted = before
	}
	return false
}

// release looks again at actions that wait. changed says that something of it is to be saved,
// and acts that the time of the actions has come.
func (c *compositeAlarm) release(now time.Time, suppressor *alarm) (changed, acts bool) {
	inAlarm := suppressor != nil && suppressor.State.Value == types.StateValueAlarm
	switch {
	case c.Suppressed == "":
		return false, false
	case inAlarm && c.Suppressed != types.ActionsSuppressedByAlarm:
		c.Suppressed, c.Until = types.ActionsSuppressedByAlarm, time.Time{}
		return true, false
	case inAlarm:
		return false, false
	case c.Suppressed == types.ActionsSuppressedByAlarm && c.Extension > 0 && c.Suppressor != "":
		c.Suppressed, c.Until = types.ActionsSuppressedByExtensionPeriod, now.Add(time.Duration(c.Extension)*time.Second)
		return true, false
	case now.Before(c.Until):
		return false, false
	}
	c.Suppressed, c.Until = "", time.Time{}
	return true, true
}
