// Package cloudhsm is the CloudHSM v2 API: clusters of HSMs, their backups, and sessions at
// them for key stores and for the operator's commands. An HSM is a token of a PKCS#11 module,
// reached through package hsm. The one rule: an HSM serves only when it has every key that
// the others of its cluster have.
//
// A cluster is of one of two kinds. One that CreateCluster made has tokens of SoftHSM: a
// folder for each HSM, which the service copies to replicate keys and to make backups. One
// that the configuration declares has tokens of any module, whose vendor sees to keys, users
// and backups; operations that would change it refuse.
//
// Begin with Service and, for what key stores use, with session.go. How the folders look is in
// files.go, how keys get from one HSM to the others in change.go, and what happens in the
// background in progress.go.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/Welcome.html
package cloudhsm

import (
	"context"
	"log/slog"
	"sync"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/store"
)

// Options say what a Service works with.
type Options struct {
	DB    *store.DB
	Clock *clock.Clock
	Log   *slog.Logger

	// Serves says whether the service answers for a Region; nil: for all.
	Serves func(region string) bool

	// Principals knows who is named in a policy; nil if nobody has to.
	Principals interface {
		PrincipalIDs(ctx context.Context, names []string) (ids map[string]string, missing string, err error)
	}

	Dir      string     // of the tokens and backups of the clusters that CreateCluster makes; nodes share it
	Driver   string     // path of keystead-hsm; "" looks beside the running program, then in $PATH
	SoftHSM  string     // path of libsofthsm2.so; "" looks where distributions put it
	Declared []Declared // the clusters of the configuration
}

// Service answers the operations and opens sessions. Its methods may be called at once.
type Service struct {
	Options
	cache        *store.Cache[*cluster]
	wakeClusters chan struct{}
	wakeBackups  chan struct{}

	clusterRounds, backupRounds rounds

	mu          sync.Mutex
	closed      bool
	turns       map[ClusterRef]chan struct{}
	connections map[string]*connection
	modules     map[ClusterRef]*hsm.Module // of declared clusters
	ended       Stats                      // of modules that were closed
}

// cacheBytes bounds the memory for clusters that sessions look at.
const cacheBytes = 8 << 20

// New returns a Service. No process of a driver is started before the first call that needs
// one.
func New(o Options) *Service {
	s := &Service{
		Options: o, wakeClusters: make(chan struct{}, 1), wakeBackups: make(chan struct{}, 1),
		turns: map[ClusterRef]chan struct{}{}, connections: map[string]*connection{}, modules: map[ClusterRef]*hsm.Module{},
	}
	if o.DB != nil {
		s.cache = store.NewCache(o.DB, clusterKind, cacheBytes, func(r store.Record) (*cluster, int64, error) {
			c, err := decodeCluster(r)
			return c, int64(len(r.Body)) * 2, err
		})
	}
	return s
}

// softHSM is the path of SoftHSM's library.
func (s *Service) softHSM() string {
	if s.SoftHSM != "" {
		return s.SoftHSM
	}
	path, _ := hsm.SoftHSM()
	return path
}
