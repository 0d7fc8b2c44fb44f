package cloudhsm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/store"
)

const (
	maxDue     = 100              // how many records a run of a job sees to
	runTime    = 20 * time.Second // after which a run begins with no other record, in wall time
	recordTime = time.Minute      // how long a record may take that waits for the lock of its cluster, in wall time
)

// rounds brings a job to all records that are due, however many stay so because nothing can be
// done for them. Only the goroutine that runs the job uses it.
type rounds struct {
	run   uint64
	tried map[string]uint64 // the run that saw to a record last; of those that were due again
}

// eachDue does something for the records that are due: first for those that were not tried yet, the
// earliest first, then for those that have waited longest. One that fails keeps no other from its
// turn. What is done must do no harm when it is done twice.
func (s *Service) eachDue(ctx context.Context, kind string, r *rounds, do func(context.Context, store.Record) error) error {
	due, err := s.DB.DueBefore(ctx, kind, s.Clock.Now(), maxDue+len(r.tried))
	if err != nil {
		return err
	}
	slices.SortStableFunc(due, func(a, b store.Record) int { return cmp.Compare(r.tried[a.Key], r.tried[b.Key]) })
	before := r.tried
	r.run, r.tried = r.run+1, map[string]uint64{}
	var errs []error
	began := time.Now()
	for i, record := range due {
		if i >= maxDue || time.Since(began) > runTime {
			if run, ok := before[record.Key]; ok {
				r.tried[record.Key] = run
			}
			continue
		}
		r.tried[record.Key] = r.run
		if err := within(ctx, record, do); err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", kind, parseRef(record.Key).ID, err))
		}
	}
	return errors.Join(errs...)
}

// within does something for a record, as long as that may take.
func within(ctx context.Context, record store.Record, do func(context.Context, store.Record) error) error {
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	return do(ctx, record)
}
