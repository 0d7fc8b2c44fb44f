package sns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/mail"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/webhook"
)

// WebTimeout bounds a request to an endpoint.
const WebTimeout = 15 * time.Second

// handle tells the queue who sends.
func (s *Service) handle(q *delivery.Queue) {
	byMail := delivery.Policy{Retry: delivery.ForMail, Dead: s.bury, Arrived: s.arrived, Failed: s.failed, Timeout: 40 * time.Second}
	byHTTP := delivery.Policy{Retry: delivery.ForHTTP, Dead: s.bury, Arrived: s.arrived, Failed: s.failed, Timeout: WebTimeout + time.Second}
	q.Handle(protoEmail, s.send, byMail)
	q.Handle(protoEmailJSON, s.send, byMail)
	q.Handle(protoHTTP, s.send, byHTTP)
	q.Handle(protoHTTPS, s.send, byHTTP)
}

// Errors of what waits for the operator.
var (
	errNoRelay = errors.New("there is no mail relay: start the service with --smtp-url")
	errNoWeb   = errors.New("webhooks are off")
)

// opened is a parcel with what it is for, as they are now.
type opened struct {
	parcel
	topic        *topic
	subscription *subscription
	item         delivery.Item
}

// send sends a parcel, if its subscription still is in the state that it was made for: this is
// what keeps everything but the request to confirm from an endpoint that has not confirmed.
func (s *Service) send(ctx context.Context, it delivery.Item) error {
	o, err := s.open(s.read(ctx), it)
	if err != nil {
		return err
	}
	if o == nil {
		return delivery.ErrUnwanted
	}
	if o.subscription.overHTTP() {
		return s.sendHTTP(ctx, o)
	}
	return s.sendMail(ctx, o)
}

// open reads a parcel. It returns nil if nobody waits for it any more.
func (s *Service) open(get getter, it delivery.Item) (*opened, error) {
	o := &opened{item: it}
	if err := json.Unmarshal(it.Body, &o.parcel); err != nil {
		return nil, delivery.Permanent(fmt.Errorf("decode a parcel: %w", err))
	}
	n, err := parseTopic("TopicArn", o.Topic)
	if err != nil {
		return nil, delivery.Permanent(err)
	}
	if o.topic, err = findTopic(get, n); err != nil || o.topic == nil || o.topic.ID != o.TopicID {
		return nil, err
	}
	if o.subscription, err = getSubscription(get, o.TopicID, o.Subscription); err != nil || o.subscription == nil || !o.due(s.now()) {
		return nil, err
	}
	return o, nil
}

// due says whether the subscription is in the state for the parcel.
func (o *opened) due(now time.Time) bool {
	switch u := o.subscription; o.Type {
	case typeNotification:
		return u.State == confirmed
	case typeConfirm:
		return u.State == pending && u.accepts(o.Token, now)
	case typeUnsubscribe:
		return u.State == ended && u.accepts(o.Token, now)
	}
	return false
}

func (s *Service) sendMail(ctx context.Context, o *opened) error {
	m, err := s.mailOf(ctx, o)
	if err != nil {
		return err
	}
	if s.Mail == nil {
		return errNoRelay
	}
	if err := s.Mail.Send(ctx, m); mail.Permanent(err) {
		return delivery.Permanent(err)
	} else if err != nil {
		return err
	}
	return nil
}

func (s *Service) sendHTTP(ctx context.Context, o *opened) error {
	endpoint, header, body, err := s.requestOf(ctx, o)
	if err != nil {
		return err
	}
	if s.Web == nil {
		return errNoWeb
	}
	a, err := s.Web.Send(ctx, http.MethodPost, endpoint, header, body, maxAnswer)
	switch {
	case errors.Is(err, webhook.ErrAddress) || errors.Is(err, webhook.ErrURL):
		return delivery.Permanent(err)
	case err != nil:
		return err
	case a.Status >= 200 && a.Status < 300:
		return nil
	}
	err = fmt.Errorf("the endpoint answered with status %d", a.Status)
	if a.Status >= 300 && a.Status < 500 && a.Status != http.StatusTooManyRequests {
		return delivery.Permanent(err) // it has understood, and refused
	}
	return err
}

// maxAnswer is how much of an answer is read, so that the connection can be used again.
const maxAnswer = 16 << 10

func (s *Service) arrived(tx *store.Tx, it delivery.Item) error {
	return s.outcome(tx, it, "NumberOfNotificationsDelivered")
}

func (s *Service) failed(tx *store.Tx, it delivery.Item) error {
	return s.outcome(tx, it, "NumberOfNotificationsFailed")
}

func (s *Service) outcome(tx *store.Tx, it delivery.Item, name string) error {
	var p parcel
	if json.Unmarshal(it.Body, &p) != nil || p.Type != typeNotification {
		return nil
	}
	n, err := parseTopic("TopicArn", p.Topic)
	if err != nil {
		return nil
	}
	return s.sample(tx, n, sampled{name, "Count", 1})
}

// deadStream is the log stream of dead letters.
const deadStream = "sns-dead-letters"

// deadLetter is what the log group gets.
type deadLetter struct {
	Reason       string          `json:"reason"`
	Tries        int             `json:"tries"`
	Subscription string          `json:"subscriptionArn"`
	Protocol     string          `json:"protocol"`
	Endpoint     string          `json:"endpoint"`
	Message      json.RawMessage `json:"message"`
}

// bury writes a message that could not be delivered into the log group that the subscription
// names.
func (s *Service) bury(ctx context.Context, it delivery.Item, why error) (func(*store.Tx) error, error) {
	o, err := s.open(s.read(ctx), it)
	if err != nil || o == nil || o.Type != typeNotification || s.DeadLetters == nil {
		return nil, err
	}
	group := o.subscription.deadLetters()
	if group == "" {
		return nil, nil
	}
	text, err := s.notificationJSON(ctx, o)
	if err != nil {
		return nil, err
	}
	tries := it.Tries + 1
	if it.Overflowed {
		tries = 0
	}
	line, err := jsonText(deadLetter{why.Error(), tries, o.subscription.arn(), o.subscription.Protocol, o.subscription.shown(), json.RawMessage(text)})
	if err != nil {
		return nil, err
	}
	return s.DeadLetters.Bury(ctx, group, deadStream, s.now(), []byte(line))
}
