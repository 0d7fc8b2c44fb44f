package server

import (
	"context"
	"errors"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail/trail"
	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/cloudwatch/alarm"
	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/eventbridge"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/logs"
	"github.com/keystead/keystead/internal/sns"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/webhook"
)

// observability is the chain from an audit event to a mail: each part is handed those that
// come after it.
type observability struct {
	webhooks   *webhook.Client
	deliveries *delivery.Queue

	store   *eventstore.Store // of the event history and of log groups
	sns     *sns.Service
	metrics *cloudwatch.Service
	alarms  *alarm.Service
	logs    *logs.Service
	events  *eventbridge.Service
	trails  *trail.Service
}

func (s *Server) openObservability() (err error) {
	o := &s.observability
	if o.webhooks, err = s.cfg.webhooks(0); err != nil {
		return err
	}
	o.metrics = cloudwatch.New(cloudwatch.Options{DB: s.vault.DB, Clock: s.clock, Log: s.log})
	o.deliveries = delivery.New(delivery.Options{DB: s.vault.DB, Clock: s.clock, Log: s.log, Metrics: o.metrics})
	if err := s.openSNS(); err != nil {
		return err
	}
	o.alarms = alarm.New(alarm.Options{
		DB: s.vault.DB, Clock: s.clock, Log: s.log, Metrics: o.metrics, Topics: alarmTopics{o.sns}, PublicURL: s.cfg.PublicURL,
	})
	o.store = eventstore.New(eventstore.Options{DB: s.vault.DB, Clock: s.clock, Log: s.log})
	o.logs = logs.New(logs.Options{
		DB: s.vault.DB, Clock: s.clock, Log: s.log, Events: o.store, Metrics: o.metrics,
		Keys: logsKeys{s.vault.IAM, s.keys, s.clock, s.journal},
	})
	o.events = eventbridge.New(eventbridge.Options{
		DB: s.vault.DB, Clock: s.clock, Log: s.log, Deliveries: o.deliveries, Webhooks: o.webhooks,
		Publish: o.publishEvent, Write: o.writeEvents, Count: o.metrics.Put,
	})
	buckets, err := s.cfg.Buckets()
	if err != nil {
		return err
	}
	o.trails = trail.New(trail.Options{
		DB: s.vault.DB, Clock: s.clock, Log: s.log, IAM: s.vault.IAM, Events: o.store, Journal: s.cfg.JournalDir(),
		Buckets: buckets, Topics: o.sns, Groups: o.logs,
	})
	return nil
}

func (s *Server) openSNS() error {
	o := &s.observability
	relay, err := s.cfg.mailSender()
	if err != nil {
		return err
	}
	web, err := s.cfg.webhooks(sns.WebTimeout)
	if err != nil {
		return err
	}
	o.sns = sns.New(sns.Options{
		DB: s.vault.DB, Clock: s.clock, Log: s.log, Principals: s.vault.IAM, Queue: o.deliveries, Mail: relay, Web: web, Metrics: o.metrics,
		DeadLetters: deadLetters{o}, PublicURL: s.publicURL,
	})
	s.metrics.registry.MustRegister(deliveryCollector{o.deliveries.Stats, s.clock})
	return nil
}

// jobs is the background work of all parts.
func (o *observability) jobs(node string) []job.Job {
	var all []job.Job
	for _, part := range []interface{ Jobs(node string) []job.Job }{o.store, o.deliveries, o.trails, o.logs, o.metrics, o.alarms, o.events, o.sns} {
		all = append(all, part.Jobs(node)...)
	}
	return all
}

// publishEvent publishes an event that a rule matched, as the topic's policy allows it.
func (o *observability) publishEvent(tx *store.Tx, n eventbridge.Notice) error {
	err := o.sns.PublishAs(tx, sns.Notice{
		Topic: n.Topic, Message: n.Message, Service: "events.amazonaws.com", SourceARN: n.Rule, SourceAccount: n.Account,
	})
	if errors.Is(err, sns.ErrNoTopic) || errors.Is(err, sns.ErrRefused) {
		return delivery.Permanent(err)
	}
	return err
}

// writeEvents readies events that a rule matched for a log group.
func (o *observability) writeEvents(ctx context.Context, group, stream, _ string, entries []eventbridge.Entry) (func(*store.Tx) error, error) {
	events := make([]eventstore.Event, len(entries))
	for i, e := range entries {
		events[i] = eventstore.Event{Time: time.UnixMilli(e.Millis), Text: []byte(e.Message)}
	}
	commit, err := o.logs.Prepare(ctx, group, stream, events)
	if errors.Is(err, logs.ErrNoGroup) {
		return nil, delivery.Permanent(err)
	}
	return commit, err
}
