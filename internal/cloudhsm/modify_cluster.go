package cloudhsm

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// ModifyCluster changes how long backups of a cluster are kept. Its HSM type can't be changed:
// all HSMs here are of the same kind.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_ModifyCluster.html
func (s *Service) ModifyCluster(ctx context.Context, c *iam.Caller, in *cloudhsmv2.ModifyClusterInput) (*cloudhsmv2.ModifyClusterOutput, error) {
	out := &cloudhsmv2.ModifyClusterOutput{}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := s.admitCluster(tx.Get, c, "ModifyCluster", *in.ClusterId, nil)
		if err != nil {
			return err
		}
		switch {
		case found.declared != nil:
			return errDeclared(found.ID)
		case found.State == types.ClusterStateDeleteInProgress:
			return invalid("Cluster %s is in the state %s.", found.ID, found.State)
		case in.HsmType == nil && in.BackupRetentionPolicy == nil:
			return invalid("Specify an HSM type or a backup retention policy.")
		case in.HsmType != nil && *in.HsmType != found.HSMType:
			return refused("The HSM type of a cluster can't be changed in this service: create a cluster from a backup.")
		}
		if in.BackupRetentionPolicy != nil {
			if found.Retention, err = retention(in.BackupRetentionPolicy); err != nil {
				return err
			}
		}
		if err := found.put(tx); err != nil {
			return err
		}
		out.Cluster = new(found.shape())
		return redate(tx, found)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteCluster deletes a cluster without HSMs. Its backups stay.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_DeleteCluster.html
func (s *Service) DeleteCluster(ctx context.Context, c *iam.Caller, in *cloudhsmv2.DeleteClusterInput) (*cloudhsmv2.DeleteClusterOutput, error) {
	out := &cloudhsmv2.DeleteClusterOutput{}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := s.admitCluster(tx.Get, c, "DeleteCluster", *in.ClusterId, nil)
		switch {
		case err != nil:
			return err
		case found.declared != nil:
			return errDeclared(found.ID)
		case len(found.HSMs) > 0:
			return invalid("Cluster %s has %d HSMs. Delete them before you delete the cluster.", found.ID, len(found.HSMs))
		}
		found.State = types.ClusterStateDeleteInProgress
		if err := found.put(tx); err != nil {
			return err
		}
		out.Cluster = new(found.shape())
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.wake()
	return out, nil
}
