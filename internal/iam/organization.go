package iam

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// OrganizationID is the id of the organization that all accounts of a deployment are in.
const OrganizationID = "o-keystead00"

// organizationKind is the kind of the one record that says which account manages the
// organization.
const organizationKind = "iam-organization"

// organization is its body.
type organization struct {
	Management string `json:"management"`
}

// Account is an account as the organization sees it.
type Account struct {
	ID      string
	Name    string
	Email   string
	Created time.Time
}

// Errors of the operations on accounts of the organization.
var (
	ErrEmailExists = errors.New("another account has this e-mail address")
	ErrLastControl = errors.New("an account needs at least one service control policy; put another one first")
	ErrNoControl   = errors.New("there is no such service control policy")
)

// ManagementAccount returns the account that manages the organization: the one that was
// made first.
func (s *Service) ManagementAccount(ctx context.Context) (string, error) {
	r, err := s.db.Get(ctx, organizationKind, OrganizationID)
	if err == nil {
		var o organization
		err = json.Unmarshal(r.Body, &o)
		return o.Management, err
	}
	if !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	var first string
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		accounts, err := tx.Scan(accountKind, store.Range{})
		if err != nil {
			return err
		}
		if len(accounts) == 0 {
			return ErrNoAccount
		}
		if first, err = oldestAccount(accounts); err != nil {
			return err
		}
		body, err := json.Marshal(organization{first})
		if err != nil {
			return err
		}
		return tx.Upsert(store.Record{Kind: organizationKind, Key: OrganizationID, Body: body})
	})
	return first, err
}

// oldestAccount is the account that was made first. The version of its record does not tell:
// it is that of the last change, such as a new alias.
func oldestAccount(records []store.Record) (id string, err error) {
	var made time.Time
	for _, r := range records {
		a, _, err := decodeAccount(r)
		if err != nil {
			return "", err
		}
		if id == "" || a.Created.Before(made) {
			id, made = r.Key, a.Created
		}
	}
	return id, nil
}

// OrganizationAccounts lists all accounts in the order of their ids.
func (s *Service) OrganizationAccounts(ctx context.Context) ([]Account, error) {
	records, err := s.db.Scan(ctx, accountKind, store.Range{})
	if err != nil {
		return nil, err
	}
	list := make([]Account, len(records))
	for i, r := range records {
		a, _, err := decodeAccount(r)
		if err != nil {
			return nil, err
		}
		list[i] = Account{r.Key, a.Name, a.Email, a.Created}
	}
	return list, nil
}

// CreateMember makes an account with a random id whose root user has no access key, and in
// it a role with all permissions that the management account may assume. also writes what
// belongs to it in the same transaction. The error is ErrEmailExists for an address in use.
//
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
func (s *Service) CreateMember(ctx context.Context, name, email, role string, also func(*store.Tx, Account) error) error {
	management, err := s.ManagementAccount(ctx)
	if err != nil {
		return err
	}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + AccountRoot("aws", management) + `"},"Action":"sts:AssumeRole"}]}`
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := freeEmail(tx, email); err != nil {
			return err
		}
		now := s.clock.Now().UTC().Truncate(time.Millisecond)
		a := Account{newAccountID(), name, email, now}
		body, err := json.Marshal(account{Created: now, Name: name, Email: email})
		if err != nil {
			return err
		}
		if err := tx.Insert(store.Record{Kind: accountKind, Key: a.ID, Body: body}); err != nil {
			return err
		}
		err = Roles.Insert(tx, a.ID, role, &Role{
			Holder: Holder{Name: role, Path: "/", ID: NewID("AROA"), Created: now, Attached: []string{PolicyARN(AWSAccount, "/", "AdministratorAccess")}},
			Trust:  trust, MaxSession: 3600,
		})
		if err != nil {
			return err
		}
		return also(tx, a)
	})
}

func freeEmail(tx *store.Tx, email string) error {
	records, err := tx.Scan(accountKind, store.Range{})
	if err != nil {
		return err
	}
	for _, r := range records {
		if a, _, err := decodeAccount(r); err != nil {
			return err
		} else if strings.EqualFold(a.Email, email) {
			return ErrEmailExists
		}
	}
	return nil
}

// newAccountID makes a random account id that does not begin with a zero.
func newAccountID() string {
	const lowest, span = 100_000_000_000, 900_000_000_000
	n, err := rand.Int(rand.Reader, big.NewInt(span))
	if err != nil {
		panic("iam: no randomness: " + err.Error()) // never (crypto/rand)
	}
	return fmt.Sprint(n.Int64() + lowest)
}

// fullAccess is the service control policy that an account has beside those that limit it,
// until the operator takes it away: what no policy allows is denied.
var fullAccess = ControlPolicy{
	Name:     "FullAWSAccess",
	Document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
}

// Controls lists the service control policies of an account. Without any, the account is
// not limited.
func (s *Service) Controls(ctx context.Context, id string) ([]ControlPolicy, error) {
	r, err := s.db.Get(ctx, accountKind, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoAccount
	}
	if err != nil {
		return nil, err
	}
	a, _, err := decodeAccount(r)
	if err != nil {
		return nil, err
	}
	return a.Controls, nil
}

// PutControl sets a service control policy of an account, in place of one of that name. The
// first one comes beside FullAWSAccess. The error is a *policy.Error for a bad document.
func (s *Service) PutControl(ctx context.Context, id string, p ControlPolicy) error {
	doc, err := policy.Parse([]byte(p.Document))
	if err != nil {
		return err
	}
	if err := doc.ValidateControlPolicy(); err != nil {
		return err
	}
	return s.changeAccount(ctx, id, func(a *account) error {
		if len(a.Controls) == 0 {
			a.Controls = []ControlPolicy{fullAccess}
		}
		if i := controlNamed(a.Controls, p.Name); i >= 0 {
			a.Controls[i] = p
			return nil
		}
		a.Controls = append(a.Controls, p)
		return nil
	})
}

// DeleteControl takes a service control policy away. With the last one but FullAWSAccess
// the account is not limited any more.
func (s *Service) DeleteControl(ctx context.Context, id, name string) error {
	return s.changeAccount(ctx, id, func(a *account) error {
		i := controlNamed(a.Controls, name)
		switch {
		case i < 0:
			return ErrNoControl
		case len(a.Controls) == 1:
			return ErrLastControl
		}
		a.Controls = slices.Delete(a.Controls, i, i+1)
		if len(a.Controls) == 1 && a.Controls[0] == fullAccess {
			a.Controls = nil
		}
		return nil
	})
}

func controlNamed(list []ControlPolicy, name string) int {
	return slices.IndexFunc(list, func(p ControlPolicy) bool { return p.Name == name })
}

// changeAccount changes an account record in one transaction.
func (s *Service) changeAccount(ctx context.Context, id string, f func(*account) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Get(accountKind, id)
		if errors.Is(err, store.ErrNotFound) {
			return ErrNoAccount
		}
		if err != nil {
			return err
		}
		a, _, err := decodeAccount(r)
		if err != nil {
			return err
		}
		if err := f(a); err != nil {
			return err
		}
		if r.Body, err = json.Marshal(a); err != nil {
			return err
		}
		return tx.Put(r)
	})
}
