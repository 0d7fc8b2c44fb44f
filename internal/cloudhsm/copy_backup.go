package cloudhsm

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// CopyBackupToRegion copies a backup to another Region. The job copies the files.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_CopyBackupToRegion.html
func (s *Service) CopyBackupToRegion(ctx context.Context, c *iam.Caller, in *cloudhsmv2.CopyBackupToRegionInput) (*cloudhsmv2.CopyBackupToRegionOutput, error) {
	tags, err := newTags(in.TagList)
	if err != nil {
		return nil, err
	}
	if s.Serves != nil && !s.Serves(*in.DestinationRegion) {
		return nil, invalid("The Region %s is not served.", *in.DestinationRegion)
	}
	out := &cloudhsmv2.CopyBackupToRegionOutput{}
	id, copied := newID("backup-"), s.now()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		k := keys{}.requested(tags)
		from, err := s.admitBackup(tx.Get, c, "CopyBackupToRegion", *in.BackupId, k)
		if err != nil {
			return err
		}
		to := from.copyTo(*in.DestinationRegion, id, tags)
		to.Copied = copied
		if len(tags) > 0 {
			err := c.Authorize(&iam.Access{Action: "cloudhsm:TagResource", ARN: backupARN(to.ClusterRef), Account: to.Account, Context: k})
			if err != nil {
				return err
			}
		}
		switch {
		case from.State != types.BackupStateReady:
			return invalid("Backup %s is in the state %s. It must be READY.", from.ID, from.State)
		case to.Region == from.Region:
			return invalid("The destination Region must be another one than that of the backup.")
		}
		out.DestinationBackup = &types.DestinationBackup{
			CreateTimestamp: &to.Created, SourceBackup: &to.SourceBackup, SourceCluster: &to.SourceCluster, SourceRegion: &to.SourceRegion,
		}
		return to.insert(tx)
	})
	if err != nil {
		return nil, err
	}
	s.wake()
	return out, nil
}

// copyTo is the record of a copy of the backup in another Region, without its files.
func (b *backup) copyTo(region, id string, tags []iam.Tag) *backup {
	to := *b
	to.ClusterRef, to.version = ClusterRef{b.Account, region, id}, 0
	to.State, to.Policy, to.PolicyIDs, to.HSM = types.BackupStateCreateInProgress, "", nil, ""
	to.SourceRegion, to.SourceBackup, to.SourceCluster = b.Region, b.ID, b.Cluster
	if len(tags) > 0 {
		to.Tags = tags
	}
	return &to
}
