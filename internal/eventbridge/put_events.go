package eventbridge

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// maxEvents is the largest size of all entries of a request together.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
const maxEvents = 1 << 20

// maxEvent is the largest event of a caller.
const maxEvent = 256 << 10

// PutEvents puts events of the caller's on its buses. Each entry succeeds or fails by itself.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func (s *Service) PutEvents(ctx context.Context, c *iam.Caller, in *eventbridge.PutEventsInput) (*eventbridge.PutEventsOutput, error) {
	out := &eventbridge.PutEventsOutput{Entries: make([]types.PutEventsResultEntry, len(in.Entries))}
	events := map[busPlace][]Event{}
	var places []busPlace
	total := 0
	for i := range in.Entries {
		e := &in.Entries[i]
		size := entrySize(e)
		total += size
		place, err := own(c, e.EventBusName)
		if err != nil {
			return nil, err
		}
		if err := allow(c, "PutEvents", place.arn(), entryKeys(e)); err != nil {
			return nil, err
		}
		code, message := checkEntry(e, size)
		if code != "" {
			out.Entries[i] = types.PutEventsResultEntry{ErrorCode: &code, ErrorMessage: &message}
			out.FailedEntryCount++
			continue
		}
		event := s.event(c, e)
		out.Entries[i].EventId = &event.ID
		if events[place] == nil {
			places = append(places, place)
		}
		events[place] = append(events[place], event)
	}
	if total > maxEvents {
		return nil, invalid("Total size of the entries in the request is over the limit.")
	}
	if in.EndpointId != nil {
		return nil, invalid("Parameter EndpointId is not valid. Reason: there are no global endpoints here.")
	}
	var commits []func(*store.Tx) error
	for _, p := range places {
		commit, err := s.prepare(ctx, p, events[p])
		if err != nil {
			return nil, err
		}
		commits = append(commits, commit)
	}
	return out, s.db.Update(ctx, func(tx *store.Tx) error {
		for _, commit := range commits {
			if err := commit(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// entrySize is the size of an entry as AWS counts it.
func entrySize(e *types.PutEventsRequestEntry) int {
	size := len(value(e.Source)) + len(value(e.DetailType)) + len(value(e.Detail))
	if e.Time != nil {
		size += 14
	}
	for _, r := range e.Resources {
		size += len(r)
	}
	return size
}

func entryKeys(e *types.PutEventsRequestEntry) keys {
	k := keys{"events:eventbusinvocation": policy.Single("false")}
	if e.Source != nil {
		k["events:source"] = policy.Single(*e.Source)
	}
	if e.DetailType != nil {
		k["events:detail-type"] = policy.Single(*e.DetailType)
	}
	return k
}

// checkEntry returns the error of an entry, or "".
func checkEntry(e *types.PutEventsRequestEntry, size int) (code, message string) {
	const argument = "InvalidArgument"
	switch {
	case value(e.Source) == "":
		return argument, "Parameter Source is not valid. Reason: Source is a required argument."
	case value(e.DetailType) == "":
		return argument, "Parameter DetailType is not valid. Reason: DetailType is a required argument."
	case value(e.Detail) == "":
		return argument, "Parameter Detail is not valid. Reason: Detail is a required argument."
	case len(*e.Source) > 256 || len(*e.DetailType) > 128:
		return argument, "Parameter Source or DetailType is not valid. Reason: It is too long."
	case strings.HasPrefix(*e.Source, "aws."):
		return "NotAuthorizedForSourceException", "Not authorized for the source."
	case size > maxEvent:
		return argument, "Parameter Detail is not valid. Reason: The size of the entry is over the limit of 256 KB."
	}
	var detail map[string]json.RawMessage
	if json.Unmarshal([]byte(*e.Detail), &detail) != nil || detail == nil {
		return "MalformedDetail", "Detail is malformed."
	}
	return "", ""
}

// event is the event of an entry.
func (s *Service) event(c *iam.Caller, in *types.PutEventsRequestEntry) Event {
	e := Event{
		ID: cloudtrail.NewID(), Source: *in.Source, DetailType: *in.DetailType, Account: c.Principal.Account, Region: c.Region,
		Time: s.clock.Now(), Resources: in.Resources,
	}
	if in.Time != nil && in.Time.Year() > 0 && in.Time.Year() < 10_000 {
		e.Time = in.Time.Truncate(time.Second)
	}
	var detail bytes.Buffer
	if json.Compact(&detail, []byte(*in.Detail)) == nil {
		e.Detail = detail.Bytes()
	}
	return e
}
