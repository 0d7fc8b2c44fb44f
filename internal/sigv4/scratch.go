package sigv4

import (
	"sync"
)

// scratch holds what one verification needs, pooled.
type scratch struct {
	bytes []byte // the canonical request, then the string to sign
	query []byte // names and values in canonical encoding
	pairs []pair // of the query
}

// maxPooled bounds the memory that a scratch may take into the pool, in bytes.
const maxPooled = 64 << 10

var pool = sync.Pool{New: func() any { return &scratch{bytes: make([]byte, 0, 2048)} }}

func newScratch() *scratch { return pool.Get().(*scratch) }

// release wipes the scratch, which may hold a session token.
func (s *scratch) release() {
	if cap(s.bytes)+cap(s.query)+cap(s.pairs)*32 > maxPooled {
		return
	}
	clear(s.bytes)
	clear(s.query)
	s.bytes, s.query, s.pairs = s.bytes[:0], s.query[:0], s.pairs[:0]
	pool.Put(s)
}
