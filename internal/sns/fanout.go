package sns

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/sns/filter"
	"github.com/keystead/keystead/internal/store"
)

// The types of what is sent.
const (
	typeConfirm      = "SubscriptionConfirmation"
	typeNotification = "Notification"
	typeUnsubscribe  = "UnsubscribeConfirmation"
)

// parcel is what the delivery queue holds for an endpoint.
type parcel struct {
	Type         string                    `json:"type"`
	Topic        string                    `json:"topic"`
	TopicID      string                    `json:"topicId"`
	Subscription string                    `json:"subscription"` // its id
	MessageID    string                    `json:"messageId"`
	Subject      string                    `json:"subject,omitempty"`
	Text         string                    `json:"text,omitempty"`
	Attributes   map[string]attributeValue `json:"attributes,omitempty"`
	Time         time.Time                 `json:"time"`
	Token        string                    `json:"token,omitempty"`
}

// enqueue puts a parcel into the lane of a subscription.
func (s *Service) enqueue(tx *store.Tx, t *topic, u *subscription, p parcel) error {
	if s.Queue == nil {
		return nil
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	it := delivery.Item{Lane: u.arn(), Kind: u.Protocol, Account: t.name.account, Region: t.name.region, Body: body}
	if u.overHTTP() {
		d, err := parseDelivery(u.Attributes["DeliveryPolicy"], t.Attributes["DeliveryPolicy"])
		if err != nil {
			return err
		}
		it.Retry = d.Retry.delivery()
		if d.Throttle != nil {
			it.PerSecond = d.Throttle.MaxReceivesPerSecond
		}
	}
	return s.Queue.Enqueue(tx, it)
}

const (
	messagesAtOnce      = 64
	subscriptionsAtOnce = 200
)

// fanOut hands the messages that were published out to the subscriptions of their topics. One
// that can't be handed out stays until it can, and holds up no other.
func (s *Service) fanOut(ctx context.Context) error {
	var failed error
	for after := ""; ; {
		records, err := s.DB.Scan(ctx, messageKind, store.Range{After: after, Limit: messagesAtOnce})
		if err != nil || len(records) == 0 {
			return cmp.Or(failed, err)
		}
		for _, r := range records {
			after = r.Key
			if err := s.handOut(ctx, r); err != nil {
				failed = fmt.Errorf("hand out message %s: %w", r.Key, err)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
}

// handOut hands one message out, a part of the subscriptions at a time. Filters run outside of
// the transaction that writes the copies and how far it got.
func (s *Service) handOut(ctx context.Context, r store.Record) error {
	m, err := decodeMessage(r)
	if err != nil {
		return err
	}
	n, err := parseTopic("TopicArn", m.Topic)
	if err != nil {
		return fmt.Errorf("record %s %s: %w", r.Kind, r.Key, err)
	}
	for more := true; more; {
		records, err := s.DB.Scan(ctx, subscriptionKind, store.Range{Prefix: m.topicID + "/", After: m.After, Limit: subscriptionsAtOnce})
		if err != nil {
			return err
		}
		more = len(records) == subscriptionsAtOnce
		wanted, filtered := s.receivers(ctx, m, records)
		last := ""
		if more {
			last = records[len(records)-1].Key
		}
		var moved bool
		err = s.DB.Update(ctx, func(tx *store.Tx) error {
			moved, err = s.copies(tx, m, n, wanted, filtered, last)
			return err
		})
		if err != nil || !moved {
			return err
		}
	}
	return nil
}

func decodeMessage(r store.Record) (*message, error) {
	m := &message{key: r.Key, version: r.Version}
	if err := json.Unmarshal(r.Body, m); err != nil {
		return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	m.topicID, _, _ = strings.Cut(r.Key, "/")
	return m, nil
}

// receivers are the subscriptions among records that the message is for. One that can't be read
// keeps it from no other.
func (s *Service) receivers(ctx context.Context, m *message, records []store.Record) (wanted []*subscription, filtered int) {
	attributes := make(map[string]filter.Attribute, len(m.Attributes))
	for name, a := range m.Attributes {
		attributes[name] = filter.Attribute{Type: a.Type, Value: a.Value}
	}
	for _, r := range records {
		u, err := decodeSubscription(r)
		if err != nil {
			s.Log.ErrorContext(ctx, "a message has no copy for a subscription", "message", m.ID, "error", err)
			continue
		}
		switch {
		case u.State != confirmed || u.Since > m.Revision:
		case u.wants(attributes, m.Text):
			wanted = append(wanted, u)
		default:
			filtered++
		}
	}
	return wanted, filtered
}

// wants says whether the subscription's filter policy lets a message through.
func (u *subscription) wants(attributes map[string]filter.Attribute, body string) bool {
	text := u.Attributes["FilterPolicy"]
	if text == "" {
		return true
	}
	p, err := filter.Parse(text, u.Attributes["FilterPolicyScope"])
	return err == nil && p.Match(attributes, body)
}

// copies writes the copies of a message, and how far it got; last is empty if that was the end.
// moved is false if somebody else was quicker.
func (s *Service) copies(tx *store.Tx, m *message, n topicName, wanted []*subscription, filtered int, last string) (moved bool, err error) {
	r, err := tx.Get(messageKind, m.key)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.Version != m.version {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	t, err := findTopic(tx.Get, n)
	if err != nil {
		return false, err
	}
	if t == nil || t.ID != m.topicID {
		return false, tx.Delete(messageKind, m.key)
	}
	for _, u := range wanted {
		p := parcel{
			Type: typeNotification, Topic: m.Topic, TopicID: m.topicID, Subscription: u.ID, MessageID: m.ID, Subject: m.Subject,
			Text: m.textFor(u.Protocol), Attributes: m.Attributes, Time: m.Time,
		}
		if err := s.enqueue(tx, t, u, p); err != nil {
			return false, err
		}
	}
	if filtered > 0 {
		if err := s.sample(tx, n, sampled{"NumberOfNotificationsFilteredOut", "Count", float64(filtered)}); err != nil {
			return false, err
		}
	}
	if last == "" {
		return true, tx.Delete(messageKind, m.key)
	}
	m.After, m.version = last, tx.Revision()
	r.Body, err = json.Marshal(m)
	if err != nil {
		return false, err
	}
	return true, tx.Put(r)
}
