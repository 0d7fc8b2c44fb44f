package kms

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/store"
)

// StateError returns the error that a state of the key "KEY" means for an operation.
func StateError(name string, state types.KeyState) error {
	for _, op := range append(slices.Clone(keyOperations), opListAliases, opRetireGrant) {
		if op.name == name {
			return op.states.check(&key{arn: "KEY"}, state)
		}
	}
	panic("no operation " + name)
}

// PredefinedAliases are the aliases of AWS managed keys, which every account has.
func PredefinedAliases() []string {
	var names []string
	for _, m := range managedServices {
		names = append(names, reservedPrefix+m.alias)
	}
	return names
}

// SetConnection puts a custom key store into a state, with nothing left to be done.
func SetConnection(t testing.TB, db *store.DB, id string, state types.ConnectionStateType) {
	t.Helper()
	ks := recordOf(t, db, id)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		ks, err := openKeyStore(tx, ks.region, ks.account, ks.id)
		if err != nil {
			return err
		}
		ks.State, ks.Error = state, ""
		r, err := ks.record()
		if err != nil {
			return err
		}
		return tx.Put(r)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Passwords are those of kmsuser that a store's record has.
func Passwords(t testing.TB, db *store.DB, id string) (has, next string) {
	t.Helper()
	ks := recordOf(t, db, id)
	return string(ks.Cluster.Password.Expose()), string(ks.Cluster.Next.Expose())
}

// recordOf reads a custom key store from the database.
func recordOf(t testing.TB, db *store.DB, id string) *keyStore {
	t.Helper()
	records, err := db.Scan(t.Context(), keyStoreKind, store.Range{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if strings.HasSuffix(r.Key, "/"+id) {
			ks, _, err := decodeKeyStore(r)
			if err != nil {
				t.Fatal(err)
			}
			return ks
		}
	}
	t.Fatalf("there is no custom key store %s", id)
	return nil
}

// LogIn asks for the password of kmsuser, as a session does that logs in.
func LogIn(ctx context.Context, s *Service, region, account, id string) error {
	ks, err := s.keyStore(ctx, region, account, id)
	if err != nil {
		return err
	}
	_, err = s.passwordOf(ks)(ctx)
	return err
}

// PrintStore prints a custom key store as careless code would.
func PrintStore(t testing.TB, db *store.DB, id string) string {
	t.Helper()
	ks := recordOf(t, db, id)
	return fmt.Sprintf("%v %+v %#v %+v %+v", ks, *ks, *ks, ks.Cluster, ks.External)
}
