package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
)

// scenario is one row of the table.
type scenario struct {
	operation   string
	size        int // of the plaintext in bytes
	connections int
}

// scenarios are the rows, for one server. GenerateDataKey gives 1,024 bytes at most.
func scenarios(quick bool) []scenario {
	var all []scenario
	for _, connections := range []int{32, 1} {
		if quick && connections == 1 {
			continue
		}
		for _, s := range []scenario{
			{"Encrypt", 32, 0}, {"Encrypt", 4096, 0}, {"Decrypt", 32, 0}, {"Decrypt", 4096, 0},
			{"GenerateDataKey", 32, 0}, {"GenerateDataKey", 1024, 0},
		} {
			s.connections = connections
			all = append(all, s)
		}
	}
	return all
}

func benchOperations(ctx context.Context, o options) error {
	fmt.Println("| operation | plaintext | connections | TLS | requests/s | p50 | p99 | CPU per 1,000 | bare: requests/s | p50 | p99 | CPU per 1,000 | requests/s ÷ bare | CPU ÷ bare |")
	fmt.Println("| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, tls := range []bool{false, true} {
		if tls && o.quick {
			return nil
		}
		if err := benchServer(ctx, o, tls); err != nil {
			return err
		}
	}
	return nil
}

// benchServer runs the scenarios with or without TLS on one server.
func benchServer(ctx context.Context, o options, tls bool) error {
	c, err := startClient(ctx, o, tls)
	if err != nil {
		return err
	}
	defer c.server.stop()
	conn, err := dial(c.server.addr, tls)
	if err != nil {
		return err
	}
	defer conn.Close()
	key, err := c.createKey(conn, map[string]any{})
	if err != nil {
		return err
	}
	for _, s := range scenarios(o.quick) {
		if err := s.bench(ctx, o, c, key); err != nil {
			return fmt.Errorf("%s, %d bytes: %w", s.operation, s.size, err)
		}
	}
	return nil
}

func (s scenario) bench(ctx context.Context, o options, c *client, key string) error {
	in, err := s.input(c, key)
	if err != nil {
		return err
	}
	_, answer, err := c.call(s.operation, in)
	if err != nil {
		return err
	}
	request, err := c.request(s.operation, in)
	if err != nil {
		return err
	}
	var certificate *process
	if c.tls {
		certificate = c.server
	}
	bare, err := startBare(ctx, answer, certificate)
	if err != nil {
		return err
	}
	defer bare.stop()
	next := func(int, int) []byte { return request }
	ours, theirs := make([]figures, o.rounds), make([]figures, o.rounds)
	for i := range o.rounds {
		if ours[i], err = measure(ctx, c.server, c.tls, s.connections, o.duration, next); err != nil {
			return err
		}
		if theirs[i], err = measure(ctx, bare, c.tls, s.connections, o.duration, next); err != nil {
			return err
		}
	}
	s.print(c.tls, ours, theirs)
	return nil
}

// input is what is sent, again and again.
func (s scenario) input(c *client, key string) (map[string]any, error) {
	ec := map[string]any{"purpose": "bench", "tenant": "a"}
	encrypt := map[string]any{"KeyId": key, "Plaintext": base64.StdEncoding.EncodeToString(make([]byte, s.size)), "EncryptionContext": ec}
	switch s.operation {
	case "Encrypt":
		return encrypt, nil
	case "GenerateDataKey":
		return map[string]any{"KeyId": key, "NumberOfBytes": s.size, "EncryptionContext": ec}, nil
	default:
		out, _, err := c.call("Encrypt", encrypt)
		if err != nil {
			return nil, err
		}
		return map[string]any{"CiphertextBlob": out["CiphertextBlob"], "EncryptionContext": ec}, nil
	}
}

func (s scenario) print(tls bool, ours, theirs []figures) {
	// Ratios are taken round by round, where the machine was the same for both.
	rates, cpus := make([]float64, len(ours)), make([]float64, len(ours))
	for i := range ours {
		rates[i] = ours[i].perSecond / theirs[i].perSecond
		cpus[i] = float64(ours[i].cpu) / float64(theirs[i].cpu)
	}
	slices.Sort(rates)
	slices.Sort(cpus)
	secure := "no"
	if tls {
		secure = "yes"
	}
	fmt.Printf("| %s | %d B | %d | %s | %s | %s | %.2f | %.2f |\n", s.operation, s.size, s.connections, secure,
		median(ours), median(theirs), rates[len(rates)/2], cpus[len(cpus)/2])
}

// String is four columns of the table.
func (f figures) String() string {
	return fmt.Sprintf("%.0f | %d µs | %d µs | %.0f ms", f.perSecond, f.p50.Microseconds(), f.p99.Microseconds(), f.cpu.Seconds()*1000)
}

// median returns the figures of the round with the median rate.
func median(rounds []figures) figures {
	sorted := slices.SortedFunc(slices.Values(rounds), func(a, b figures) int { return int(a.perSecond - b.perSecond) })
	return sorted[len(sorted)/2]
}
