// Package trail makes the journal's events available to accounts: the event history that
// LookupEvents searches, and trails, which deliver to buckets, log groups and rules.
//
// The one rule: what was recorded arrives. Each step from the journal on keeps how far it has
// come in the transaction that has its effect, so that a kill at any point repeats work at
// most, and a destination that fails holds up no other.
//
// Begin with pump.go for the way of an event into the history, and with follow.go for the way
// from there to where trails send it.
package trail

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/bucket"
	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/sns"
	"github.com/keystead/keystead/internal/store"
)

// LogGroups takes events into log groups.
type LogGroups interface {
	// Prepare readies events for a stream of a group, which it makes if it is missing; commit
	// writes them. An error says that the group can't take them.
	Prepare(ctx context.Context, groupARN, stream string, events []eventstore.Event) (commit func(*store.Tx) error, err error)
}

// Rules matches events against the rules of an account and Region.
type Rules interface {
	// Wanted reports whether there are any rules: what nobody wants is not even read.
	Wanted(ctx context.Context, account, region string) (bool, error)
	Prepare(ctx context.Context, account, region string, events []BusEvent) (commit func(*store.Tx) error, err error)
}

// BusEvent is an event as rules see it.
type BusEvent struct {
	ID, Source, DetailType, Account, Region string
	Time                                    time.Time
	Resources                               []string
	Detail                                  []byte // JSON
	ReadOnly                                bool   // it is about a management event that only reads
}

// Topics publishes notices of deliveries, as the policies of topics allow it.
type Topics interface {
	PublishAs(tx *store.Tx, n sns.Notice) error
}

// Options are what a Service is made of.
type Options struct {
	DB      *store.DB
	Clock   *clock.Clock
	Log     *slog.Logger
	IAM     *iam.Service
	Events  *eventstore.Store
	Journal string       // the directory of this node's journal
	Buckets bucket.Store // where trails deliver their files
	Groups  LogGroups    // nil: trails have no log groups
	Rules   Rules        // nil: there are no rules
	Topics  Topics       // nil: nobody is told of deliveries
	Metrics Metrics      // nil: failures are not counted

	// MayReadKeyPolicy says whether GetKeyPolicy would show a caller the policy of a key. It is
	// required.
	MayReadKeyPolicy func(ctx context.Context, c *iam.Caller, keyARN string) (bool, error)
}

// Metrics takes samples into the metric store.
type Metrics interface {
	Put(*store.Tx, []metric.Datum) error
}

// Service answers the operations. Its methods may be called by several goroutines at once.
type Service struct {
	db      *store.DB
	clock   *clock.Clock
	log     *slog.Logger
	iam     *iam.Service
	events  *eventstore.Store
	buckets bucket.Store
	groups  LogGroups
	rules   Rules
	topics  Topics
	metrics Metrics

	mayReadKeyPolicy func(ctx context.Context, c *iam.Caller, keyARN string) (bool, error)

	mayWrite func(ctx context.Context, t *trail, role, group string) error // checkRole, but in tests without roles

	pump     *pump
	follow   chan struct{} // a token: there may be something to deliver
	match    chan struct{} // likewise, for rules
	deliver  chan struct{} // likewise, for buckets
	backoffs backoffs
	lags     lags
	ages     ages
}

// New makes the service.
func New(o Options) *Service {
	s := &Service{
		db: o.DB, clock: o.Clock, log: o.Log, iam: o.IAM, events: o.Events, buckets: o.Buckets,
		groups: o.Groups, rules: o.Rules, topics: o.Topics, metrics: o.Metrics, mayReadKeyPolicy: o.MayReadKeyPolicy,
		follow: make(chan struct{}, 1), match: make(chan struct{}, 1), deliver: make(chan struct{}, 1),
	}
	s.mayWrite = s.checkRole
	s.pump = &pump{s: s, dir: o.Journal}
	// Each node tells of what it has pumped by the change of its position.
	o.DB.Subscribe(func(changes []store.Change) {
		for _, c := range changes {
			if c.Kind == positionKind {
				wake(s.follow)
				wake(s.match)
				return
			}
		}
	})
	return s
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Jobs is the background work of a node.
func (s *Service) Jobs(node string) []job.Job {
	s.pump.setNode(node)
	return []job.Job{
		{Name: "pump-events/" + node, Every: 500 * time.Millisecond, Run: s.pump.run},
		{Name: "deliver-to-rules", Every: time.Second, Early: s.match, Run: s.deliverToRules},
		{Name: "deliver-to-log-groups", Every: time.Second, Early: s.follow, Run: s.deliverToGroups},
		{Name: "deliver-to-buckets", Every: time.Second, Early: s.deliver, Run: s.deliverToBuckets},
	}
}

func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Millisecond) }

// known remembers names that are in the database, so that they are written once.
type known struct {
	mu    sync.Mutex
	names map[string]bool
}

func (k *known) has(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.names[name]
}

func (k *known) add(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.names == nil {
		k.names = map[string]bool{}
	}
	k.names[name] = true
}
