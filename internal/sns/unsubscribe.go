package sns

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// Unsubscribe ends a subscription: for its owner or the topic's by a signed call, and for
// whoever has its ARN from a message unless the subscription was confirmed with
// AuthenticateOnUnsubscribe. One who did not sign could be somebody that a message was
// forwarded to, so the endpoint is told and can take it back.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html
func (s *Service) Unsubscribe(ctx context.Context, c *iam.Caller, in *sns.UnsubscribeInput) (*sns.UnsubscribeOutput, error) {
	if c.Principal.Type == "" {
		return nil, s.unsubscribeUnsigned(ctx, c, *in.SubscriptionArn)
	}
	if err := authorize(c, "Unsubscribe"); err != nil {
		return nil, err
	}
	return nil, s.DB.Update(ctx, func(tx *store.Tx) error {
		t, u, err := owned(tx.Get, c, *in.SubscriptionArn)
		if isNoTopic(err) {
			return nil // ending what is not there is no error
		}
		if err != nil {
			return err
		}
		if err := u.remove(tx); err != nil {
			return err
		}
		t.count(u.State, -1)
		return t.put(tx)
	})
}

func (s *Service) unsubscribeUnsigned(ctx context.Context, c *iam.Caller, arn string) error {
	n, _, err := splitSubscription(arn)
	if err != nil {
		return err
	}
	anonymous(c, "", n.region)
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		t, u, err := findSubscription(tx.Get, arn)
		if err != nil {
			return err
		}
		if u == nil {
			return noSubscription()
		}
		anonymous(c, t.name.account, t.name.region)
		switch {
		case u.State == ended: // strangers who repeat a call are rationed, as are all whose calls fail
			return noSubscription()
		case u.State == pending:
			return invalid("SubscriptionArn Reason: the subscription has not been confirmed")
		case u.Locked:
			return &types.AuthorizationErrorException{Message: new("The subscription can be ended by a signed call of its owner only")}
		}
		return s.end(tx, t, u)
	})
}

// end makes a subscription one that its holder can take back.
func (s *Service) end(tx *store.Tx, t *topic, u *subscription) error {
	t.count(u.State, -1)
	t.count(ended, 1)
	u.State, u.Tokens = ended, nil
	d := parcel{Type: typeUnsubscribe, Subscription: u.ID, TopicID: t.ID, Topic: u.Topic, MessageID: newID(), Time: s.now(), Token: u.newToken(s.now())}
	if err := u.put(tx); err != nil {
		return err
	}
	if err := t.put(tx); err != nil {
		return err
	}
	return s.enqueue(tx, t, u, d)
}
