package preset

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// topic makes the topic and the subscription of the address, and returns the topic's ARN.
func (s *setup) topic(ctx context.Context) (string, error) {
	arn := s.arn("sns", s.region, s.Topic)
	_, err := s.topics.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	there := err == nil
	if _, missing := errors.AsType[*types.NotFoundException](err); err != nil && !missing {
		return "", fmt.Errorf("look for topic %s: %w", s.Topic, err)
	}
	if there {
		s.say("topic %s", arn)
	} else if err := s.do("make topic "+arn, func() error {
		_, err := s.topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: &s.Topic})
		return err
	}); err != nil {
		return "", err
	}
	if s.Email == "" {
		return arn, nil
	}
	if there {
		found, err := s.subscriptions(ctx, arn)
		if err != nil {
			return "", err
		}
		for _, u := range found {
			if *u.Protocol == "email" && *u.Endpoint == s.Email {
				s.say("subscription of %s%s", s.Email, unconfirmed(u))
				return arn, nil
			}
		}
	}
	return arn, s.do("subscribe "+s.Email+", who must confirm it by the link in a mail", func() error {
		_, err := s.topics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: &arn, Protocol: new("email"), Endpoint: &s.Email})
		return err
	})
}

func isConfirmed(u types.Subscription) bool { return strings.HasPrefix(*u.SubscriptionArn, "arn:") }

func unconfirmed(u types.Subscription) string {
	if isConfirmed(u) {
		return ""
	}
	return ", which is NOT CONFIRMED yet"
}

// subscriptions are those of a topic.
func (s *setup) subscriptions(ctx context.Context, topic string) ([]types.Subscription, error) {
	var all []types.Subscription
	pages := sns.NewListSubscriptionsByTopicPaginator(s.topics, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the subscriptions of %s: %w", topic, err)
		}
		all = append(all, page.Subscriptions...)
	}
	return all, nil
}
