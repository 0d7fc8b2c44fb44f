package trail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/keystead/keystead/internal/store"
)

// Carried returns the segment of this node's journal that is being carried to the event
// history. Nothing before it is needed any more.
func (s *Service) Carried(ctx context.Context) (segment uint64, err error) {
	s.pump.mu.Lock()
	node := s.pump.node
	s.pump.mu.Unlock()
	r, err := s.db.Get(ctx, positionKind, node)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var p journalPosition
	if err := json.Unmarshal(r.Body, &p); err != nil {
		return 0, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	return p.Place.Segment, nil
}
