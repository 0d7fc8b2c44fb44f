package cloudhsm

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/store"
)

// change is a change of the keys of a cluster that has begun. It is in the cluster's record
// before the first HSM is touched, and gone when all HSMs have it. What a kill leaves is undone
// (a key that nobody was told of) or finished (a key that was to be destroyed).
//
// The first HSM is changed through PKCS#11; the others get, or lose, the same files. Before a
// change all HSMs have the same files, so that afterwards the difference is the change.
type change struct {
	ID    string   `json:"id"` // whose it is
	Op    string   `json:"op"`
	HSM   string   `json:"hsm"` // that is changed first
	Key   string   `json:"key"` // its CKA_ID
	Label string   `json:"label"`
	Files []string `json:"files,omitempty"` // the one that appeared or disappeared there

	// Before is the sum of the files that the first HSM had. The file that makes the difference
	// follows from it, whatever the other HSMs have or have lost meanwhile: to take one for the
	// other would lose keys.
	Before []byte `json:"before,omitempty"`
}

const (
	opGenerate = "generate"
	opDestroy  = "destroy"
)

// ending is what has come of a change.
type ending int

const (
	unchanged ending = iota // all is as it was before
	changed                 // it was made
	unknown                 // some HSM may, or may not, have the key
)

// errOvertaken is returned when somebody else has ended a change: the locks of the file system
// do not work.
var errOvertaken = errors.New("another process has ended the change")

// errNoSource is returned when no HSM that has everything can be read.
var errNoSource = errors.New("no HSM that has all keys can be read")

// begin writes a change into the cluster's record. The cluster is locked.
func (s *Service) begin(ctx context.Context, c *cluster, ch change) (*cluster, error) {
	ch.ID = rand.Text()
	return s.update(ctx, c.ClusterRef, func(tx *store.Tx, c *cluster) error {
		if c.Change != nil {
			return errOvertaken
		}
		c.Change = new(ch)
		if ch.Op == opGenerate {
			return s.newKey(tx, c, ch.Key, ch.Label)
		}
		return goingKey(tx, c, ch.Key, ch.Label, true)
	})
}

// note writes into the record which files a change is about.
func (s *Service) note(ctx context.Context, c *cluster, files []string) (*cluster, error) {
	id := c.Change.ID
	return s.update(ctx, c.ClusterRef, func(_ *store.Tx, c *cluster) error {
		if c.Change == nil || c.Change.ID != id {
			return errOvertaken
		}
		c.Change.Files = files
		return nil
	})
}

// finish ends a change. HSMs that did not take part are behind from now on.
func (s *Service) finish(ctx context.Context, c *cluster, behind []string, end ending) (*cluster, error) {
	id := c.Change.ID
	return s.update(ctx, c.ClusterRef, func(tx *store.Tx, c *cluster) (err error) {
		if c.Change == nil || c.Change.ID != id {
			return errOvertaken
		}
		switch ch := c.Change; {
		case ch.Op == opGenerate && end == unchanged:
			err = forgetKey(tx, c, ch.Key)
		case ch.Op == opDestroy && end == unchanged:
			err = goingKey(tx, c, ch.Key, ch.Label, false)
		case ch.Op == opDestroy && end == changed:
			err = s.destroyedKey(tx, c, ch.Key, ch.Label)
		}
		c.Change = nil
		c.fallBehind(behind)
		return err
	})
}

func (c *cluster) fallBehind(ids []string) {
	for _, u := range c.HSMs {
		u.Behind = u.Behind || slices.Contains(ids, u.ID)
	}
}

// sources are the HSMs that have everything, with the folders of their tokens. Those that serve come
// first: one that is about to be deleted has what there was when that began, but not what is new since
// then. Those that can't be read are left out and named.
func (s *Service) sources(c *cluster) (units []*unit, tokens []string, unreadable []string) {
	for _, state := range []types.HsmState{types.HsmStateActive, types.HsmStateDeleteInProgress} {
		for _, u := range c.HSMs {
			if u.Behind || u.State != state {
				continue
			}
			t, err := s.token(c.ClusterRef, u)
			if err == nil {
				_, err = objects(t)
			}
			switch {
			case err == nil:
				units, tokens = append(units, u), append(tokens, t)
			case u.serves():
				unreadable = append(unreadable, u.ID)
			}
		}
	}
	return units, tokens, unreadable
}

// settled returns the cluster as its record has it, after what others have left half done was
// undone or finished. The cluster is locked.
func (s *Service) settled(ctx context.Context, ref ClusterRef) (*cluster, error) {
	if err := s.DB.Sync(ctx); err != nil {
		return nil, err
	}
	c, err := s.find(s.read(ctx), ref)
	switch {
	case err != nil:
		return nil, err
	case c == nil || c.State == types.ClusterStateDeleted:
		return nil, ErrNotFound
	case c.declared != nil:
		return c, nil
	}
	if c.Change != nil {
		if c, err = s.settle(ctx, c); err != nil {
			return nil, fmt.Errorf("end a change that was interrupted: %w", err)
		}
	}
	return s.catchUp(ctx, c)
}

