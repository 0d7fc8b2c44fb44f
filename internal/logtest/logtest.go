// Package logtest keeps what a program or a logger prints, for tests that read it meanwhile.
package logtest

import (
	"bytes"
	"sync"
)

// Log keeps what is written to it. Its zero value is empty; its methods may be called at once.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write keeps b.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

// String is all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
