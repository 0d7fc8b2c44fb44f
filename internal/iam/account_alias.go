package iam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/keystead/keystead/internal/store"
)

// accountAliasKind is the kind of the records that keep the aliases of accounts apart: no two
// accounts have the same. A record's key is the alias.
const accountAliasKind = "iam-account-alias"

// Errors of the operations on the aliases of accounts.
var (
	ErrAliasTaken = errors.New("an account has this alias already")
	ErrNoAlias    = errors.New("the account has no such alias")
)

// aliasBody is the body of an account alias record.
type aliasBody struct {
	Account string `json:"account"`
}

// AccountAliases lists the aliases of an account: one, or none.
func (s *Service) AccountAliases(ctx context.Context, id string) ([]string, error) {
	r, err := s.db.Get(ctx, accountKind, id)
	if err != nil {
		return nil, fmt.Errorf("find account: %w", err)
	}
	a, _, err := decodeAccount(r)
	if err != nil {
		return nil, err
	}
	return a.Aliases, nil
}

// SetAccountAlias gives an account an alias in place of the one that it may have. It returns
// ErrAliasTaken if an account has it already.
func SetAccountAlias(tx *store.Tx, id, alias string) error {
	body, err := json.Marshal(aliasBody{id})
	if err != nil {
		return err
	}
	err = tx.Insert(store.Record{Kind: accountAliasKind, Key: alias, Body: body})
	if errors.Is(err, store.ErrExists) {
		return ErrAliasTaken
	}
	if err != nil {
		return err
	}
	return changeAliases(tx, id, func(old []string) ([]string, error) {
		for _, name := range old {
			if err := tx.Delete(accountAliasKind, name); err != nil {
				return nil, err
			}
		}
		return []string{alias}, nil
	})
}

// DeleteAccountAlias takes an alias away from an account. It returns ErrNoAlias if the
// account does not have it.
func DeleteAccountAlias(tx *store.Tx, id, alias string) error {
	return changeAliases(tx, id, func(old []string) ([]string, error) {
		i := slices.Index(old, alias)
		if i < 0 {
			return nil, ErrNoAlias
		}
		return slices.Delete(old, i, i+1), tx.Delete(accountAliasKind, alias)
	})
}

func changeAliases(tx *store.Tx, id string, f func(old []string) ([]string, error)) error {
	r, err := tx.Get(accountKind, id)
	if err != nil {
		return fmt.Errorf("find account: %w", err)
	}
	a, _, err := decodeAccount(r)
	if err != nil {
		return err
	}
	if a.Aliases, err = f(a.Aliases); err != nil {
		return err
	}
	if r.Body, err = json.Marshal(a); err != nil {
		return err
	}
	return tx.Put(r)
}
