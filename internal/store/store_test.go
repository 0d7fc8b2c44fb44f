package store_test

import (
	"testing"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		storetest.Run(t, func(t *testing.T) *store.DB {
			return storetest.Open(t, store.Options{URL: fresh(t), Sealer: storetest.Sealer(t)})
		})
	})
}
