package eventbridge

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/iam"
)

// mostTags is the most tags of a rule or a bus.
const mostTags = 50

// tagged returns tags with those of a request over them.
func tagged(old map[string]string, in []types.Tag) (map[string]string, error) {
	all := maps.Clone(old)
	if all == nil {
		all = map[string]string{}
	}
	seen := map[string]bool{}
	for _, t := range in {
		switch {
		case strings.HasPrefix(strings.ToLower(*t.Key), "aws:"):
			return nil, invalid("aws: prefixed tag key names are not allowed for external use.")
		case seen[*t.Key]:
			return nil, invalid("Duplicate keys are not allowed in tags.")
		}
		seen[*t.Key] = true
		all[*t.Key] = *t.Value
	}
	if len(all) > mostTags {
		return nil, tooMany()
	}
	return all, nil
}

// taggable is a rule or a bus by its ARN.
type taggable struct {
	place busPlace
	rule  string // "" for a bus
	tags  map[string]string
	keys  keys
	err   error // why there is none
}

// taggable reads what an ARN names, in the caller's account and Region.
func (s *Service) taggable(ctx context.Context, c *iam.Caller, arn string) (*taggable, error) {
	x := &taggable{keys: keys{}, err: notFound("Resource %s does not exist.", arn)}
	kind, rest, ok := strings.Cut(strings.TrimPrefix(arn, "arn:aws:events:"+c.Region+":"+c.Principal.Account+":"), "/")
	x.place = busPlace{c.Principal.Account, c.Region, defaultBus}
	switch {
	case !ok || strings.HasPrefix(arn, kind+"/"): // another account's, or no ARN
		return x, nil
	case kind == "event-bus":
		x.place.name = rest
		b, err := getBus(committed{ctx, s.db}, x.place)
		if err != nil {
			x.err = err
			return x, nil
		}
		x.tags, x.err = b.Tags, nil
		x.keys.ofTags(b.Tags)
	case kind == "rule":
		x.rule = rest
		if busName, name, ok := strings.Cut(rest, "/"); ok {
			x.place.name, x.rule = busName, name
		}
		if ruleARN(x.place, x.rule) != arn { // another spelling would evade policies that name the rule
			return x, nil
		}
		r, err := findRule(committed{ctx, s.db}, x.place, x.rule)
		if err != nil {
			return nil, err
		}
		if r == nil {
			x.err = noRule(x.place, x.rule)
			return x, nil
		}
		x.tags, x.err = r.Tags, nil
		x.keys.ofRule(r)
	}
	return x, nil
}

// change changes the tags.
func (s *Service) changeTags(ctx context.Context, x *taggable, f func(map[string]string) (map[string]string, error)) (err error) {
	if x.rule != "" {
		return s.change(ctx, x.place, x.rule, func(r *rule) error {
			r.Tags, err = f(r.Tags)
			return err
		})
	}
	return s.changeBus(ctx, x.place, func(b *bus) error {
		b.Tags, err = f(b.Tags)
		return err
	})
}

// TagResource adds tags to a rule or an event bus.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html
func (s *Service) TagResource(ctx context.Context, c *iam.Caller, in *eventbridge.TagResourceInput) (*eventbridge.TagResourceOutput, error) {
	x, err := s.taggable(ctx, c, *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	if err := allow(c, "TagResource", *in.ResourceARN, x.keys.ofRequest(in.Tags)); err != nil {
		return nil, err
	}
	if x.err != nil {
		return nil, x.err
	}
	return nil, s.changeTags(ctx, x, func(old map[string]string) (map[string]string, error) { return tagged(old, in.Tags) })
}

// UntagResource removes tags from a rule or an event bus.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UntagResource.html
func (s *Service) UntagResource(ctx context.Context, c *iam.Caller, in *eventbridge.UntagResourceInput) (*eventbridge.UntagResourceOutput, error) {
	x, err := s.taggable(ctx, c, *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	if err := allow(c, "UntagResource", *in.ResourceARN, x.keys.ofNames(in.TagKeys)); err != nil {
		return nil, err
	}
	if x.err != nil {
		return nil, x.err
	}
	return nil, s.changeTags(ctx, x, func(old map[string]string) (map[string]string, error) {
		left := maps.Clone(old)
		maps.DeleteFunc(left, func(k, _ string) bool { return slices.Contains(in.TagKeys, k) })
		return left, nil
	})
}

// ListTagsForResource lists the tags of a rule or an event bus.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html
func (s *Service) ListTagsForResource(ctx context.Context, c *iam.Caller, in *eventbridge.ListTagsForResourceInput) (*eventbridge.ListTagsForResourceOutput, error) {
	x, err := s.taggable(ctx, c, *in.ResourceARN)
	if err != nil {
		return nil, err
	}
	if err := allow(c, "ListTagsForResource", *in.ResourceARN, x.keys); err != nil {
		return nil, err
	}
	if x.err != nil {
		return nil, x.err
	}
	out := &eventbridge.ListTagsForResourceOutput{Tags: []types.Tag{}}
	for _, k := range slices.Sorted(maps.Keys(x.tags)) {
		out.Tags = append(out.Tags, types.Tag{Key: new(k), Value: new(x.tags[k])})
	}
	return out, nil
}
