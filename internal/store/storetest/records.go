package storetest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/store"
)

func insertGetPutDelete(t *testing.T, db *store.DB) {
	due := time.Date(2026, 5, 1, 12, 0, 0, 123456789, time.FixedZone("x", 3600))
	r := store.Record{Kind: "thing", Key: "a/1", Ref: "r", Due: due, Body: []byte("one")}
	insert(t, db, r)

	got := get(t, db, "thing", "a/1")
	want := r
	want.Due = due.Truncate(time.Microsecond).UTC()
	want.Version = got.Version
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after Insert (-want +got):\n%s", diff)
	}
	if got.Version == 0 {
		t.Error("Version is 0 after Insert")
	}

	second := got
	second.Ref, second.Due, second.Body = "", time.Time{}, []byte("two")
	update(t, db, func(tx *store.Tx) error { return tx.Put(second) })
	third := get(t, db, "thing", "a/1")
	if third.Version <= second.Version {
		t.Errorf("Version %d after Put, not above %d", third.Version, second.Version)
	}
	second.Version = third.Version
	if diff := cmp.Diff(second, third); diff != "" {
		t.Errorf("after Put (-want +got):\n%s", diff)
	}

	update(t, db, func(tx *store.Tx) error { return tx.Delete("thing", "a/1") })
	_, err := db.Get(t.Context(), "thing", "a/1")
	wantError(t, "Get after Delete", err, store.ErrNotFound)
}

func writeErrors(t *testing.T, db *store.DB) {
	r := store.Record{Kind: "thing", Key: "a", Body: []byte("one")}
	insert(t, db, r)
	old := get(t, db, "thing", "a")
	update(t, db, func(tx *store.Tx) error { return tx.Put(old) })
	other := store.Record{Kind: "other", Key: "a"}

	for _, c := range []struct {
		name string
		f    func(tx *store.Tx) error
		want error
	}{
		{"Insert again", func(tx *store.Tx) error { return tx.Insert(r) }, store.ErrExists},
		{"Put of an old version", func(tx *store.Tx) error { return tx.Put(old) }, store.ErrConflict},
		{"Put of nothing", func(tx *store.Tx) error { return tx.Put(other) }, store.ErrConflict},
		{"Delete of nothing", func(tx *store.Tx) error { return tx.Delete("other", "a") }, store.ErrNotFound},
		{"Delete of an impossible key", func(tx *store.Tx) error { return tx.Delete("other", "\x00") }, store.ErrNotFound},
	} {
		wantError(t, c.name, db.Update(t.Context(), c.f), c.want)
	}
	// A function may go on after such an error.
	update(t, db, func(tx *store.Tx) error {
		wantError(t, "Insert in a longer function", tx.Insert(r), store.ErrExists)
		return tx.Insert(other)
	})
	get(t, db, "other", "a")
}

// insertAfterDelete: a version that was read before does not fit the record of the same
// key that came after.
func insertAfterDelete(t *testing.T, db *store.DB) {
	r := store.Record{Kind: "thing", Key: "a"}
	insert(t, db, r)
	old := get(t, db, "thing", "a")
	update(t, db, func(tx *store.Tx) error { return tx.Delete("thing", "a") })
	insert(t, db, r)
	err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Put(old) })
	wantError(t, "Put of the first one's version", err, store.ErrConflict)
}

func upsert(t *testing.T, db *store.DB) {
	for _, body := range []string{"one", "two"} {
		r := store.Record{Kind: "thing", Key: "a", Ref: body, Body: []byte(body)}
		update(t, db, func(tx *store.Tx) error { return tx.Upsert(r) })
		if got := get(t, db, "thing", "a"); string(got.Body) != body || got.Ref != body {
			t.Errorf("Get after Upsert: body %q, ref %q; want %q", got.Body, got.Ref, body)
		}
	}
}

func bodies(t *testing.T, db *store.DB) {
	for name, body := range map[string][]byte{
		"none": nil, "zeros": make([]byte, 3), "not text": {0xff, 0, 0xfe}, "digits": []byte("123"),
		"large": bytes.Repeat([]byte("large"), 1<<20/5),
	} {
		insert(t, db, store.Record{Kind: "thing", Key: name, Body: body})
		if got := get(t, db, "thing", name).Body; !bytes.Equal(got, body) {
			t.Errorf("%s: %d bytes came back, want the %d that were written", name, len(got), len(body))
		}
	}
}

func times(t *testing.T, db *store.DB) {
	for name, due := range map[string]time.Time{
		"never": {}, "1970": time.Unix(0, 0), "before": time.Date(1925, 1, 2, 3, 4, 5, 6000, time.UTC),
		"late": time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
	} {
		insert(t, db, store.Record{Kind: "thing", Key: name, Due: due})
		if got := get(t, db, "thing", name).Due; !got.Equal(due) || got.Location() != time.UTC {
			t.Errorf("%s: %v came back, want %v", name, got, due.UTC())
		}
	}
}

func invalid(t *testing.T, db *store.DB) {
	for name, r := range map[string]store.Record{
		"no kind":     {Key: "a"},
		"no key":      {Kind: "thing"},
		"NUL":         {Kind: "thing", Key: "a\x00"},
		"not UTF-8":   {Kind: "thing", Key: "a\xff"},
		"last rune":   {Kind: "thing", Key: "a\U0010FFFF"},
		"NUL in ref":  {Kind: "thing", Key: "a", Ref: "\x00"},
		"long kind":   {Kind: strings.Repeat("k", store.MaxKind+1), Key: "a"},
		"long key":    {Kind: "thing", Key: strings.Repeat("k", store.MaxKey+1)},
		"long ref":    {Kind: "thing", Key: "a", Ref: strings.Repeat("k", store.MaxRef+1)},
		"larger body": {Kind: "thing", Key: "a", Body: make([]byte, store.MaxBody+1)},
	} {
		err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Upsert(r) })
		wantError(t, name, err, store.ErrInvalid)
	}
	_, err := db.Get(t.Context(), "thing", "a\x00")
	wantError(t, "Get of an impossible key", err, store.ErrNotFound)
	_, err = db.Scan(t.Context(), "thing", store.Range{Prefix: "\xff"})
	wantError(t, "Scan of an impossible prefix", err, store.ErrInvalid)

	longest := store.Record{Kind: strings.Repeat("k", store.MaxKind), Key: strings.Repeat("ä", store.MaxKey/2),
		Ref: strings.Repeat("r", store.MaxRef), Due: time.Unix(1, 0)}
	insert(t, db, longest)
	get(t, db, longest.Kind, longest.Key)
}
