// Package eventbridge matches events against rules, and hands those that match to the rules'
// targets.
//
// Events come from callers of PutEvents, from the audit trail and from schedules.
// They are matched outside of transactions; then one transaction writes what has to reach the
// targets into the queue of deliveries, together with whatever says that the events were seen.
// So an event reaches a target at least once, whenever the service is killed.
//
// The one rule to know: a rule sees events of its own account and Region alone, and a target is
// reached as its own policy allows the service to. Begin reading with Service.Prepare.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html
package eventbridge

import (
	"context"
	"log/slog"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/webhook"
)

// Notice is what a topic gets from a rule.
type Notice struct {
	Topic   string // ARN
	Message string
	Rule    string // ARN of the rule, for the topic's policy
	Account string // of the rule
}

// Entry is one event in a log group.
type Entry struct {
	Millis  int64 // since 1970
	Message string
}

// Options are what a Service is made of.
type Options struct {
	DB         *store.DB
	Clock      *clock.Clock
	Log        *slog.Logger
	Deliveries *delivery.Queue
	Webhooks   *webhook.Client

	// Publish publishes to a topic as its policy allows the service events.amazonaws.com, inside
	// a transaction. An error that delivery.Permanent marks is not tried again.
	Publish func(tx *store.Tx, n Notice) error
	// Write readies entries for a stream of a log group, as the group's account allows the
	// service to write there for a rule; commit writes them inside a transaction.
	Write func(ctx context.Context, group, stream, rule string, entries []Entry) (commit func(*store.Tx) error, err error)
	// Count takes samples of metrics inside a transaction. It may be nil.
	Count func(tx *store.Tx, data []metric.Datum) error
}

// Service answers the operations. Its methods may be called by several goroutines at once.
type Service struct {
	db         *store.DB
	clock      *clock.Clock
	log        *slog.Logger
	deliveries *delivery.Queue
	webhooks   *webhook.Client
	publish    func(*store.Tx, Notice) error
	write      func(ctx context.Context, group, stream, rule string, entries []Entry) (func(*store.Tx) error, error)
	samples    func(*store.Tx, []metric.Datum) error

	rules     *ruleCache
	tokens    *tokenCache
	scheduled chan struct{}
}

// New makes the service. It says to the queue of deliveries how to reach targets.
func New(o Options) *Service {
	s := &Service{
		db: o.DB, clock: o.Clock, log: o.Log, deliveries: o.Deliveries, webhooks: o.Webhooks,
		publish: o.Publish, write: o.Write, samples: o.Count,
		rules: newRuleCache(o.DB), tokens: newTokenCache(), scheduled: make(chan struct{}, 1),
	}
	s.handleDeliveries()
	return s
}

// Jobs is the background work of a node.
func (s *Service) Jobs(string) []job.Job {
	return []job.Job{
		{Name: "fire-scheduled-rules", Every: scheduleInterval, Early: s.scheduled, Run: s.fireSchedules},
		{Name: "authorize-connections", Every: scheduleInterval, Run: s.authorizeConnections},
	}
}
