package eventbridge

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/marker"
	"github.com/keystead/keystead/internal/store"
)

// PutTargets adds targets to a rule, or replaces those with the same ids.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
func (s *Service) PutTargets(ctx context.Context, c *iam.Caller, in *eventbridge.PutTargetsInput) (*eventbridge.PutTargetsOutput, error) {
	place, err := own(c, in.EventBusName)
	if err != nil {
		return nil, err
	}
	before, err := findRule(committed{ctx, s.db}, place, *in.Rule)
	if err != nil {
		return nil, err
	}
	k := keys{}.ofRule(before)
	arns := make([]string, len(in.Targets))
	for i, t := range in.Targets {
		arns[i] = *t.Arn
	}
	k["events:targetarn"] = policy.Multi(arns)
	if err := allow(c, "PutTargets", ruleARN(place, *in.Rule), k); err != nil {
		return nil, err
	}
	targets, err := s.checkTargets(ctx, c, in.Targets)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, place, *in.Rule, func(r *rule) error {
		for _, t := range targets {
			if i := slices.IndexFunc(r.Targets, func(o target) bool { return o.ID == t.ID }); i >= 0 {
				r.Targets[i] = t
			} else {
				r.Targets = append(r.Targets, t)
			}
		}
		if len(r.Targets) > mostTargets {
			return tooMany()
		}
		return nil
	})
	return &eventbridge.PutTargetsOutput{FailedEntries: []types.PutTargetsResultEntry{}}, err
}

