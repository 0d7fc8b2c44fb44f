package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// benchKeys measures Encrypt over one connection while more and more keys are in the
// store: with the same thousand keys, and with all of them in random order.
func benchKeys(ctx context.Context, o options) error {
	c, err := startClient(ctx, o, false)
	if err != nil {
		return err
	}
	defer c.server.stop()
	fmt.Println("| keys | created/s | Encrypt, the same 1,000 keys: p50 | p99 | Encrypt, all keys at random: p50 | p99 | memory |")
	fmt.Println("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	var keys []string
	for text := range strings.SplitSeq(o.keys, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		begin := time.Now()
		more, err := c.createKeys(ctx, n-len(keys))
		if err != nil {
			return err
		}
		keys = append(keys, more...)
		if err := c.printKeys(ctx, o, keys, float64(len(more))/time.Since(begin).Seconds()); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) printKeys(ctx context.Context, o options, keys []string, rate float64) error {
	fmt.Printf("| %d | %.0f", len(keys), rate)
	for _, set := range [][]string{keys[:min(1000, len(keys))], keys} {
		f, err := c.encryptWith(ctx, o, set)
		if err != nil {
			return err
		}
		fmt.Printf(" | %d µs | %d µs", f.p50.Microseconds(), f.p99.Microseconds())
	}
	memory, err := c.server.memory()
	if err != nil {
		return err
	}
	fmt.Printf(" | %d MiB |\n", memory>>20)
	return nil
}

// prepared is how many requests are signed before the clock starts.
const prepared = 100_000

// encryptWith encrypts under keys picked at random, after each was used once.
func (c *client) encryptWith(ctx context.Context, o options, keys []string) (figures, error) {
	request := func(key string) ([]byte, error) {
		return c.request("Encrypt", map[string]any{"KeyId": key, "Plaintext": "c29tZSB0ZXh0IG9mIDMyIGJ5dGVzIGluIHRvdGFsISE="})
	}
	err := c.each(ctx, len(keys), func(conn *connection, i int) error {
		r, err := request(keys[i])
		if err == nil {
			_, _, err = conn.roundTrip(r)
		}
		return err
	})
	if err != nil {
		return figures{}, err
	}
	requests := make([][]byte, prepared)
	for i := range requests {
		if requests[i], err = request(keys[rand.IntN(len(keys))]); err != nil {
			return figures{}, err
		}
	}
	return measure(ctx, c.server, false, 1, 5*o.duration, func(_, n int) []byte { return requests[n%len(requests)] })
}

// createKeys makes n keys.
func (c *client) createKeys(ctx context.Context, n int) ([]string, error) {
	keys := make([]string, n)
	return keys, c.each(ctx, n, func(conn *connection, i int) (err error) {
		keys[i], err = c.createKey(conn, map[string]any{})
		return err
	})
}

// each calls f with the numbers below n, over many connections at once.
func (c *client) each(ctx context.Context, n int, f func(conn *connection, i int) error) error {
	const connections = 64
	errs := make([]error, connections)
	var next atomic.Int64
	var wg sync.WaitGroup
	for worker := range connections {
		wg.Go(func() {
			conn, err := dial(c.server.addr, false)
			if err != nil {
				errs[worker] = err
				return
			}
			defer conn.Close()
			for i := next.Add(1) - 1; i < int64(n) && ctx.Err() == nil && errs[worker] == nil; i = next.Add(1) - 1 {
				errs[worker] = f(conn, int(i))
			}
		})
	}
	wg.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}
