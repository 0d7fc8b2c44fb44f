package iam

import (
	"context"
	"errors"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// roleUse stands before the unique id of a role where uses of access keys and roles are kept
// together. No access key id has a slash.
const roleUse = "role/"

// NoteRoleUse notes that a session of a role was used.
func (s *Service) NoteRoleUse(roleID, service, region string, now time.Time) {
	s.NoteUse(roleUse+roleID, service, region, now)
}

// LastRoleUse says when a session of the role was used last, as LastUse does for access keys.
func (s *Service) LastRoleUse(ctx context.Context, roleID string) (use KeyUse, ok bool, err error) {
	return s.LastUse(ctx, roleUse+roleID)
}

// ForgetRoleUse removes what is known of the use of a role that is being deleted. What a node
// saves later of it stays, and is nobody's: unique ids do not come again.
func ForgetRoleUse(tx *store.Tx, roleID string) error {
	if err := tx.Delete(keyUseKind, roleUse+roleID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}
