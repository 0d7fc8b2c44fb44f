package hsm

import "time"

// SetRenewAge changes how old a process must be to be replaced.
func SetRenewAge(m *Module, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.renewAge = d
}
