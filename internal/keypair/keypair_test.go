package keypair

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/secret"
)

var (
	rsa2048 = material.SpecOf(types.KeySpecRsa2048)
	rsa4096 = material.SpecOf(types.KeySpecRsa4096)
)

// numbered is the n-th key that a factory made.
type numbered struct {
	material.Asymmetric
	n int64
}

func (k numbered) PublicKey() []byte { return []byte(strconv.FormatInt(k.n, 10)) }
func (k numbered) PrivateKey() secret.Bytes {
	return secret.FromString("secret " + string(k.PublicKey()))
}

// factory makes keys, which takes an hour each.
type factory struct {
	made, working, most atomic.Int64
	fail                atomic.Bool
}

const hour = time.Hour

func (f *factory) generate(*material.Spec) (material.Key, error) {
	f.most.Store(max(f.most.Load(), f.working.Add(1)))
	defer f.working.Add(-1)
	time.Sleep(hour)
	if f.fail.Load() {
		return nil, errors.New("the factory burned down")
	}
	return numbered{n: f.made.Add(1)}, nil
}

// newPool is a pool that makes one pair at a time.
func newPool() (*Pool, *factory) {
	p, f := New(slog.New(slog.DiscardHandler)), new(factory)
	p.generate, p.making = f.generate, make(chan struct{}, 1)
	return p, f
}

// run runs the pool until the test ends.
func run(t *testing.T, p *Pool) {
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
}

func take(t *testing.T, p *Pool, s *material.Spec) Pair {
	t.Helper()
	pair, err := p.Take(t.Context(), "caller", s)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// TestFill: the pool fills up, rests, and hands out each pair once.
func TestFill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f := newPool()
		run(t, p)
		time.Sleep(10 * hour)
		if n := f.made.Load(); n != 0 {
			t.Fatalf("%d pairs before anybody asked", n)
		}
		seen := map[string]bool{string(take(t, p, rsa2048).Public): true}
		size := sizes[types.KeySpecRsa2048]
		time.Sleep(1000 * hour)
		if n := int(f.made.Load()); n != size+1 {
			t.Fatalf("%d pairs were made; want the first and %d", n, size)
		}
		if n := p.Ready()[rsa2048.Name]; n != size {
			t.Errorf("%d pairs are ready", n)
		}
		for range size {
			began := time.Now()
			pair := take(t, p, rsa2048)
			if seen[string(pair.Public)] || string(pair.Private.Expose()) != "secret "+string(pair.Public) {
				t.Errorf("pair %s again, or with another private key", pair.Public)
			}
			seen[string(pair.Public)] = true
			if time.Since(began) != 0 {
				t.Error("waited for a pair while there were some")
			}
		}
		time.Sleep(1000 * hour)
		if n := int(f.made.Load()); n != 2*size+1 {
			t.Errorf("%d pairs were made; the pool does not fill up again", n)
		}
	})
}

// TestRest: filling rests for as long as it works.
func TestRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f := newPool()
		take(t, p, rsa2048)
		run(t, p)
		time.Sleep(10*hour + hour/2)
		if n := f.made.Load(); n != 1+5 {
			t.Errorf("%d pairs in 10 hours; want 5, and the first", n)
		}
	})
}

// TestCallsGoFirst: while calls wait, they get all pairs that are made, and no more are made at
// once than may be.
func TestCallsGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f := newPool()
		run(t, p)
		var got atomic.Int64
		for range 10 {
			go func() {
				if _, err := p.Take(t.Context(), "caller", rsa4096); err == nil {
					got.Add(1)
				}
			}()
		}
		time.Sleep(10*hour + time.Minute)
		if got.Load() != 10 || f.made.Load() != 10 || f.most.Load() != 1 {
			t.Errorf("%d calls got a pair, of %d that were made, %d at once", got.Load(), f.made.Load(), f.most.Load())
		}
	})
}

func TestTakeEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f := newPool()
		begun := time.Now()
		go func() { _, _ = p.Take(t.Context(), "caller", rsa2048) }()
		synctest.Wait()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if _, err := p.Take(ctx, "caller", rsa2048); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		time.Sleep(hour)
		// The pair of a caller who leaves while it is made is for the next one.
		ctx, stop = context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if _, err := p.Take(ctx, "caller", rsa2048); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		take(t, p, rsa2048)
		if n := f.made.Load(); n != 2 {
			t.Errorf("%d pairs were made, not 2", n)
		}
	})
}

func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := newPool()
		ctx, stop := context.WithCancel(t.Context())
		for i := range maxWaiting {
			go func() { _, _ = p.Take(ctx, strconv.Itoa(i%2), rsa2048) }()
		}
		synctest.Wait()
		if _, err := p.Take(t.Context(), "caller", rsa4096); !errors.Is(err, ErrBusy) {
			t.Error(err)
		}
		stop()
		time.Sleep(2 * hour)
		take(t, p, rsa4096)
	})
}

