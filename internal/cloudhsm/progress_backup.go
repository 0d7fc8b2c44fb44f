package cloudhsm

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/store"
)

// newBackup writes down that a backup of the cluster is to be made.
func (s *Service) newBackup(tx *store.Tx, c *cluster) error {
	b := &backup{
		ClusterRef: ClusterRef{c.Account, c.Region, newID("backup-")}, State: types.BackupStateCreateInProgress, Cluster: c.ID, Created: s.now(),
		Retention: c.Retention, HSMType: c.HSMType, Mode: c.Mode, Tags: slices.Clone(c.Tags), Identity: c.Identity,
	}
	return b.insert(tx)
}

// progressBackups does what is due for backups.
func (s *Service) progressBackups(ctx context.Context) error {
	return s.eachDue(ctx, backupKind, &s.backupRounds, func(ctx context.Context, r store.Record) error {
		b, err := decodeBackup(r)
		if err != nil {
			return err
		}
		return s.progressBackup(ctx, b)
	})
}

func (s *Service) progressBackup(ctx context.Context, b *backup) error {
	switch b.State {
	case types.BackupStateCreateInProgress:
		if b.SourceBackup != "" && b.SourceRegion != b.Region {
			return s.copyFiles(ctx, b)
		}
		return s.makeBackup(ctx, b)
	case types.BackupStateReady:
		return s.expire(ctx, b)
	}
	return s.purge(ctx, b)
}

// makeBackup copies an HSM of the backup's cluster, or gives the backup up if there is none.
func (s *Service) makeBackup(ctx context.Context, b *backup) error {
	unlock, err := s.lock(ctx, b.cluster())
	if err != nil {
		return err
	}
	defer unlock()
	c, err := s.settled(ctx, b.cluster())
	if errors.Is(err, ErrNotFound) {
		return s.giveUp(ctx, b)
	}
	if err != nil {
		return err
	}
	units, _, unreadable := s.sources(c)
	switch {
	case len(units) > 0:
		return s.fillBackup(ctx, b, c, units[0])
	case len(unreadable) > 0:
		return errNoSource
	}
	return s.giveUp(ctx, b)
}

func (s *Service) giveUp(ctx context.Context, b *backup) error {
	if err := s.removeBackup(b); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.Delete(backupKind, b.key()) })
}

// backUp makes a backup of a certain HSM at once. The cluster is locked.
func (s *Service) backUp(ctx context.Context, c *cluster, u *unit) error {
	var b *backup
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		// One for this HSM that was interrupted is gone on with.
		all, err := backupsOf(tx.ScanRef, c.ClusterRef)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(all, func(b *backup) bool { return b.HSM == u.ID && b.Copied.IsZero() }); i >= 0 {
			b = all[i]
			return nil
		}
		b = &backup{
			ClusterRef: ClusterRef{c.Account, c.Region, newID("backup-")}, State: types.BackupStateCreateInProgress, Cluster: c.ID, Created: s.now(),
			Retention: c.Retention, HSMType: c.HSMType, Mode: c.Mode, Tags: slices.Clone(c.Tags), Identity: c.Identity, HSM: u.ID,
		}
		return b.insert(tx)
	})
	if err != nil || b.State != types.BackupStateCreateInProgress {
		return err
	}
	return s.fillBackup(ctx, b, c, u)
}

// fillBackup copies the files of an HSM. The time of the backup is that of its end: what was
// made before is in it. The cluster is locked.
func (s *Service) fillBackup(ctx context.Context, b *backup, c *cluster, u *unit) error {
	token, err := s.token(c.ClusterRef, u)
	if err != nil {
		return err
	}
	if err := s.copyInto(parent(token), b); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := findBackup(tx.Get, b.ClusterRef)
		if found == nil || err != nil || found.State != types.BackupStateCreateInProgress {
			return err
		}
		if found.Users, err = users(tx.Scan, c.ClusterRef); err != nil {
			return err
		}
		found.State, found.Created, found.Identity = types.BackupStateReady, s.now(), c.Identity
		return found.put(tx)
	})
}

// copyFiles copies the files of a backup of another Region.
func (s *Service) copyFiles(ctx context.Context, b *backup) error {
	from := ClusterRef{b.Account, b.SourceRegion, b.SourceBackup}
	source, err := findBackup(s.read(ctx), from)
	if err != nil {
		return err
	}
	if source == nil {
		return s.giveUp(ctx, b)
	}
	if err := s.copyInto(s.backupDir(from), b); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := findBackup(tx.Get, b.ClusterRef)
		if found == nil || err != nil {
			return err
		}
		found.State = types.BackupStateReady
		return found.put(tx)
	})
}

// copyInto copies the token below a folder into the folder of a backup, which appears when it
// is complete.
func (s *Service) copyInto(from string, b *backup) error {
	dir := s.backupDir(b.ClusterRef)
	if err := s.removeBackup(b); err != nil {
		return err
	}
	if err := os.MkdirAll(dir+unfinished, 0o700); err != nil {
		return err
	}
	if err := copyToken(from, dir+unfinished); err != nil {
		return err
	}
	return errors.Join(os.Rename(dir+unfinished, dir), syncDir(parent(dir)))
}

func (s *Service) removeBackup(b *backup) error {
	dir := s.backupDir(b.ClusterRef)
	return errors.Join(os.RemoveAll(dir), os.RemoveAll(dir+unfinished))
}

// keptFor is how long the last backup of a cluster is not looked at again. Those of clusters that are
// gone stay for ever, and must not be all that the job ever gets to see.
const keptFor = 24 * time.Hour

// expire deletes a backup at the end of its time, unless it is the last one of its cluster.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/userguide/manage-backup-retention.html
func (s *Service) expire(ctx context.Context, b *backup) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		all, err := backupsOf(tx.ScanRef, b.cluster())
		if err != nil {
			return err
		}
		ready := 0
		var found *backup
		for _, o := range all {
			if o.State == types.BackupStateReady {
				ready++
			}
			if o.ID == b.ID {
				found = o
			}
		}
		if found == nil || found.State != types.BackupStateReady || found.due().IsZero() || s.Clock.Now().Before(found.due()) {
			return nil
		}
		if ready < 2 {
			found.Kept = s.now().Add(keptFor)
			return found.put(tx)
		}
		found.State, found.Deleted = types.BackupStatePendingDeletion, s.now().Add(backupWaits)
		return found.put(tx)
	})
}

// purge deletes a backup for good: first it can't be restored any more, then its files go, and
// its record last.
func (s *Service) purge(ctx context.Context, b *backup) error {
	gone := false
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		gone = false
		found, err := findBackup(tx.Get, b.ClusterRef)
		switch {
		case err != nil || found == nil:
			return err
		case found.State == types.BackupStateDeleted:
			gone = true
			return nil
		case found.State != types.BackupStatePendingDeletion || s.Clock.Now().Before(found.Deleted):
			return nil
		}
		gone = true
		found.State = types.BackupStateDeleted
		return found.put(tx)
	})
	if err != nil || !gone {
		return err
	}
	return s.giveUp(ctx, b)
}
