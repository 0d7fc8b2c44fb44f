package cloudwatch

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/store"
)

// source is where records are read from: the database, or a transaction.
type source interface {
	Get(kind, key string) (store.Record, error)
	Scan(kind string, r store.Range) ([]store.Record, error)
}

type outside struct {
	ctx context.Context
	db  *store.DB
}

func (o outside) Get(kind, key string) (store.Record, error) { return o.db.Get(o.ctx, kind, key) }
func (o outside) Scan(kind string, r store.Range) ([]store.Record, error) {
	return o.db.Scan(o.ctx, kind, r)
}

// view reads the samples of one account and Region for one request. It belongs to one
// goroutine.
type view struct {
	s               *Service
	account, region string
	now             time.Time
	generation      int64
	shards          map[string]map[string][]entry // the batches, by shard and metric
}

func (s *Service) view(account, region string) *view {
	return &view{s: s, account: account, region: region, now: s.clock.Now(), generation: -1}
}

// samples reads the samples of a metric from one second on until before another. Samples that
// move while they are read would be found twice or not at all: then it reads again, and in the
// end inside a transaction.
func (v *view) samples(ctx context.Context, id metric.ID, from, until int64) (*block, error) {
	id = sorted(id)
	id.Account, id.Region = v.account, v.region
	src := outside{ctx, v.s.db}
	for range maxTries {
		if err := v.refresh(src); err != nil {
			return nil, err
		}
		b, err := v.read(src, &id, from, until)
		if err != nil {
			return nil, err
		}
		if now, err := v.generationIn(src); err != nil || now == v.generation {
			return b, err
		}
	}
	var b *block
	err := v.s.db.Update(ctx, func(tx *store.Tx) error {
		v.generation = -1
		err := v.refresh(tx)
		if err == nil {
			b, err = v.read(tx, &id, from, until)
		}
		return err
	})
	return b, err
}

// refresh forgets the batches if samples have moved since they were read.
func (v *view) refresh(src source) error {
	now, err := v.generationIn(src)
	if err == nil && now != v.generation {
		v.generation, v.shards = now, map[string]map[string][]entry{}
	}
	return err
}

func (v *view) generationIn(src source) (int64, error) {
	r, err := src.Get(generationKind, place(v.account, v.region))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return r.Version, err
}

func (v *view) read(src source, id *metric.ID, from, until int64) (*block, error) {
	// Not v.now: before another try, the clock may have moved on as the samples have.
	all, name, now := new(block), identity(id), v.s.clock.Now()
	for _, shard := range [...]string{mixed, name[:2]} {
		batches, err := v.shard(src, shard)
		if err != nil {
			return nil, err
		}
		for _, e := range batches[name] {
			if e.time >= from && e.time < until {
				all.add(e.unit, e.time, e.sum)
			}
		}
	}
	for i := range tiers {
		if i > 0 && at(from).After(now.Add(-tiers[i-1].keep)) {
			break // nothing as young as this is in the tier, nor in those after it
		}
		if err := v.readTier(src, &tiers[i], name, from, until, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// shard is the batches of a shard, by metric.
func (v *view) shard(src source, shard string) (map[string][]entry, error) {
	if found, ok := v.shards[shard]; ok {
		return found, nil
	}
	found := map[string][]entry{}
	records, err := src.Scan(batchKind, store.Range{Prefix: place(v.account, v.region) + shard + "/"})
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		entries, err := decodeBatch(v.account, v.region, r.Body)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			name := identity(&e.id)
			found[name] = append(found[name], e)
		}
	}
	v.shards[shard] = found
	return found, nil
}

// maxRead is how many blocks are read at once.
const maxRead = 32

func (v *view) readTier(src source, t *tier, name string, from, until int64, all *block) error {
	series := seriesKey(place(v.account, v.region), name)
	span := int64(t.span / time.Second)
	last := t.key(series, until-1)
	for after := t.key(series, t.start(from)-span); ; {
		records, err := src.Scan(blockKind, store.Range{Prefix: series + t.name + "/", After: after, Limit: maxRead})
		if err != nil {
			return err
		}
		for i := range records {
			if strings.Compare(records[i].Key, last) > 0 {
				return nil
			}
			if err := all.take(records[i].Body, from, until); err != nil {
				return err
			}
		}
		if len(records) < maxRead {
			return nil
		}
		after = records[len(records)-1].Key
	}
}

// take adds the samples of an encoded block that are in the time.
func (b *block) take(body []byte, from, until int64) error {
	other, err := decodeBlock(body)
	if err != nil {
		return err
	}
	for _, u := range other.units {
		mine := b.series(u.unit)
		for _, p := range u.points {
			switch {
			case p.time < from || p.time >= until:
			case len(mine.points) == 0 || mine.points[len(mine.points)-1].time < p.time:
				mine.points = append(mine.points, p)
			default:
				b.add(u.unit, p.time, p.sum)
			}
		}
	}
	return nil
}
