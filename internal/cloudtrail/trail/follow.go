package trail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/store"
)

// A delivery reads a partition's events from its cursor on. What one transaction takes, and
// how many a round has for each trail, so that none holds up the others.
const (
	readBytes   = 1 << 20
	roundLength = 8
)

// active reports whether a trail has events to deliver: it logs, or what it logged is not all
// delivered. done is the stop of which that is known.
func (t *trail) active(done time.Time) bool {
	return t.Logging || !t.Stopped.IsZero() && !done.Equal(t.Stopped)
}

// over reports whether nothing can come any more of what a trail logged.
func (t *trail) over(now time.Time) bool { return !t.Logging && now.Sub(t.Stopped) > settled }

func groupName(t *trail) string { return "log group of " + t.arn() }

// takes reports whether a trail delivers an event.
func (t *trail) takes(e *entry) bool {
	return t.logged(e.time) && t.Selectors.match(e) && (t.Global || !isGlobal(e))
}

// isGlobal reports whether an event is of a service that is no Region's own.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
func isGlobal(e *entry) bool {
	if string(e.region) != "us-east-1" {
		return false
	}
	switch string(e.source) {
	case "iam.amazonaws.com", "sts.amazonaws.com", "organizations.amazonaws.com":
		return true
	}
	return false
}

// choose keeps the events that a trail delivers.
func (t *trail) choose(events []eventstore.Event) []eventstore.Event {
	chosen := make([]eventstore.Event, 0, len(events))
	for _, ev := range events {
		if e, ok := readEntry(ev.Text); ok && t.takes(&e) {
			chosen = append(chosen, ev)
		}
	}
	return chosen
}

// round is what the deliveries of a round share.
type round struct {
	trails     []*trail
	partitions []partition
	heads      map[partition]uint64
	scope      scope
}

// newRound reads the trails that are wanted.
func (s *Service) newRound(ctx context.Context, wanted func(*trail, *status) bool) (*round, error) {
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	all, err := trailsOf(inDB{ctx, s.db}, "")
	if err != nil {
		return nil, err
	}
	r := &round{heads: map[partition]uint64{}, scope: scope{s: s}}
	for _, t := range all {
		var st status
		if !t.Logging {
			if st, err = readStatus(inDB{ctx, s.db}, t); err != nil {
				return nil, err
			}
		}
		if wanted(t, &st) {
			r.trails = append(r.trails, t)
		}
	}
	if len(r.trails) > 0 {
		r.partitions, err = s.partitions(ctx)
	}
	return r, err
}

// head is the end of a partition's log, read once a round.
func (r *round) head(ctx context.Context, s *Service, p partition) (uint64, error) {
	if next, ok := r.heads[p]; ok {
		return next, nil
	}
	h, err := s.events.Head(ctx, p.log())
	if err == nil {
		r.heads[p] = h.Next
	}
	return h.Next, err
}

// deliverToGroups writes events to the log groups of trails.
func (s *Service) deliverToGroups(ctx context.Context) error {
	if s.groups == nil {
		return nil
	}
	r, err := s.newRound(ctx, func(t *trail, st *status) bool { return t.Group != "" && t.active(st.GroupDone) })
	if err != nil {
		return err
	}
	s.keep(groupName, r.trails)
	for _, t := range r.trails {
		name := groupName(t)
		if s.backoffs.rests(name, s.now()) {
			continue
		}
		failure := s.deliverToGroup(ctx, r, t)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.backoffs.note(name, s.now(), failure)
		if failure != nil {
			s.noteFailure(ctx, t, func(st *status) *outcome { return &st.Group }, failure)
		}
	}
	return nil
}

// deliverToGroup delivers the events of one trail.
func (s *Service) deliverToGroup(ctx context.Context, r *round, t *trail) error {
	of, err := r.scope.covered(ctx, t, r.partitions)
	if err != nil {
		return err
	}
	s.lags.keep(groupName(t), of)
	behind := false
	for _, p := range of {
		head, err := r.head(ctx, s, p)
		if err != nil {
			return err
		}
		more := true
		for n := 0; more; n++ {
			if n == roundLength {
				wake(s.follow)
				break
			}
			if more, err = s.groupBatch(ctx, t, p, head); err != nil {
				return err
			}
		}
		behind = behind || more
	}
	if behind || !t.over(s.now()) {
		return nil
	}
	return s.changeStatus(ctx, t, func(st *status) { st.GroupDone = t.Stopped })
}

