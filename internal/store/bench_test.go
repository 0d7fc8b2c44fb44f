package store_test

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// engines runs a benchmark on both engines.
func engines(b *testing.B, bench func(b *testing.B, db *store.DB)) {
	for name, fresh := range map[string]func(testing.TB) string{
		"SQLite": storetest.SQLite, "PostgreSQL": storetest.PostgreSQL,
	} {
		b.Run(name, func(b *testing.B) {
			if name == "PostgreSQL" && os.Getenv("KEYSTEAD_TEST_POSTGRES") == "" {
				b.Skip("no server")
			}
			bench(b, storetest.Open(b, store.Options{URL: fresh(b), Sealer: storetest.Sealer(b)}))
		})
	}
}

var body = make([]byte, 1000)

func BenchmarkCacheHit(b *testing.B) {
	db := storetest.New(b)
	c := store.NewCache(db, "thing", 1<<20, text)
	const key = "000000000000/us-east-1/key/1234abcd-12ab-34cd-56ef-1234567890ab"
	put(b, db, store.Record{Kind: "thing", Key: key, Body: body})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Get(b.Context(), key); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkGet(b *testing.B) {
	engines(b, func(b *testing.B, db *store.DB) {
		put(b, db, store.Record{Kind: "thing", Key: "a", Body: body})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := db.Get(b.Context(), "thing", "a"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkScan100(b *testing.B) {
	engines(b, func(b *testing.B, db *store.DB) {
		for i := range 1000 {
			put(b, db, store.Record{Kind: "thing", Key: fmt.Sprintf("%04d", i), Body: body})
		}
		for b.Loop() {
			if _, err := db.Scan(b.Context(), "thing", store.Range{After: "0500", Limit: 100}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 32} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			engines(b, func(b *testing.B, db *store.DB) {
				var next atomic.Int64
				var wg sync.WaitGroup
				b.ResetTimer()
				for range writers {
					wg.Go(func() {
						for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
							put(b, db, store.Record{Kind: "thing", Key: fmt.Sprintf("k/%08d", i), Body: body})
						}
					})
				}
				wg.Wait()
			})
		})
	}
}
