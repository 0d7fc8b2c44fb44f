// Package logs keeps log events in groups and streams, and makes metrics of those that a
// metric filter's pattern chooses. It is the CloudWatch Logs API.
//
// A group is one record, with its filters in it; a stream is one record, with a log of package
// eventstore for its events. The one rule: events come in by Service.Prepare alone, whoever
// sends them. Prepare matches, compresses and encrypts outside of any transaction, and what it
// returns writes the events and the samples of metric filters in one: there is never one
// without the other.
//
// Begin reading at Service.Prepare.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html
package logs

import (
	"log/slog"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
)

// Metrics takes the samples of metric filters.
type Metrics interface {
	Put(tx *store.Tx, data []metric.Datum) error
}

// Options are what a Service is made of.
type Options struct {
	DB      *store.DB
	Clock   *clock.Clock
	Log     *slog.Logger
	Events  *eventstore.Store
	Metrics Metrics
	Keys    Keys // for groups that are encrypted under a KMS key
}

// Service answers the operations. Its methods may be called by several goroutines at once.
type Service struct {
	db      *store.DB
	clock   *clock.Clock
	log     *slog.Logger
	events  *eventstore.Store
	metrics Metrics
	keys    Keys
	groups  *store.Cache[*group]
	writing writingKeys
}

// cacheBytes bounds the memory that groups and their compiled filters take.
const cacheBytes = 32 << 20

// New makes the service.
func New(o Options) *Service {
	s := &Service{db: o.DB, clock: o.Clock, log: o.Log, events: o.Events, metrics: o.Metrics, keys: o.Keys}
	if o.DB != nil {
		s.groups = store.NewCache(o.DB, groupKind, cacheBytes, decodeGroup)
		o.DB.Subscribe(s.writing.follow)
	}
	return s
}

// Jobs is the background work of a node.
func (s *Service) Jobs(string) []job.Job {
	return []job.Job{
		{Name: "log-defaults", Every: 500 * time.Millisecond, Run: s.publishDefaults},
		{Name: "log-cleaning", Every: 10 * time.Second, Run: s.clean},
	}
}
