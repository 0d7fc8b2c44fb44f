// Command bench measures what Keystead costs beside a bare net/http handler that reads
// the same body and writes an answer of the same size, in one run on one machine: only
// the ratio between the two means something on a machine that does other things too.
// The one rule: client, server and bare handler are three processes, and requests are
// signed before the clock starts, so that the client costs both servers the same.
//
//	go run ./internal/bench -bin bin/keystead
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// options are the flags.
type options struct {
	bin      string
	duration time.Duration
	rounds   int
	keys     string
	quick    bool

	primitives bool
	chain      bool
	xksProxy   bool
	steady     time.Duration
	keyStores  bool
	cacheMiB   int
}

func main() {
	var o options
	var bare bareOptions
	flag.StringVar(&o.bin, "bin", "bin/keystead", "the server's program")
	flag.DurationVar(&o.duration, "duration", time.Second, "of each measurement")
	flag.IntVar(&o.rounds, "rounds", 5, "measurements of each server in turn; the median counts")
	flag.StringVar(&o.keys, "keys", "", "instead: the latency of Encrypt with these numbers of keys in the store, such as 1000,1000000")
	flag.BoolVar(&o.quick, "quick", false, "only 32 connections without TLS")
	flag.BoolVar(&o.primitives, "primitives", false, "instead: asymmetric and HMAC keys, beside the bare cryptography")
	flag.BoolVar(&o.chain, "chain", false, "instead: Encrypt beside the delivery of its events to a log group with metric filters")
	flag.BoolVar(&o.xksProxy, "xks-proxy", false, "instead: the XKS proxy with software keys and with SoftHSM")
	flag.DurationVar(&o.steady, "steady", time.Minute, "how long the XKS proxy gets requests at KMS's rate")
	flag.BoolVar(&o.keyStores, "key-stores", false, "instead: Encrypt with keys in an HSM and behind an external key store proxy, beside what they can't do without")
	flag.IntVar(&o.cacheMiB, "cache-mib", 512, "the server's memory for cached keys, in MiB")
	flag.BoolVar(&bare.serve, "bare", false, "be the bare handler (used by the program itself)")
	flag.IntVar(&bare.size, "size", 0, "of the bare handler's answer in bytes")
	flag.StringVar(&bare.cert, "cert", "", "of the bare handler, for TLS")
	flag.StringVar(&bare.key, "key", "", "of the bare handler, for TLS")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, bare); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, bare bareOptions) error {
	switch {
	case bare.serve:
		return serveBare(bare)
	case o.keys != "":
		return benchKeys(ctx, o)
	case o.primitives:
		return benchPrimitives(ctx, o)
	case o.chain:
		return benchChain(ctx, o)
	case o.xksProxy:
		return benchProxy(ctx, o)
	case o.keyStores:
		return benchKeyStores(ctx, o)
	default:
		return benchOperations(ctx, o)
	}
}
