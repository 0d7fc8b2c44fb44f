package xksproxy

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// seldom keeps what can happen with each request from filling the log: a line a second, with the
// number of those that were left out before it.
type seldom struct {
	mu   sync.Mutex
	next time.Time
	left int
}

func (s *seldom) log(to *slog.Logger, level slog.Level, message string, args ...any) {
	s.mu.Lock()
	now := time.Now()
	if now.Before(s.next) {
		s.left++
		s.mu.Unlock()
		return
	}
	left := s.left
	s.next, s.left = now.Add(time.Second), 0
	s.mu.Unlock()
	to.Log(context.Background(), level, message, append(args, "left-out-before", left)...)
}
