package kmsmodel

import (
	"slices"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// passing is what happens without a call.
var passing = []operation{{12, (*world).jump}, {6, (*world).runJobs}, {2, (*world).restart}}

// jump lets time pass: some of it, or until just before, or right at, the next thing that is to
// happen. Mostly the jobs run then.
func (w *world) jump() {
	d := time.Duration(w.Int64N(int64(90 * time.Minute)))
	switch n := w.IntN(40); {
	case n == 0:
		d = time.Duration(100+w.IntN(300)) * day
	case n < 4:
		d = time.Duration(1+w.IntN(40)) * day
	case n < 20:
		if next := w.next(); !next.IsZero() {
			d = next.Sub(w.m.now) - time.Duration(w.IntN(2))*time.Millisecond
		}
	}
	w.pass(d.Truncate(time.Millisecond))
	if !w.one(4) {
		w.runJobs()
	}
}

func (w *world) pass(d time.Duration) {
	w.clock.Advance(d)
	w.m.now = w.clock.Now()
	w.m.expire()
}

// next is when the next thing is to happen; zero if nothing is.
func (w *world) next() (first time.Time) {
	note := func(t time.Time) {
		if t.After(w.m.now) && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	for _, k := range w.keys() {
		note(k.expiry())
		if k.pendingDeletion() {
			note(k.deletion)
		}
		if k.period > 0 {
			note(k.next)
			note(k.next.Add(-20 * time.Minute))
		}
	}
	for _, t := range w.tokens {
		note(t.until)
	}
	return first
}

// runJobs runs the jobs of the service. What has expired is deleted first; the others come in
// any order, and now and then not at all.
func (w *world) runJobs() {
	before := w.keys()
	w.job("ExpireDueMaterial", func() error { _, err := w.s.ExpireDueMaterial(w.t.Context()); return err })
	jobs := []func(){
		func() {
			w.job("DeleteDueKeys", func() error { _, err := w.s.DeleteDueKeys(w.t.Context()); return err })
			w.job("DeleteHSMKeys", func() error { return w.s.DeleteHSMKeys(w.t.Context()) })
			w.m.deleteKeys()
		},
		func() {
			w.job("RotateDueKeys", func() error { _, err := w.s.RotateDueKeys(w.t.Context()); return err })
			w.m.rotate()
		},
		func() {
			if w.one(2) { // else the states Creating and Updating are rare
				return
			}
			w.job("SynchronizeDueKeys", func() error { _, err := w.s.SynchronizeDueKeys(w.t.Context()); return err })
			w.m.synchronize()
		},
	}
	w.Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] })
	for _, job := range jobs {
		if !w.one(4) {
			job()
		}
	}
	for _, k := range before {
		if k.keys[k.region] != k {
			w.buried(k)
		}
	}
	w.compareEvents()
}

func (w *world) job(name string, run func() error) {
	if err := run(); err != nil {
		w.differ(nil, "%s: %v", name, err)
	}
}

// buried remembers how a key was called that is gone.
func (w *world) buried(k *key) {
	at := target{k.region, k.id}
	if w.one(2) {
		at.name = k.arn()
	}
	if len(w.gone) > 50 {
		w.gone = slices.Clone(w.gone[25:])
	}
	w.gone = append(w.gone, at)
}

// restart lets the service begin anew, as after an orderly end.
func (w *world) restart() {
	w.job("SaveUses", func() error { return w.s.SaveUses(w.t.Context()) })
	w.pass(time.Millisecond)
	w.start()
}

// compareEvents compares what the service has recorded by itself.
func (w *world) compareEvents() {
	for _, e := range w.m.optional {
		if count(w.journal, e) > count(w.m.events, e) {
			w.m.events = append(w.m.events, e)
		}
	}
	slices.Sort(w.m.events)
	slices.Sort(w.journal)
	var about *key
	for _, k := range w.keys() {
		of := func(e string) bool { return strings.HasSuffix(e, " "+k.arn()) }
		if slices.ContainsFunc(w.m.events, of) != slices.ContainsFunc(w.journal, of) {
			about = k
		}
	}
	w.same(about, "events", w.m.events, []string(w.journal))
	w.m.events, w.m.optional, w.journal = nil, nil, nil
}

func count(list []string, one string) (n int) {
	for _, e := range list {
		if e == one {
			n++
		}
	}
	return n
}

// journal keeps the names of the events that the service records by itself, with their keys.
type journal []string

// Record implements kms.Journal.
func (j *journal) Record(e *cloudtrail.Event) error {
	*j = append(*j, e.Name+" "+e.Resources[0].ARN)
	return nil
}
