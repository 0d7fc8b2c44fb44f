package alarm

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/store"
)

// triggering is a child in the message and the reason of a composite alarm.
type triggering struct {
	ARN   string          `json:"arn"`
	State triggeringState `json:"state"`
}

type triggeringState struct {
	Value     types.StateValue `json:"value"`
	Timestamp string           `json:"timestamp"`
}

// evaluateComposites evaluates the composite alarms, children before parents, if an alarm has
// changed, and looks after actions that wait.
func (s *Service) evaluateComposites(ctx context.Context, moved bool) error {
	var all []*alarm
	for _, a := range s.known.alarms {
		if a.Composite != nil && (moved || a.Composite.Suppressed != "") {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b *alarm) int { return strings.Compare(a.key(), b.key()) })
	o := order{alarms: s.known.alarms, state: map[string]int{}}
	for _, a := range all {
		o.visit(a.key())
	}
	for _, key := range o.sorted {
		if err := s.evaluateComposite(ctx, key); err != nil && ctx.Err() == nil { // it holds up no other
			s.log.ErrorContext(ctx, "an alarm can't change its state", "alarm", key, "error", err)
			s.changed.back(false, map[string]bool{key: true})
		}
	}
	return ctx.Err()
}

// order sorts composite alarms so that children come before parents. Those in a cycle, and those
// that depend on one, are left out: "the evaluation of composite alarms stops if CloudWatch
// detects a cycle in the evaluation path".
type order struct {
	alarms map[string]*alarm
	state  map[string]int
	sorted []string
}

const (
	visiting = iota + 1
	sound
	cyclic
)

// visit reports whether the alarm can be evaluated. It uses no recursion deeper than there are
// alarms in a row, each of which somebody has made by a call.
func (o *order) visit(key string) bool {
	a := o.alarms[key]
	if a == nil || a.Composite == nil {
		return true
	}
	switch o.state[key] {
	case sound:
		return true
	case visiting, cyclic:
		return false
	}
	o.state[key] = visiting
	for _, child := range a.children() {
		if !o.visit(child) {
			o.state[key] = cyclic
			return false
		}
	}
	o.state[key] = sound
	o.sorted = append(o.sorted, key)
	return true
}

// evaluateComposite evaluates one composite alarm and keeps what came of it.
func (s *Service) evaluateComposite(ctx context.Context, key string) error {
	a := s.known.alarms[key]
	if next, _, ok := s.ruling(a); !ok || next.Value == a.State.Value && a.Composite.Evaluated {
		if c := *a.Composite; !first(c.release(s.clock.Now(), s.known.alarms[a.suppressor()])) {
			return nil
		}
	}
	now := s.clock.Now().Truncate(time.Millisecond)
	var saved *alarm
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		saved = nil
		r, err := tx.Get(alarmKind, key)
		if err != nil {
			return ignoreMissing(err)
		}
		b, err := decode(r)
		if err != nil || b.Composite == nil {
			return err
		}
		saved = b
		return s.rule(tx, b, now)
	})
	if err != nil {
		return fmt.Errorf("evaluate alarm %q: %w", key, err)
	}
	if saved != nil {
		s.known.alarms[key] = saved
	}
	return nil
}

func first[A, B any](a A, _ B) A { return a }

// rule gives a composite alarm the state that its rule says now, and does actions that waited.
func (s *Service) rule(tx *store.Tx, a *alarm, now time.Time) error {
	suppressor, err := suppressorOf(tx, a)
	if err != nil {
		return err
	}
	next, children, ok := s.ruling(a)
	if ok {
		fresh := !a.Composite.Evaluated
		a.Composite.Evaluated, a.Composite.Forced = true, time.Time{}
		if next.Value != a.State.Value {
			return s.transitionComposite(tx, a, next, now, suppressor, children)
		}
		if fresh {
			return a.put(tx)
		}
	}
	changed, acts := a.Composite.release(now, suppressor)
	if !changed {
		return nil
	}
	old := a.State
	old.Value = a.Composite.Acted
	return s.finishComposite(tx, a, old, now, acts && a.Composite.Acted != a.State.Value, nil, s.childrenOf(a))
}

// ruling is the state that the rule of an alarm says, from what is known of its children. It is
// not ok if SetAlarmState has set the state since a child last changed, or if a child is not
// there.
func (s *Service) ruling(a *alarm) (next state, children []triggering, ok bool) {
	var newest *alarm
	for _, key := range a.children() {
		child := s.known.alarms[key]
		if child == nil {
			return state{}, nil, false
		}
		if newest == nil || child.State.Transitioned.After(newest.State.Transitioned) {
			newest = child
		}
	}
	if !a.Composite.Forced.IsZero() && (newest == nil || !newest.State.Transitioned.After(a.Composite.Forced)) {
		return state{}, nil, false
	}
	next.Value = types.StateValueOk
	if a.rule.root.eval(func(name string) types.StateValue {
		key, _ := a.reference(name)
		return s.known.alarms[key].State.Value
	}) {
		next.Value = types.StateValueAlarm
	}
	children = s.childrenOf(a)
	switch {
	case !a.Composite.Evaluated && a.State.Reason == initialReason:
		next.Reason = fmt.Sprintf("%s was created and its alarm rule evaluates to %s", a.arn(), next.Value)
	case !a.Composite.Evaluated || newest == nil:
		next.Reason = fmt.Sprintf("%s was updated and its alarm rule evaluates to %s", a.arn(), next.Value)
	default:
		next.Reason = fmt.Sprintf("%s transitioned to %s at %s", newest.arn(), newest.State.Value, spoken(newest.State.Transitioned))
		children = []triggering{trigger(newest)}
	}
	b, err := json.Marshal(struct {
		Children []triggering `json:"triggeringAlarms"`
	}{children})
	if err == nil {
		next.Data = string(b)
	}
	return next, children, true
}

// childrenOf are all children of an alarm that there are.
func (s *Service) childrenOf(a *alarm) []triggering {
	all := []triggering{}
	for _, key := range a.children() {
		if child := s.known.alarms[key]; child != nil {
			all = append(all, trigger(child))
		}
	}
	return all
}

func trigger(child *alarm) triggering {
	return triggering{child.arn(), triggeringState{child.State.Value, stamp(child.State.Transitioned)}}
}
