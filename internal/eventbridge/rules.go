package eventbridge

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/marker"
	"github.com/keystead/keystead/internal/store"
)

// checkEvent demands the members that AWS demands of an event to test a pattern with.
func checkEvent(text []byte) error {
	var e map[string]any
	if json.Unmarshal(text, &e) != nil {
		return invalid("Parameter Event is not valid.")
	}
	for _, name := range []string{"id", "account", "source", "time", "region", "resources", "detail-type"} {
		if _, ok := e[name]; !ok {
			return invalid("Parameter Event is not valid.")
		}
	}
	return nil
}

// permitted reads a rule that the caller named, and decides about it. It is nil if there is none.
func (s *Service) permitted(ctx context.Context, c *iam.Caller, action string, busName *string, name string) (busPlace, *rule, error) {
	place, err := own(c, busName)
	if err != nil {
		return place, nil, err
	}
	r, err := findRule(committed{ctx, s.db}, place, name)
	if err != nil {
		return place, nil, err
	}
	return place, r, allow(c, action, ruleARN(place, name), keys{}.ofRule(r))
}

// change changes a rule that there must be.
func (s *Service) change(ctx context.Context, place busPlace, name string, f func(r *rule) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := getBus(tx, place); err != nil {
			return err
		}
		r, err := findRule(tx, place, name)
		if err != nil {
			return err
		}
		if r == nil {
			return noRule(place, name)
		}
		if err := f(r); err != nil {
			return err
		}
		return r.put(tx)
	})
}

// DescribeRule tells about a rule.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html
func (s *Service) DescribeRule(ctx context.Context, c *iam.Caller, in *eventbridge.DescribeRuleInput) (*eventbridge.DescribeRuleOutput, error) {
	place, r, err := s.permitted(ctx, c, "DescribeRule", in.EventBusName, *in.Name)
	if err != nil {
		return nil, err
	}
	if r == nil {
		if _, err := getBus(committed{ctx, s.db}, place); err != nil {
			return nil, err
		}
		return nil, noRule(place, *in.Name)
	}
	return &eventbridge.DescribeRuleOutput{
		Arn: new(r.arn()), Name: &r.name, EventBusName: &r.place.name, CreatedBy: &r.Creator, State: r.State,
		Description: optional(r.Description), EventPattern: optional(r.Pattern), RoleArn: optional(r.Role), ScheduleExpression: optional(r.Schedule),
	}, nil
}

// EnableRule enables a rule.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html
func (s *Service) EnableRule(ctx context.Context, c *iam.Caller, in *eventbridge.EnableRuleInput) (*eventbridge.EnableRuleOutput, error) {
	place, _, err := s.permitted(ctx, c, "EnableRule", in.EventBusName, *in.Name)
	if err != nil {
		return nil, err
	}
	var changed *rule
	err = s.change(ctx, place, *in.Name, func(r *rule) error {
		changed = r
		if r.enabled() {
			return nil
		}
		r.State = types.RuleStateEnabled
		x, err := r.schedule()
		r.plan(x, s.clock.Now())
		return err
	})
	s.wakeSchedules(changed)
	return nil, err
}

// DisableRule disables a rule: it matches nothing and fires no more.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html
func (s *Service) DisableRule(ctx context.Context, c *iam.Caller, in *eventbridge.DisableRuleInput) (*eventbridge.DisableRuleOutput, error) {
	place, _, err := s.permitted(ctx, c, "DisableRule", in.EventBusName, *in.Name)
	if err != nil {
		return nil, err
	}
	return nil, s.change(ctx, place, *in.Name, func(r *rule) error {
		r.State = types.RuleStateDisabled
		r.plan(nil, s.clock.Now())
		return nil
	})
}

// DeleteRule deletes a rule that has no targets. One that is not there is deleted already.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
func (s *Service) DeleteRule(ctx context.Context, c *iam.Caller, in *eventbridge.DeleteRuleInput) (*eventbridge.DeleteRuleOutput, error) {
	place, _, err := s.permitted(ctx, c, "DeleteRule", in.EventBusName, *in.Name)
	if err != nil {
		return nil, err
	}
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := getBus(tx, place); err != nil {
			return err
		}
		r, err := findRule(tx, place, *in.Name)
		if err != nil || r == nil {
			return err
		}
		if len(r.Targets) > 0 {
			return invalid("Rule can't be deleted since it has targets.")
		}
		return tx.Delete(ruleKind, r.key())
	})
}

// ListRules lists the rules of a bus by their names.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html
func (s *Service) ListRules(ctx context.Context, c *iam.Caller, in *eventbridge.ListRulesInput) (*eventbridge.ListRulesOutput, error) {
	place, err := own(c, in.EventBusName)
	if err != nil {
		return nil, err
	}
	if err := allow(c, "ListRules", place.arnOf("rule/*"), keys{}); err != nil {
		return nil, err
	}
	if _, err := getBus(committed{ctx, s.db}, place); err != nil {
		return nil, err
	}
	records, next, err := s.page(ctx, ruleKind, place.key()+"/", value(in.NamePrefix), in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &eventbridge.ListRulesOutput{NextToken: next, Rules: []types.Rule{}}
	for _, record := range records {
		r, err := decodeRule(record)
		if err != nil {
			return nil, err
		}
		out.Rules = append(out.Rules, types.Rule{
			Arn: new(r.arn()), Name: &r.name, EventBusName: &r.place.name, State: r.State, Description: optional(r.Description),
			EventPattern: optional(r.Pattern), RoleArn: optional(r.Role), ScheduleExpression: optional(r.Schedule),
		})
	}
	return out, nil
}

// pageSize is the most entries of a page, and their number if the caller does not say.
const pageSize = 100

// page reads a page of records whose keys begin with a place and a prefix.
func (s *Service) page(ctx context.Context, kind, place, prefix string, token *string, limit *int32) ([]store.Record, *string, error) {
	after, n, err := readToken(token, limit)
	if err != nil {
		return nil, nil, err
	}
	r := store.Range{Prefix: place + prefix, Limit: n + 1}
	if after != "" {
		r.After = place + after
	}
	records, err := s.db.Scan(ctx, kind, r)
	if err != nil || len(records) <= n {
		return records, nil, err
	}
	records = records[:n]
	return records, new(marker.Marker{After: records[n-1].Key[len(place):]}.String()), nil
}

// readToken reads the members of a request that say which page it asks for.
func readToken(token *string, limit *int32) (after string, n int, err error) {
	n = pageSize
	if limit != nil {
		n = int(*limit)
	}
	if token == nil {
		return "", n, nil
	}
	m, ok := marker.Parse(*token)
	if !ok {
		return "", 0, invalid("Parameter NextToken is not valid.")
	}
	return m.After, n, nil
}
