package vpc

import (
	"context"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// DeleteVpcEndpoints deletes endpoints. When it answers, their connections on this node are
// closed; other nodes follow at once. An endpoint that does not exist is told of in the
// answer and is no obstacle for the others.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
func (s *Service) DeleteVpcEndpoints(ctx context.Context, c *iam.Caller, in *DeleteVpcEndpointsInput) (*DeleteVpcEndpointsOutput, error) {
	switch {
	case len(in.VpcEndpointIds) == 0:
		return nil, errMissing("VpcEndpointId")
	case len(in.VpcEndpointIds) > maxDeleted:
		return nil, errInvalid("At most %d endpoints can be deleted at once.", maxDeleted)
	}
	for _, id := range in.VpcEndpointIds {
		if !validID(idPrefix, id) {
			return nil, errMalformedID("InvalidVpcEndpointId", id, idPrefix)
		}
	}
	out := &DeleteVpcEndpointsOutput{}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		out.Unsuccessful = []UnsuccessfulItem{}
		found, err := admitted(tx, c, "DeleteVpcEndpoints", in.VpcEndpointIds, newKeys(c))
		if err != nil {
			return err
		}
		if err := endDryRun(in.DryRun); err != nil {
			return err
		}
		for _, f := range found {
			if f.endpoint == nil {
				out.Unsuccessful = append(out.Unsuccessful, notDeleted(f.id))
			} else if err := remove(tx, f.endpoint); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, s.tell(ctx, err)
	}
	return out, s.Listeners.Follow(ctx)
}

// maxDeleted is how many endpoints one call deletes at most.
const maxDeleted = 100

// notDeleted says that there was no such endpoint. The code is not the one that other
// operations have for it.
func notDeleted(id string) UnsuccessfulItem {
	return UnsuccessfulItem{
		Error:      &UnsuccessfulItemError{new("InvalidVpcEndpoint.NotFound"), new("The Vpc Endpoint Id '" + id + "' does not exist")},
		ResourceId: &id,
	}
}

func remove(tx *store.Tx, e *endpoint) error {
	n, err := openNetwork(tx, e.VPC)
	if err != nil {
		return err
	}
	if n != nil {
		if err := n.remove(tx, e); err != nil {
			return err
		}
	}
	return tx.Delete(endpointKind, e.key())
}
