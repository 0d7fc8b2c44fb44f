package software_test

import (
	"testing"

	"github.com/keystead/keystead/internal/keystore"
	"github.com/keystead/keystead/internal/keystore/keystoretest"
	"github.com/keystead/keystead/internal/keystore/software"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		keystoretest.RunVault(t, func(t *testing.T) (keystore.Vault, *store.DB) {
			db := storetest.Open(t, store.Options{URL: fresh(t), Sealer: storetest.Sealer(t)})
			return software.New(db, 1<<20), db
		})
	})
}
