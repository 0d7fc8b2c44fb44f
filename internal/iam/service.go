package iam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/store"
)

// serviceKind is the kind of the records of service principals. A record's key is the name
// of the service; its access keys have "service/NAME/" as their Ref.
const serviceKind = "iam-service"

// ServicePrincipal is a service that the operator lets call by itself and for the
// principals that use it, such as a storage service that encrypts what its users store. It
// belongs to no account. Nobody but the operator can make one: whoever holds its access key
// may name any principal of its accounts as the one that it acts for.
type ServicePrincipal struct {
	Name     string    `json:"-"`                  // "s3.amazonaws.com"
	Created  time.Time `json:"created"`            // set by CreateService
	Accounts []string  `json:"accounts,omitempty"` // whose keys it may use, for whose principals; none: all
	Regions  []string  `json:"regions,omitempty"`  // in which it may do so; none: all

	limit decision.Policy // of Accounts and Regions, and of what it may do for others
	alone *standing       // of the service when it acts for itself
}

// Errors of the operations on service principals.
var (
	ErrServiceExists = errors.New("the service exists already")
	ErrNoService     = errors.New("there is no such service")
	ErrServiceName   = errors.New("a service is named like s3 or s3.amazonaws.com, in at most 64 small letters, digits, hyphens and dots")
	ErrRegion        = errors.New("a Region is named like us-east-1")
)

// servicePattern is the shape of a service's name, and of nothing else that names a principal.
var servicePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

var regionPattern = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-[0-9]+$`)

// ServiceName is the full name of a service: "s3.amazonaws.com" for "s3".
func ServiceName(s string) (string, error) {
	if !strings.Contains(s, ".") {
		s += ".amazonaws.com"
	}
	if len(s) > 64 || !servicePattern.MatchString(s) {
		return "", ErrServiceName
	}
	return s, nil
}

// CreateService makes a service principal, whose first access key is k.
func (s *Service) CreateService(ctx context.Context, p ServicePrincipal, k AccessKey) error {
	if full, err := ServiceName(p.Name); err != nil || full != p.Name {
		return ErrServiceName
	}
	for _, r := range p.Regions {
		if !regionPattern.MatchString(r) {
			return ErrRegion
		}
	}
	p.Created = s.clock.Now()
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		for _, a := range p.Accounts {
			if !accountPattern.MatchString(a) {
				return ErrAccountID
			}
			if _, err := tx.Get(accountKind, a); errors.Is(err, store.ErrNotFound) {
				return ErrNoAccount
			} else if err != nil {
				return err
			}
		}
		if err := tx.Insert(store.Record{Kind: serviceKind, Key: p.Name, Body: body}); errors.Is(err, store.ErrExists) {
			return ErrServiceExists
		} else if err != nil {
			return err
		}
		return s.insertServiceKey(tx, p.Name, k)
	})
}

// AddServiceKey gives a service a further access key.
func (s *Service) AddServiceKey(ctx context.Context, name string, k AccessKey) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Get(serviceKind, name); errors.Is(err, store.ErrNotFound) {
			return ErrNoService
		} else if err != nil {
			return err
		}
		return s.insertServiceKey(tx, name, k)
	})
}

func serviceRef(name string) string { return "service/" + name + "/" }

func (s *Service) insertServiceKey(tx *store.Tx, name string, k AccessKey) error {
	if !accessKeyPattern.MatchString(k.ID) || k.Secret.Len() < 16 {
		return ErrAccessKey
	}
	body, err := json.Marshal(accessKeyBody{Service: name, Secret: string(k.Secret.Expose()), Created: s.clock.Now()})
	if err != nil {
		return err
	}
	return tx.Insert(store.Record{Kind: accessKeyKind, Key: k.ID, Ref: serviceRef(name), Body: body})
}

// Services lists the service principals in the order of their names.
func (s *Service) Services(ctx context.Context) ([]ServicePrincipal, error) {
	records, err := s.db.Scan(ctx, serviceKind, store.Range{})
	if err != nil {
		return nil, err
	}
	list := make([]ServicePrincipal, len(records))
	for i, r := range records {
		p, _, err := decodeService(r)
		if err != nil {
			return nil, err
		}
		list[i] = *p
	}
	return list, nil
}

// ServiceKeys lists the ids of a service's access keys.
func (s *Service) ServiceKeys(ctx context.Context, name string) ([]string, error) {
	if _, err := s.db.Get(ctx, serviceKind, name); errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoService
	} else if err != nil {
		return nil, err
	}
	return s.accessKeyIDs(ctx, serviceRef(name))
}

// DeleteServiceKey revokes an access key of a service.
func (s *Service) DeleteServiceKey(ctx context.Context, id string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Get(accessKeyKind, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && !strings.HasPrefix(r.Ref, "service/") {
			return ErrNoAccessKey
		}
		if err != nil {
			return err
		}
		return tx.Delete(accessKeyKind, id)
	})
}

// DeleteService removes a service principal and all its access keys.
func (s *Service) DeleteService(ctx context.Context, name string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Delete(serviceKind, name); errors.Is(err, store.ErrNotFound) {
			return ErrNoService
		} else if err != nil {
			return err
		}
		records, err := tx.ScanRef(accessKeyKind, store.Range{Prefix: serviceRef(name)})
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := tx.Delete(accessKeyKind, r.Key); err != nil {
				return err
			}
		}
		return nil
	})
}

func decodeService(r store.Record) (*ServicePrincipal, int64, error) {
	p := &ServicePrincipal{Name: r.Key}
	if err := json.Unmarshal(r.Body, p); err != nil {
		return nil, 0, fmt.Errorf("decode service record %s: %w", r.Key, err)
	}
	text, err := p.limitText()
	if err != nil {
		return nil, 0, err
	}
	if p.limit, err = compiled(text, "the limits of service "+p.Name); err != nil {
		return nil, 0, err
	}
	p.alone = &standing{controls: []decision.Policy{unlimited(), p.limit}}
	return p, int64(1000 + compiledFactor*len(text)), nil
}

// identifyService completes a caller that is a service.
func (s *Service) identifyService(ctx context.Context, c *Caller) error {
	p, err := s.services.Get(ctx, c.Principal.Name)
	switch {
	case errors.Is(err, store.ErrNotFound) && c.Temporary:
		return badToken()
	case errors.Is(err, store.ErrNotFound):
		return unknownKey()
	case err != nil:
		return fmt.Errorf("find service: %w", err)
	}
	c.service, c.standing = p, p.alone
	return nil
}
