package cloudhsm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// backupEvery is how often a cluster is backed up by itself.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/userguide/backups.html
const backupEvery = 24 * time.Hour

// Jobs is the background work: states in progress, automatic backups, and the end of backups
// that are due.
func (s *Service) Jobs(node string) []job.Job {
	return []job.Job{
		{Name: "cloudhsm-clusters", Every: 5 * time.Second, Run: s.progressClusters, Early: s.wakeClusters},
		{Name: "cloudhsm-backups", Every: 5 * time.Second, Run: s.progressBackups, Early: s.wakeBackups},
		{Name: "cloudhsm-idle/" + node, Every: time.Minute, Run: s.closeIdle},
	}
}

// wake asks for a run of the jobs.
func (s *Service) wake() {
	for _, c := range []chan struct{}{s.wakeClusters, s.wakeBackups} {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// progressClusters does what is due for clusters.
func (s *Service) progressClusters(ctx context.Context) error {
	return s.eachDue(ctx, clusterKind, &s.clusterRounds, func(ctx context.Context, r store.Record) error {
		err := s.progress(ctx, parseRef(r.Key))
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	})
}

// progress takes a cluster from a state in progress to the next.
func (s *Service) progress(ctx context.Context, ref ClusterRef) error {
	unlock, err := s.lock(ctx, ref)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.DB.Sync(ctx); err != nil {
		return err
	}
	c, err := s.find(s.read(ctx), ref)
	if err != nil || c == nil {
		return err
	}
	switch c.State {
	case types.ClusterStateCreateInProgress:
		return s.created(ctx, c)
	case types.ClusterStateInitializeInProgress:
		return s.initialized(ctx, c)
	case types.ClusterStateDeleteInProgress:
		return s.deleted(ctx, c)
	case types.ClusterStateDeleted:
		return s.forget(ctx, c)
	}
	if c, err = s.settled(ctx, ref); err != nil {
		return err
	}
	for _, u := range c.HSMs {
		switch u.State {
		case types.HsmStateCreateInProgress:
			err = s.createUnit(ctx, c, u)
		case types.HsmStateDeleteInProgress:
			err = s.deleteUnit(ctx, c, u)
		}
		if err != nil {
			return fmt.Errorf("HSM %s: %w", u.ID, err)
		}
	}
	return s.backUpDue(ctx, ref)
}

// created makes the cluster's key and request for a certificate, unless it has what its
// source backup has.
func (s *Service) created(ctx context.Context, c *cluster) error {
	if c.Source == "" {
		made, err := newIdentity(c.ID)
		if err != nil {
			return err
		}
		_, err = s.update(ctx, c.ClusterRef, func(_ *store.Tx, c *cluster) error {
			if c.State == types.ClusterStateCreateInProgress {
				c.State, c.Identity = types.ClusterStateUninitialized, made
			}
			return nil
		})
		return err
	}
	_, err := s.update(ctx, c.ClusterRef, func(tx *store.Tx, c *cluster) error {
		if c.State != types.ClusterStateCreateInProgress {
			return nil
		}
		from, err := findBackup(tx.Get, c.source())
		if err != nil {
			return err
		}
		if from == nil {
			c.Message = "The backup that the cluster was to be made of is gone."
			c.State = types.ClusterStateDeleteInProgress
			return nil
		}
		for _, u := range from.Users {
			u.Failures = 0
			if err := u.upsert(tx, c.ClusterRef); err != nil {
				return err
			}
		}
		c.State = types.ClusterStateActive
		if c.Identity.Officer != "" {
			c.State = types.ClusterStateInitialized
		}
		c.Backup = s.now().Add(backupEvery)
		return nil
	})
	return err
}

// source names the backup that the cluster was made of.
func (c *cluster) source() ClusterRef { return ClusterRef{c.SourceAccount, c.Region, c.Source} }

// initialized ends the claim of a cluster, with its first backup.
func (s *Service) initialized(ctx context.Context, c *cluster) error {
	_, err := s.update(ctx, c.ClusterRef, func(tx *store.Tx, c *cluster) error {
		if c.State != types.ClusterStateInitializeInProgress {
			return nil
		}
		c.State, c.Backup = types.ClusterStateInitialized, s.now().Add(backupEvery)
		return s.newBackup(tx, c)
	})
	s.wake()
	return err
}

// deleted removes what is left of a cluster.
func (s *Service) deleted(ctx context.Context, c *cluster) error {
	if err := os.RemoveAll(s.clusterDir(c.ClusterRef)); err != nil {
		return err
	}
	_, err := s.update(ctx, c.ClusterRef, func(tx *store.Tx, c *cluster) error {
		all, err := users(tx.Scan, c.ClusterRef)
		if err != nil {
			return err
		}
		for _, u := range all {
			if err := tx.Delete(userKind, userKey(c.ClusterRef, u.Name)); err != nil {
				return err
			}
		}
		if err := tx.Delete(loginKind, c.key()); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		c.State, c.Deleted, c.Change = types.ClusterStateDeleted, s.now(), nil
		c.Identity.Key, c.Identity.Officer = nil, ""
		return nil
	})
	return err
}

// forget removes the record of a cluster that was deleted.
func (s *Service) forget(ctx context.Context, c *cluster) error {
	if s.Clock.Now().Before(c.due()) {
		return nil
	}
	if err := os.RemoveAll(s.clusterDir(c.ClusterRef)); err != nil { // the lock has made it anew
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.Delete(clusterKind, c.key()) })
}

// createUnit makes an HSM: a new token if it is the first of its cluster, else a copy of
// another HSM, or of the newest backup if there is no other.
func (s *Service) createUnit(ctx context.Context, c *cluster, u *unit) error {
	fill, err := s.filling(ctx, c)
	if err != nil {
		return err
	}
	if err := s.build(c, u, fill); err != nil {
		return err
	}
	_, err = s.update(ctx, c.ClusterRef, func(tx *store.Tx, c *cluster) error {
		made := c.unit(u.ID)
		if made == nil || made.State != types.HsmStateCreateInProgress {
			return nil // it is to be deleted already
		}
		made.State = types.HsmStateActive
		if !c.initialized() {
			return nil
		}
		return s.newBackup(tx, c)
	})
	s.wake()
	return err
}

// filling says what a new HSM of the cluster is filled with.
func (s *Service) filling(ctx context.Context, c *cluster) (func(dir string) error, error) {
	if _, tokens, _ := s.sources(c); len(tokens) > 0 {
		if err := equalize(tokens); err != nil {
			return nil, err
		}
		return func(dir string) error { return copyToken(filepath.Dir(tokens[0]), dir) }, nil
	}
	if slices.ContainsFunc(c.HSMs, func(u *unit) bool { return u.State == types.HsmStateActive }) {
		return nil, errNoSource
	}
	from, err := s.newestBackup(ctx, c)
	switch {
	case err != nil:
		return nil, err
	case from != nil:
		return func(dir string) error { return copyToken(s.backupDir(from.ClusterRef), dir) }, nil
	case c.initialized():
		return nil, errors.New("there is no backup to restore the cluster from")
	}
	return func(dir string) error { return s.initialize(ctx, c, dir) }, nil
}

// newestBackup is what a cluster without HSMs is restored from; nil if there is none.
func (s *Service) newestBackup(ctx context.Context, c *cluster) (*backup, error) {
	all, err := backupsOf(func(kind string, r store.Range) ([]store.Record, error) { return s.DB.ScanRef(ctx, kind, r) }, c.ClusterRef)
	if err != nil {
		return nil, err
	}
	var newest *backup
	for _, b := range all {
		if b.State == types.BackupStateReady && b.Copied.IsZero() && (newest == nil || b.place() > newest.place()) {
			newest = b
		}
	}
	if newest == nil && c.Source != "" {
		return findBackup(s.read(ctx), c.source())
	}
	return newest, nil
}

// build makes the folder of an HSM, which appears when it is complete. One that is there already is
// of a time before a kill: since then keys may have been made, or destroyed, and passwords changed.
func (s *Service) build(c *cluster, u *unit, fill func(dir string) error) error {
	dir := s.unitDir(c.ClusterRef, u)
	making := dir + unfinished
	if err := errors.Join(os.RemoveAll(making), os.RemoveAll(dir)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(making, "tokens"), 0o700); err != nil {
		return err
	}
	if err := writeConf(making); err != nil {
		return err
	}
	if err := fill(filepath.Join(making, "tokens")); err != nil {
		return errors.Join(err, os.RemoveAll(making))
	}
	return errors.Join(os.Rename(making, dir), syncDir(filepath.Dir(dir)))
}

// initialize makes a new token in a folder, with the officer's first password.
func (s *Service) initialize(ctx context.Context, c *cluster, dir string) error {
	conn := s.openFolder(filepath.Dir(dir))
	err := conn.token.Initialize(ctx, secret.FromString(c.Identity.Officer), c.ID)
	return errors.Join(err, conn.module.Close())
}

// deleteUnit removes an HSM, after a backup of what is in it. It waits for others that are
// behind, as long as nobody else has everything.
func (s *Service) deleteUnit(ctx context.Context, c *cluster, u *unit) error {
	others := slices.DeleteFunc(slices.Clone(c.HSMs), func(o *unit) bool { return o.ID == u.ID || o.State != types.HsmStateActive })
	if !u.Behind && len(others) > 0 && !slices.ContainsFunc(others, (*unit).serves) {
		return errors.New("the other HSMs of the cluster lack what this one has, and can't be reached")
	}
	_, err := s.token(c.ClusterRef, u)
	if err == nil && !u.Behind && c.initialized() {
		if err := s.backUp(ctx, c, u); err != nil {
			return fmt.Errorf("back up: %w", err)
		}
	}
	s.disconnect(ctx, c, u)
	dir := s.unitDir(c.ClusterRef, u)
	if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(dir+unfinished)); err != nil {
		return err
	}
	_, err = s.update(ctx, c.ClusterRef, func(_ *store.Tx, c *cluster) error {
		c.HSMs = slices.DeleteFunc(c.HSMs, func(o *unit) bool { return o.ID == u.ID })
		return nil
	})
	return err
}

// backUpDue begins the automatic backup of a cluster if it is due.
func (s *Service) backUpDue(ctx context.Context, ref ClusterRef) error {
	due := func(c *cluster) bool { return c.backedUp() && !s.Clock.Now().Before(c.Backup) }
	// A cluster with an HSM that stays behind is here in each run: nothing is written for it.
	if c, err := s.find(s.read(ctx), ref); err != nil || c == nil || !due(c) {
		return err
	}
	_, err := s.update(ctx, ref, func(tx *store.Tx, c *cluster) error {
		if !due(c) {
			return nil
		}
		c.Backup = s.now().Add(backupEvery)
		return s.newBackup(tx, c)
	})
	s.wake()
	return err
}