// groupBatch delivers what one transaction takes.
func (s *Service) groupBatch(ctx context.Context, t *trail, p partition, head uint64) (more bool, err error) {
	key := cursorKey(t, toGroup, p)
	c, err := readCursor(inDB{ctx, s.db}, key)
	if err != nil {
		return false, err
	}
	s.lags.note(groupName(t), p, s.now(), head, c.Next)
	if c.Next >= head {
		return false, nil
	}
	events, err := s.since(ctx, p.log(), c.Next, readBytes)
	if err != nil {
		return false, err
	}
	next := head
	if len(events) > 0 {
		next = events[len(events)-1].Seq + 1
	}
	effect := func(*store.Tx) error { return nil }
	if chosen := t.choose(events); len(chosen) > 0 {
		if err := s.mayWrite(ctx, t, t.Role, t.Group); err != nil { // it may have changed since it was given
			return false, err
		}
		commit, err := s.groups.Prepare(ctx, plainGroup(t.Group), s.stream(t, p), chosen)
		if err != nil {
			return false, err
		}
		effect = func(tx *store.Tx) error {
			if err := commit(tx); err != nil {
				return err
			}
			return changeStatus(tx, t, func(st *status) { st.Group.note(s.now(), nil) })
		}
	}
	err = s.advance(ctx, t, key, c.Next, next, effect)
	if errors.Is(err, errMoved) {
		return false, nil
	}
	s.lags.note(groupName(t), p, s.now(), head, next)
	return next < head, err
}

// brief is an error as the status of a trail tells of it.
func brief(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		text = e.ErrorCode()
		if e.ErrorMessage() != "" {
			text += ": " + e.ErrorMessage()
		}
	}
	return strings.ToValidUTF8(text[:min(len(text), 512)], "")
}

// deliverToRules matches events against the rules of their account and Region.
func (s *Service) deliverToRules(ctx context.Context) error {
	if s.rules == nil {
		return nil
	}
	r, err := s.newRound(ctx, func(t *trail, _ *status) bool { return t.Logging })
	if err != nil {
		return err
	}
	if len(r.trails) == 0 { // what KMS tells of itself needs none
		if r.partitions, err = s.partitions(ctx); err != nil {
			return err
		}
	}
	for _, p := range r.partitions {
		name := "rules of " + p.key()
		if s.backoffs.rests(name, s.now()) {
			continue
		}
		failure := s.matchPartition(ctx, r, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.backoffs.note(name, s.now(), failure)
	}
	return nil
}

func (s *Service) matchPartition(ctx context.Context, r *round, p partition) error {
	head, err := r.head(ctx, s, p)
	if err != nil {
		return err
	}
	var over []*trail // those that let the account's events reach rules
	for _, t := range r.trails {
		if of, err := r.scope.covered(ctx, t, []partition{p}); err != nil {
			return err
		} else if len(of) > 0 {
			over = append(over, t)
		}
	}
	more := true
	for n := 0; more; n++ {
		if n == roundLength {
			wake(s.match)
			return nil
		}
		if more, err = s.ruleBatch(ctx, p, head, over); err != nil {
			return err
		}
	}
	return nil
}

// ruleBatch matches what one transaction takes.
func (s *Service) ruleBatch(ctx context.Context, p partition, head uint64, over []*trail) (more bool, err error) {
	key := ruleCursorKey(p)
	c, err := readCursor(inDB{ctx, s.db}, key)
	if err != nil {
		return false, err
	}
	s.lags.note("rules", p, s.now(), head, c.Next)
	if c.Next >= head {
		return false, nil
	}
	wanted, err := s.rules.Wanted(ctx, p.account, p.region)
	if err != nil {
		return false, err
	}
	var events []eventstore.Event
	if wanted {
		if events, err = s.since(ctx, p.log(), c.Next, readBytes); err != nil {
			return false, err
		}
	}
	next := head
	if len(events) > 0 {
		next = events[len(events)-1].Seq + 1
	}
	effect := func(*store.Tx) error { return nil }
	if bus := busEvents(p, events, over); len(bus) > 0 {
		if effect, err = s.rules.Prepare(ctx, p.account, p.region, bus); err != nil {
			return false, fmt.Errorf("match events: %w", err)
		}
	}
	err = s.advance(ctx, nil, key, c.Next, next, effect)
	if errors.Is(err, errMoved) {
		return false, nil
	}
	s.lags.note("rules", p, s.now(), head, next)
	return next < head, err
}
