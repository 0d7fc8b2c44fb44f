package awsapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"sync"
)

const (
	bufferSize    = 12 << 10  // holds a request or an answer of 4 KiB plaintext, twice over
	maxPooledSize = 256 << 10 // larger ones are left to the garbage collector

	// maxAhead is how much memory the announcement of a body gets. For more, its bytes must
	// have come: anybody can announce a megabyte on each of a thousand connections.
	maxAhead = 64 << 10
)

// buffers holds bodies between requests. They are zeroed when they come back, since they
// hold plaintexts.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, 0, bufferSize)
	return &b
}}

func getBuffer() *[]byte { return buffers.Get().(*[]byte) }

// putBuffer takes back a buffer of which the bytes up to its length were used.
func putBuffer(b *[]byte) {
	if b == nil {
		return
	}
	clear(*b)
	if cap(*b) <= maxPooledSize {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}

// readBody reads the request's body into c.raw, and into c.body what it is when unpacked.
func (c *call) readBody(limit int64) *fault {
	if c.r.ContentLength > limit {
		return requestFault(c.proto.words(), errTooLarge)
	}
	c.rawBuffer = getBuffer()
	if err := fill(c.rawBuffer, c.r.Body, max(c.r.ContentLength, 0), limit); err != nil {
		return requestFault(c.proto.words(), err)
	}
	c.raw = *c.rawBuffer
	c.body = c.raw
	switch encoding := c.r.Header.Get("Content-Encoding"); {
	case encoding == "", strings.EqualFold(encoding, "identity"):
		return nil
	case strings.EqualFold(encoding, "gzip"):
		return c.unpack(limit)
	default:
		return requestFault(c.proto.words(), malformed("Unsupported content encoding"))
	}
}

func (c *call) unpack(limit int64) *fault {
	z, err := gzip.NewReader(bytes.NewReader(c.raw))
	if err != nil {
		return requestFault(c.proto.words(), malformed("Invalid gzip body"))
	}
	c.bodyBuffer = getBuffer()
	if err := fill(c.bodyBuffer, z, 0, limit); err != nil {
		return requestFault(c.proto.words(), err)
	}
	c.body = *c.bodyBuffer
	return nil
}

// fill reads r to its end, or to the limit. size is a hint.
func fill(b *[]byte, r io.Reader, size, limit int64) error {
	if r == nil {
		return nil
	}
	if size = min(size, maxAhead); size >= int64(cap(*b)) {
		*b = make([]byte, 0, size+1) // one more, to see the end of the body
	}
	for {
		if len(*b) == cap(*b) {
			*b = grow(*b)
		}
		n, err := r.Read((*b)[len(*b):cap(*b)])
		*b = (*b)[:len(*b)+n]
		if int64(len(*b)) > limit {
			return errTooLarge
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return notJSON
		}
	}
}

// grow doubles b, and leaves nothing behind in the old one.
func grow(b []byte) []byte {
	bigger := append(make([]byte, 0, 2*cap(b)), b...)
	clear(b)
	return bigger
}
