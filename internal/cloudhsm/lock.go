package cloudhsm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lock keeps everybody else from changing what is in the HSMs of a cluster: in this process
// by a channel, in others (nodes that share Dir, commands of the operator) by a lock of the
// file system. It ends with the process that holds it.
func (s *Service) lock(ctx context.Context, ref ClusterRef) (unlock func(), err error) {
	turn := s.turn(ref)
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	release := func() { <-turn }
	if s.declaredCluster(ref) != nil {
		return release, nil
	}
	f, err := lockFile(ctx, s.clusterDir(ref))
	if err != nil {
		release()
		return nil, fmt.Errorf("lock cluster %s: %w", ref.ID, err)
	}
	return func() {
		_ = f.Close()
		release()
	}, nil
}

func (s *Service) turn(ref ClusterRef) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.turns[ref]
	if !ok {
		t = make(chan struct{}, 1)
		s.turns[ref] = t
	}
	return t
}

// lockFile locks a file in a cluster's folder.
func lockFile(ctx context.Context, dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return f, nil
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return nil, errors.Join(err, f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
