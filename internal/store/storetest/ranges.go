package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/store"
)

// pieces make keys that engines, collations and LIKE are known to mix up.
var pieces = []string{"a", "A", "b", "_", "%", "/", "//", "\x01", "\x7f", "\u0080", "é", "e\u0301",
	"\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff", "\U00010000", "\U0010fffe", " ", "'", "\\"}

func randomKey(random *rand.Rand) string {
	var b strings.Builder
	for range 1 + random.IntN(4) {
		b.WriteString(pieces[random.IntN(len(pieces))])
	}
	return b.String()
}

// scan compares Scan with the same on a sorted slice.
func scan(t *testing.T, db *store.DB) {
	random := rand.New(rand.NewPCG(1, 2))
	var all []string
	var records []store.Record
	for range 150 {
		if key := randomKey(random); !slices.Contains(all, key) {
			all = append(all, key)
			records = append(records, store.Record{Kind: "thing", Key: key})
		}
	}
	records = append(records, store.Record{Kind: "thin", Key: "x"}, store.Record{Kind: "thing2", Key: "x"})
	insert(t, db, records...)
	slices.Sort(all) // by bytes
	for range 150 {
		r := store.Range{Limit: random.IntN(20)}
		if random.IntN(4) > 0 {
			r.Prefix = randomKey(random)
		}
		if random.IntN(2) > 0 {
			r.After = r.Prefix + randomKey(random)
		}
		if random.IntN(8) == 0 {
			r.After = randomKey(random)
		}
		var want []string
		for _, key := range all {
			if strings.HasPrefix(key, r.Prefix) && key > r.After && (r.Limit == 0 || len(want) < r.Limit) {
				want = append(want, key)
			}
		}
		got, err := db.Scan(t.Context(), "thing", r)
		if diff := cmp.Diff(want, keys(got)); err != nil || diff != "" {
			t.Errorf("Scan %+v: error %v (-want +got):\n%s", r, err, diff)
		}
	}
	update(t, db, func(tx *store.Tx) error {
		for _, prefix := range append(pieces, "", randomKey(random)) {
			want := 0
			for _, key := range all {
				if strings.HasPrefix(key, prefix) {
					want++
				}
			}
			if got, err := tx.Count("thing", prefix); err != nil || got != want {
				t.Errorf("Count %q: %d, %v, want %d", prefix, got, err, want)
			}
		}
		_, err := tx.Count("thing", "\xff")
		wantError(t, "Count of what no key has", err, store.ErrInvalid)
		return nil
	})
}

func keys(records []store.Record) (keys []string) {
	for _, r := range records {
		keys = append(keys, r.Key)
	}
	return keys
}

// scanRef compares ScanRef with the same on a sorted slice.
func scanRef(t *testing.T, db *store.DB) {
	random := rand.New(rand.NewPCG(3, 4))
	var all []string // "ref|key"
	var records []store.Record
	for i := range 150 {
		r := store.Record{Kind: "thing", Key: fmt.Sprintf("%03d", random.IntN(1000)*1000+i)}
		if random.IntN(5) > 0 {
			r.Ref = pieces[random.IntN(4)] + "/" + pieces[random.IntN(3)]
			all = append(all, r.Ref+"|"+r.Key)
		}
		records = append(records, r)
	}
	insert(t, db, records...)
	slices.Sort(all)
	for range 100 {
		r := store.Range{Limit: random.IntN(20)}
		if random.IntN(3) > 0 {
			r.Prefix = pieces[random.IntN(4)] + "/"
		}
		if random.IntN(2) > 0 {
			r.AfterRef, r.After, _ = strings.Cut(all[random.IntN(len(all))], "|")
		}
		var want []string
		for _, one := range all {
			ref, key, _ := strings.Cut(one, "|")
			after := ref > r.AfterRef || ref == r.AfterRef && key > r.After
			if strings.HasPrefix(ref, r.Prefix) && after && (r.Limit == 0 || len(want) < r.Limit) {
				want = append(want, one)
			}
		}
		records, err := db.ScanRef(t.Context(), "thing", r)
		var got []string
		for _, r := range records {
			got = append(got, r.Ref+"|"+r.Key)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("ScanRef %+v: error %v (-want +got):\n%s", r, err, diff)
		}
	}
}

func dueBefore(t *testing.T, db *store.DB) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	insert(t, db,
		store.Record{Kind: "thing", Key: "never"},
		store.Record{Kind: "thing", Key: "later", Due: noon.Add(time.Microsecond)},
		store.Record{Kind: "thing", Key: "now b", Due: noon},
		store.Record{Kind: "thing", Key: "now a", Due: noon},
		store.Record{Kind: "thing", Key: "past", Due: noon.Add(-time.Hour)},
		store.Record{Kind: "other", Key: "past", Due: noon.Add(-time.Hour)},
	)
	for _, c := range []struct {
		at    time.Time
		limit int
		want  []string
	}{
		{noon, 0, []string{"past", "now a", "now b"}},
		{noon, 2, []string{"past", "now a"}},
		{noon.Add(-time.Microsecond), 0, []string{"past"}},
		{noon.Add(-2 * time.Hour), 0, nil},
		{noon.Add(time.Hour), 0, []string{"past", "now a", "now b", "later"}},
	} {
		got, err := db.DueBefore(t.Context(), "thing", c.at, c.limit)
		if diff := cmp.Diff(c.want, keys(got)); err != nil || diff != "" {
			t.Errorf("DueBefore %v, limit %d: error %v (-want +got):\n%s", c.at, c.limit, err, diff)
		}
	}
	update(t, db, func(tx *store.Tx) error {
		got, err := tx.DueBefore("thing", noon, 1)
		if err != nil || len(got) != 1 {
			return fmt.Errorf("DueBefore in a transaction: %d records, %w", len(got), err)
		}
		got[0].Due = time.Time{}
		return tx.Put(got[0])
	})
	if got, err := db.DueBefore(t.Context(), "thing", noon, 1); err != nil || got[0].Key != "now a" {
		t.Errorf("DueBefore after the first was done: %v, %v", got, err)
	}
}
