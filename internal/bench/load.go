package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// connection is an HTTP/1.1 connection with as little work on the client's side as can
// be: the request's bytes go out as they are, of the answer only status and body are read.
type connection struct {
	net.Conn
	in   *bufio.Reader
	body []byte
}

func dial(addr string, secure bool) (*connection, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	if secure {
		// The certificate is of a CA made a moment ago; this program measures.
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	}
	return &connection{Conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}, nil
}

// roundTrip sends a request and reads its answer. The body is good until the next call.
func (c *connection) roundTrip(request []byte) (status int, body []byte, err error) {
	if _, err := c.Write(request); err != nil {
		return 0, nil, err
	}
	status, length, err := c.head()
	if err != nil {
		return 0, nil, err
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	_, err = io.ReadFull(c.in, c.body[:length])
	return status, c.body[:length], err
}

var contentLength = []byte("Content-Length: ")

// head reads the status line and the headers.
func (c *connection) head() (status, length int, err error) {
	length = -1
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		switch {
		case len(line) <= 2:
			if length < 0 {
				return 0, 0, errors.New("an answer without Content-Length")
			}
			return status, length, nil
		case first && len(line) > 12:
			status, err = strconv.Atoi(string(line[9:12]))
		case len(line) > len(contentLength) && bytes.EqualFold(line[:len(contentLength)], contentLength):
			length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(contentLength):])))
		}
		if err != nil {
			return 0, 0, err
		}
	}
}

// figures are what one measurement gives.
type figures struct {
	perSecond float64
	p50, p99  time.Duration
	cpu       time.Duration // of the server, per 1,000 requests
}

// measure sends requests over a number of connections for a while. next gives each
// connection the request to send.
func measure(ctx context.Context, p *process, secure bool, connections int, length time.Duration, next func(connection, n int) []byte) (figures, error) {
	conns := make([]*connection, connections)
	for i := range conns {
		c, err := dial(p.addr, secure)
		if err != nil {
			return figures{}, err
		}
		defer c.Close()
		if _, _, err := c.roundTrip(next(i, 0)); err != nil { // handshake and caches
			return figures{}, err
		}
		conns[i] = c
	}
	before, err := p.cpu()
	if err != nil {
		return figures{}, err
	}
	times, elapsed, err := hammer(ctx, conns, length, next)
	if err != nil {
		return figures{}, err
	}
	after, err := p.cpu()
	if err != nil {
		return figures{}, err
	}
	slices.Sort(times)
	n := len(times)
	return figures{
		perSecond: float64(n) / elapsed.Seconds(),
		p50:       times[n/2], p99: times[n*99/100],
		cpu: (after - before) * 1000 / time.Duration(n),
	}, nil
}

// hammer returns the time that each request took.
func hammer(ctx context.Context, conns []*connection, length time.Duration, next func(connection, n int) []byte) ([]time.Duration, time.Duration, error) {
	times := make([][]time.Duration, len(conns))
	errs := make([]error, len(conns))
	var wg sync.WaitGroup
	begin := time.Now()
	for i, c := range conns {
		wg.Go(func() {
			last := begin
			for n := 1; last.Sub(begin) < length && ctx.Err() == nil; n++ {
				status, body, err := c.roundTrip(next(i, n))
				if err == nil && status != 200 {
					err = fmt.Errorf("status %d: %.200s", status, body)
				}
				if err != nil {
					errs[i] = err
					return
				}
				now := time.Now()
				times[i] = append(times[i], now.Sub(last))
				last = now
			}
		})
	}
	wg.Wait()
	return slices.Concat(times...), time.Since(begin), errors.Join(append(errs, ctx.Err())...)
}
