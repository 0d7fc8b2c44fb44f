package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
)

type bareOptions struct {
	serve     bool
	size      int
	cert, key string
}

// serveBare is the handler that Keystead is measured against: it reads the body and
// writes an answer of a fixed size.
func serveBare(o bareOptions) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr()) // the parent waits for this line
	answer := bytes.Repeat([]byte{'x'}, o.size)
	length := strconv.Itoa(o.size)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(answer) // the client may have gone
	})
	if o.cert != "" {
		return http.ServeTLS(l, h, o.cert, o.key)
	}
	return http.Serve(l, h)
}
