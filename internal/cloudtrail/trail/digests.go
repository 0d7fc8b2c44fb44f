package trail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/keystead/keystead/internal/bucket"
	"github.com/keystead/keystead/internal/cloudtrail/digest"
	"github.com/keystead/keystead/internal/store"
)

// digestEvery is how often a digest is delivered, also of nothing.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
const digestEvery = time.Hour

// longGap is from when on what was missed, while the service was off, gets one digest in
// place of one for each hour.
const longGap = 24 * time.Hour

// drainTime is how long after StopLogging the last digest waits for events of other nodes.
const drainTime = 5 * time.Second

// digests is the chain of digests of a partition.
type digests struct {
	Start   time.Time      `json:"start,omitzero"` // of the next one; zero if there is no chain
	Last    *digest.Link   `json:"last,omitempty"` // the one before it; nil at the beginning of a chain
	Closed  bool           `json:"closed,omitempty"`
	Pending *pendingDigest `json:"pending,omitempty"`
}

// pendingDigest is a digest that is to be written.
type pendingDigest struct {
	Bucket      string    `json:"bucket"`
	Key         string    `json:"key"`
	KMS         string    `json:"kms,omitempty"`
	End         time.Time `json:"end"`
	Until       uint64    `json:"until"` // it has the files whose first event comes before
	Fingerprint string    `json:"fingerprint"`
}

// digests writes the digests that are due. It reports whether there is more to come.
func (d *delivery) digests(ctx context.Context) (more bool, err error) {
	for range roundLength {
		c, err := readCursor(inDB{ctx, d.s.db}, d.key)
		if err != nil {
			return true, err
		}
		if c.Files == nil {
			c.Files = &files{}
		}
		if p := c.Files.Digest.Pending; p != nil {
			if err := d.writeDigest(ctx, &c, p); err != nil {
				return true, err
			}
			continue
		}
		changed, err := d.nextDigest(ctx, &c)
		if err != nil {
			return true, err
		}
		if !changed {
			chain := &c.Files.Digest
			return c.Next < d.head || d.t.Validation && !chain.Start.IsZero() && !chain.Closed, nil
		}
	}
	wake(d.s.deliver)
	return true, nil
}

// nextDigest begins or ends a chain, or notes the next digest, if it is time.
func (d *delivery) nextDigest(ctx context.Context, c *cursor) (changed bool, err error) {
	state, now := c.Files.Digest, d.s.now().Truncate(time.Second)
	switch {
	case !d.t.Validation:
		if state.Start.IsZero() {
			return false, nil
		}
		return true, d.change(ctx, func(tx *store.Tx, c *cursor) error {
			c.Files.Digest = digests{}
			return deleteAll(tx, fileKind, d.key+"/")
		})
	case state.Start.IsZero() && d.t.Logging, state.Closed && d.t.Logging:
		return true, d.change(ctx, func(_ *store.Tx, c *cursor) error {
			c.Files.Digest = digests{Start: now}
			return nil
		})
	case state.Start.IsZero():
		return false, nil
	}
	end, err := d.digestEnd(ctx, c, now)
	if err != nil || end.IsZero() {
		return false, err
	}
	k, err := d.s.signKeyAt(ctx, d.t.Account, d.p.region, end)
	if err != nil {
		return false, err
	}
	pending := &pendingDigest{
		Bucket: d.t.Bucket, Key: d.digestKey(end), KMS: d.t.KMSKey, End: end, Until: c.Next, Fingerprint: k.fingerprint,
	}
	return true, d.change(ctx, func(_ *store.Tx, c *cursor) error {
		if c.Files.Digest.Pending != nil || !c.Files.Digest.Start.Equal(state.Start) {
			return errMoved
		}
		c.Files.Digest.Pending = pending
		return nil
	})
}

