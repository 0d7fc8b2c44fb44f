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
// Begin with Service and, for what key stores use, with session.go.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/Welcome.html
package cloudhsm

import (
	"log/slog"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
)

// Options say what a Service works with.
type Options struct {
	DB    *store.DB
	Clock *clock.Clock
	Log   *slog.Logger

	Dir      string     // of the tokens and backups of the clusters that CreateCluster makes; nodes share it
	Driver   string     // path of keystead-hsm; "" looks beside the running program, then in $PATH
	SoftHSM  string     // path of libsofthsm2.so; "" looks where distributions put it
	Declared []Declared // the clusters of the configuration
}

// Service answers the operations and opens sessions. Its methods may be called at once.
type Service struct {
	Options
}

// New returns a Service. No process of a driver is started before the first call that needs
// one.
func New(o Options) *Service { return &Service{Options: o} }

// Close ends the driver's processes. Calls of sessions fail then.
func (s *Service) Close() error { return nil }

// Jobs is the background work: states in progress, automatic backups, and the end of backups
// that are due.
func (s *Service) Jobs(node string) []job.Job { return nil }
