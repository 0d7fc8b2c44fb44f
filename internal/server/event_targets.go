package server

import (
	"context"
	"errors"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail/trail"
	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/eventbridge"
	"github.com/keystead/keystead/internal/eventstore"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/logs"
	"github.com/keystead/keystead/internal/sns"
	"github.com/keystead/keystead/internal/store"
)

// eventService is EventBridge's name in the policies of its targets.
const eventService = "events.amazonaws.com"

// eventRules hands the events of the trail to the rules.
type eventRules struct{ events *eventbridge.Service }

// Wanted implements trail.Rules.
func (r eventRules) Wanted(ctx context.Context, account, region string) (bool, error) {
	return r.events.Wanted(ctx, account, region)
}

// Prepare implements trail.Rules.
func (r eventRules) Prepare(ctx context.Context, account, region string, bus []trail.BusEvent) (func(*store.Tx) error, error) {
	events := make([]eventbridge.Event, len(bus))
	for i, e := range bus {
		events[i] = eventbridge.Event(e)
	}
	return r.events.Prepare(ctx, account, region, events)
}

// publishEvent publishes an event that a rule matched, as the topic's policy allows it.
func (o *observability) publishEvent(tx *store.Tx, n eventbridge.Notice) error {
	err := o.sns.PublishAs(tx, sns.Notice{
		Topic: n.Topic, Message: n.Message, Service: eventService, SourceARN: n.Rule, SourceAccount: n.Account,
	})
	if errors.Is(err, sns.ErrNoTopic) || errors.Is(err, sns.ErrRefused) {
		return delivery.Permanent(err)
	}
	return err
}

// eventLogs writes events that rules matched into log groups, as their resource policies allow it.
type eventLogs struct {
	logs *logs.Service
	iam  *iam.Service
}

// errLogsRefused says that no resource policy lets the service write.
var errLogsRefused = errors.New("no resource policy of CloudWatch Logs lets events.amazonaws.com make a stream of the group and put events into it")

func (l eventLogs) prepare(ctx context.Context, group, stream, rule string, entries []eventbridge.Entry) (func(*store.Tx) error, error) {
	c, err := l.iam.CallerFor(ctx, eventService)
	if err != nil {
		return nil, err
	}
	c.SourceARN = rule
	if arn, ok := iam.ParseARN(rule); ok {
		c.SourceAccount, c.Region = arn.Account, arn.Region
	}
	admitted, err := l.logs.Admits(ctx, group, stream, c)
	if err != nil {
		return nil, err
	}
	if !admitted {
		return nil, delivery.Permanent(errLogsRefused)
	}
	events := make([]eventstore.Event, len(entries))
	for i, e := range entries {
		events[i] = eventstore.Event{Time: time.UnixMilli(e.Millis), Text: []byte(e.Message)}
	}
	commit, err := l.logs.Prepare(ctx, group, stream, events)
	if errors.Is(err, logs.ErrNoGroup) {
		return nil, delivery.Permanent(err)
	}
	return commit, err
}
