package logs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/logs/pattern"
	"github.com/keystead/keystead/internal/store"
)

// maxInterleaved is how many streams are read at once, with their events in the order of their
// times. Groups that have more are read part by part.
const maxInterleaved = 500

// filterToken says where a search goes on: in the part of the streams behind After up to Until,
// at a position of the event store.
type filterToken struct {
	After    string `json:"after,omitempty"`
	Until    string `json:"until,omitempty"`
	Position string `json:"position,omitempty"`
	Backward bool   `json:"backward,omitempty"`
}

// earliestBackward is the earliest time from which on a search may begin with the latest
// events.
var earliestBackward = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// FilterLogEvents searches a group for events that match a pattern. A page is bounded in the
// work that it takes: it may have no events although there are more pages.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
func (s *Service) FilterLogEvents(ctx context.Context, c *iam.Caller, in *sdk.FilterLogEventsInput) (*sdk.FilterLogEventsOutput, error) {
	t, err := named(c, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	g, err := s.admitTo(ctx, c, "FilterLogEvents", t, "")
	if err != nil {
		return nil, err
	}
	if in.LogStreamNames != nil && in.LogStreamNamePrefix != nil {
		return nil, invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
	}
	text := ""
	if in.FilterPattern != nil {
		text = *in.FilterPattern
	}
	p, err := parsePattern(text)
	if err != nil {
		return nil, err
	}
	token, err := readToken[filterToken](in.NextToken)
	if err != nil {
		return nil, err
	}
	if in.NextToken == nil {
		token.Backward = in.StartFromHead != nil && !*in.StartFromHead
	}
	if token.Backward && (in.StartTime == nil || *in.StartTime < earliestBackward) {
		return nil, invalid("startFromHead can be false only if startTime is on or after Jan 1, 2024 00:00:00 UTC.")
	}
	for _, name := range []string{token.After, token.Until} {
		if checkStreamName(name) != nil {
			return nil, badToken()
		}
	}
	q := eventstore.Query{
		From: timeOf(in.StartTime), Until: timeOf(in.EndTime), Terms: p.Terms(), Open: s.opener(ctx, g),
		Backward: token.Backward, After: token.Position, Bytes: maxPageBytes,
	}
	part, err := s.streamsOf(ctx, g, in, token)
	if err != nil {
		return nil, err
	}
	out := &sdk.FilterLogEventsOutput{Events: []types.FilteredLogEvent{}, SearchedLogStreams: []types.SearchedLogStream{}}
	events, next, err := s.search(ctx, q, part, p, limitOf(in.Limit, maxEvents))
	if err != nil {
		return nil, positionError(err)
	}
	for i := range events {
		out.Events = append(out.Events, part.describe(&events[i]))
	}
	switch {
	case next != "":
		out.NextToken = writeToken(filterToken{token.After, part.until, next, token.Backward})
	case part.more:
		out.NextToken = writeToken(filterToken{After: part.until, Backward: token.Backward})
	}
	return out, nil
}

// streamPart is some of the streams of a search.
type streamPart struct {
	streams map[string]*stream // by their logs
	until   string             // the last name in it
	more    bool               // there are streams behind it
}

// streamsOf finds the streams that a search goes on in.
func (s *Service) streamsOf(ctx context.Context, g *group, in *sdk.FilterLogEventsInput, token filterToken) (*streamPart, error) {
	if in.LogStreamNames != nil {
		return s.namedStreams(ctx, g, in)
	}
	prefix := ""
	if in.LogStreamNamePrefix != nil {
		prefix = *in.LogStreamNamePrefix
	}
	r := store.Range{Prefix: streamKey(g.ID, prefix), Limit: maxInterleaved + 1}
	if token.After != "" {
		r.After = streamKey(g.ID, token.After)
	}
	records, err := s.db.Scan(ctx, streamKind, r)
	if err != nil {
		return nil, err
	}
	part := &streamPart{streams: map[string]*stream{}, more: len(records) > maxInterleaved}
	for _, r := range records[:min(len(records), maxInterleaved)] {
		st, err := decodeStream(r)
		if err != nil {
			return nil, err
		}
		if token.Until != "" && st.Name > token.Until { // made since the part was begun
			part.more = true
			break
		}
		part.until = st.Name
		part.add(st, in)
	}
	return part, nil
}

func (s *Service) namedStreams(ctx context.Context, g *group, in *sdk.FilterLogEventsInput) (*streamPart, error) {
	part := &streamPart{streams: map[string]*stream{}}
	for _, name := range in.LogStreamNames {
		st, err := s.stream(ctx, g, name)
		if err != nil {
			return nil, err
		}
		part.add(st, in)
	}
	return part, nil
}

// add takes a stream that may have events in the time that is searched.
func (p *streamPart) add(st *stream, in *sdk.FilterLogEventsInput) {
	switch {
	case st.Ingested == 0:
	case in.StartTime != nil && st.Last < *in.StartTime:
	case in.EndTime != nil && st.First >= *in.EndTime:
	default:
		p.streams[st.log()] = st
	}
}

func (p *streamPart) describe(e *eventstore.Event) types.FilteredLogEvent {
	st := p.streams[e.Log]
	return types.FilteredLogEvent{
		EventId: new(eventID(st, e)), LogStreamName: &st.Name, Message: new(string(e.Text)),
		Timestamp: new(e.Time.UnixMilli()), IngestionTime: new(e.Ingested.UnixMilli()),
	}
}

// eventID is 56 digits, as AWS's are.
func eventID(st *stream, e *eventstore.Event) string {
	return fmt.Sprintf("%016d%020d%020d", e.Time.UnixMilli(), st.ID, e.Seq)
}

// search reads one page.
func (s *Service) search(ctx context.Context, q eventstore.Query, part *streamPart, p *pattern.Pattern, limit int) ([]eventstore.Event, string, error) {
	if len(part.streams) == 0 {
		return nil, "", nil
	}
	q.Logs = slices.Sorted(maps.Keys(part.streams))
	return s.events.Page(ctx, q, limit, func(e *eventstore.Event) bool {
		_, ok := p.Match(e.Text)
		return ok
	})
}
