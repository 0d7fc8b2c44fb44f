package trail

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/bucket"
	"github.com/keystead/keystead/internal/cloudtrail/digest"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/sns"
	"github.com/keystead/keystead/internal/store"
)

// fileKind is the kind of the records of files that were delivered and are in no digest yet:
// by the cursor's key and the number of the file's first event.
const fileKind = "trail-file"

// When a file is delivered: some minutes after its first event, or when it is large.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
const (
	fileEvery  = 4 * time.Minute
	fileEvents = 20_000
	fileBytes  = 16 << 20
)

// files is what a cursor of a delivery to a bucket has beside its position. What is to be
// written is noted first, with its name, so that a repeat after a kill writes the same object.
type files struct {
	Pending *pendingFile `json:"pending,omitempty"`
	Digest  digests      `json:"digest,omitzero"`
}

// pendingFile is a log file that is to be written.
type pendingFile struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	KMS    string `json:"kms,omitempty"`
	From   uint64 `json:"from"`
	To     uint64 `json:"to"` // behind its last event
}

// ages remembers the time of the first event that a delivery to a bucket waits with.
type ages struct {
	mu  sync.Mutex
	all map[string]age
}

type age struct {
	next uint64
	time time.Time
}

func bucketName(t *trail) string { return "bucket of " + t.arn() }

// deliveries is how many trails' files are written at once.
const deliveries = 8

