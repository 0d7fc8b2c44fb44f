package cloudhsm

import (
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

// Generate makes an AES key of 256 bits whose CKA_ID is id and whose label is label. When it
// returns, the key is on every active HSM of the cluster, and on no fewer than it asks for. If
// it fails, there is no such key.
func (x *Session) Generate(ctx context.Context, id, label string) error {
	s := x.service
	unlock, err := s.lock(ctx, x.cluster)
	if err != nil {
		return err
	}
	defer unlock()
	c, err := s.settled(ctx, x.cluster)
	if err != nil {
		return err
	}
	units, last := x.ready(ctx, c)
	switch {
	case len(units) == 0 && last != nil:
		return fmt.Errorf("%w: %w", ErrUnreachable, last)
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
	if err == nil && len(made) == 0 {
		err = errors.New("the HSM has made a key that is in no file")
	}
	if err == nil {
		c, err = s.note(ctx, c, made)
	}
	var behind []string
	if err == nil {
		behind, err = x.spread(ctx, c, ready, token, made, id)
	}
	if err == nil {
		_, err = s.finish(ctx, c, behind, true)
	}
	if err != nil {
		x.undo(ctx)
		return err
	}
	return nil
}

// undo takes back a change that has failed. If that fails too, the job does it.
func (x *Session) undo(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, err := x.service.settled(ctx, x.cluster); err != nil {
		x.service.Log.WarnContext(ctx, "a change of a cluster's keys that failed is taken back later", "cluster", x.cluster.ID, "error", err)
	}
}

// prepare makes all HSMs equal and begins a change on the first one.
func (x *Session) prepare(ctx context.Context, c *cluster, op string, first *unit, id, label string) (_ *cluster, token string, err error) {
	s := x.service
	_, tokens, _ := s.sources(c)
	if err := equalize(tokens); err != nil {
		return nil, "", fmt.Errorf("make the HSMs equal: %w", err)
	}
	if token, err = s.token(c.ClusterRef, first); err != nil {
		return nil, "", err
	}
	c, err = s.begin(ctx, c, op, first, id, label)
	return c, token, err
}

// changeFirst changes the first HSM and returns the files that appeared or disappeared.
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
	return append(without(after, before), without(before, after)...), nil
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
		return err
	}
	for end := time.Now().Add(replicated); ; {
		var have []*unit
		for _, u := range units {
			if found, err := s.connect(c, u).has(ctx, id); err == nil && found {
				have = append(have, u)
			}
		}
		if zones(have) >= c.minimum() {
			return nil
		}
		if time.Now().After(end) || ctx.Err() != nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), replicated)
	defer cancel()
	if err := x.destroyDeclared(ctx, c, units, id); err != nil {
		s.Log.WarnContext(ctx, "a key that was not replicated stays in the HSM", "cluster", c.ID, "key", id, "error", err)
	}
	return ErrTooFewHSMs
}

// Destroy removes the key from every HSM of the cluster. ErrNoKey says that none had it.
func (x *Session) Destroy(ctx context.Context, id string) error {
	s := x.service
	unlock, err := s.lock(ctx, x.cluster)
	if err != nil {
		return err
	}
	defer unlock()
	c, err := s.settled(ctx, x.cluster)
	if err != nil {
		return err
	}
	units, last := x.ready(ctx, c)
	switch {
	case len(units) == 0 && last != nil:
		return fmt.Errorf("%w: %w", ErrUnreachable, last)
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
	label, err := x.label(ctx, c, first, id)
	if err != nil {
		return err
	}
	c, token, err := x.prepare(ctx, c, opDestroy, first, id, label)
	if err != nil {
		return err
	}
	gone, err := x.changeFirst(ctx, c, first, token, func(t *hsm.Token) error { return t.Destroy(ctx, id) })
	switch {
	case errors.Is(err, hsm.ErrNoKey):
		_, err := s.finish(ctx, c, nil, false)
		return errors.Join(ErrNoKey, err)
	case err != nil:
		x.undo(ctx)
		return err
	}
	if c, err = s.note(ctx, c, gone); err != nil {
		return err
	}
	// From here on a kill changes nothing: settle does the rest.
	_, err = s.settle(ctx, c)
	return err
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

// destroyDeclared removes a key from every HSM; the vendor's software may have been faster.
func (x *Session) destroyDeclared(ctx context.Context, c *cluster, units []*unit, id string) error {
	s, gone := x.service, 0
	label, err := x.label(ctx, c, units[0], id)
	if err != nil && !errors.Is(err, ErrNoKey) {
		return err
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
	if gone == 0 {
		return ErrNoKey
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return s.destroyedKey(tx, c, id, label) })
}
