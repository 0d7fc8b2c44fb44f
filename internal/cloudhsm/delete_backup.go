package cloudhsm

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// backupWaits is how long a deleted backup can be restored.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_DeleteBackup.html
const backupWaits = 7 * 24 * time.Hour

// DeleteBackup deletes a backup, for good after seven days.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_DeleteBackup.html
func (s *Service) DeleteBackup(ctx context.Context, c *iam.Caller, in *cloudhsmv2.DeleteBackupInput) (*cloudhsmv2.DeleteBackupOutput, error) {
	b, err := s.changeBackup(ctx, c, "DeleteBackup", *in.BackupId, func(b *backup) error {
		if b.State != types.BackupStateReady {
			return invalid("Backup %s is in the state %s. It must be READY.", b.ID, b.State)
		}
		b.State, b.Deleted = types.BackupStatePendingDeletion, s.now().Add(backupWaits)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &cloudhsmv2.DeleteBackupOutput{Backup: new(b.shape())}, nil
}

// RestoreBackup takes a deletion back.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_RestoreBackup.html
func (s *Service) RestoreBackup(ctx context.Context, c *iam.Caller, in *cloudhsmv2.RestoreBackupInput) (*cloudhsmv2.RestoreBackupOutput, error) {
	b, err := s.changeBackup(ctx, c, "RestoreBackup", *in.BackupId, func(b *backup) error {
		if b.State != types.BackupStatePendingDeletion || !s.Clock.Now().Before(b.Deleted) {
			return invalid("Backup %s is in the state %s. It must be PENDING_DELETION.", b.ID, b.State)
		}
		b.State, b.Deleted = types.BackupStateReady, time.Time{}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &cloudhsmv2.RestoreBackupOutput{Backup: new(b.shape())}, nil
}

// ModifyBackupAttributes says whether a backup expires.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_ModifyBackupAttributes.html
func (s *Service) ModifyBackupAttributes(ctx context.Context, c *iam.Caller, in *cloudhsmv2.ModifyBackupAttributesInput) (*cloudhsmv2.ModifyBackupAttributesOutput, error) {
	b, err := s.changeBackup(ctx, c, "ModifyBackupAttributes", *in.BackupId, func(b *backup) error {
		if b.State != types.BackupStateReady {
			return invalid("Backup %s is in the state %s. It must be READY.", b.ID, b.State)
		}
		b.NeverExpires = *in.NeverExpires
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &cloudhsmv2.ModifyBackupAttributesOutput{Backup: new(b.shape())}, nil
}

// changeBackup changes a backup of the caller's account.
func (s *Service) changeBackup(ctx context.Context, c *iam.Caller, action, id string, change func(*backup) error) (*backup, error) {
	var b *backup
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if b, err = s.admitBackup(tx.Get, c, action, id, nil); err != nil {
			return err
		}
		if err := change(b); err != nil {
			return err
		}
		return b.put(tx)
	})
	return b, err
}
