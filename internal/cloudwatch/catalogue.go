package cloudwatch

import (
	"context"
	"encoding/binary"
	"errors"
	"net/url"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
)

// catalogueKind is the kind of the records that name the metrics there are. A record's key is
// ACCOUNT/REGION/NAMESPACE/METRIC.
const catalogueKind = "metric"

// listed is how long a metric without new samples is still listed.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
const listed = 14 * day

// sightingStep is how exactly the catalogue knows when a metric last had a sample. AWS says
// that its own list of recently active metrics may be off by 50 minutes.
const sightingStep = 45 * time.Minute

// catalogueKey is the key of a metric's record. An escaped namespace that is too long for a key
// is cut: the digest at the end still tells the metrics apart.
func catalogueKey(id *metric.ID, identity string) string {
	return place(id.Account, id.Region) + namespaceKey(id.Namespace) + identity
}

func namespaceKey(namespace string) string {
	escaped := url.PathEscape(namespace)
	if len(escaped) > maxNamespaceKey {
		escaped = escaped[:maxNamespaceKey]
	}
	return escaped + "/"
}

const maxNamespaceKey = 800

// sightings are metrics by identity with their newest sample.
type sightings map[string]sighting

type sighting struct {
	id   metric.ID
	time int64
}

func (s sightings) note(identity string, e *entry) {
	if old, ok := s[identity]; !ok || old.time < e.time {
		s[identity] = sighting{e.id, e.time}
	}
}

// catalogueEntries are the records that have to be written about metrics that were seen: those
// that say something new.
func (s *Service) catalogueEntries(ctx context.Context, seen sightings) ([]store.Record, error) {
	var records []store.Record
	for identity, now := range seen {
		key := catalogueKey(&now.id, identity)
		r, err := s.db.Get(ctx, catalogueKind, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil { // a damaged one is replaced
			old, err := decodeSighting(r)
			if err == nil && now.time < old.time+int64(sightingStep/time.Second) {
				continue
			}
		}
		records = append(records, store.Record{
			Kind: catalogueKind, Key: key, Due: at(now.time).Add(listed + sightingStep), Body: now.encode(),
		})
	}
	return records, nil
}

func (s *sighting) encode() []byte {
	b := binary.AppendVarint(nil, s.time)
	for _, text := range [...]string{s.id.Account, s.id.Region, s.id.Namespace, s.id.Name} {
		b = appendText(b, text)
	}
	for _, d := range s.id.Dimensions {
		b = appendText(appendText(b, d.Name), d.Value)
	}
	return b
}

func decodeSighting(record store.Record) (sighting, error) {
	r := reader{b: record.Body}
	s := sighting{time: r.int(), id: metric.ID{Account: r.text(), Region: r.text(), Namespace: r.text(), Name: r.text()}}
	for len(r.b) > 0 {
		s.id.Dimensions = append(s.id.Dimensions, metric.Dimension{Name: r.text(), Value: r.text()})
	}
	return s, r.err
}
