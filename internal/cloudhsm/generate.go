package cloudhsm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/store"
)

// ready are the HSMs of the cluster on which kmsuser is logged in. The others are down.
func (x *Session) ready(ctx context.Context, c *cluster) (units []*unit, last error) {
	for _, u := range c.serving() {
		err := x.on(ctx, c, u, x.service.connect(c, u), func(t *hsm.Token) error {
			_, err := t.Info(ctx)
			return err
		})
		if err != nil {
			last = err
			continue
		}
		units = append(units, u)
	}
	return units, last
}

// alone keeps everybody else from changing the cluster until unlock is called, and gives the HSMs
// that are ready: none only if the cluster has none.
func (x *Session) alone(ctx context.Context) (c *cluster, units []*unit, unlock func(), err error) {
	if unlock, err = x.service.lock(ctx, x.cluster); err != nil {
		return nil, nil, nil, err
	}
	if c, err = x.service.settled(ctx, x.cluster); err == nil {
		var last error
		if units, last = x.ready(ctx, c); len(units) == 0 && last != nil {
			err = fmt.Errorf("%w: %w", ErrUnreachable, last)
		}
	}
	if err != nil {
		unlock()
		return nil, nil, nil, err
	}
	return c, units, unlock, nil
}

// Generate makes an AES key of 256 bits whose CKA_ID is id and whose label is label. When it
// returns, the key is on every active HSM of the cluster, and on no fewer than it asks for. If
// it fails, there is no such key.
func (x *Session) Generate(ctx context.Context, id, label string) error {
	c, units, unlock, err := x.alone(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	switch {
	case zones(units) < c.minimum():
		return ErrTooFewHSMs
	case c.declared != nil:
		return x.generateDeclared(ctx, c, units, id, label)
	}
	return x.generate(ctx, c, units, id, label)
}

// generate makes a key on the first of the HSMs and copies it to all others.
func (x *Session) generate(ctx context.Context, c *cluster, ready []*unit, id, label string) error {
	s, first := x.service, ready[0]
	c, token, err := x.prepare(ctx, c, opGenerate, first, id, label)
	if err != nil {
		return err
	}
	made, err := x.changeFirst(ctx, c, first, token, func(t *hsm.Token) error { return t.GenerateAES(ctx, id, label) })
	if err == nil {
		c, err = s.note(ctx, c, made)
	}
	var behind []string
	if err == nil {
		behind, err = x.spread(ctx, c, ready, token, made, id)
	}
	if err == nil {
		_, err = s.finish(ctx, c, behind, changed)
	}
	if err != nil {
		x.undo(ctx)
		return err
	}
	return nil
}

// undo takes back a change that has failed, or ends a destruction. If that fails too, the job does it.
func (x *Session) undo(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, err := x.service.settled(ctx, x.cluster); err != nil {
		x.service.Log.WarnContext(ctx, "a change of a cluster's keys is ended later", "cluster", x.cluster.ID, "error", err)
	}
}

// prepare begins a change on the first HSM. All are equal before.
func (x *Session) prepare(ctx context.Context, c *cluster, op string, first *unit, id, label string) (_ *cluster, token string, err error) {
	s := x.service
	if err := s.equal(c); err != nil {
		return nil, "", err
	}
	if token, err = s.token(c.ClusterRef, first); err != nil {
		return nil, "", err
	}
	before, err := objects(token)
	if err != nil {
		return nil, "", err
	}
	c, err = s.begin(ctx, c, change{Op: op, HSM: first.ID, Key: id, Label: label, Before: sum(before)})
	return c, token, err
}

// equal makes all HSMs equal that can be read.
func (s *Service) equal(c *cluster) error {
	_, tokens, _ := s.sources(c)
	if err := equalize(tokens); err != nil {
		return fmt.Errorf("make the HSMs equal: %w", err)
	}
	return nil
}

// changeFirst changes the first HSM and returns the file that appeared or disappeared. If there
// are more, other tools have made or destroyed keys at the same time, and it can't be told which is
// whose.
func (x *Session) changeFirst(ctx context.Context, c *cluster, first *unit, token string, do func(*hsm.Token) error) ([]string, error) {
	before, err := objects(token)
	if err != nil {
		return nil, err
	}
	if err := x.on(ctx, c, first, x.service.connect(c, first), do); err != nil {
		return nil, err
	}
	after, err := objects(token)
	if err != nil {
		return nil, err
	}
	files := without(after, before)
	if c.Change.Op == opDestroy {
		files = without(before, after)
	}
	if len(files) != 1 {
		return nil, fmt.Errorf("%d files of the HSM have changed with one key", len(files))
	}
	return files, nil
}

// spread gives the new key to all HSMs but the first, and sees that each has it. Those that
// can't be given it are behind; if too few have it, that is an error.
func (x *Session) spread(ctx context.Context, c *cluster, ready []*unit, from string, files []string, id string) (behind []string, err error) {
	var have []*unit
	for _, u := range c.serving() {
		token, err := x.service.token(c.ClusterRef, u)
		if err == nil && u.ID != c.Change.HSM {
			err = addObjects(from, token, files)
		}
		seen := true
		if err == nil && slices.ContainsFunc(ready, func(r *unit) bool { return r.ID == u.ID }) {
			err = x.on(ctx, c, u, x.service.connect(c, u), func(t *hsm.Token) (err error) {
				found, err := t.Keys(ctx, hsm.Filter{ID: id})
				seen = len(found) > 0
				return err
			})
		} else {
			seen = false // it has the file, but nobody can ask it
		}
		switch {
		case err != nil:
			behind = append(behind, u.ID)
		case seen:
			have = append(have, u)
		}
	}
	if zones(have) < c.minimum() {
		return nil, ErrTooFewHSMs
	}
	return behind, nil
}

// replicated is how long the HSMs of a vendor have to see a new key.
const replicated = 5 * time.Second

// generateDeclared makes a key on one HSM and waits until the vendor's software has brought it
// to as many as there must be.
func (x *Session) generateDeclared(ctx context.Context, c *cluster, units []*unit, id, label string) error {
	s := x.service
	if err := s.DB.Update(ctx, func(tx *store.Tx) error { return s.newKey(tx, c, id, label) }); err != nil {
		return err
	}
	err := x.on(ctx, c, units[0], s.connect(c, units[0]), func(t *hsm.Token) error { return t.GenerateAES(ctx, id, label) })
	if err != nil {
		return err // it may be there all the same; its record says so
	}
	if err = x.replicated(ctx, c, units, id); err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), replicated)
	defer cancel()
	if err := x.destroyDeclared(ctx, c, units, id); err != nil {
		s.Log.WarnContext(ctx, "a key that can't be used stays in the HSM", "cluster", c.ID, "key", id, "error", err)
	}
	return err
}

