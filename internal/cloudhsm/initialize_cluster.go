package cloudhsm

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// InitializeCluster claims a cluster: its owner has signed the cluster's request for a
// certificate, and that proves from now on which cluster it is.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_InitializeCluster.html
func (s *Service) InitializeCluster(ctx context.Context, c *iam.Caller, in *cloudhsmv2.InitializeClusterInput) (*cloudhsmv2.InitializeClusterOutput, error) {
	out := &cloudhsmv2.InitializeClusterOutput{}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := s.admitCluster(tx.Get, c, "InitializeCluster", *in.ClusterId, nil)
		if err != nil {
			return err
		}
		if found.declared != nil {
			return errDeclared(found.ID)
		}
		if found.State != types.ClusterStateUninitialized {
			return invalid("Cluster %s is in the state %s. It must be UNINITIALIZED.", found.ID, found.State)
		}
		if found.Identity.CSR == "" {
			return invalid("Cluster %s has no HSM yet: create one, and sign the cluster's certificate signing request.", found.ID)
		}
		certificate, anchor, err := verifyCertificates(*in.SignedCert, *in.TrustAnchor, found.Identity.Key, s.Clock.Now())
		if err != nil {
			return err
		}
		found.Identity.Certificate, found.Identity.Anchor, found.Identity.CSR = certificate, anchor, ""
		found.State = types.ClusterStateInitializeInProgress
		out.State = found.State
		return found.put(tx)
	})
	if err != nil {
		return nil, err
	}
	s.wake()
	out.StateMessage = new("Cluster is initializing. State will change to INITIALIZED upon completion.")
	return out, nil
}
