package kms

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// reportWorld is a service over a database that is written directly.
type reportWorld struct {
	*Service
	t   *testing.T
	now time.Time
}

func reportEngines(t *testing.T, test func(t *testing.T, w *reportWorld)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		db := storetest.Open(t, store.Options{URL: fresh(t), Sealer: storetest.Sealer(t)})
		s := New(Options{DB: db, Clock: new(clock.Clock), Log: slog.New(slog.DiscardHandler), CacheBytes: 1 << 20, Sealer: storetest.Sealer(t)})
		test(t, &reportWorld{s, t, s.clock.Now().UTC().Truncate(time.Millisecond)})
	})
}

func (w *reportWorld) ago(days int) time.Time { return w.now.Add(-time.Duration(days) * day) }

func (w *reportWorld) key(region, account string, change func(*key)) *key {
	k := newKey(account, region, material.NewKeyID(), w.now)
	k.Spec, k.Usage, k.Origin = types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeAwsKms
	k.Material = material.ID{}.String()
	k.Materials = []keyMaterial{{ID: k.Material, State: types.KeyMaterialStateCurrent}}
	change(k)
	return k
}

// write stores keys with aliases and uses.
func (w *reportWorld) write(keys []*key, aliases map[*key][]string, uses map[*key]time.Time) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		for _, k := range keys {
			r, err := k.record()
			if err != nil {
				return err
			}
			if err := tx.Insert(r); err != nil {
				return err
			}
			for _, name := range aliases[k] {
				if err := tx.Insert(store.Record{Kind: aliasKind, Key: aliasKey(k.ref.Region, k.Account, name), Ref: k.ref.Path(), Body: []byte("{}")}); err != nil {
					return err
				}
			}
			if at, ok := uses[k]; ok {
				if err := saveUse(tx, k.ref.Path(), keyUse{Operation: "Sign", Time: at}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// reports returns the report by key id, and the keys in their order.
func (w *reportWorld) reports(o ReportOptions) (byID map[string]KeyReport, order []string) {
	w.t.Helper()
	byID = map[string]KeyReport{}
	for r, err := range w.Report(w.t.Context(), o) {
		if err != nil {
			w.t.Fatal(err)
		}
		byID[r.KeyID] = r
		order = append(order, recordKey(r.Region, r.KeyID))
	}
	return byID, order
}

// TestReportFlags has a key for each reason to stand out, or not to.
func TestReportFlags(t *testing.T) {
	reportEngines(t, func(t *testing.T, w *reportWorld) {
		cases := []struct {
			name   string
			used   int // days ago; -1 for never
			change func(*key)
			want   string
		}{
			{"new", -1, func(*key) {}, ""},
			{"never used, 89 days", -1, func(k *key) { k.Created = w.ago(89) }, ""},
			{"never used, 90 days", -1, func(k *key) { k.Created = w.ago(90) }, "unused"},
			{"used 90 days ago", 90, func(k *key) { k.Created = w.ago(300) }, "unused"},
			{"used 89 days ago", 89, func(k *key) { k.Created = w.ago(300) }, ""},
			{"unused, disabled", -1, func(k *key) { k.Created, k.State = w.ago(91), types.KeyStateDisabled }, "unused"},
			{"old, used today", 0, func(k *key) { k.Created = w.ago(366) }, "unrotated"},
			{"old, rotated", 0, func(k *key) { k.Created, k.Materials[0].Rotated = w.ago(900), w.ago(364) }, ""},
			{"old, rotated too long ago", 0, func(k *key) { k.Created, k.Materials[0].Rotated = w.ago(900), w.ago(366) }, "unrotated"},
			{"old, of a spec that is not rotated", 0, func(k *key) { k.Created, k.Spec = w.ago(900), types.KeySpecRsa2048 }, ""},
			{"old, imported", 0, func(k *key) { k.Created, k.Origin = w.ago(900), types.OriginTypeExternal }, "unrotated"},
			{"expires in 30 days", 0, func(k *key) { k.Origin, k.Materials[0].ValidTo = types.OriginTypeExternal, w.now.Add(30*day) }, "expiring"},
			{"expires in 31 days", 0, func(k *key) { k.Origin, k.Materials[0].ValidTo = types.OriginTypeExternal, w.now.Add(31*day) }, ""},
			{"expired and gone", 0, func(k *key) {
				k.Origin, k.Materials[0].ValidTo, k.Materials[0].Missing = types.OriginTypeExternal, w.ago(1), true
			}, ""},
			{"everything", 400, func(k *key) {
				k.Created, k.Origin, k.Materials[0].ValidTo = w.ago(900), types.OriginTypeExternal, w.now.Add(day)
			}, "unused,expiring,unrotated"},
			{"pending deletion", 400, func(k *key) {
				k.Created, k.State, k.DeletionDate = w.ago(900), types.KeyStatePendingDeletion, w.now.Add(day)
			}, "pending"},
			{"AWS managed", -1, func(k *key) { k.Created, k.Manager = w.ago(300), types.KeyManagerTypeAws }, ""},
		}
		var keys []*key
		uses := map[*key]time.Time{}
		for _, c := range cases {
			k := w.key("us-east-1", "111122223333", c.change)
			keys = append(keys, k)
			if c.used >= 0 {
				uses[k] = w.ago(c.used)
			}
		}
		w.write(keys, nil, uses)
		got, _ := w.reports(ReportOptions{UnusedDays: 90, ExpiringDays: 30})
		for i, c := range cases {
			if flags := strings.Join(got[keys[i].id].Flags, ","); flags != c.want {
				t.Errorf("%s: flags %q, want %q", c.name, flags, c.want)
			}
		}
	})
}

// TestReportOfOneKey has everything that a report says.
func TestReportOfOneKey(t *testing.T) {
	reportEngines(t, func(t *testing.T, w *reportWorld) {
		k := w.key("eu-west-1", "111122223333", func(k *key) {
			k.Created, k.State, k.DeletionDate = w.ago(800), types.KeyStatePendingDeletion, w.now.Add(7*day)
			k.Materials = append(k.Materials, keyMaterial{ID: "x", State: types.KeyMaterialStateCurrent, Rotated: w.ago(100)})
			k.Rotation = newRotation(180, w.ago(100))
			k.MultiRegion = &multiRegion{Primary: "eu-west-1"}
		})
		w.write([]*key{k}, map[*key][]string{k: {"alias/b", "alias/a"}}, map[*key]time.Time{k: w.ago(12)})
		got, _ := w.reports(ReportOptions{})
		want := KeyReport{
			Account: "111122223333", Region: "eu-west-1", KeyID: k.id, Aliases: []string{"alias/a", "alias/b"}, Spec: "SYMMETRIC_DEFAULT",
			Usage: "ENCRYPT_DECRYPT", Origin: "AWS_KMS", Manager: "CUSTOMER", State: "PendingDeletion", MultiRegion: "PRIMARY", Created: w.ago(800),
			LastUsed: w.ago(12), LastOperation: "Sign", UnusedDays: 12, Rotation: "on", RotationPeriodDays: 180, LastRotated: w.ago(100),
			DeletionDate: w.now.Add(7 * day), Flags: []string{"pending"},
		}
		if diff := cmp.Diff(want, got[k.id]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestReportOfManyKeys has more keys, aliases and uses than one page, which are not found beside
// each other: each key must get its own.
func TestReportOfManyKeys(t *testing.T) {
	reportEngines(t, func(t *testing.T, w *reportWorld) {
		regions, accounts := []string{"eu-west-1", "us-east-1"}, []string{"111122223333", "444455556666"}
		var keys []*key
		aliases, uses := map[*key][]string{}, map[*key]time.Time{}
		for i := range reportPage + 300 {
			k := w.key(regions[i%2], accounts[i/2%2], func(k *key) { k.Created = w.ago(i) }) // before it is used
			keys = append(keys, k)
			for j := range i % 4 {
				aliases[k] = append(aliases[k], fmt.Sprintf("alias/%d-%d", i, j))
			}
			if i%5 != 0 {
				uses[k] = w.ago(i)
			}
		}
		w.write(keys, aliases, uses)
		check := func(o ReportOptions) {
			t.Helper()
			got, order := w.reports(o)
			if !slices.IsSorted(order) {
				t.Errorf("%+v: not in order", o)
			}
			n := 0
			for _, k := range keys {
				if o.Account != "" && o.Account != k.Account || o.Region != "" && o.Region != k.ref.Region {
					continue
				}
				n++
				if r := got[k.id]; !slices.Equal(r.Aliases, append([]string{}, aliases[k]...)) || !r.LastUsed.Equal(uses[k]) || r.Account != k.Account {
					t.Fatalf("%+v: key %s of %s has the aliases %q and was used %v; want %q, %v", o, k.id, k.Account, r.Aliases, r.LastUsed, aliases[k], uses[k])
				}
			}
			if len(order) != n {
				t.Errorf("%+v: %d keys, want %d", o, len(order), n)
			}
		}
		check(ReportOptions{})
		check(ReportOptions{Region: regions[1]})
		check(ReportOptions{Account: accounts[1]})
		check(ReportOptions{Region: regions[0], Account: accounts[0]})
		check(ReportOptions{Region: "us-east"})
	})
}
