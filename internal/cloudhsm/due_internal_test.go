package cloudhsm

import (
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/store"
)

// TestStuckClusters has more clusters that nothing can be done for than a run sees to, all older than
// one that is to be made.
func TestStuckClusters(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		s := New(Options{DB: db, Clock: clock.At(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)), Log: slog.New(slog.DiscardHandler), Dir: t.TempDir()})
		t.Cleanup(func() { _ = s.Close() })
		insert := func(c *cluster) ClusterRef {
			t.Helper()
			c.ClusterRef = ClusterRef{"111122223333", "us-east-1", newID("cluster-")}
			r, err := c.record()
			if err == nil {
				err = db.Update(t.Context(), func(tx *store.Tx) error { return tx.Insert(r) })
			}
			if err != nil {
				t.Fatal(err)
			}
			return c.ClusterRef
		}
		for range maxDue + 1 {
			insert(&cluster{
				State: types.ClusterStateActive, Created: s.now().Add(-time.Hour), // there is no backup to make its HSM of
				HSMs: []*unit{{ID: newID("hsm-"), State: types.HsmStateCreateInProgress}},
			})
		}
		for range 2 {
			made := insert(&cluster{State: types.ClusterStateCreateInProgress, Created: s.now()})
			for range 2 {
				if err := s.progressClusters(t.Context()); err == nil {
					t.Error("nothing is wrong with the clusters")
				}
			}
			if c, err := s.find(s.read(t.Context()), made); err != nil || c.State != types.ClusterStateUninitialized {
				t.Errorf("%+v, %v", c, err)
			}
		}
		if n := len(s.clusterRounds.tried); n != maxDue+1 {
			t.Errorf("%d records are remembered", n)
		}
	})
}

// TestStuckHSM has an HSM that stays behind. The job comes back to it in its own time, and writes
// nothing.
func TestStuckHSM(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx := t.Context()
		back := r.takeAway(r.unitDir(r.ref, r.cluster().HSMs[1]))
		r.must("Generate", r.session(userPassword).Generate(ctx, keyID(1), "one"))
		r.must("a first run", r.progressClusters(ctx)) // with the first automatic backup
		for len(r.wakeClusters) > 0 {
			<-r.wakeClusters
		}
		before := r.cluster()
		r.must("a run", r.progressClusters(ctx))
		if now := r.cluster(); now.version != before.version || len(r.wakeClusters) > 0 {
			t.Errorf("written: %t, another run at once: %t", now.version != before.version, len(r.wakeClusters) > 0)
		}
		back()
		r.must("a run when it is back", r.progressClusters(ctx))
		if n := len(r.cluster().serving()); n != 3 {
			t.Errorf("%d HSMs serve", n)
		}
	})
}