// TestKey: keys wait for their turn as pairs do, and take none of those that are ready.
func TestKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f := newPool()
		p.stockOf(rsa2048).put(Pair{})
		ctx, stop := context.WithCancel(t.Context())
		var got atomic.Int64
		for i := range maxWaiting {
			go func() {
				if k, err := p.Key(ctx, strconv.Itoa(i%2), rsa2048); err == nil && k != nil {
					got.Add(1)
				}
			}()
		}
		synctest.Wait()
		if _, err := p.Key(t.Context(), "caller", rsa4096); !errors.Is(err, ErrBusy) {
			t.Errorf("one call too many: %v", err)
		}
		if _, err := p.Take(t.Context(), "caller", rsa4096); !errors.Is(err, ErrBusy) {
			t.Errorf("a call for a pair: %v", err)
		}
		time.Sleep(3*hour + time.Minute)
		stop()
		synctest.Wait()
		time.Sleep(2 * hour)
		if got.Load() != 4 || f.made.Load() != 4 || f.most.Load() != 1 || p.Ready()[rsa2048.Name] != 1 {
			t.Errorf("%d calls got a key, of %d that were made, %d at once; %v are ready", got.Load(), f.made.Load(), f.most.Load(), p.Ready())
		}
		if p.busy() || len(p.callers) != 0 {
			t.Errorf("%d calls wait, of %v", p.waiting, p.callers)
		}
	})
}

// TestOneOfMany: a caller who asks for more than there is leaves room for others.
func TestOneOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := newPool()
		ctx, stop := context.WithCancel(t.Context())
		var refused atomic.Int64
		for i := range 2 * maxWaiting {
			go func() {
				var err error
				if i%2 == 0 {
					_, err = p.Key(ctx, "greedy", rsa4096)
				} else {
					_, err = p.Take(ctx, "greedy", rsa4096)
				}
				if errors.Is(err, ErrBusy) {
					refused.Add(1)
				}
			}()
		}
		synctest.Wait()
		if n := refused.Load(); n != 2*maxWaiting-maxWaitingOf {
			t.Errorf("%d calls were refused", n)
		}
		go func() { time.Sleep(time.Minute); stop() }()
		take(t, p, rsa2048)
	})
}

// TestKeysOfOtherSpecs are made at once, however many wait.
func TestKeysOfOtherSpecs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := newPool()
		p.generate = material.Generate
		p.waiting = maxWaiting
		for _, s := range material.Specs {
			if s.Family == material.RSA {
				continue
			}
			if k, err := p.Key(t.Context(), "caller", s); err != nil || k.Spec() != s {
				t.Errorf("%s: %v", s.Name, err)
			}
		}
	})
}

func TestErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, f := newPool()
		f.fail.Store(true)
		if _, err := p.Take(t.Context(), "caller", rsa2048); err == nil {
			t.Error("a pair without a factory")
		}
		run(t, p)
		time.Sleep(10 * hour)
		f.fail.Store(false)
		time.Sleep(10 * hour)
		if f.made.Load() == 0 {
			t.Error("an error ends the filling")
		}
	})
}

// TestEnd: nothing of the private keys stays.
func TestEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := newPool()
		take(t, p, rsa2048)
		kept := numbered{n: 7}.PrivateKey()
		p.stockOf(rsa2048).put(Pair{Private: kept})
		ctx, stop := context.WithCancel(t.Context())
		stop()
		p.Run(ctx)
		if len(p.stockOf(rsa2048).pairs) != 0 || kept.Expose()[0] != 0 {
			t.Error("a private key is left")
		}
	})
}

// TestRealPairs are keys of their specs.
func TestRealPairs(t *testing.T) {
	t.Parallel()
	p := New(slog.New(slog.DiscardHandler))
	for _, s := range material.Specs {
		if !s.Pairs || s.Family == material.RSA && s != rsa2048 {
			continue
		}
		pair, err := p.Take(t.Context(), "caller", s)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		if len(pair.Public) == 0 || pair.Private.Len() == 0 {
			t.Errorf("%s: %d and %d bytes", s.Name, len(pair.Public), pair.Private.Len())
		}
	}
	if _, err := p.Take(t.Context(), "caller", material.SpecOf(types.KeySpecHmac256)); err == nil {
		t.Error("a pair of a spec that has none")
	}
}

// BenchmarkTake is the cost of pairs of which there are some.
func BenchmarkTake(b *testing.B) {
	p := New(slog.New(slog.DiscardHandler))
	st := p.stockOf(rsa2048)
	pair, err := p.pair(rsa2048)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		st.put(pair)
		if _, err := p.Take(b.Context(), "caller", rsa2048); err != nil {
			b.Fatal(err)
		}
	}
}
