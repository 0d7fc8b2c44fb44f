package eventbridge

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/marker"
	"github.com/keystead/keystead/internal/store"
)

// mostBuses bounds the buses of an account in a Region, beside the default one.
const mostBuses = 100

// CreateEventBus makes an event bus for events of the caller's own.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
func (s *Service) CreateEventBus(ctx context.Context, c *iam.Caller, in *eventbridge.CreateEventBusInput) (*eventbridge.CreateEventBusOutput, error) {
	b := &bus{place: busPlace{c.Principal.Account, c.Region, *in.Name}, Description: value(in.Description)}
	if err := allow(c, "CreateEventBus", b.place.arn(), keys{}.ofRequest(in.Tags)); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		if err := allow(c, "TagResource", b.place.arn(), keys{}.ofRequest(in.Tags)); err != nil {
			return nil, err
		}
	}
	switch {
	case b.place.name == defaultBus:
		return nil, exists("Event bus %s already exists.", defaultBus)
	case in.EventSourceName != nil || strings.Contains(b.place.name, "/"):
		return nil, invalid("Parameter Name is not valid. Reason: there are no partner event sources here.")
	}
	if err := b.settings(in.KmsKeyIdentifier, in.LogConfig, in.DeadLetterConfig); err != nil {
		return nil, err
	}
	var err error
	if b.Tags, err = tagged(nil, in.Tags); err != nil {
		return nil, err
	}
	b.Created = s.clock.Now()
	b.Modified = b.Created
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		others, err := tx.Scan(busKind, store.Range{Prefix: b.place.account + "/" + b.place.region + "/", Limit: mostBuses + 1})
		if err != nil {
			return err
		}
		if len(others) > mostBuses {
			return tooMany()
		}
		return b.put(tx)
	})
	if errors.Is(err, store.ErrExists) {
		err = exists("Event bus %s already exists.", b.place.name)
	}
	return &eventbridge.CreateEventBusOutput{EventBusArn: new(b.place.arn()), Description: in.Description, DeadLetterConfig: in.DeadLetterConfig}, err
}

// settings refuses what buses can't have here.
func (b *bus) settings(key *string, log *types.LogConfig, dead *types.DeadLetterConfig) error {
	switch {
	case key != nil && *key != "":
		return invalid("Parameter KmsKeyIdentifier is not supported here: what waits for delivery is sealed by the service.")
	case log != nil && log.Level != "" && log.Level != types.LevelOff:
		return invalid("Parameter LogConfig is not supported here.")
	case dead != nil && dead.Arn != nil:
		if k, err := kindOf(*dead.Arn); err != nil || k != kindLogs {
			return invalid("Parameter DeadLetterConfig.Arn is not valid. Reason: Only the ARN of a log group is supported; there are no SQS queues here.")
		}
		b.Dead = *dead.Arn
	}
	return nil
}

// UpdateEventBus changes an event bus.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateEventBus.html
func (s *Service) UpdateEventBus(ctx context.Context, c *iam.Caller, in *eventbridge.UpdateEventBusInput) (*eventbridge.UpdateEventBusOutput, error) {
	b, err := s.permittedBus(ctx, c, "UpdateEventBus", in.Name)
	if err != nil {
		return nil, err
	}
	err = s.changeBus(ctx, b.place, func(b *bus) error {
		if in.Description != nil {
			b.Description = *in.Description
		}
		return b.settings(in.KmsKeyIdentifier, in.LogConfig, in.DeadLetterConfig)
	})
	return &eventbridge.UpdateEventBusOutput{Arn: new(b.place.arn()), Name: &b.place.name, Description: in.Description, DeadLetterConfig: in.DeadLetterConfig}, err
}

