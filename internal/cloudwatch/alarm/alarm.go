// Package alarm watches metrics: alarms with a threshold, on metric math and of other alarms,
// their states, their history, and what happens when the state changes.
//
// The one rule to know: the state of an alarm, its history and the messages that a change
// sends are written in one transaction. A process that is killed repeats an evaluation, and
// gets the same result; it never sends a message twice and never forgets one.
//
// Begin reading at evaluator.go; evaluate.go is the pure part, from data points to a state.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
package alarm

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
)

// Options are what a Service is made of.
type Options struct {
	DB    *store.DB
	Clock *clock.Clock
	Log   *slog.Logger

	Metrics Metrics // what alarms watch; without it they have no data
	Topics  Topics  // where actions publish; without it they fail

	// PublicURL says where people reach the service, for the links in mails; it may say "".
	PublicURL func() string
}

// Metrics reads the metric store, whatever the caller may see.
type Metrics interface {
	// Values returns the statistic for each period from the time from on that has data.
	Values(ctx context.Context, s cloudwatch.Stat, from, until time.Time) ([]cloudwatch.Point, error)
	// Query evaluates queries as GetMetricData does.
	Query(ctx context.Context, account, region string, q []types.MetricDataQuery, from, until time.Time) ([]cloudwatch.Series, error)
}

// Topics publishes for an alarm.
type Topics interface {
	// PublishAs publishes in a transaction. It returns a *RefusedError if the topic does not
	// take the message; any other error ends the transaction.
	PublishAs(tx *store.Tx, n Notice) error
}

// Notice is a message to a topic.
type Notice struct {
	Topic         string // ARN
	Subject       string
	Message       string // JSON
	Email         string // the readable form, which mails have
	SourceARN     string // of the alarm
	SourceAccount string
}

// RefusedError says why an action could not be done, for the alarm's history.
type RefusedError struct{ Reason string }

// Error implements error.
func (e *RefusedError) Error() string { return e.Reason }

// Service answers the operations. Its methods may be called by several goroutines at once.
type Service struct {
	db        *store.DB
	clock     *clock.Clock
	log       *slog.Logger
	metrics   Metrics
	topics    Topics
	publicURL func() string

	changed changes
	known   book // the evaluator's
}

// New makes the service.
func New(o Options) *Service {
	s := &Service{db: o.DB, clock: o.Clock, log: o.Log, metrics: o.Metrics, topics: o.Topics, publicURL: o.PublicURL}
	s.changed.init()
	if s.db != nil { // it is nil where only the table of operations is wanted
		s.db.Subscribe(s.changed.apply)
	}
	return s
}

// Jobs is the background work of a node.
func (s *Service) Jobs(string) []job.Job {
	return []job.Job{
		{Name: "alarm-evaluation", Every: 500 * time.Millisecond, Run: s.evaluate, Early: s.changed.early},
		{Name: "alarm-history", Every: time.Hour, Run: s.forgetHistory},
	}
}
