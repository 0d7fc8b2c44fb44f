package iam

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/store"
)

// account is the body of an account record.
type account struct {
	Created  time.Time       `json:"created"`
	Name     string          `json:"name,omitempty"`
	Email    string          `json:"email,omitempty"`
	Aliases  []string        `json:"aliases,omitempty"`  // at most one today
	Controls []ControlPolicy `json:"controls,omitempty"` // none: the account is not limited

	Passwords *PasswordPolicy `json:"passwords,omitempty"` // nil: the standard policy

	controls []decision.Policy
}

// ControlPolicy is a service control policy that the operator has set for an account.
type ControlPolicy struct {
	Name     string `json:"name"`
	Document string `json:"document"`
}

func decodeAccount(r store.Record) (*account, int64, error) {
	a := new(account)
	if err := json.Unmarshal(r.Body, a); err != nil {
		return nil, 0, fmt.Errorf("decode account record %s: %w", r.Key, err)
	}
	size := int64(300)
	for _, c := range a.Controls {
		doc, err := compiled(c.Document, "service control policy "+c.Name)
		if err != nil {
			return nil, 0, err
		}
		a.controls = append(a.controls, doc)
		size += int64(compiledFactor * len(c.Document))
	}
	return a, size, nil
}

// cutKey takes the key of an entity's record apart.
func cutKey(key string) (account, name string, ok bool) { return strings.Cut(key, "/") }

// AccountCreated is when an account was made.
func (s *Service) AccountCreated(ctx context.Context, id string) (time.Time, error) {
	a, err := s.dir.accounts.Get(ctx, id)
	if err != nil {
		return time.Time{}, fmt.Errorf("find account: %w", err)
	}
	return a.Created, nil
}
