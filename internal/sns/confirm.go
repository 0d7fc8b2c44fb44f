package sns

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// ConfirmSubscription confirms a subscription with the token that its endpoint has received.
// Whoever has the token needs no signature.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
func (s *Service) ConfirmSubscription(ctx context.Context, c *iam.Caller, in *sns.ConfirmSubscriptionInput) (*sns.ConfirmSubscriptionOutput, error) {
	locked := in.AuthenticateOnUnsubscribe != nil && strings.EqualFold(*in.AuthenticateOnUnsubscribe, "true")
	n, err := parseTopic("TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	signed := c.Principal.Type != ""
	if !signed {
		anonymous(c, "", n.region)
	}
	if _, ok := idOfToken(*in.Token); !ok && !signed {
		return nil, invalid("Token")
	}
	if locked && !signed {
		return nil, &types.AuthorizationErrorException{Message: new("AuthenticateOnUnsubscribe needs a call that is signed")}
	}
	var u *subscription
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		t, err := s.confirming(tx, c, n, signed)
		if err != nil {
			return err
		}
		u, err = s.confirm(tx, t, *in.Token, func(u *subscription) {
			u.ConfirmedByOwner, u.Locked = signed && c.Principal.Account == u.Owner, locked
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &sns.ConfirmSubscriptionOutput{SubscriptionArn: new(u.arn())}, nil
}

// confirming finds the topic for somebody who has a token.
func (s *Service) confirming(tx *store.Tx, c *iam.Caller, n topicName, signed bool) (*topic, error) {
	if signed {
		return s.authorized(tx.Get, c, "ConfirmSubscription", "TopicArn", n, nil)
	}
	t, err := findTopic(tx.Get, n)
	if err != nil {
		return nil, err
	}
	if t == nil { // strangers don't learn which topics there are
		return nil, noSubscription()
	}
	anonymous(c, n.account, n.region)
	return t, nil
}

// anonymous notes in the record of the call that nobody signed it, and whose topic it is about;
// "" if there is no such topic.
func anonymous(c *iam.Caller, account, region string) {
	if c.Event == nil {
		return
	}
	c.Event.Identity = cloudtrail.Identity{Type: "AWSAccount", AccountID: "ANONYMOUS_PRINCIPAL"}
	c.Event.RecipientAccountID, c.Event.Region = account, region
}

func (s *Service) confirm(tx *store.Tx, t *topic, token string, mark func(*subscription)) (*subscription, error) {
	id, ok := idOfToken(token)
	if !ok {
		return nil, invalid("Token")
	}
	u, err := getSubscription(tx.Get, t.ID, id)
	if err != nil {
		return nil, err
	}
	switch {
	case u == nil:
		return nil, noSubscription()
	case u.State == confirmed && u.knows(token):
		return u, nil // the link was followed twice
	case !u.accepts(token, s.now()):
		return nil, invalid("Token")
	}
	t.count(u.State, -1)
	t.count(confirmed, 1)
	u.State, u.Since = confirmed, tx.Revision()
	mark(u)
	if err := u.put(tx); err != nil {
		return nil, err
	}
	return u, t.put(tx)
}

// knows says whether the token is one of those of the subscription.
func (u *subscription) knows(token string) bool {
	h := u.tokenHash(token)
	for _, t := range u.Tokens {
		if string(t) == string(h) {
			return true
		}
	}
	return false
}

// askToConfirm gives the subscription a token and sends it to the endpoint.
func (s *Service) askToConfirm(tx *store.Tx, t *topic, u *subscription) error {
	if err := s.ration(tx, t, u); err != nil {
		return err
	}
	d := parcel{Type: typeConfirm, Subscription: u.ID, TopicID: t.ID, Topic: u.Topic, MessageID: newID(), Time: s.now(), Token: u.newToken(s.now())}
	return s.enqueue(tx, t, u, d)
}

// Whoever may subscribe can have mail sent to anybody. So the requests to confirm are rationed:
// for each endpoint, and for each endpoint of one topic.
const (
	rationTime      = time.Hour
	perEndpoint     = 60
	perSubscription = 5
)

// rationKind is the kind of the records of requests that endpoints were sent lately.
const rationKind = "sns-confirmation"

// request is one that was sent.
type request struct {
	Time  time.Time `json:"time"`
	Topic string    `json:"topic"`
}

// mailbox is whom the requests to confirm reach: what stands behind a "+" in front of the "@"
// leads to the same mailbox at most providers (RFC 5233), and case makes no other either.
func (u *subscription) mailbox() string {
	endpoint := strings.ToLower(u.Endpoint)
	if u.overHTTP() {
		return endpoint
	}
	local, domain, _ := strings.Cut(endpoint, "@")
	if i := strings.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	return local + "@" + domain
}

// ration counts a request to confirm, or refuses it.
func (s *Service) ration(tx *store.Tx, t *topic, u *subscription) error {
	key := hash("ration", u.mailbox())
	r, err := tx.Get(rationKind, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	var all, recent []request
	if err == nil {
		if err := json.Unmarshal(r.Body, &all); err != nil {
			return err
		}
	}
	now, topic, same := s.now(), hash(t.name.arn())[:16], 0
	for _, q := range all {
		if now.Sub(q.Time) < rationTime {
			recent = append(recent, q)
			if q.Topic == topic {
				same++
			}
		}
	}
	if len(recent) >= perEndpoint || same >= perSubscription {
		return &types.ThrottledException{Message: new("Rate exceeded: the endpoint was asked to confirm a subscription too often within an hour")}
	}
	body, err := json.Marshal(append(recent, request{now, topic}))
	if err != nil {
		return err
	}
	return tx.Upsert(store.Record{Kind: rationKind, Key: key, Due: now.Add(rationTime), Body: body})
}

// deleteRations forgets the requests that count no more.
func (s *Service) deleteRations(ctx context.Context) error {
	for {
		records, err := s.DB.DueBefore(ctx, rationKind, s.now(), 100)
		if err != nil || len(records) == 0 {
			return err
		}
		err = s.DB.Update(ctx, func(tx *store.Tx) error {
			for _, r := range records {
				now, err := tx.Get(rationKind, r.Key)
				if err == nil && now.Version == r.Version {
					err = tx.Delete(rationKind, r.Key)
				}
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
