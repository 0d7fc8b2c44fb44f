package eventbridge

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/eventbridge/pattern"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// Limits of AWS.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const (
	mostRules   = 300 // on a bus
	mostTargets = 5   // of a rule
)

// PutRule makes a rule, or replaces what it says; its targets and tags stay.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
func (s *Service) PutRule(ctx context.Context, c *iam.Caller, in *eventbridge.PutRuleInput) (*eventbridge.PutRuleOutput, error) {
	place, err := own(c, in.EventBusName)
	if err != nil {
		return nil, err
	}
	before, err := findRule(committed{ctx, s.db}, place, *in.Name)
	if err != nil {
		return nil, err
	}
	compiled, patternErr := parsePattern(in.EventPattern)
	k := keys{}.ofRule(before).ofRequest(in.Tags)
	if compiled != nil {
		addPatternKeys(k, compiled)
	}
	if err := allow(c, "PutRule", ruleARN(place, *in.Name), k); err != nil {
		return nil, err
	}
	if before == nil && len(in.Tags) > 0 {
		if err := allow(c, "TagResource", ruleARN(place, *in.Name), keys{}.ofRequest(in.Tags)); err != nil {
			return nil, err
		}
	}
	if patternErr != nil {
		return nil, patternErr
	}
	schedule, err := checkRule(c, place, in)
	if err != nil {
		return nil, err
	}
	var made *rule
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		made, err = s.putRule(tx, c, place, in, schedule)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.wakeSchedules(made)
	return &eventbridge.PutRuleOutput{RuleArn: new(made.arn())}, nil
}

// parsePattern compiles a pattern, in EventBridge's words if it is none; nil if there is none.
func parsePattern(text *string) (*pattern.Pattern, error) {
	if text == nil || *text == "" {
		return nil, nil
	}
	p, err := pattern.Parse([]byte(*text))
	if err != nil {
		return nil, invalidPattern(err)
	}
	return p, nil
}

func invalidPattern(err error) error {
	return &types.InvalidEventPatternException{Message: new("Event pattern is not valid. Reason: " + err.Error())}
}

// addPatternKeys adds the condition keys about what a rule's pattern asks for.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
func addPatternKeys(k keys, p *pattern.Pattern) {
	for name, path := range map[string][]string{
		"events:source": {"source"}, "events:detail-type": {"detail-type"},
		"events:detail.eventtypecode": {"detail", "eventTypeCode"}, "events:detail.service": {"detail", "service"},
		"events:detail.useridentity.principalid": {"detail", "userIdentity", "principalId"},
	} {
		if values := p.Literals(path...); len(values) > 0 {
			k[name] = policy.Multi(values)
		}
	}
}

// checkRule checks what a request says about a rule, and reads its schedule.
func checkRule(c *iam.Caller, place busPlace, in *eventbridge.PutRuleInput) (schedule, error) {
	scheduled := in.ScheduleExpression != nil && *in.ScheduleExpression != ""
	if !scheduled && (in.EventPattern == nil || *in.EventPattern == "") {
		return nil, invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
	}
	if in.RoleArn != nil {
		if err := passRole(c, *in.RoleArn); err != nil {
			return nil, err
		}
	}
	if !scheduled {
		return nil, nil
	}
	if place.name != defaultBus {
		return nil, invalid("ScheduleExpression is supported only on the default event bus.")
	}
	x, err := parseSchedule(*in.ScheduleExpression)
	if err != nil {
		return nil, invalid("Parameter ScheduleExpression is not valid.")
	}
	return x, nil
}

func (s *Service) putRule(tx *store.Tx, c *iam.Caller, place busPlace, in *eventbridge.PutRuleInput, x schedule) (*rule, error) {
	if _, err := getBus(tx, place); err != nil {
		return nil, err
	}
	r, err := findRule(tx, place, *in.Name)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	if r == nil {
		others, err := tx.Count(ruleKind, place.key()+"/")
		if err != nil {
			return nil, err
		}
		if others >= mostRules {
			return nil, tooMany()
		}
		r = &rule{place: place, name: *in.Name, Creator: c.Principal.Account, Created: now}
		if r.Tags, err = tagged(nil, in.Tags); err != nil {
			return nil, err
		}
	}
	r.Description, r.Role, r.Pattern = value(in.Description), value(in.RoleArn), value(in.EventPattern)
	r.State = in.State
	if r.State == "" {
		r.State = types.RuleStateEnabled
	}
	if same := r.Schedule == value(in.ScheduleExpression); !same || r.due.IsZero() {
		r.Schedule = value(in.ScheduleExpression)
		r.plan(x, now)
	}
	if !r.enabled() {
		r.plan(nil, now)
	}
	return r, r.put(tx)
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// optional is nil for the empty string.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// TestEventPattern says whether an event matches a pattern.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
func (s *Service) TestEventPattern(ctx context.Context, c *iam.Caller, in *eventbridge.TestEventPatternInput) (*eventbridge.TestEventPatternOutput, error) {
	if err := allow(c, "TestEventPattern", "*", keys{}); err != nil {
		return nil, err
	}
	p, err := pattern.Parse([]byte(*in.EventPattern))
	if err != nil {
		return nil, invalidPattern(err)
	}
	if err := checkEvent([]byte(*in.Event)); err != nil {
		return nil, err
	}
	return &eventbridge.TestEventPatternOutput{Result: p.Match(pattern.NewEvent([]byte(*in.Event)))}, nil
}