func (s *Service) checkTargets(ctx context.Context, c *iam.Caller, in []types.Target) ([]target, error) {
	var targets []target
	for i := range in {
		t, err := s.checkTarget(ctx, c, &in[i])
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(targets, func(o target) bool { return o.ID == t.ID }) {
			return nil, invalid("Duplicate target id %s in the request.", t.ID)
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// checkTarget reads a target from a request.
func (s *Service) checkTarget(ctx context.Context, c *iam.Caller, in *types.Target) (target, error) {
	t := target{
		ID: *in.Id, ARN: *in.Arn, Role: value(in.RoleArn), Input: in.Input, InputPath: in.InputPath,
		Transform: in.InputTransformer, HTTP: in.HttpParameters, Retry: in.RetryPolicy,
	}
	kind, err := kindOf(t.ARN)
	if err != nil {
		return t, err
	}
	if err := t.checkInput(); err != nil {
		return t, err
	}
	if in.DeadLetterConfig != nil && in.DeadLetterConfig.Arn != nil {
		t.Dead = *in.DeadLetterConfig.Arn
		if k, err := kindOf(t.Dead); err != nil || k != kindLogs {
			return t, invalid("Parameter DeadLetterConfig.Arn of target %s is not valid. Reason: Only the ARN of a log group is supported; there are no SQS queues here.", t.ID)
		}
	}
	if t.Role != "" {
		if err := passRole(c, t.Role); err != nil {
			return t, err
		}
	}
	if kind != kindHTTP && t.HTTP != nil {
		return t, invalid("Parameter(s) HttpParameters not valid for target %s. Reason: HttpParameters are for API destinations.", t.ID)
	}
	if kind == kindHTTP {
		return t, s.checkDestination(ctx, c, &t)
	}
	return t, nil
}

// The kinds of targets: also the kinds of their deliveries.
const (
	kindTopic = "events-topic"
	kindLogs  = "events-logs"
	kindHTTP  = "events-http"
)

// kindOf is the kind of target that an ARN names.
func kindOf(arn string) (string, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] == "" || parts[5] == "" {
		return "", invalid("Parameter %s is not valid. Reason: Provided Arn is not in correct format.", arn)
	}
	switch service, resource := parts[2], parts[5]; {
	case service == "sns" && !strings.ContainsAny(resource, ":/"):
		return kindTopic, nil
	case service == "logs" && strings.HasPrefix(resource, "log-group:"):
		return kindLogs, nil
	case service == "events" && strings.HasPrefix(resource, "api-destination/"):
		return kindHTTP, nil
	}
	return "", invalid("Parameter %s is not valid. Reason: Targets are SNS topics, CloudWatch log groups and API destinations; there are no others here.", arn)
}

// retry is the retry policy of the target as AWS has it: at most 185 tries in at most a day.
func (t *target) attempts() (tries, seconds int32) {
	tries, seconds = 185, 86400
	if t.Retry != nil && t.Retry.MaximumRetryAttempts != nil {
		tries = *t.Retry.MaximumRetryAttempts
	}
	if t.Retry != nil && t.Retry.MaximumEventAgeInSeconds != nil {
		seconds = *t.Retry.MaximumEventAgeInSeconds
	}
	return tries, seconds
}

// asked is the target as a request says it.
func (t *target) asked() types.Target {
	out := types.Target{
		Id: &t.ID, Arn: &t.ARN, RoleArn: optional(t.Role), Input: t.Input, InputPath: t.InputPath,
		InputTransformer: t.Transform, HttpParameters: t.HTTP, RetryPolicy: t.Retry,
	}
	if t.Dead != "" {
		out.DeadLetterConfig = &types.DeadLetterConfig{Arn: &t.Dead}
	}
	return out
}

// RemoveTargets removes targets from a rule.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html
func (s *Service) RemoveTargets(ctx context.Context, c *iam.Caller, in *eventbridge.RemoveTargetsInput) (*eventbridge.RemoveTargetsOutput, error) {
	place, _, err := s.permitted(ctx, c, "RemoveTargets", in.EventBusName, *in.Rule)
	if err != nil {
		return nil, err
	}
	var failed []types.RemoveTargetsResultEntry
	err = s.change(ctx, place, *in.Rule, func(r *rule) error {
		failed = []types.RemoveTargetsResultEntry{}
		for _, id := range in.Ids {
			n := len(r.Targets)
			if r.Targets = slices.DeleteFunc(r.Targets, func(t target) bool { return t.ID == id }); len(r.Targets) == n {
				failed = append(failed, types.RemoveTargetsResultEntry{
					TargetId: new(id), ErrorCode: new("ResourceNotFoundException"),
					ErrorMessage: new("Target " + id + " does not exist on Rule " + r.name + "."),
				})
			}
		}
		return nil
	})
	return &eventbridge.RemoveTargetsOutput{FailedEntries: failed, FailedEntryCount: int32(len(failed))}, err
}

// ListTargetsByRule lists the targets of a rule.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html
func (s *Service) ListTargetsByRule(ctx context.Context, c *iam.Caller, in *eventbridge.ListTargetsByRuleInput) (*eventbridge.ListTargetsByRuleOutput, error) {
	place, r, err := s.permitted(ctx, c, "ListTargetsByRule", in.EventBusName, *in.Rule)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, noRule(place, *in.Rule)
	}
	after, limit, err := readToken(in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(r.Targets, func(a, b target) int { return strings.Compare(a.ID, b.ID) })
	out := &eventbridge.ListTargetsByRuleOutput{Targets: []types.Target{}}
	for i := range r.Targets {
		switch {
		case r.Targets[i].ID <= after:
		case len(out.Targets) == limit:
			out.NextToken = new(marker.Marker{After: *out.Targets[limit-1].Id}.String())
			return out, nil
		default:
			out.Targets = append(out.Targets, r.Targets[i].asked())
		}
	}
	return out, nil
}

// ListRuleNamesByTarget lists the rules of a bus that send to a target.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html
func (s *Service) ListRuleNamesByTarget(ctx context.Context, c *iam.Caller, in *eventbridge.ListRuleNamesByTargetInput) (*eventbridge.ListRuleNamesByTargetOutput, error) {
	place, err := own(c, in.EventBusName)
	if err != nil {
		return nil, err
	}
	if err := allow(c, "ListRuleNamesByTarget", place.arnOf("rule/*"), keys{}); err != nil {
		return nil, err
	}
	if _, err := getBus(committed{ctx, s.db}, place); err != nil {
		return nil, err
	}
	after, limit, err := readToken(in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	records, err := s.db.Scan(ctx, ruleKind, store.Range{Prefix: place.key() + "/"})
	if err != nil {
		return nil, err
	}
	out := &eventbridge.ListRuleNamesByTargetOutput{RuleNames: []string{}}
	for _, record := range records {
		r, err := decodeRule(record)
		if err != nil {
			return nil, err
		}
		if r.name <= after || !slices.ContainsFunc(r.Targets, func(t target) bool { return t.ARN == *in.TargetArn }) {
			continue
		}
		if len(out.RuleNames) == limit {
			out.NextToken = new(marker.Marker{After: out.RuleNames[limit-1]}.String())
			break
		}
		out.RuleNames = append(out.RuleNames, r.name)
	}
	return out, nil
}
