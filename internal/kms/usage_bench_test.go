package kms

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// useWorld is a service with keys in its database.
func useWorld(tb testing.TB, n int) (*Service, []*key) {
	tb.Helper()
	db := storetest.New(tb)
	s := New(Options{DB: db, Clock: new(clock.Clock), Log: slog.New(slog.DiscardHandler), CacheBytes: 1 << 20, Sealer: storetest.Sealer(tb)})
	keys := make([]*key, n)
	err := db.Update(tb.Context(), func(tx *store.Tx) error {
		for i := range keys {
			keys[i] = newKey("111122223333", "us-east-1", material.NewKeyID(), s.clock.Now())
			keys[i].Spec, keys[i].Material = types.KeySpecSymmetricDefault, material.ID{}.String()
			r, err := keys[i].record()
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
	return s, keys
}

func useAt(t time.Time) *iam.Caller {
	return &iam.Caller{Event: &cloudtrail.Event{ID: "event", Name: "Encrypt", Time: t, RequestID: "request"}}
}

// unsaved counts the uses that are in memory.
func (s *Service) unsaved() int {
	n := 0
	for i := range s.uses.shards {
		n += len(s.uses.shards[i].unsaved)
	}
	return n
}

// TestManyKeyUses saves more uses than one transaction writes, while keys are used.
func TestManyKeyUses(t *testing.T) {
	t.Parallel()
	s, keys := useWorld(t, 2*usesPerWrite+10)
	t0 := keys[0].Created.Add(time.Hour).UTC() // after all of them were made
	for round := range 3 {
		at := t0.Add(time.Duration(round) * time.Second)
		var wg sync.WaitGroup
		wg.Go(func() {
			for _, k := range keys {
				s.used(useAt(at), k)
				s.used(useAt(at.Add(-time.Millisecond)), k) // which began earlier
			}
		})
		wg.Go(func() {
			for range 3 {
				if err := s.SaveUses(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
		for _, k := range keys {
			if use, err := s.lastUse(k, s.getter(t.Context())); err != nil || !use.Time.Equal(at) || use.Operation != "Encrypt" {
				t.Fatalf("round %d: %+v, %v; want %v", round, use, err, at)
			}
		}
	}
	if err := s.SaveUses(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.unsaved(); n != 0 {
		t.Errorf("%d uses are in memory after they were saved", n)
	}
}

// TestUsesAreBounded uses more keys than there is room for. They ask to be saved early, and
// keys that are known stay up to date.
func TestUsesAreBounded(t *testing.T) {
	t.Parallel()
	uses := newKeyUses()
	t0 := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const most = useShards * mostUses
	for i := range most * 3 / 2 {
		uses.note(fmt.Sprint(i), keyUse{Time: t0})
	}
	n, lost := 0, 0
	for i := range uses.shards {
		n, lost = n+len(uses.shards[i].unsaved), lost+uses.shards[i].lost
	}
	if n != most || n+lost != most*3/2 {
		t.Errorf("%d keys are known and %d uses lost; want %d in all, %d of them known", n, lost, most*3/2, most)
	}
	select {
	case <-uses.early:
	default:
		t.Error("nothing asks for the uses to be saved")
	}
	uses.note("0", keyUse{Time: t0.Add(time.Second)})
	if got := uses.of("0").Time; !got.Equal(t0.Add(time.Second)) {
		t.Errorf("the last use of a known key is %v", got)
	}
}

// BenchmarkUsed is what a call pays for the note of its use.
func BenchmarkUsed(b *testing.B) {
	s := &Service{uses: newKeyUses()}
	keys := make([]*key, 1000)
	for i := range keys {
		keys[i] = newKey("111122223333", "us-east-1", material.NewKeyID(), time.Now())
	}
	for _, n := range []int{1, len(keys)} {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				c := useAt(time.Now())
				for i := 0; p.Next(); i++ {
					s.used(c, keys[i%n])
				}
			})
		})
	}
}

// BenchmarkSaveUses is what the job pays for each key that was used since.
func BenchmarkSaveUses(b *testing.B) {
	s, keys := useWorld(b, 1000)
	t0 := time.Now()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		for _, k := range keys {
			s.used(useAt(t0.Add(time.Duration(i)*time.Second)), k)
		}
		if err := s.SaveUses(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/key")
}
