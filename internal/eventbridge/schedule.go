package eventbridge

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/store"
)

// scheduleInterval is how often somebody looks what is due.
const scheduleInterval = time.Second

// schedule says when a rule fires.
type schedule interface {
	// next is the first time after t, if there is one.
	next(t time.Time) (time.Time, bool)
}

// errSchedule says that a text is no schedule.
var errSchedule = errors.New("no schedule expression")

// parseSchedule reads rate(…) or cron(…).
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
func parseSchedule(s string) (schedule, error) {
	inner, ok := strings.CutSuffix(s, ")")
	if !ok {
		return nil, errSchedule
	}
	if fields, ok := strings.CutPrefix(inner, "cron("); ok {
		return parseCron(fields)
	}
	if text, ok := strings.CutPrefix(inner, "rate("); ok {
		return parseRate(text)
	}
	return nil, errSchedule
}

// rate fires at intervals.
type rate time.Duration

func (r rate) next(t time.Time) (time.Time, bool) { return t.Add(time.Duration(r)), true }

// mostUnits keeps a rate within what a time.Duration can say.
const mostUnits = 36500

// parseRate reads "5 minutes": the unit is in the singular for 1 alone.
func parseRate(s string) (schedule, error) {
	number, unit, ok := strings.Cut(s, " ")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 1 || n > mostUnits || strconv.Itoa(n) != number {
		return nil, errSchedule
	}
	if n > 1 {
		if unit, ok = strings.CutSuffix(unit, "s"); !ok {
			return nil, errSchedule
		}
	}
	length, ok := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[unit]
	if !ok {
		return nil, errSchedule
	}
	return rate(time.Duration(n) * length), nil
}

// schedule reads the rule's own; nil if it has none.
func (r *rule) schedule() (schedule, error) {
	if r.Schedule == "" {
		return nil, nil
	}
	return parseSchedule(r.Schedule)
}

// plan sets when the rule fires next.
func (r *rule) plan(x schedule, now time.Time) {
	r.due = time.Time{}
	if x == nil {
		return
	}
	if next, ok := x.next(now); ok {
		r.due = next
	}
}

// wakeSchedules has the schedules looked at, if a rule with one has changed.
func (s *Service) wakeSchedules(r *rule) {
	if r == nil || r.due.IsZero() {
		return
	}
	select {
	case s.scheduled <- struct{}{}:
	default:
	}
}

// mostFired bounds how many rules are read at once.
const mostFired = 100

// fireSchedules sends the events of the rules that are due. A rule that was due several times,
// because nobody looked, fires once. One that can't fire is put off, and holds up no other.
func (s *Service) fireSchedules(ctx context.Context) error {
	for {
		due, err := s.db.DueBefore(ctx, ruleKind, s.clock.Now(), mostFired)
		if err != nil {
			return err
		}
		for _, record := range due {
			if err := s.fire(ctx, record); err != nil {
				s.log.ErrorContext(ctx, "a rule's schedule can't fire", "rule", record.Key, "error", err)
				if err := s.putOff(ctx, record); err != nil {
					return err
				}
			}
		}
		if len(due) < mostFired {
			return nil
		}
	}
}

// putOffTime is how long a record rests with which what was due could not be done.
const putOffTime = time.Minute

// putOff makes a record due later.
func (s *Service) putOff(ctx context.Context, record store.Record) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Get(record.Kind, record.Key)
		if errors.Is(err, store.ErrNotFound) || err == nil && r.Version != record.Version {
			return nil
		}
		if err != nil {
			return err
		}
		r.Due = s.clock.Now().Add(putOffTime)
		return tx.Put(r)
	})
}

// fire sends the event of a rule, and plans the next, in one transaction.
func (s *Service) fire(ctx context.Context, record store.Record) error {
	r, err := decodeRule(record)
	if err != nil {
		return err
	}
	e := Event{
		ID: cloudtrail.NewID(), Source: "aws.events", DetailType: "Scheduled Event", Account: r.place.account, Region: r.place.region,
		Time: r.due, Resources: []string{r.arn()}, Detail: []byte("{}"),
	}
	b := s.newBatch(r.place)
	if err := b.add(ctx, &matched{event: &e, text: e.appendJSON(nil), ingested: s.clock.Now(), rule: r}); err != nil {
		return err
	}
	commit, err := b.commit()
	if err != nil {
		return err
	}
	x, err := r.schedule()
	if err != nil { // of another version of the service
		s.log.ErrorContext(ctx, "a rule's schedule can't be read, it fires no more", "rule", r.arn(), "error", err)
	}
	r.planAfter(x, s.clock.Now())
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if err := r.put(tx); err != nil {
			return err
		}
		return commit(tx)
	})
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrExists) { // it was changed meanwhile, and is looked at again
		return nil
	}
	return err
}

// planAfter plans the next time after the one that is due now: a rate keeps its beat.
func (r *rule) planAfter(x schedule, now time.Time) {
	every, ok := x.(rate)
	if !ok {
		r.plan(x, now)
		return
	}
	d := time.Duration(every)
	r.due = r.due.Add(now.Sub(r.due) / d * d).Add(d)
}
