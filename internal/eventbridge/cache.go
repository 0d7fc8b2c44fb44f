package eventbridge

import (
	"context"
	"strings"
	"sync"

	"github.com/keystead/keystead/internal/eventbridge/pattern"
	"github.com/keystead/keystead/internal/store"
)

// ruleSet is the rules of an account in a Region that can match.
type ruleSet struct {
	buses map[string][]*compiled // by the bus's name
}

// compiled is a rule that is ready to match.
type compiled struct {
	*rule
	pattern *pattern.Pattern
}

// mostSets bounds how many sets are kept: those of most accounts are empty.
const mostSets = 4096

// ruleCache keeps the compiled rules of accounts. A set is dropped when one of its rules changes,
// on any node.
type ruleCache struct {
	db   *store.DB
	mu   sync.Mutex
	sets map[string]*ruleSet
	// changes counts what has changed, so that a set that was read before a change is not kept.
	changes int
}

func newRuleCache(db *store.DB) *ruleCache {
	c := &ruleCache{db: db, sets: map[string]*ruleSet{}}
	db.Subscribe(c.apply)
	return c
}

func (c *ruleCache) apply(changes []store.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, change := range changes {
		switch {
		case change.Reset:
			clear(c.sets)
		case change.Kind == ruleKind:
			if parts := strings.SplitN(change.Key, "/", 3); len(parts) == 3 {
				delete(c.sets, parts[0]+"/"+parts[1])
			}
		default:
			continue
		}
		c.changes++
	}
}

// get returns the rules of an account in a Region as they are now.
func (c *ruleCache) get(ctx context.Context, account, region string) (*ruleSet, error) {
	if err := c.db.Sync(ctx); err != nil {
		return nil, err
	}
	key := account + "/" + region
	c.mu.Lock()
	set, before := c.sets[key], c.changes
	c.mu.Unlock()
	if set != nil {
		return set, nil
	}
	set, err := c.load(ctx, key)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes == before {
		if len(c.sets) >= mostSets {
			clear(c.sets)
		}
		c.sets[key] = set
	}
	return set, nil
}

func (c *ruleCache) load(ctx context.Context, key string) (*ruleSet, error) {
	records, err := c.db.Scan(ctx, ruleKind, store.Range{Prefix: key + "/"})
	if err != nil {
		return nil, err
	}
	set := &ruleSet{buses: map[string][]*compiled{}}
	for _, record := range records {
		r, err := decodeRule(record)
		if err != nil {
			return nil, err
		}
		if r.Pattern == "" || !r.enabled() || len(r.Targets) == 0 {
			continue
		}
		p, err := pattern.Parse([]byte(r.Pattern))
		if err != nil {
			return nil, err
		}
		set.buses[r.place.name] = append(set.buses[r.place.name], &compiled{r, p})
	}
	return set, nil
}