// settle ends the change that is in the cluster's record. The cluster is locked.
func (s *Service) settle(ctx context.Context, c *cluster) (*cluster, error) {
	units, tokens, behind := s.sources(c)
	files, known := c.Change.Files, true
	if len(files) == 0 {
		var err error
		if files, known, err = c.Change.difference(units, tokens); err != nil {
			return nil, err
		}
	}
	// Whether it was made or destroyed: in the end there is no such key. Only a key whose
	// destruction had not begun is left as it was: then there is no difference.
	failed := 0
	for i, t := range tokens {
		if err := removeObjects(t, files); err != nil {
			behind = append(behind, units[i].ID)
			failed++
		}
	}
	if failed == len(tokens) && len(units)+len(behind) > 0 {
		return nil, errNoSource // nobody may be behind everybody
	}
	end := unknown
	switch {
	case c.Change.Op == opDestroy && len(files) > 0:
		end = changed
	case known && (len(behind) == 0 || c.Change.Op == opDestroy):
		end = unchanged
	}
	return s.finish(ctx, c, behind, end)
}

// difference is the file that appeared or disappeared on the first HSM. known is false if that
// can't be told; then nothing must be removed.
func (ch *change) difference(units []*unit, tokens []string) (files []string, known bool, err error) {
	first := slices.IndexFunc(units, func(u *unit) bool { return u.ID == ch.HSM })
	if first < 0 {
		return nil, false, nil
	}
	here, err := objects(tokens[first])
	if err != nil {
		return nil, false, err
	}
	missing := xor(ch.Before, sum(here))
	if bytes.Equal(missing, sum(nil)) {
		return nil, true, nil
	}
	candidates := here
	if ch.Op == opDestroy {
		candidates = nil
		for i, t := range tokens {
			there, err := objects(t)
			if i == first || err != nil {
				continue // one that can't be read falls behind
			}
			candidates = append(candidates, without(there, here)...)
		}
	}
	for _, name := range candidates {
		if bytes.Equal(sum([]string{name}), missing) {
			return []string{name}, true, nil
		}
	}
	return nil, false, nil
}

// sum is the same for the same files in any order; the sum of two sets of files differs by the sum
// of what one of them has and the other has not.
func sum(files []string) []byte {
	total := make([]byte, sha256.Size)
	for _, name := range files {
		one := sha256.Sum256([]byte(name))
		total = xor(total, one[:])
	}
	return total
}

// xor combines two sums. A record without one has no sum that any file could differ by.
func xor(a, b []byte) []byte {
	out := slices.Clone(b)
	for i := range min(len(a), len(b)) {
		out[i] ^= a[i]
	}
	return out
}

// catchUp makes the HSMs that are behind the same as one that is not. Those that still can't
// be reached stay behind. The cluster is locked.
func (s *Service) catchUp(ctx context.Context, c *cluster) (*cluster, error) {
	if !slices.ContainsFunc(c.HSMs, func(u *unit) bool { return u.Behind && u.State == types.HsmStateActive }) {
		return c, nil
	}
	_, tokens, _ := s.sources(c)
	if len(tokens) == 0 {
		return c, nil
	}
	var caught []string
	for _, u := range c.HSMs {
		if !u.Behind || u.State != types.HsmStateActive {
			continue
		}
		if err := s.renew(c, u, tokens[0]); err != nil {
			s.Log.WarnContext(ctx, "an HSM can't be brought up to date", "cluster", c.ID, "hsm", u.ID, "error", err)
			continue
		}
		s.disconnect(ctx, c, u)
		if conn := s.connect(c, u); !conn.answers(ctx) {
			conn.passOver()
			continue
		}
		caught = append(caught, u.ID)
	}
	if len(caught) == 0 {
		return c, nil
	}
	return s.update(ctx, c.ClusterRef, func(_ *store.Tx, c *cluster) error {
		for _, u := range c.HSMs {
			u.Behind = u.Behind && !slices.Contains(caught, u.ID)
		}
		return nil
	})
}

// renew makes an HSM the same as the one with that token; anew, if nothing is left of it.
func (s *Service) renew(c *cluster, u *unit, from string) error {
	t, err := s.token(c.ClusterRef, u)
	if errors.Is(err, fs.ErrNotExist) {
		return s.build(c, u, func(dir string) error { return copyToken(filepath.Dir(from), dir) })
	}
	if err != nil {
		return err
	}
	return mirror(from, t)
}

// answers says whether the HSM's token can be seen.
func (c *connection) answers(ctx context.Context) bool {
	info, err := c.token.Info(ctx)
	return err == nil && info.Initialized
}

// has says whether the HSM has the key.
func (c *connection) has(ctx context.Context, id string) (bool, error) {
	found, err := c.token.Keys(ctx, hsm.Filter{ID: id})
	if errors.Is(err, hsm.ErrNoKey) {
		return false, nil
	}
	return len(found) > 0, err
}
