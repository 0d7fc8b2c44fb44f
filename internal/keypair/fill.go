package keypair

import (
	"context"
	"time"
)

// afterError is how long filling rests after an error.
const afterError = time.Minute

// Run fills the pool, one pair at a time, until ctx ends. Calls go first: it makes none while
// any waits, and rests after each pair for as long as it took, so that it takes half of one
// processor at most. It does nothing while the pool is full. In the end it forgets the pairs.
func (p *Pool) Run(ctx context.Context) {
	defer p.empty()
	for {
		st := p.lowest()
		if st == nil {
			select {
			case <-p.changed:
				continue
			case <-ctx.Done():
				return
			}
		}
		select {
		case p.making <- struct{}{}:
		case <-ctx.Done():
			return
		}
		began := time.Now()
		pair, err := p.pair(st.spec)
		<-p.making
		rest := time.Since(began)
		if err != nil {
			p.log.ErrorContext(ctx, "fill the pool of key pairs", "error", err)
			rest = afterError
		} else {
			st.put(pair)
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return
		}
	}
}

// lowest is the stock that lacks the largest part; nil if there is nothing to do.
func (p *Pool) lowest() *stock {
	if p.busy() {
		return nil // each of these calls wakes Run when it ends
	}
	var low *stock
	for _, st := range p.stocks {
		if !st.asked.Load() || len(st.pairs) == cap(st.pairs) {
			continue
		}
		if low == nil || len(st.pairs)*cap(low.pairs) < len(low.pairs)*cap(st.pairs) {
			low = st
		}
	}
	return low
}

// empty overwrites the private keys that nobody took.
func (p *Pool) empty() {
	for _, st := range p.stocks {
		for {
			select {
			case pair := <-st.pairs:
				pair.Private.Wipe()
				continue
			default:
			}
			break
		}
	}
}
