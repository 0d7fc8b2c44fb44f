package xksproxy

import (
	"log/slog"
	"sync"
	"time"
)

// seldom keeps what others cause from filling the log: a line a second, with the number of those
// that are left out.
type seldom struct {
	mu   sync.Mutex
	next time.Time
	left int
}

func (s *seldom) warn(log *slog.Logger, message string, args ...any) {
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
	log.Warn(message, append(args, "left-out-before", left)...)
}
