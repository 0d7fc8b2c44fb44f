// Package sns sends messages: topics, the subscriptions that their owners have confirmed, and
// the deliveries to them.
//
// A message is published by one short transaction. A background job matches it with the filter
// policies of the topic's subscriptions and puts a copy for each into the delivery queue, which
// sends it by mail or to a web server.
//
// The one rule to know: nothing is sent to an endpoint whose owner has not confirmed the
// subscription but the request to confirm it. It is checked when a message is handed out, and
// once more when it is sent.
//
// Begin reading with topic.go and subscription.go; the way of a message goes through
// publish.go, fanout.go and send.go.
package sns

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/mail"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/webhook"
)

// Principals tells whom a policy names.
type Principals interface {
	PrincipalIDs(ctx context.Context, names []string) (ids map[string]string, missing string, err error)
}

// Metrics is where the samples of AWS/SNS go.
type Metrics interface {
	Put(*store.Tx, []metric.Datum) error
}

// DeadLetters takes the messages that could not be delivered.
type DeadLetters interface {
	// Bury readies a line of text for the log group; commit writes it.
	Bury(ctx context.Context, groupARN, stream string, at time.Time, text []byte) (commit func(*store.Tx) error, err error)
}

// Options are what a Service is made of.
type Options struct {
	DB    *store.DB
	Clock *clock.Clock
	Log   *slog.Logger

	Principals  Principals      // nil: principals of policies are not checked
	Queue       *delivery.Queue // nil: nothing is delivered
	Mail        *mail.Sender    // nil: there is no relay, and mails wait
	Web         *webhook.Client // nil: webhooks wait
	Metrics     Metrics         // may be nil
	DeadLetters DeadLetters     // may be nil
	PublicURL   func() string   // where links lead to, without a slash at the end
}

// Service answers the operations. Its methods may be called by several goroutines at once.
type Service struct {
	Options
	signer   signer
	policies compiled
	early    chan struct{}
}

// New makes the service.
func New(o Options) *Service {
	if o.PublicURL == nil {
		o.PublicURL = func() string { return "" }
	}
	s := &Service{Options: o, early: make(chan struct{}, 1)}
	s.signer.service = s
	o.DB.Subscribe(s.notice)
	if o.Queue != nil {
		s.handle(o.Queue)
	}
	return s
}

// notice makes the next run come early when a message was published, here or on another node.
func (s *Service) notice(changes []store.Change) {
	for _, c := range changes {
		if c.Reset || c.Kind == messageKind {
			select {
			case s.early <- struct{}{}:
			default:
			}
			return
		}
	}
}

// Jobs is the background work of a node.
func (s *Service) Jobs(node string) []job.Job {
	return []job.Job{
		// Each node hands out what there is: what another was quicker with is not there any more.
		{Name: "publish-to-subscriptions/" + node, Every: time.Second, Early: s.early, Run: s.fanOut},
		{Name: "delete-unconfirmed-subscriptions", Every: 10 * time.Second, Run: s.deleteExpired},
		{Name: "forget-confirmation-requests", Every: time.Minute, Run: s.deleteRations},
		{Name: "delete-subscriptions-of-deleted-topics", Every: time.Minute, Run: s.deleteOrphans},
		{Name: "forget-old-signing-keys", Every: time.Hour, Run: s.signer.forget},
	}
}

func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }

// publicURL is where a page or file of the service is.
func (s *Service) publicURL(path string) string {
	return strings.TrimSuffix(s.PublicURL(), "/") + path
}
