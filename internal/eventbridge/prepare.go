package eventbridge

import (
	"context"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/eventbridge/pattern"
	"github.com/keystead/keystead/internal/store"
)

// nothing is the commit of events that no rule matches.
func nothing(*store.Tx) error { return nil }

// Prepare matches events of an account in a Region with the rules of its default bus. commit
// writes, inside a transaction, what has to reach their targets.
func (s *Service) Prepare(ctx context.Context, account, region string, events []Event) (commit func(*store.Tx) error, err error) {
	return s.prepare(ctx, busPlace{account, region, defaultBus}, events)
}

// Wanted reports whether any rule of an account in a Region can match.
func (s *Service) Wanted(ctx context.Context, account, region string) (bool, error) {
	set, err := s.rules.get(ctx, account, region)
	return err == nil && len(set.buses[defaultBus]) > 0, err
}

func (s *Service) prepare(ctx context.Context, place busPlace, events []Event) (func(*store.Tx) error, error) {
	set, err := s.rules.get(ctx, place.account, place.region)
	if err != nil {
		return nil, err
	}
	rules := set.buses[place.name]
	if len(rules) == 0 || len(events) == 0 {
		return nothing, nil
	}
	b := s.newBatch(place)
	for i := range events {
		e := &events[i]
		m := matched{event: e, text: e.appendJSON(nil), ingested: s.clock.Now()}
		text := pattern.NewEvent(m.text)
		for _, r := range rules {
			if e.ReadOnly && !r.seesAll() || !r.pattern.Match(text) {
				continue
			}
			m.rule = r.rule
			if err := b.add(ctx, &m); err != nil {
				return nil, err
			}
		}
	}
	return b.commit()
}

// ruleMetric names a metric of a rule.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
func ruleMetric(p busPlace, name, ruleName string) metric.ID {
	id := metric.ID{Account: p.account, Region: p.region, Namespace: "AWS/Events", Name: name, Dimensions: []metric.Dimension{{Name: "RuleName", Value: ruleName}}}
	if p.name != defaultBus {
		id.Dimensions = []metric.Dimension{{Name: "EventBusName", Value: p.name}, {Name: "RuleName", Value: ruleName}}
	}
	return id
}