// digestEnd is the end of the digest that is due, or zero.
func (d *delivery) digestEnd(ctx context.Context, c *cursor, now time.Time) (time.Time, error) {
	state := &c.Files.Digest
	passed := now.Sub(state.Start)
	switch {
	case passed <= 0:
		return time.Time{}, nil // no two may have the same end
	case state.Closed: // only if something has come since
		late, err := d.s.db.Scan(ctx, fileKind, store.Range{Prefix: d.key + "/", Limit: 1})
		if err != nil || len(late) == 0 {
			return time.Time{}, err
		}
	case d.t.Logging && passed < digestEvery:
		return time.Time{}, nil
	case passed > longGap:
		return state.Start.Add(passed.Truncate(digestEvery)), nil
	case passed >= digestEvery:
		return state.Start.Add(digestEvery), nil
	case c.Next < d.head || now.Sub(d.t.Stopped) < drainTime:
		return time.Time{}, nil
	}
	return now, nil
}

// writeDigest writes a digest, and notes in one transaction that it is there.
func (d *delivery) writeDigest(ctx context.Context, c *cursor, p *pendingDigest) error {
	records, err := d.s.db.Scan(ctx, fileKind, store.Range{Prefix: d.key + "/"})
	if err != nil {
		return err
	}
	out := digest.Digest{
		Account: d.p.account, Start: digest.Time{Time: c.Files.Digest.Start}, End: digest.Time{Time: p.End},
		Bucket: p.Bucket, Object: p.Key,
	}
	out.Follow(c.Files.Digest.Last)
	var listed []string
	for _, r := range records {
		if r.Key >= fmt.Sprintf("%s/%020d", d.key, p.Until) {
			break
		}
		var f digest.File
		if err := json.Unmarshal(r.Body, &f); err != nil {
			return fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
		}
		listed = append(listed, r.Key)
		out.Add(f)
	}
	k, err := d.s.signKeyNamed(ctx, d.t.Account, d.p.region, p.Fingerprint)
	if errors.Is(err, store.ErrNotFound) {
		err = errNoSignKey
	}
	if err != nil {
		return err
	}
	signed, err := out.Sign(k.key)
	if err != nil {
		return err
	}
	err = d.s.buckets.Put(ctx, p.Bucket, bucket.Object{
		Key: p.Key, Body: signed.Body, Type: "application/json", Zip: true, KMS: p.KMS,
		Meta: map[string]string{digest.MetaSignature: signed.Signature, digest.MetaAlgorithm: digest.SignatureAlgorithm},
	})
	if err != nil {
		return d.digestFailed(ctx, p, err)
	}
	return d.change(ctx, func(tx *store.Tx, c *cursor) error {
		now := &c.Files.Digest
		if now.Pending == nil || now.Pending.Key != p.Key {
			return errMoved
		}
		now.Pending, now.Start = nil, p.End
		now.Last = &digest.Link{Bucket: p.Bucket, Object: p.Key, Hash: signed.Hash, Signature: signed.Signature}
		now.Closed = !d.t.Logging && c.Next >= d.head && d.s.now().Sub(p.End) < digestEvery
		for _, key := range listed {
			if err := tx.Delete(fileKind, key); err != nil {
				return err
			}
		}
		return changeStatus(tx, d.t, func(st *status) { st.Digests.note(d.s.now(), nil) })
	})
}

// digestFailed notes that a digest could not be written; one that has another bucket now is
// decided on anew.
func (d *delivery) digestFailed(ctx context.Context, p *pendingDigest, failure error) error {
	d.s.noteFailure(ctx, d.t, func(st *status) *outcome { return &st.Digests }, deliveryError(failure))
	if p.Bucket == d.t.Bucket {
		return failure
	}
	return errors.Join(failure, d.change(ctx, func(_ *store.Tx, c *cursor) error {
		if now := &c.Files.Digest; now.Pending != nil && now.Pending.Key == p.Key {
			now.Pending = nil
		}
		return nil
	}))
}

// digestKey is the name of a digest.
func (d *delivery) digestKey(end time.Time) string {
	return d.base("CloudTrail-Digest", end) + d.t.Name + "_" + d.t.Home + "_" + end.UTC().Format("20060102T150405Z") + ".json.gz"
}