// replicated waits until enough HSMs have a new key, and tries it on each of them.
func (x *Session) replicated(ctx context.Context, c *cluster, units []*unit, id string) error {
	s := x.service
	for end := time.Now().Add(replicated); ; {
		var have []*unit
		for _, u := range units {
			if found, err := s.connect(c, u).has(ctx, id); err == nil && found {
				have = append(have, u)
			}
		}
		if zones(have) >= c.minimum() {
			return x.tryOut(ctx, c, have, id)
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return ErrTooFewHSMs
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// tryOut encrypts with a new key on each of the HSMs, and decrypts on the next one. A vendor's
// module may make another kind of ciphertext than there is room for, or a key that is not the
// same everywhere.
func (x *Session) tryOut(ctx context.Context, c *cluster, units []*unit, id string) error {
	probe, key := []byte(id), hsm.KeyRef{ID: id}
	for i, u := range units {
		var sealed Sealed
		err := x.on(ctx, c, u, x.service.connect(c, u), func(t *hsm.Token) (err error) {
			sealed, err = t.Encrypt(ctx, key, probe[:8], probe)
			return err
		})
		if err == nil {
			err = fits(sealed)
		}
		var got []byte
		next := units[(i+1)%len(units)]
		if err == nil {
			err = x.on(ctx, c, next, x.service.connect(c, next), func(t *hsm.Token) (err error) {
				got, err = t.Decrypt(ctx, key, sealed, probe[:8])
				return err
			})
		}
		if err == nil && !bytes.Equal(got, probe) {
			err = errors.New("it opens to another plaintext")
		}
		if err != nil {
			return fmt.Errorf("a new key does not work on HSM %s and %s: %w", u.ID, next.ID, err)
		}
	}
	return nil
}

// ivSize is the only length of initialization vectors that ciphertexts have room for.
const ivSize = 12

// ErrIV is returned when an HSM makes initialization vectors of another length.
var ErrIV = errors.New("the HSM makes AES-GCM initialization vectors that do not have 12 bytes (Luna in FIPS mode before firmware 7.9.3 is known for it)")

// fits refuses what could not be read back.
func fits(s Sealed) error {
	if len(s.IV) != ivSize {
		return ErrIV
	}
	return nil
}

// Destroy removes the key from every HSM of the cluster. ErrNoKey says that none had it.
func (x *Session) Destroy(ctx context.Context, id string) error {
	c, units, unlock, err := x.alone(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	switch {
	case len(units) == 0:
		return ErrUnreachable
	case c.declared != nil:
		return x.destroyDeclared(ctx, c, units, id)
	}
	return x.destroy(ctx, c, units[0], id)
}

// destroy removes a key from the first HSM, then its file from the others.
func (x *Session) destroy(ctx context.Context, c *cluster, first *unit, id string) error {
	s := x.service
	if err := s.equal(c); err != nil { // the key may be on another HSM alone
		return err
	}
	label, err := x.label(ctx, c, first, id)
	if errors.Is(err, ErrNoKey) {
		return errors.Join(err, s.absentKey(ctx, c, id))
	}
	if err != nil {
		return err
	}
	c, token, err := x.prepare(ctx, c, opDestroy, first, id, label)
	if err != nil {
		return err
	}
	gone, err := x.changeFirst(ctx, c, first, token, func(t *hsm.Token) error { return t.Destroy(ctx, id) })
	if err == nil {
		c, err = s.note(ctx, c, gone)
	}
	// From here on a kill changes nothing: settle does the rest. It also finds out whether an HSM that
	// says that it has failed, or that there is no such key any more, has destroyed it.
	x.undo(ctx)
	if k, failed := findKey(s.read(ctx), c.ClusterRef, id); failed != nil || k != nil && !k.Destroyed.IsZero() {
		return failed
	}
	if err == nil || errors.Is(err, hsm.ErrNoKey) {
		err = errors.New("the HSMs could not be brought to the same keys")
	}
	return fmt.Errorf("%w: the key may still be in the cluster: %w", ErrUnreachable, err)
}

// label is the label of a key, as an HSM has it; ErrNoKey if it has no such key.
func (x *Session) label(ctx context.Context, c *cluster, u *unit, id string) (label string, err error) {
	err = x.on(ctx, c, u, x.service.connect(c, u), func(t *hsm.Token) error {
		found, err := t.Keys(ctx, hsm.Filter{ID: id})
		if err == nil && len(found) == 0 {
			err = hsm.ErrNoKey
		}
		if err == nil {
			label = found[0].Label
		}
		return err
	})
	if errors.Is(err, hsm.ErrNoKey) {
		return "", ErrNoKey
	}
	return label, err
}

// destroyDeclared removes a key from every HSM; the vendor's software may have been faster. One
// that can't be asked may still have it.
func (x *Session) destroyDeclared(ctx context.Context, c *cluster, units []*unit, id string) error {
	s, gone := x.service, 0
	life, err := findKey(s.read(ctx), c.ClusterRef, id)
	if err != nil {
		return err
	}
	label := ""
	for _, u := range units {
		if label, err = x.label(ctx, c, u, id); err == nil {
			break
		}
		if !errors.Is(err, ErrNoKey) {
			return err
		}
	}
	if life != nil || label != "" {
		if err := s.DB.Update(ctx, func(tx *store.Tx) error { return goingKey(tx, c, id, label, true) }); err != nil {
			return err
		}
	}
	for _, u := range units {
		err := x.on(ctx, c, u, x.service.connect(c, u), func(t *hsm.Token) error { return t.Destroy(ctx, id) })
		switch {
		case err == nil:
			gone++
		case !errors.Is(err, hsm.ErrNoKey):
			return err
		}
	}
	if len(units) < len(c.HSMs) {
		return fmt.Errorf("%w: %d of %d HSMs could not be asked, and may have the key", ErrUnreachable, len(c.HSMs)-len(units), len(c.HSMs))
	}
	if gone == 0 {
		return errors.Join(ErrNoKey, s.absentKey(ctx, c, id))
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return s.destroyedKey(tx, c, id, label) })
}
