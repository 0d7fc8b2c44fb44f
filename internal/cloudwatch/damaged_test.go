package cloudwatch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch"
	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
)

// damage spoils the newest record of a kind that an account has.
func (b *bench) damage(kind, account string) {
	b.t.Helper()
	all, err := b.db.Scan(b.t.Context(), kind, store.Range{Prefix: account + "/"})
	if err != nil || len(all) == 0 {
		b.t.Fatalf("%d records of kind %s, %v", len(all), kind, err)
	}
	r := all[len(all)-1]
	r.Body = []byte("\x01spoilt")
	if err := b.db.Update(b.t.Context(), func(tx *store.Tx) error { return tx.Put(r) }); err != nil {
		b.t.Fatal(err)
	}
}

// TestDamaged is about records that can't be read: whatever else there is, of the same account
// and of others, goes on, and what could not be read is not thrown away.
func TestDamaged(t *testing.T) {
	const other = "444455556666"
	mine := id("Load")
	theirs := mine
	theirs.Account = other
	for name, test := range map[string]struct {
		kind   string
		before time.Duration // what was put is left for so long before it is damaged
		again  time.Duration // and then the same is put again, and left for so long
		want   float64       // of the account with the damage; 0 if nothing is put again
	}{
		"a batch":                             {"metric-batch", 0, time.Minute, 1},
		"a block that samples come into":      {"metric-block", time.Minute, time.Minute, 1},
		"a block that is to be rolled up":     {"metric-block", time.Minute, 5 * time.Hour, 0},
		"a block that others are rolled into": {"metric-block", 5 * time.Hour, 5 * time.Hour, 1},
		"a metric's record in the catalogue":  {"metric", time.Minute, 5 * time.Hour, 2},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, b *bench) {
				both := []metric.Datum{metric.Count(theirs, start, 1), metric.Count(mine, start, 1)}
				b.put(both...)
				if test.before > 0 {
					b.wait(10 * time.Second)
					b.wait(test.before)
				}
				b.damage(test.kind, account)
				b.put(both[:1+min(1, int(test.want))]...)
				b.wait(10 * time.Second)
				b.wait(test.again)
				for id, want := range map[*metric.ID]float64{&mine: test.want, &theirs: 2} {
					points := []cloudwatch.Point{{Time: start, Value: want}}
					wantPoints(t, id.Account, b.values(*id, "Sum", time.Minute, start, start.Add(time.Hour)), points[:min(1, int(want))]...)
				}
				aside, err := b.db.Scan(t.Context(), "metric-damaged", store.Range{})
				switch {
				case err != nil:
					t.Fatal(err)
				case test.want == 2: // nothing is lost with it
					if len(aside) != 0 {
						t.Errorf("%d records were set aside", len(aside))
					}
				case len(aside) != 1 || string(aside[0].Body) != "\x01spoilt" || !strings.HasPrefix(aside[0].Key, test.kind+"/"+account+"/"):
					t.Errorf("set aside is %v", aside)
				case b.Damaged() != 1:
					t.Errorf("%d records are counted", b.Damaged())
				}
				if n := b.records("metric-batch"); n != 0 {
					t.Errorf("%d batches are left", n)
				}
			})
		})
	}
}
