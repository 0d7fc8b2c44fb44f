package cloudhsm

import (
	"time"

	"github.com/keystead/keystead/internal/hsm"
)

// Stats are figures of all drivers that this process has run: one for each HSM of SoftHSM and one
// for each declared cluster.
type Stats struct {
	Restarts, Calls, Waits uint64        // of the drivers; calls answered; calls that waited for a session
	WaitTime               time.Duration // how long those waited, in all
	InFlight               int           // calls at drivers now
	Drivers                int           // that run
	Failing                int           // HSMs that were passed over in the last minute because a call failed
}

func (a *Stats) add(b hsm.Stats) {
	a.Restarts += b.Restarts
	a.Calls += b.Calls
	a.Waits += b.Waits
	a.WaitTime += b.WaitTime
	a.InFlight += b.InFlight
	if b.Up {
		a.Drivers++
	}
}

// failingFor is how long after its last failure an HSM counts as one that fails: so long nobody
// may have called it again.
const failingFor = time.Minute

// Stats returns the figures.
func (s *Service) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := s.ended
	seen := map[*hsm.Module]bool{}
	for _, conn := range s.connections {
		if time.Now().UnixNano()-conn.passed.Load() < int64(failingFor) {
			total.Failing++
		}
		if !seen[conn.module] {
			seen[conn.module] = true
			total.add(conn.module.Stats())
		}
	}
	return total
}

// end closes a module and keeps its figures. s.mu is not held.
func (s *Service) end(m *hsm.Module) error {
	err := m.Close()
	last := m.Stats()
	last.InFlight, last.Up = 0, false
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended.add(last)
	return err
}
