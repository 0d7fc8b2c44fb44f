package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/clock"
)

// Fire returns the first times that a schedule fires after t.
func Fire(expression string, t time.Time, n int) ([]time.Time, error) {
	x, err := parseSchedule(expression)
	if err != nil {
		return nil, err
	}
	var all []time.Time
	for range n {
		next, ok := x.next(t)
		if !ok {
			break
		}
		all, t = append(all, next), next
	}
	return all, nil
}

// Transform fills a template in for an event, or says why the template is refused.
func Transform(e *Event, paths map[string]string, template string) (string, error) {
	t := target{ID: "1", Transform: &types.InputTransformer{InputPathsMap: paths, InputTemplate: &template}}
	if err := t.checkInput(); err != nil {
		return "", err
	}
	r := &rule{name: "r", place: busPlace{"111122223333", "us-east-1", defaultBus}}
	out, ok := t.input(&matched{event: e, text: e.appendJSON(nil), ingested: e.Time, rule: r})
	if !ok {
		return "", errors.New("too large")
	}
	return string(out), nil
}

// FindPath follows a path into a document.
func FindPath(path, document string) (string, bool) {
	p, ok := parsePath(path)
	if !ok {
		return "", false
	}
	v, ok := p.find(json.RawMessage(document))
	return string(v), ok
}

// Fill matches an event with n targets that get all of it, and returns how many bytes are kept
// for them and how many invocations are given up.
func Fill(e *Event, n int) (bytes int, failed float64, err error) {
	s := &Service{}
	b := s.newBatch(busPlace{"111122223333", "us-east-1", defaultBus})
	r := &rule{name: "r", place: b.place}
	for range n {
		r.Targets = append(r.Targets, target{ID: "1", ARN: "arn:aws:sns:us-east-1:111122223333:t"})
	}
	if err := b.add(context.Background(), &matched{event: e, text: e.appendJSON(nil), ingested: e.Time, rule: r}); err != nil {
		return 0, 0, err
	}
	for _, p := range b.parcels {
		bytes += p.size
	}
	return bytes, b.failures["r"], nil
}

// LogTime is the time that a log group gets for what a transformer says at a time.
func LogTime(body string, now time.Time) time.Time {
	s := &Service{clock: clock.At(now)}
	return time.UnixMilli(s.timely(logEntry(now.UnixMilli(), body)).Millis).UTC()
}
