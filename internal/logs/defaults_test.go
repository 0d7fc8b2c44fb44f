package logs_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/logs"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// TestDamagedMinute: a minute that can't be read, or whose group can't, does not hold up the
// default values of other groups.
func TestDamagedMinute(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		db := storetest.Open(t, store.Options{URL: fresh(t), Sealer: storetest.Sealer(t)})
		now, log := clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), slog.New(slog.DiscardHandler)
		s := logs.New(logs.Options{DB: db, Clock: now, Log: log, Events: eventstore.New(eventstore.Options{DB: db, Clock: now})})
		due := now.Now().Add(-time.Minute)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			for _, r := range []store.Record{
				{Kind: "log-minute", Key: "a", Due: due, Body: []byte("?")},
				{Kind: "log-minute", Key: "b", Due: due, Body: []byte(`{"group":"111122223333/us-east-1/g","start":1}`)},
				{Kind: "log-group", Key: "111122223333/us-east-1/g", Body: []byte(`{"id":"b","filters":[{"name":"f","pattern":"{","value":"1"}]}`)},
				{Kind: "log-minute", Key: "c", Due: due, Body: []byte(`{"group":"111122223333/us-east-1/gone","start":1}`)},
			} {
				if err := tx.Insert(r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Jobs("a")[0].Run(t.Context()); err != nil {
			t.Error(err)
		}
		if left, err := db.Scan(t.Context(), "log-minute", store.Range{}); err != nil || len(left) != 0 {
			t.Errorf("left are %v, %v", left, err)
		}
	})
}

// TestCleaningDamaged: a stream that can't be read, of a group that was deleted, keeps no other
// from being removed.
func TestCleaningDamaged(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		db := storetest.Open(t, store.Options{URL: fresh(t), Sealer: storetest.Sealer(t)})
		now, log := clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), slog.New(slog.DiscardHandler)
		s := logs.New(logs.Options{DB: db, Clock: now, Log: log, Events: eventstore.New(eventstore.Options{DB: db, Clock: now})})
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			for _, r := range []store.Record{
				{Kind: "log-trash", Key: "a"}, {Kind: "log-stream", Key: "a/1", Body: []byte("?")}, {Kind: "log-stream", Key: "a/2", Body: []byte(`{"id":1}`)},
				{Kind: "log-trash", Key: "b"}, {Kind: "log-stream", Key: "b/1", Body: []byte(`{"id":2}`)},
			} {
				if err := tx.Insert(r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Jobs("a")[1].Run(t.Context()); err == nil {
			t.Error("nobody is told of the damage")
		}
		var left []string
		for _, kind := range []string{"log-trash", "log-stream"} {
			records, err := db.Scan(t.Context(), kind, store.Range{})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				left = append(left, r.Key)
			}
		}
		if !slices.Equal(left, []string{"a", "a/1"}) {
			t.Errorf("left are %v", left)
		}
	})
}
