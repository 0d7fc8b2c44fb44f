package logs

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// Limits of a batch.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
const (
	maxBatchBytes = 1 << 20
	eventOverhead = 26 // what each event counts beside its message
	maxSpan       = 24 * time.Hour
	maxAge        = 14 * day
	maxAhead      = 2 * time.Hour
)

// PutLogEvents takes a batch of events into a stream.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
func (s *Service) PutLogEvents(ctx context.Context, c *iam.Caller, in *sdk.PutLogEventsInput) (*sdk.PutLogEventsOutput, error) {
	g, err := s.group(ctx, c.Principal.Account, c.Region, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	arn := ofGroup(groupARN(c.Principal.Account, c.Region, *in.LogGroupName)) + *in.LogStreamName
	if err := allow(c, "PutLogEvents", arn, c.Principal.Account, g, keys{}); err != nil {
		return nil, err
	}
	if g == nil {
		return nil, noGroup()
	}
	if err := checkBatch(in.LogEvents); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	from, until, rejected := accepted(in.LogEvents, now, g.retention())
	out := &sdk.PutLogEventsOutput{RejectedLogEventsInfo: rejected, NextSequenceToken: new(sequenceToken(now.UnixMilli()))}
	if from == until {
		_, err := s.stream(ctx, g, *in.LogStreamName)
		return out, err
	}
	events := make([]eventstore.Event, 0, until-from)
	for _, e := range in.LogEvents[from:until] {
		events = append(events, eventstore.Event{Time: time.UnixMilli(*e.Timestamp).UTC(), Text: []byte(*e.Message)})
	}
	commit, err := s.prepare(ctx, g, *in.LogStreamName, events, false)
	if err == nil {
		err = s.db.Update(ctx, func(tx *store.Tx) error { return commit(tx) })
	}
	switch {
	case errors.Is(err, ErrNoGroup):
		return nil, noGroup()
	case errors.Is(err, ErrKey):
		return nil, unusableKey()
	}
	return out, err
}

func checkBatch(events []types.InputLogEvent) error {
	size := 0
	for i, e := range events {
		size += len(*e.Message) + eventOverhead
		if i > 0 && *e.Timestamp < *events[i-1].Timestamp {
			return invalid("Log events in a single PutLogEvents request must be in chronological order.")
		}
	}
	if size > maxBatchBytes {
		return invalid("Upload too large: %d bytes exceeds limit of %d", size, maxBatchBytes)
	}
	if span := *events[len(events)-1].Timestamp - *events[0].Timestamp; span > maxSpan.Milliseconds() {
		return invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	return nil
}

// accepted is the part of a batch, in chronological order, that is neither too old nor too
// new, and what AWS tells of the rest.
func accepted(events []types.InputLogEvent, now time.Time, retention time.Duration) (from, until int, rejected *types.RejectedLogEventsInfo) {
	count := func(before time.Time) (n int) {
		for n < len(events) && *events[n].Timestamp < before.UnixMilli() {
			n++
		}
		return n
	}
	tooOld, expired := count(now.Add(-maxAge)), 0
	if retention > 0 {
		expired = count(now.Add(-retention))
	}
	from, until = max(tooOld, expired), count(now.Add(maxAhead+time.Millisecond))
	var info types.RejectedLogEventsInfo
	if tooOld > 0 {
		info.TooOldLogEventEndIndex = new(int32(tooOld))
	}
	if expired > 0 {
		info.ExpiredLogEventEndIndex = new(int32(expired))
	}
	if until < len(events) {
		info.TooNewLogEventStartIndex = new(int32(until))
	}
	if info == (types.RejectedLogEventsInfo{}) {
		return from, until, nil
	}
	return from, max(from, until), &info
}

// sequenceToken looks like AWS's. Nobody checks it any more.
func sequenceToken(ms int64) string { return fmt.Sprintf("49%054d", ms) }
