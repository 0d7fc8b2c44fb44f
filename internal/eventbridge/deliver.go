package eventbridge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/store"
)

// handleDeliveries says to the queue how to reach targets.
func (s *Service) handleDeliveries() {
	p := delivery.Policy{Retry: retryOf(185, 86400), Dead: s.bury, Arrived: s.arrived, Failed: s.failed}
	s.deliveries.Handle(kindTopic, s.sendTopic, p)
	s.deliveries.Handle(kindLogs, s.sendLogs, p)
	s.deliveries.Handle(kindHTTP, s.sendHTTP, p)
}

func open(it delivery.Item) (*parcel, error) {
	p := new(parcel)
	if err := json.Unmarshal(it.Body, p); err != nil {
		return nil, delivery.Permanent(fmt.Errorf("decode a delivery of an event: %w", err))
	}
	return p, nil
}

// sendTopic publishes to a topic.
func (s *Service) sendTopic(ctx context.Context, it delivery.Item) error {
	p, err := open(it)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		for _, e := range p.Entries {
			if err := s.publish(tx, Notice{Topic: p.ARN, Message: e, Rule: p.Rule, Account: it.Account}); err != nil {
				return err
			}
		}
		return nil
	})
}

// sendLogs writes to a log group.
func (s *Service) sendLogs(ctx context.Context, it delivery.Item) error {
	p, err := open(it)
	if err != nil {
		return err
	}
	entries := make([]Entry, len(p.Entries))
	for i, e := range p.Entries {
		entries[i] = s.timely(logEntry(p.Millis[i], e))
	}
	commit, err := s.write(ctx, logGroup(p.ARN), streamOf(p.Rule+"#"+p.Target), p.Rule, entries)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, commit)
}

// Log groups take no events that are older or more ahead (see package logs), whose times would be
// those of metrics, too.
const (
	oldestEntry   = 14 * 24 * time.Hour
	farthestEntry = 2 * time.Hour
)

// timely is the entry with the present time if its own, which callers may choose, is out of
// bounds.
func (s *Service) timely(e Entry) Entry {
	now := s.clock.Now()
	if e.Millis < now.Add(-oldestEntry).UnixMilli() || e.Millis > now.Add(farthestEntry).UnixMilli() {
		e.Millis = now.UnixMilli()
	}
	return e
}

// logGroup is the ARN of a log group without what may stand behind it.
func logGroup(arn string) string { return strings.TrimSuffix(arn, ":*") }

// logEntry is the entry for an event. A transformer may say the time and the message.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cloudwatchlogs-targets.html
func logEntry(millis int64, body string) Entry {
	var said map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &said) != nil || len(said) != 2 || said["timestamp"] == nil || said["message"] == nil {
		return Entry{millis, body}
	}
	var message string
	if json.Unmarshal(said["message"], &message) != nil {
		message = string(said["message"])
	}
	if t, ok := entryTime(said["timestamp"]); ok {
		millis = t
	}
	return Entry{millis, message}
}

// entryTime reads a time in milliseconds since 1970, or as events have it.
func entryTime(v json.RawMessage) (int64, bool) {
	var n int64
	if json.Unmarshal(v, &n) == nil {
		return n, true
	}
	var text string
	if json.Unmarshal(v, &text) != nil {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339, text)
	return t.UnixMilli(), err == nil
}

// streamOf is the name of the log stream of a target: in the form of a UUID, as AWS's are.
func streamOf(lane string) string {
	sum := sha256.Sum256([]byte(lane))
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// bury writes what could not be delivered to the target's log group for it.
func (s *Service) bury(ctx context.Context, it delivery.Item, why error) (func(*store.Tx) error, error) {
	p, err := open(it)
	if err != nil || p.Dead == "" {
		return nil, err
	}
	entries := make([]Entry, len(p.Entries))
	for i, e := range p.Entries {
		entries[i] = Entry{s.clock.Now().UnixMilli(), string(encode(map[string]any{
			"RULE_ARN": p.Rule, "TARGET_ARN": p.ARN, "ERROR_MESSAGE": shorten(why.Error()), "RETRY_ATTEMPTS": it.Tries, "EVENT": asJSON(e),
		}))}
	}
	commit, err := s.write(ctx, logGroup(p.Dead), streamOf(p.Rule+"#"+p.Target), p.Rule, entries)
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) error {
		if err := commit(tx); err != nil {
			return err
		}
		return s.count(tx, []metric.Datum{p.metric("InvocationsSentToDlq")})
	}, nil
}

// asJSON is a text that stands in JSON as it is, if it is JSON.
func asJSON(s string) any {
	if json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return s
}

func shorten(s string) string { return s[:min(len(s), 300)] }

func (p *parcel) metric(name string) metric.Datum {
	return metric.Count(ruleMetric(p.place(), name, p.Name), time.Time{}, float64(len(p.Entries)))
}

func (s *Service) arrived(tx *store.Tx, it delivery.Item) error {
	return s.outcome(tx, it, "Invocations")
}

func (s *Service) failed(tx *store.Tx, it delivery.Item) error {
	return s.outcome(tx, it, "FailedInvocations")
}

// outcome counts what became of an item.
func (s *Service) outcome(tx *store.Tx, it delivery.Item, name string) error {
	p, err := open(it)
	if err != nil {
		return nil // it was given up because of that
	}
	return s.count(tx, []metric.Datum{p.metric(name)})
}
