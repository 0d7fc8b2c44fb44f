package server

import (
	"context"

	"github.com/keystead/keystead/internal/cloudtrail/trail"
	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/cloudwatch/alarm"
	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/eventbridge"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/kms/kmsmetric"
	"github.com/keystead/keystead/internal/logs"
	"github.com/keystead/keystead/internal/sns"
	"github.com/keystead/keystead/internal/webhook"
)

// observability is the chain from an audit event to a mail: each part is handed those that
// come after it.
type observability struct {
	meter      *kmsmetric.Meter
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
	s.metrics.counter("keystead_metric_records_damaged_total", "Records with samples of CloudWatch metrics that could not be read and were set aside.", func() float64 { return float64(o.metrics.Damaged()) })
	o.meter = kmsmetric.New(kmsmetric.Options{DB: s.vault.DB, Keys: s.keys, Put: o.metrics.Put, Clock: s.clock, Credentials: s.proxyCredentials})
	o.deliveries = delivery.New(delivery.Options{DB: s.vault.DB, Clock: s.clock, Log: s.log, Metrics: o.metrics})
	if err := s.openSNS(); err != nil {
		return err
	}
	o.alarms = alarm.New(alarm.Options{
		DB: s.vault.DB, Clock: s.clock, Log: s.log, Metrics: o.metrics, Topics: alarmTopics{o.sns},
		PublicURL: s.publicURL,
	})
	o.store = eventstore.New(eventstore.Options{DB: s.vault.DB, Clock: s.clock})
	o.logs = logs.New(logs.Options{
		DB: s.vault.DB, Clock: s.clock, Log: s.log, Events: o.store, Metrics: o.metrics,
		Keys: logsKeys{s.vault.IAM, s.keys, s.clock, s.journal},
	})
	o.events = eventbridge.New(eventbridge.Options{
		DB: s.vault.DB, Clock: s.clock, Log: s.log, Deliveries: o.deliveries, Webhooks: o.webhooks,
		Publish: o.publishEvent, Write: eventLogs{o.logs, s.vault.IAM}.prepare, Count: o.metrics.Put,
	})
	buckets, err := s.cfg.Buckets(true)
	if err != nil {
		return err
	}
	o.trails = trail.New(trail.Options{
		DB: s.vault.DB, Clock: s.clock, Log: s.log, IAM: s.vault.IAM, Events: o.store, Journal: s.cfg.JournalDir(),
		Buckets: buckets, Metrics: o.metrics, Topics: o.sns, Groups: o.logs, Rules: eventRules{o.events},
		MayReadKeyPolicy: func(ctx context.Context, c *iam.Caller, keyARN string) (bool, error) {
			answer, err := s.keys.Can(ctx, c, kms.Question{Action: "kms:GetKeyPolicy", Key: keyARN})
			return answer.Allowed, err
		},
	})
	s.metrics.registry.MustRegister(trailCollector{o.trails.Health})
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

// jobs is the background work of all parts, each after those that give it work.
func (o *observability) jobs(node string) []job.Job {
	var all []job.Job
	for _, part := range []interface{ Jobs(node string) []job.Job }{o.meter, o.store, o.trails, o.logs, o.metrics, o.alarms, o.events, o.sns, o.deliveries} {
		all = append(all, part.Jobs(node)...)
	}
	return all
}
