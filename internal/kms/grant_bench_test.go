package kms

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

const manyGrants = grantsPerKey

// grantWorld is a service with one key.
type grantWorld struct {
	*Service
	key *key
	db  *store.DB
}

func newGrantWorld(tb testing.TB) *grantWorld {
	db := storetest.New(tb)
	s := New(Options{
		DB: db, Clock: new(clock.Clock), Log: slog.New(slog.DiscardHandler), CacheBytes: 64 << 20, Sealer: storetest.Sealer(tb),
	})
	k := newKey("111122223333", "us-east-1", material.NewKeyID(), s.clock.Now())
	k.Spec, k.Usage = types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt
	var err error
	if k.document, err = compilePolicy(k); err != nil {
		tb.Fatal(err)
	}
	return &grantWorld{s, k, db}
}

// store writes n grants that a function makes.
func (w *grantWorld) store(tb testing.TB, n int, make func(i int) *grant) {
	tb.Helper()
	const batch = 1000
	for i := 0; i < n; i += batch {
		err := w.db.Update(context.Background(), func(tx *store.Tx) error {
			for j := i; j < min(n, i+batch); j++ {
				g := make(j)
				g.identify(w.key)
				r, err := g.record()
				if err != nil {
					return err
				}
				if err := tx.Insert(r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func alice() *iam.Caller {
	return &iam.Caller{
		Principal: iam.Principal{Type: iam.TypeUser, ARN: testGrantee, ID: "AIDAALICE", Account: "111122223333", Name: "alice"},
		Region:    "us-east-1", Event: new(cloudtrail.Event),
	}
}

// decide is the decision on Encrypt with an encryption context.
func (w *grantWorld) decide(tb testing.TB, c *iam.Caller, ec map[string]string) decision.Result {
	a := &ask{op: opEncrypt, name: w.key.id, encrypts: true, context: ec}
	a.begin(context.Background(), w.Service, c)
	access := a.of(w.key.arn, w.key.Account, w.key)
	result, err := c.Decide(&access)
	if err != nil {
		tb.Fatal(err)
	}
	return result
}

// shapes are ways to put 50,000 grants on a key.
var shapes = []struct {
	name string
	make func(i int) *grant
}{
	{"all to one grantee, each with another EncryptionContextEquals", func(i int) *grant {
		return newTestGrant(grantConstraints{Equals: map[string]string{"tenant": fmt.Sprint(i), "department": "IT"}}, types.GrantOperationEncrypt, types.GrantOperationDescribeKey)
	}},
	{"all to one grantee, each with another EncryptionContextSubset", func(i int) *grant {
		return newTestGrant(grantConstraints{Subset: map[string]string{"tenant": fmt.Sprint(i), "department": "IT"}}, types.GrantOperationEncrypt, types.GrantOperationDescribeKey)
	}},
	{"all to one grantee, all alike", func(i int) *grant {
		return newTestGrant(grantConstraints{}, types.GrantOperationEncrypt, types.GrantOperationDescribeKey)
	}},
	{"each to another grantee", func(i int) *grant {
		g := newTestGrant(grantConstraints{}, types.GrantOperationEncrypt)
		if i > 0 {
			g.Grantee, g.GranteeID = fmt.Sprintf("arn:aws:iam::111122223333:user/u%d", i), fmt.Sprintf("AIDA%d", i)
		}
		return g
	}},
}

// BenchmarkGrantDecision is the cost of a whole decision that a grant makes.
func BenchmarkGrantDecision(b *testing.B) {
	for _, shape := range shapes {
		b.Run(shape.name, func(b *testing.B) {
			w := newGrantWorld(b)
			w.store(b, manyGrants, shape.make)
			c, ec := alice(), map[string]string{"tenant": "0", "department": "IT"}
			if r := w.decide(b, c, ec); !r.Allowed || r.Layer != decision.Grant {
				b.Fatalf("decided %s", r.String())
			}
			b.ReportAllocs()
			for b.Loop() {
				w.decide(b, c, ec)
			}
			b.StopTimer()
			stats := w.grants.stats()
			b.ReportMetric(float64(stats.Bytes)/(1<<20), "MiB-counted")
			b.ReportMetric(float64(stats.Loads), "loads")
		})
	}
	b.Run("no grant", func(b *testing.B) {
		w := newGrantWorld(b)
		w.store(b, manyGrants, shapes[0].make)
		c, ec := alice(), map[string]string{"tenant": "none", "department": "IT"}
		if r := w.decide(b, c, ec); r.Allowed {
			b.Fatalf("decided %s", r.String())
		}
		b.ReportAllocs()
		for b.Loop() {
			w.decide(b, c, ec)
		}
	})
}