// deliverToBuckets writes the files of trails that are due.
func (s *Service) deliverToBuckets(ctx context.Context) error {
	r, err := s.newRound(ctx, func(t *trail, st *status) bool { return t.active(st.FilesDone) })
	if err != nil {
		return err
	}
	s.keep(bucketName, r.trails)
	var wg sync.WaitGroup
	places := make(chan struct{}, deliveries)
	for _, t := range r.trails {
		name := bucketName(t)
		if s.backoffs.rests(name, s.now()) {
			continue
		}
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			own := &round{partitions: r.partitions, heads: map[partition]uint64{}, scope: scope{s: s}}
			failure := s.deliverToBucket(ctx, own, t)
			if ctx.Err() == nil {
				s.backoffs.note(name, s.now(), failure)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// deliverToBucket writes the files of one trail.
func (s *Service) deliverToBucket(ctx context.Context, r *round, t *trail) error {
	of, err := r.scope.covered(ctx, t, r.partitions)
	if err != nil {
		return err
	}
	s.lags.keep(bucketName(t), of)
	behind := false
	for _, p := range of {
		d := &delivery{s: s, t: t, p: p, key: cursorKey(t, toBucket, p)}
		if d.head, err = r.head(ctx, s, p); err != nil {
			return err
		}
		more, err := d.run(ctx)
		if errors.Is(err, errMoved) {
			return nil
		}
		if err != nil {
			return err
		}
		behind = behind || more
	}
	if behind || !t.over(s.now()) {
		return nil
	}
	return s.changeStatus(ctx, t, func(st *status) { st.FilesDone = t.Stopped })
}

// delivery is the delivery of a partition's events to a trail's bucket.
type delivery struct {
	s    *Service
	t    *trail
	p    partition
	key  string // of the cursor
	head uint64
}

// run writes what is due. It reports whether there is more to come.
func (d *delivery) run(ctx context.Context) (more bool, err error) {
	for range roundLength {
		c, err := readCursor(inDB{ctx, d.s.db}, d.key)
		if err != nil {
			return true, err
		}
		d.s.lags.note(bucketName(d.t), d.p, d.s.now(), d.head, c.Next)
		if c.Files == nil {
			c.Files = &files{}
		}
		if c.Files.Pending == nil {
			due, err := d.due(ctx, &c)
			if err != nil {
				return true, err
			}
			if !due {
				return d.digests(ctx)
			}
			if err := d.decide(ctx, &c); err != nil {
				return true, err
			}
			continue
		}
		if err := d.write(ctx, c.Files.Pending); err != nil {
			return true, err
		}
	}
	wake(d.s.deliver)
	return true, nil
}

// due reports whether a file is to be made of the events that there are.
func (d *delivery) due(ctx context.Context, c *cursor) (bool, error) {
	switch {
	case c.Next >= d.head:
		return false, nil
	case !d.t.Logging, d.head-c.Next >= fileEvents:
		return true, nil
	}
	since, err := d.s.ages.of(ctx, d, c.Next)
	return err == nil && d.s.now().Sub(since) >= fileEvery, err
}

// of is the time of the event that comes next.
func (a *ages) of(ctx context.Context, d *delivery, next uint64) (time.Time, error) {
	a.mu.Lock()
	known, ok := a.all[d.key]
	a.mu.Unlock()
	if ok && known.next == next {
		return known.time, nil
	}
	events, err := d.s.since(ctx, d.p.log(), next, 1)
	if err != nil || len(events) == 0 {
		return time.Time{}, err // they have expired: go on at once
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[string]age{}
	}
	a.all[d.key] = age{next, events[0].Time}
	return events[0].Time, nil
}

// decide chooses the events of the next file and its name, or passes over events that the
// trail does not deliver.
func (d *delivery) decide(ctx context.Context, c *cursor) error {
	events, err := d.s.since(ctx, d.p.log(), c.Next, fileBytes)
	if err != nil {
		return err
	}
	to := d.head
	if len(events) > 0 {
		events = events[:min(len(events), fileEvents)]
		to = events[len(events)-1].Seq + 1
	}
	var file *pendingFile
	if len(d.t.choose(events)) > 0 {
		file = &pendingFile{Bucket: d.t.Bucket, Key: d.fileKey(d.s.now()), KMS: d.t.KMSKey, From: c.Next, To: to}
	}
	return d.change(ctx, func(tx *store.Tx, now *cursor) error {
		if now.Next != c.Next || now.Files.Pending != nil {
			return errMoved
		}
		if file == nil {
			now.Next = to
		} else {
			now.Files.Pending = file
		}
		return nil
	})
}

// change changes the cursor in a transaction.
func (d *delivery) change(ctx context.Context, f func(*store.Tx, *cursor) error) error {
	return d.s.db.Update(ctx, func(tx *store.Tx) error {
		if err := stillThere(tx, d.t); err != nil {
			return err
		}
		c, err := readCursor(inTx{tx}, d.key)
		if err != nil {
			return err
		}
		if c.Files == nil {
			c.Files = &files{}
		}
		if err := f(tx, &c); err != nil {
			return err
		}
		return c.put(tx, d.key)
	})
}

// content is a log file and what its digest says of it.
type content struct {
	body           []byte // compressed
	hash           string // of what it is uncompressed
	oldest, newest time.Time
}

// content makes a log file of the events of a file.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
func (d *delivery) content(ctx context.Context, f *pendingFile) (out content, err error) {
	z := digest.NewZipper()
	w := bufio.NewWriterSize(z, 64<<10) // it remembers the first error until Flush
	w.WriteString(`{"Records":[`)
	n := 0
	for next := f.From; next < f.To; {
		events, err := d.s.since(ctx, d.p.log(), next, fileBytes)
		if err != nil {
			return out, err
		}
		if len(events) == 0 {
			break // the rest has expired
		}
		next = events[len(events)-1].Seq + 1
		events = slices.DeleteFunc(events, func(e eventstore.Event) bool { return e.Seq >= f.To })
		for _, e := range d.t.choose(events) {
			if n++; n > 1 {
				w.WriteByte(',')
			}
			w.Write(e.Text)
			if out.oldest.IsZero() || e.Time.Before(out.oldest) {
				out.oldest = e.Time
			}
			if e.Time.After(out.newest) {
				out.newest = e.Time
			}
		}
	}
	w.WriteString(`]}`)
	if err := w.Flush(); err != nil {
		return out, err
	}
	out.body, out.hash, err = z.Close()
	return out, err
}

// write writes a log file, and notes in one transaction that it is there.
func (d *delivery) write(ctx context.Context, f *pendingFile) error {
	file, err := d.content(ctx, f)
	if err != nil {
		return err
	}
	err = d.s.buckets.Put(ctx, f.Bucket, bucket.Object{Key: f.Key, Body: file.body, Type: "application/json", Zip: true, KMS: f.KMS})
	if err != nil {
		return d.failed(ctx, f, err)
	}
	entry, err := json.Marshal(digest.File{
		Bucket: f.Bucket, Object: f.Key, Hash: file.hash, Algorithm: digest.HashAlgorithm,
		Newest: digest.Time{Time: file.newest}, Oldest: digest.Time{Time: file.oldest},
	})
	if err != nil {
		return err
	}
	return d.change(ctx, func(tx *store.Tx, c *cursor) error {
		if c.Files.Pending == nil || c.Files.Pending.Key != f.Key {
			return errMoved
		}
		c.Next, c.Files.Pending = f.To, nil
		if d.t.Validation {
			r := store.Record{Kind: fileKind, Key: fmt.Sprintf("%s/%020d", d.key, f.From), Body: entry}
			if err := tx.Upsert(r); err != nil {
				return err
			}
		}
		refused, err := d.tell(tx, f)
		if err != nil {
			return err
		}
		return changeStatus(tx, d.t, func(st *status) {
			st.Files.note(d.s.now(), nil)
			if d.t.Topic != "" && d.s.topics != nil {
				st.Notices.note(d.s.now(), refused)
			}
		})
	})
}

// failed notes that a file could not be written. If the trail has another bucket now, the file
// goes there: nothing of it has arrived in the old one.
func (d *delivery) failed(ctx context.Context, f *pendingFile, failure error) error {
	d.s.noteFailure(ctx, d.t, func(st *status) *outcome { return &st.Files }, deliveryError(failure))
	if f.Bucket == d.t.Bucket {
		return failure
	}
	return errors.Join(failure, d.change(ctx, func(_ *store.Tx, c *cursor) error {
		if c.Files.Pending == nil || c.Files.Pending.Key != f.Key {
			return errMoved
		}
		moved := *f
		moved.Bucket, moved.Key, moved.KMS = d.t.Bucket, d.fileKey(d.s.now()), d.t.KMSKey
		c.Files.Pending = &moved
		return nil
	}))
}

// deliveryError words an error as the status of a trail does: by S3's codes.
func deliveryError(err error) error {
	switch {
	case errors.Is(err, bucket.ErrNoBucket):
		return errors.New("NoSuchBucket")
	case errors.Is(err, bucket.ErrDenied):
		return errors.New("AccessDenied")
	}
	return err
}

// tell publishes the notice of a delivery. refused says why the topic does not take it, which
// is no reason to write the file again.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
func (d *delivery) tell(tx *store.Tx, f *pendingFile) (refused, err error) {
	if d.t.Topic == "" || d.s.topics == nil {
		return nil, nil
	}
	message, err := json.Marshal(struct {
		Bucket string   `json:"s3Bucket"`
		Keys   []string `json:"s3ObjectKey"`
	}{f.Bucket, []string{f.Key}})
	if err != nil {
		return nil, err
	}
	err = d.s.topics.PublishAs(tx, d.t.notice(string(message)))
	switch {
	case errors.Is(err, sns.ErrNoTopic):
		return errors.New("NotFound"), nil
	case errors.Is(err, sns.ErrRefused):
		return errors.New("AuthorizationError"), nil
	}
	return nil, err
}

// base is where the files of a partition are in a bucket.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
func (d *delivery) base(kind string, at time.Time) string {
	b := "AWSLogs/"
	if d.t.Prefix != "" {
		b = d.t.Prefix + "/" + b
	}
	if d.t.Org {
		b += iam.OrganizationID + "/"
	}
	return b + d.p.account + "/" + kind + "/" + d.p.region + "/" + at.UTC().Format("2006/01/02") + "/" + d.p.account + "_" + kind + "_" + d.p.region + "_"
}

// fileKey is the name of a new log file.
func (d *delivery) fileKey(at time.Time) string {
	return d.base("CloudTrail", at) + at.UTC().Format("20060102T1504Z") + "_" + unique() + ".json.gz"
}

// unique is the part of a name that no other has.
func unique() string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	text := make([]byte, 16)
	for i := range text {
		for {
			var b [1]byte
			rand.Read(b[:])
			if n := int(b[0] & 63); n < len(digits) {
				text[i] = digits[n]
				break
			}
		}
	}
	return string(text)
}
