package cloudhsm

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/store"
)

// TestRetention lets backups that are records alone come to the end of their time.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/userguide/manage-backup-retention.html
func TestRetention(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := clock.At(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
		s := New(Options{DB: db, Clock: c, Log: slog.New(slog.DiscardHandler), Dir: t.TempDir()})
		t.Cleanup(func() { _ = s.Close() })
		insert := func(cluster string, age int, forever bool) ClusterRef {
			t.Helper()
			b := &backup{
				ClusterRef: ClusterRef{"111122223333", "us-east-1", newID("backup-")}, State: types.BackupStateReady, Cluster: cluster,
				Created: s.now().AddDate(0, 0, -age), Retention: 7, NeverExpires: forever,
			}
			if err := db.Update(t.Context(), b.insert); err != nil {
				t.Fatal(err)
			}
			return b.ClusterRef
		}
		old, kept, young, last := insert("cluster-a", 6, false), insert("cluster-a", 6, true), insert("cluster-a", 2, false), insert("cluster-b", 6, false)
		states := func(when string, want map[ClusterRef]types.BackupState) {
			t.Helper()
			if err := s.progressBackups(t.Context()); err != nil {
				t.Fatal(err)
			}
			for ref, state := range want {
				b, err := findBackup(s.read(t.Context()), ref)
				if err != nil {
					t.Fatal(err)
				}
				is := types.BackupState("none")
				if b != nil {
					is = b.State
				}
				if is != state {
					t.Errorf("%s: backup %s is %s, want %s", when, ref.ID, is, state)
				}
			}
		}
		const ready, pending, none = types.BackupStateReady, types.BackupStatePendingDeletion, "none"
		c.Advance(23 * time.Hour)
		states("after 6 days and 23 hours", map[ClusterRef]types.BackupState{old: ready, kept: ready, young: ready, last: ready})
		c.Advance(time.Hour)
		states("after a week", map[ClusterRef]types.BackupState{old: pending, kept: ready, young: ready, last: ready})
		c.Advance(7*24*time.Hour - time.Minute)
		states("before two weeks", map[ClusterRef]types.BackupState{old: pending, kept: ready, young: pending, last: ready})
		c.Advance(time.Minute)
		states("after two weeks", map[ClusterRef]types.BackupState{old: none, kept: ready, young: pending, last: ready})
		c.Advance(100 * 24 * time.Hour)
		states("much later", map[ClusterRef]types.BackupState{old: none, kept: ready, young: none, last: ready})

		// The last backups of more clusters than a run takes keep nobody from the others.
		for i := range maxDue + 1 {
			insert(fmt.Sprintf("cluster-%d", i), 400, false)
		}
		next := insert("cluster-b", 8, false)
		states("beside many that stay", nil)
		states("a run later", map[ClusterRef]types.BackupState{next: pending, last: ready})
		insert("cluster-b", 0, false)
		c.Advance(keptFor)
		states("with a successor", nil)
		states("with a successor, a run later", map[ClusterRef]types.BackupState{last: pending})
	})
}
