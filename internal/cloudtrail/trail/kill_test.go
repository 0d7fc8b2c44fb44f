package trail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/bucket"
	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/cloudtrail/digest"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/sns"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

const (
	testAccount = "111122223333"
	testRegion  = "eu-central-1"
)

// fuse lets a service die at one of the steps at which it touches something outside.
type fuse struct {
	left   int // steps until then; negative: never
	cancel context.CancelFunc
}

var errBlown = errors.New("killed")

func (f *fuse) step() error {
	if f.left == 0 {
		f.cancel()
		return errBlown
	}
	f.left--
	return nil
}

// fragile is a store of buckets, log groups and rules that die with the fuse: before they have
// done what they were asked for, and after.
type fragile struct {
	bucket.Store
	*fuse
}

func (f fragile) Put(ctx context.Context, name string, o bucket.Object) error {
	if err := f.step(); err != nil {
		return err
	}
	if err := f.Store.Put(ctx, name, o); err != nil {
		return err
	}
	return f.step()
}

type fragileSink struct {
	*fuse
	kind string
}

// record writes that an event has come into the same transaction.
func (f fragileSink) record(ids []string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		for _, id := range ids {
			if err := tx.Insert(store.Record{Kind: f.kind, Key: id, Body: []byte("{}")}); err != nil {
				return fmt.Errorf("event %s comes again: %w", id, err)
			}
		}
		return f.step()
	}
}

func (f fragileSink) Prepare(_ context.Context, _, _ string, events []eventstore.Event) (func(*store.Tx) error, error) {
	var ids []string
	for _, e := range events {
		entry, _ := readEntry(e.Text)
		ids = append(ids, string(entry.id))
	}
	return f.record(ids), f.step()
}

type fragileRules struct{ fragileSink }

func (fragileRules) Wanted(context.Context, string, string) (bool, error) { return true, nil }

func (f fragileRules) Prepare(_ context.Context, _, _ string, events []BusEvent) (func(*store.Tx) error, error) {
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return f.record(ids), f.step()
}

// world is what stays when a service dies.
type world struct {
	t       *testing.T
	db      *store.DB
	clock   *clock.Clock
	journal *cloudtrail.Journal
	dir     string
	buckets bucket.Folder
	events  int
}

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	w := &world{t: t, clock: clock.At(testStart), dir: t.TempDir()}
	w.db = storetest.Open(t, store.Options{URL: url, Sealer: storetest.Sealer(t)})
	w.buckets = bucket.Folder{Dir: filepath.Join(w.dir, "buckets"), Make: true}
	if err := w.buckets.Check(t.Context(), "audit-logs"); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.journal, err = cloudtrail.OpenJournal(w.journalDir(), cloudtrail.JournalOptions{Clock: w.clock, Sync: cloudtrail.SyncAlways}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.journal.Close() })
	return w
}

func (w *world) journalDir() string { return filepath.Join(w.dir, "journal") }

