package sns

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// ListSubscriptions lists the subscriptions that the caller's account has.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html
func (s *Service) ListSubscriptions(ctx context.Context, c *iam.Caller, in *sns.ListSubscriptionsInput) (*sns.ListSubscriptionsOutput, error) {
	if err := authorize(c, "ListSubscriptions"); err != nil {
		return nil, err
	}
	after, err := from(in.NextToken)
	if err != nil {
		return nil, err
	}
	ref := c.Principal.Account + "/" + c.Region + "/"
	r := store.Range{Prefix: ref, Limit: pageSize + 1}
	if after != "" {
		r.AfterRef, r.After = ref, after
	}
	records, err := s.DB.ScanRef(ctx, subscriptionKind, r)
	if err != nil {
		return nil, err
	}
	list, next, err := entries(records)
	return &sns.ListSubscriptionsOutput{Subscriptions: list, NextToken: next}, err
}

// ListSubscriptionsByTopic lists the subscriptions of a topic.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
func (s *Service) ListSubscriptionsByTopic(ctx context.Context, c *iam.Caller, in *sns.ListSubscriptionsByTopicInput) (*sns.ListSubscriptionsByTopicOutput, error) {
	n, err := parseTopic("TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	t, err := s.authorized(s.read(ctx), c, "ListSubscriptionsByTopic", "TopicArn", n, nil)
	if err != nil {
		return nil, err
	}
	after, err := from(in.NextToken)
	if err != nil {
		return nil, err
	}
	r := store.Range{Prefix: t.ID + "/", Limit: pageSize + 1}
	if strings.HasPrefix(after, r.Prefix) {
		r.After = after
	}
	records, err := s.DB.Scan(ctx, subscriptionKind, r)
	if err != nil {
		return nil, err
	}
	list, next, err := entries(records)
	return &sns.ListSubscriptionsByTopicOutput{Subscriptions: list, NextToken: next}, err
}

// entries are a page of a list, and where the next one begins.
func entries(records []store.Record) (list []types.Subscription, next *string, err error) {
	list = []types.Subscription{}
	for i, r := range records {
		if i == pageSize {
			return list, token(records[i-1].Key), nil
		}
		u, err := decodeSubscription(r)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, u.entry())
	}
	return list, nil, nil
}

func (u *subscription) entry() types.Subscription {
	arn := u.arn()
	switch u.State {
	case pending:
		arn = "PendingConfirmation"
	case ended:
		arn = "Deleted"
	}
	return types.Subscription{SubscriptionArn: &arn, Owner: &u.Owner, Protocol: &u.Protocol, Endpoint: new(u.shown()), TopicArn: &u.Topic}
}
