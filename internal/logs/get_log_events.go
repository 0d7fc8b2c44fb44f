package logs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/iam"
)

// Bounds of a page of events.
const (
	maxEvents    = 10000
	maxPageBytes = 1 << 20
	maxPages     = 8 // of the event store without an event, until one of ours has none
)

// eventPlace is a place between the events of a stream, in the order of their times and, of
// one time, their numbers. It is behind the event that it names on the way forward, and before
// it on the way backward.
type eventPlace struct {
	forward bool
	ms      int64
	seq     uint64
}

// String is the token of the place. It looks like AWS's.
func (p eventPlace) String() string {
	way := "b"
	if p.forward {
		way = "f"
	}
	return fmt.Sprintf("%s/%020d%020d/s", way, p.ms, p.seq)
}

var placePattern = regexp.MustCompile(`^([fb])/([0-9]{20})([0-9]{20})/s$`)

func parseEventPlace(text string) (eventPlace, error) {
	m := placePattern.FindStringSubmatch(text)
	if m == nil {
		return eventPlace{}, badToken()
	}
	ms, err1 := strconv.ParseInt(m[2], 10, 64)
	seq, err2 := strconv.ParseUint(m[3], 10, 64)
	if err1 != nil || err2 != nil {
		return eventPlace{}, badToken()
	}
	return eventPlace{m[1] == "f", ms, seq}, nil
}

// behind says whether an event comes after the place on its way.
func (p eventPlace) behind(e *eventstore.Event) bool {
	ms := e.Time.UnixMilli()
	if p.forward {
		return ms > p.ms || ms == p.ms && e.Seq > p.seq
	}
	return ms < p.ms || ms == p.ms && e.Seq < p.seq
}

// GetLogEvents lists the events of a stream. The tokens of a page at an end of the stream are
// those that it was asked for with.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
func (s *Service) GetLogEvents(ctx context.Context, c *iam.Caller, in *sdk.GetLogEventsInput) (*sdk.GetLogEventsOutput, error) {
	t, err := named(c, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	g, err := s.admitTo(ctx, c, "GetLogEvents", t, *in.LogStreamName)
	if err != nil {
		return nil, err
	}
	st, err := s.stream(ctx, g, *in.LogStreamName)
	if err != nil {
		return nil, err
	}
	start := eventPlace{forward: in.StartFromHead != nil && *in.StartFromHead, ms: -1}
	if !start.forward {
		start.ms = math.MaxInt64
	}
	if in.NextToken != nil {
		if start, err = parseEventPlace(*in.NextToken); err != nil {
			return nil, err
		}
	}
	q := eventstore.Query{
		Logs: []string{st.log()}, Backward: !start.forward, Open: s.opener(ctx, g),
		From: timeOf(in.StartTime), Until: timeOf(in.EndTime), Bytes: maxPageBytes,
	}
	events, err := s.pageOf(ctx, q, start, limitOf(in.Limit, maxEvents))
	if err != nil {
		return nil, err
	}
	return getOutput(events, start, in.NextToken != nil), nil
}

// timeOf is a time of the API; the zero time if there is none, or the year is beyond what is
// kept.
func timeOf(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(min(max(*ms, 0), 1<<50)).UTC()
}

// pageOf reads the events behind a place on its way, as many as fit on a page, and puts them
// into the order of their times.
func (s *Service) pageOf(ctx context.Context, q eventstore.Query, start eventPlace, limit int) ([]eventstore.Event, error) {
	switch {
	case start.forward && start.ms >= 0:
		if from := time.UnixMilli(min(start.ms, 1<<50)).UTC(); from.After(q.From) {
			q.From = from
		}
	case !start.forward && start.ms < 1<<50:
		if until := time.UnixMilli(start.ms + 1).UTC(); q.Until.IsZero() || until.Before(q.Until) {
			q.Until = until
		}
	}
	var events []eventstore.Event
	for range maxPages {
		var err error
		if events, q.After, err = s.events.Page(ctx, q, limit, start.behind); err != nil {
			return nil, readError(err)
		}
		if len(events) > 0 || q.After == "" {
			break
		}
	}
	if !start.forward {
		slices.Reverse(events)
	}
	return events, nil
}

// getOutput is the answer for the events of a page. On the way forward the backward token
// leads to what is before the page, and the other way round.
func getOutput(events []eventstore.Event, start eventPlace, asked bool) *sdk.GetLogEventsOutput {
	out := &sdk.GetLogEventsOutput{Events: make([]types.OutputLogEvent, 0, len(events))}
	for _, e := range events {
		out.Events = append(out.Events, types.OutputLogEvent{
			Message: new(string(e.Text)), Timestamp: new(e.Time.UnixMilli()), IngestionTime: new(e.Ingested.UnixMilli()),
		})
	}
	back, forth := eventPlace{false, start.ms, start.seq}, eventPlace{true, start.ms, start.seq}
	switch {
	case len(events) > 0:
		first, last := &events[0], &events[len(events)-1]
		back = eventPlace{false, first.Time.UnixMilli(), first.Seq}
		forth = eventPlace{true, last.Time.UnixMilli(), last.Seq}
	case asked && start.forward: // behind all: the other way leads to the last of them
		back = eventPlace{false, start.ms, start.seq + 1}
	case asked: // before all
		forth = eventPlace{true, start.ms, max(start.seq, 1) - 1}
	default: // nothing is there yet
		back, forth = eventPlace{false, 0, 0}, eventPlace{true, 0, 0}
	}
	out.NextBackwardToken, out.NextForwardToken = new(back.String()), new(forth.String())
	return out
}

// positionError is the error of a token that the event store does not know.
func positionError(err error) error {
	if errors.Is(err, eventstore.ErrPosition) {
		return badToken()
	}
	return readError(err)
}
