package eventbridge

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/delivery"
	"github.com/keystead/keystead/internal/store"
)

// Bounds of what is delivered together to a target that takes several events at once.
const (
	mostTogether = 100
	maxTogether  = 512 << 10 // bytes
)

// Bounds of what the events of one transaction may cause: an account can have hundreds of rules
// that match each event, with several targets each. What is beyond has failed.
const (
	maxBatch = 32 << 20  // bytes for targets
	maxWork  = 512 << 20 // bytes that are read for them
)

// parcel is what an item of the queue has in its body.
type parcel struct {
	Rule    string    `json:"rule"` // ARN
	Place   [3]string `json:"place"`
	Name    string    `json:"name"` // of the rule
	Target  string    `json:"target"`
	ARN     string    `json:"arn"` // of the target
	Dead    string    `json:"dead,omitempty"`
	Entries []string  `json:"entries"` // what the target gets, for each event
	Millis  []int64   `json:"millis"`  // times of the events
	HTTP    *request  `json:"http,omitempty"`

	retry delivery.Retry
	size  int
}

func (p *parcel) place() busPlace { return busPlace{p.Place[0], p.Place[1], p.Place[2]} }

// batch gathers what a transaction is going to write.
type batch struct {
	s       *Service
	place   busPlace
	open    map[string]*parcel // by lane, while there is room
	parcels []*parcel
	rates   map[string]int32     // of API destinations, by ARN
	matches map[string]float64   // events by rule
	wanted  map[string]*endpoint // API destinations, by ARN

	bytes, work int
	failures    map[string]float64 // invocations that were given up, by rule
}

func (s *Service) newBatch(p busPlace) *batch {
	return &batch{s: s, place: p, open: map[string]*parcel{}, rates: map[string]int32{}, matches: map[string]float64{}, wanted: map[string]*endpoint{}, failures: map[string]float64{}}
}

// add adds what the targets of a rule get for an event.
func (b *batch) add(ctx context.Context, m *matched) error {
	b.matches[m.rule.name]++
	for i := range m.rule.Targets {
		t := &m.rule.Targets[i]
		kind, err := kindOf(t.ARN)
		if err != nil { // of a later version of the service
			b.s.log.ErrorContext(ctx, "a target of a rule is passed over", "rule", m.rule.arn(), "target", t.ID, "error", err)
			continue
		}
		body, ok := b.input(m, t)
		if !ok {
			b.failures[m.rule.name]++
			continue
		}
		if kind == kindHTTP {
			if err := b.addRequest(ctx, m, t, body); err != nil {
				return err
			}
			continue
		}
		b.together(m, t, body)
	}
	return nil
}

// input is what a target gets for an event, if there is room for it.
func (b *batch) input(m *matched, t *target) ([]byte, bool) {
	if b.work += t.work(m); b.work > maxWork || b.bytes > maxBatch {
		return nil, false
	}
	body, ok := t.input(m)
	b.bytes += len(body)
	return body, ok && b.bytes <= maxBatch
}

// together puts an event into the parcel for its target.
func (b *batch) together(m *matched, t *target, body []byte) {
	lane := m.rule.arn() + "#" + t.ID
	p := b.open[lane]
	if p == nil || len(p.Entries) >= mostTogether || p.size+len(body) > maxTogether {
		p = b.parcel(m, t)
		b.open[lane] = p
	}
	p.add(m, body)
}

func (b *batch) parcel(m *matched, t *target) *parcel {
	tries, seconds := t.attempts()
	p := &parcel{
		Rule: m.rule.arn(), Place: [3]string{m.rule.place.account, m.rule.place.region, m.rule.place.name}, Name: m.rule.name,
		Target: t.ID, ARN: t.ARN, Dead: t.Dead, retry: retryOf(tries, seconds),
	}
	b.parcels = append(b.parcels, p)
	return p
}

func (p *parcel) add(m *matched, body []byte) {
	p.Entries = append(p.Entries, string(body))
	p.Millis = append(p.Millis, m.event.Time.UnixMilli())
	p.size += len(body)
}

// retryOf spreads the tries over a day, as AWS does: exponentially, then at long intervals.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
func retryOf(tries, seconds int32) delivery.Retry {
	growing := min(int(tries), 10)
	return delivery.Retry{
		Growing: growing, After: int(tries) - growing, Min: time.Second, Max: 8 * time.Minute, Function: "exponential",
		Until: time.Duration(seconds) * time.Second,
	}
}

// addRequest adds a request to an API destination: each is tried by itself.
func (b *batch) addRequest(ctx context.Context, m *matched, t *target, body []byte) error {
	e, ok := b.wanted[t.ARN]
	if !ok {
		found, err := b.s.endpoint(ctx, t.ARN)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		e, b.wanted[t.ARN] = found, found
	}
	p := b.parcel(m, t)
	p.HTTP = t.request(m)
	p.add(m, body)
	if e != nil {
		b.rates[t.ARN] = e.Rate
	}
	return nil
}

// commit returns the function that writes the batch.
func (b *batch) commit() (func(*store.Tx) error, error) {
	if len(b.parcels)+len(b.failures) == 0 {
		return nothing, nil
	}
	items := make([]delivery.Item, len(b.parcels))
	for i, p := range b.parcels {
		body, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		kind, err := kindOf(p.ARN)
		if err != nil {
			return nil, err
		}
		items[i] = delivery.Item{Lane: p.Rule + "#" + p.Target, Kind: kind, Account: b.place.account, Region: b.place.region, Body: body, Retry: &p.retry}
		if kind == kindHTTP {
			items[i].Lane, items[i].PerSecond = p.ARN, int(b.rates[p.ARN])
		}
	}
	var samples []metric.Datum
	for name, n := range b.matches {
		samples = append(samples, metric.Count(ruleMetric(b.place, "TriggeredRules", name), time.Time{}, n))
	}
	for name, n := range b.failures {
		b.s.log.Warn("targets of a rule did not get their events, which are too many or too large together", "rule", ruleARN(b.place, name), "invocations", n)
		samples = append(samples, metric.Count(ruleMetric(b.place, "FailedInvocations", name), time.Time{}, n))
	}
	return func(tx *store.Tx) error {
		for _, it := range items {
			if err := b.s.deliveries.Enqueue(tx, it); err != nil {
				return err
			}
		}
		return b.s.count(tx, samples)
	}, nil
}

// count writes samples if there is a place for them.
func (s *Service) count(tx *store.Tx, data []metric.Datum) error {
	if s.samples == nil || len(data) == 0 {
		return nil
	}
	return s.samples(tx, data)
}
