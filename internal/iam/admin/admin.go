// Package admin is the IAM API: operations on users, groups, roles, policies, access keys
// and what belongs to them. There is no HTTP and no SQL in it; how the entities are stored,
// and what they mean for callers, is package iam's.
//
// The one rule: an operation gets an entity only together with the decision that the caller
// may have it, from one of the functions in kind.go. A caller who may not is denied whether
// the entity exists or not.
//
// An operation is one method of Service. Begin with users.go.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html
package admin

import (
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// Service is the IAM API of all accounts. Its methods may be called at once.
type Service struct {
	db    *store.DB
	iam   *iam.Service
	clock *clock.Clock
}

// Options are the parts that a Service works with. All are required.
type Options struct {
	DB    *store.DB
	IAM   *iam.Service
	Clock *clock.Clock
}

// New returns a Service.
func New(o Options) *Service { return &Service{db: o.DB, iam: o.IAM, clock: o.Clock} }

// now is the time as IAM tells it: in seconds.
func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Second) }