// call records an event.
func (w *world) call() {
	w.t.Helper()
	w.events++
	err := w.journal.Record(&cloudtrail.Event{
		ID: fmt.Sprintf("event-%d", w.events), Source: "kms.amazonaws.com", Name: "Encrypt", Region: testRegion, RecipientAccountID: testAccount, ReadOnly: true,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// start makes a trail that logs.
func (w *world) start(tr *trail) {
	w.t.Helper()
	tr.start(testStart)
	r, err := tr.record()
	if err == nil {
		err = w.db.Update(w.t.Context(), func(tx *store.Tx) error { return tx.Insert(r) })
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// service is a service that dies after some steps.
func (w *world) service(f *fuse) *Service {
	s := New(Options{
		DB: w.db, Clock: w.clock, Log: slog.New(slog.DiscardHandler), Journal: w.journalDir(),
		Events:  eventstore.New(eventstore.Options{DB: w.db, Clock: w.clock}),
		Buckets: fragile{w.buckets, f}, Groups: fragileSink{f, "seen-group"}, Rules: fragileRules{fragileSink{f, "seen-rules"}},
	})
	s.mayWrite = func(context.Context, *trail, string, string) error { return nil }
	s.Jobs("node")
	return s
}

// work does all that is due, twice: what one job leaves is there for the next.
func (w *world) work(ctx context.Context, s *Service) error {
	for range 2 {
		for _, run := range []func(context.Context) error{s.pump.drain, s.deliverToRules, s.deliverToGroups, s.deliverToBuckets} {
			if err := run(ctx); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// steps lets a service live through a part of a trail's life.
func (w *world) live(ctx context.Context, s *Service) error {
	for range 3 {
		w.call()
		w.clock.Advance(5 * time.Minute)
		if err := w.work(ctx, s); err != nil {
			return err
		}
		w.clock.Advance(time.Hour)
		if err := w.work(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// TestKilledAtEachStep kills the service at each step at which it touches something outside.
// Another one goes on. Every event has come once to rules and log group, is once in the files,
// and the files verify.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		w := newWorld(t, fresh(t))
		tr := &trail{
			Account: testAccount, Home: testRegion, Name: "all", Bucket: "audit-logs", Global: true, Validation: true,
			Group: "arn:aws:logs:eu-central-1:111122223333:log-group:g:*", Created: testStart,
		}
		w.start(tr)
		killed := 0
		for n := 0; n < 60; n++ {
			ctx, cancel := context.WithCancel(t.Context())
			f := &fuse{left: n, cancel: cancel}
			err := w.live(ctx, w.service(f))
			cancel()
			if err == nil {
				break
			}
			killed++
		}
		if killed < 10 || killed == 60 {
			t.Errorf("the service was killed %d times", killed)
		}
		last := w.service(&fuse{left: -1})
		for range 3 {
			w.clock.Advance(time.Hour)
			if err := w.work(t.Context(), last); err != nil {
				t.Fatal(err)
			}
		}
		w.check(t, last)
	})
}

// check compares what has arrived with what was recorded.
func (w *world) check(t *testing.T, s *Service) {
	t.Helper()
	for _, kind := range []string{"seen-group", "seen-rules"} {
		seen, err := w.db.Scan(t.Context(), kind, store.Range{})
		if err != nil || len(seen) != w.events {
			t.Errorf("%s: %d events of %d, %v", kind, len(seen), w.events, err)
		}
	}
	inFiles := map[string]int{}
	for key, err := range w.buckets.List(t.Context(), "audit-logs", "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(key, "Digest") {
			continue
		}
		o, err := w.buckets.Get(t.Context(), "audit-logs", key)
		if err != nil {
			t.Fatal(err)
		}
		text, err := digest.Unzip(o.Body)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Records []struct{ EventID string } }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		for _, e := range file.Records {
			inFiles[e.EventID]++
		}
	}
	for i := range w.events {
		if id := fmt.Sprintf("event-%d", i+1); inFiles[id] != 1 {
			t.Errorf("%s is in %d files", id, inFiles[id])
		}
	}
	keys, err := PublicKeys(t.Context(), w.db, testAccount, testRegion)
	if err != nil {
		t.Fatal(err)
	}
	report, err := digest.Verify(t.Context(), digest.Target{
		Store: w.buckets, Bucket: "audit-logs", Account: testAccount, Region: testRegion, Trail: "all", Home: testRegion,
		From: testStart, Until: w.clock.Now(), Keys: keys,
	})
	if err != nil || !report.OK() || report.Digests < 3 || report.Files == 0 || len(report.Gaps) > 0 {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

// TestFailingBucketHoldsUpNothing has a bucket that fails, and a log group that does not: the group's events come.
func TestFailingBucketHoldsUpNothing(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		w := newWorld(t, fresh(t))
		tr := &trail{
			Account: testAccount, Home: testRegion, Name: "all", Bucket: "missing", Global: true,
			Group: "arn:aws:logs:eu-central-1:111122223333:log-group:g:*", Created: testStart,
		}
		w.start(tr)
		s := w.service(&fuse{left: -1})
		for range 4 {
			w.call()
			w.clock.Advance(5 * time.Minute)
			if err := w.work(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		seen, err := w.db.Scan(t.Context(), "seen-group", store.Range{})
		if err != nil || len(seen) != 4 {
			t.Errorf("the group has %d events, %v", len(seen), err)
		}
		st, err := readStatus(inDB{t.Context(), w.db}, tr)
		if err != nil || st.Files.Error != "NoSuchBucket" || st.Group.Error != "" || st.Group.Success.IsZero() {
			t.Errorf("the status is %+v, %v", st, err)
		}
		health := s.Health()
		if len(health) != 1 || health[0].Name != "bucket of "+tr.arn() || health[0].Behind != 4 || health[0].Error == "" || health[0].FailingSince.IsZero() {
			t.Errorf("Health: %+v", health)
		}
		// Somebody deletes the trail, by way of another node.
		if err := w.db.Update(t.Context(), func(tx *store.Tx) error { return tx.Delete(trailKind, tr.key()) }); err != nil {
			t.Fatal(err)
		}
		if err := w.work(t.Context(), s); err != nil || len(s.Health()) != 0 {
			t.Errorf("Health without the trail: %+v, %v", s.Health(), err)
		}
	})
}

// topics takes notices, unless it has an error to fail with.
type topics struct {
	fail    error
	notices []sns.Notice
}

func (p *topics) PublishAs(tx *store.Tx, n sns.Notice) error {
	if p.fail != nil {
		return p.fail
	}
	p.notices = append(p.notices, n)
	return nil
}

// TestNotices: a topic that refuses a notice is told of in the status, and the file counts as
// delivered. A notice that could not be stored is not lost: it comes when the file is repeated.
func TestNotices(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		w := newWorld(t, fresh(t))
		tr := &trail{Account: testAccount, Home: testRegion, Name: "all", Bucket: "audit-logs", Topic: "arn:aws:sns:eu-central-1:111122223333:files", Created: testStart}
		w.start(tr)
		s, to := w.service(&fuse{left: -1}), &topics{}
		s.topics = to
		deliver := func() status {
			t.Helper()
			w.clock.Advance(5 * time.Minute)
			if err := w.work(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			st, err := readStatus(inDB{t.Context(), w.db}, tr)
			if err != nil {
				t.Fatal(err)
			}
			return st
		}
		w.call()
		to.fail = errors.New("no room")
		if st := deliver(); !st.Files.Success.IsZero() || !st.Notices.Attempt.IsZero() || len(s.Health()) != 1 {
			t.Errorf("a notice that is not stored: %+v, %+v", st, s.Health())
		}
		to.fail = nil
		if st := deliver(); st.Files.Success.IsZero() || st.Notices.Success.IsZero() || len(to.notices) != 1 || len(s.Health()) != 0 {
			t.Errorf("a notice: %+v, %+v, %+v", st, to.notices, s.Health())
		}
		w.call()
		to.fail = sns.ErrRefused
		if st := deliver(); st.Files.Success.IsZero() || st.Files.Error != "" || st.Notices.Error != "AuthorizationError" {
			t.Errorf("a notice that is refused: %+v", st)
		}
		n := 0
		for key, err := range w.buckets.List(t.Context(), "audit-logs", "", "") {
			if n++; err != nil || n == 1 && (len(to.notices) != 1 || to.notices[0].Message != `{"s3Bucket":"audit-logs","s3ObjectKey":["`+key+`"]}`) {
				t.Errorf("file %s: %v, told of by %+v", key, err, to.notices)
			}
		}
		if n != 2 {
			t.Errorf("there are %d files", n)
		}
	})
}