// permittedBus reads a bus that the caller named, and decides about it.
func (s *Service) permittedBus(ctx context.Context, c *iam.Caller, action string, name *string) (*bus, error) {
	place, err := own(c, name)
	if err != nil {
		return nil, err
	}
	b, missing := getBus(committed{ctx, s.db}, place)
	k := keys{}
	if b != nil {
		k.ofTags(b.Tags)
	}
	if err := allow(c, action, place.arn(), k); err != nil {
		return nil, err
	}
	return b, missing
}

// changeBus changes a bus that there must be.
func (s *Service) changeBus(ctx context.Context, p busPlace, f func(*bus) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		b, err := getBus(tx, p)
		if err != nil {
			return err
		}
		if err := f(b); err != nil {
			return err
		}
		b.Modified = s.clock.Now()
		return b.put(tx)
	})
}

// DeleteEventBus deletes an event bus that has no rules. One that is not there is deleted already.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html
func (s *Service) DeleteEventBus(ctx context.Context, c *iam.Caller, in *eventbridge.DeleteEventBusInput) (*eventbridge.DeleteEventBusOutput, error) {
	b, err := s.permittedBus(ctx, c, "DeleteEventBus", in.Name)
	if _, gone := errors.AsType[*types.ResourceNotFoundException](err); gone {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if b.place.name == defaultBus {
		return nil, invalid("Cannot delete event bus default.")
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		rules, err := tx.Scan(ruleKind, store.Range{Prefix: b.place.key() + "/", Limit: 1})
		if err != nil {
			return err
		}
		if len(rules) > 0 {
			return invalid("Event bus %s can't be deleted since it has rules.", b.place.name)
		}
		return tx.Delete(busKind, b.place.key())
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return nil, err
}

// DescribeEventBus tells about an event bus.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html
func (s *Service) DescribeEventBus(ctx context.Context, c *iam.Caller, in *eventbridge.DescribeEventBusInput) (*eventbridge.DescribeEventBusOutput, error) {
	b, err := s.permittedBus(ctx, c, "DescribeEventBus", in.Name)
	if err != nil {
		return nil, err
	}
	out := &eventbridge.DescribeEventBusOutput{
		Arn: new(b.place.arn()), Name: &b.place.name, Description: optional(b.Description),
		CreationTime: moment(b.Created), LastModifiedTime: moment(b.Modified),
	}
	if b.Dead != "" {
		out.DeadLetterConfig = &types.DeadLetterConfig{Arn: &b.Dead}
	}
	return out, nil
}

// moment is nil for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// ListEventBuses lists the event buses of the caller's account, the default one among them.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html
func (s *Service) ListEventBuses(ctx context.Context, c *iam.Caller, in *eventbridge.ListEventBusesInput) (*eventbridge.ListEventBusesOutput, error) {
	if err := allow(c, "ListEventBuses", "*", keys{}); err != nil {
		return nil, err
	}
	after, limit, err := readToken(in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	all, err := s.buses(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &eventbridge.ListEventBusesOutput{EventBuses: []types.EventBus{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b := all[name]
		switch {
		case name <= after || !strings.HasPrefix(name, value(in.NamePrefix)):
		case len(out.EventBuses) == limit:
			out.NextToken = new(marker.Marker{After: *out.EventBuses[limit-1].Name}.String())
			return out, nil
		default:
			out.EventBuses = append(out.EventBuses, types.EventBus{
				Arn: new(b.place.arn()), Name: &b.place.name, Description: optional(b.Description),
				CreationTime: moment(b.Created), LastModifiedTime: moment(b.Modified),
			})
		}
	}
	return out, nil
}

func (s *Service) buses(ctx context.Context, c *iam.Caller) (map[string]*bus, error) {
	all := map[string]*bus{defaultBus: {place: busPlace{c.Principal.Account, c.Region, defaultBus}}}
	records, err := s.db.Scan(ctx, busKind, store.Range{Prefix: c.Principal.Account + "/" + c.Region + "/"})
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		b, err := decodeBus(r)
		if err != nil {
			return nil, err
		}
		all[b.place.name] = b
	}
	return all, nil
}
