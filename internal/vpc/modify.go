package vpc

import (
	"context"
	"slices"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// ModifyVpcEndpoint changes an endpoint. A new policy holds for the next request.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
func (s *Service) ModifyVpcEndpoint(ctx context.Context, c *iam.Caller, in *ModifyVpcEndpointInput) (*ModifyVpcEndpointOutput, error) {
	if err := checkModify(in); err != nil {
		return nil, err
	}
	fresh := &endpoint{}
	if in.PolicyDocument != nil {
		if err := s.setPolicy(ctx, fresh, *in.PolicyDocument); err != nil {
			return nil, err
		}
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		e, err := open(tx, c, *in.VpcEndpointId)
		if err != nil {
			return err
		}
		if err := authorizeModify(c, in, e); err != nil {
			return err
		}
		if err := endDryRun(in.DryRun); err != nil {
			return err
		}
		if e == nil {
			return errNoEndpoint(*in.VpcEndpointId)
		}
		return e.modify(tx, in, fresh)
	})
	if err != nil {
		return nil, s.tell(ctx, err)
	}
	if err := s.Listeners.Follow(ctx); err != nil { // the private DNS name may be new
		return nil, err
	}
	return &ModifyVpcEndpointOutput{new(true)}, nil
}

func checkModify(in *ModifyVpcEndpointInput) error {
	switch {
	case in.VpcEndpointId == nil:
		return errMissing("VpcEndpointId")
	case !validID(idPrefix, *in.VpcEndpointId):
		return errMalformedID("InvalidVpcEndpointId", *in.VpcEndpointId, idPrefix)
	case in.PolicyDocument != nil && in.ResetPolicy != nil && *in.ResetPolicy:
		return apiError("InvalidParameterCombination", "PolicyDocument and ResetPolicy can not be used together.")
	case len(in.AddRouteTableIds) > 0 || len(in.RemoveRouteTableIds) > 0:
		return errInvalid("Route table IDs are only supported for Gateway type VPC Endpoints.")
	case len(in.SubnetConfigurations) > 0:
		return errInvalid("Addresses of endpoints are chosen by the operator of the service.")
	}
	for _, ids := range [][]string{in.AddSubnetIds, in.RemoveSubnetIds} {
		if err := checkIDs("InvalidSubnetID", "subnet-", ids); err != nil {
			return err
		}
	}
	for _, ids := range [][]string{in.AddSecurityGroupIds, in.RemoveSecurityGroupIds} {
		if err := checkIDs("InvalidGroupId", "sg-", ids); err != nil {
			return err
		}
	}
	return nil
}

// authorizeModify asks for the decision on the endpoint and on what is added to it.
func authorizeModify(c *iam.Caller, in *ModifyVpcEndpointInput, e *endpoint) error {
	const action = "ModifyVpcEndpoint"
	if err := authorizeEndpoint(c, action, *in.VpcEndpointId, e, newKeys(c)); err != nil {
		return err
	}
	for _, id := range slices.Concat(in.AddSubnetIds, in.RemoveSubnetIds) {
		if err := authorize(c, action, ec2ARN(c.Region, c.Principal.Account, "subnet/"+id), false, newKeys(c).with("ec2:subnetid", id)); err != nil {
			return err
		}
	}
	for _, id := range slices.Concat(in.AddSecurityGroupIds, in.RemoveSecurityGroupIds) {
		if err := authorize(c, action, ec2ARN(c.Region, c.Principal.Account, "security-group/"+id), false, newKeys(c).with("ec2:securitygroupid", id)); err != nil {
			return err
		}
	}
	return nil
}

// modify changes an endpoint that was read in the transaction. fresh has the new policy, if
// there is one.
func (e *endpoint) modify(tx *store.Tx, in *ModifyVpcEndpointInput, fresh *endpoint) error {
	switch {
	case in.PolicyDocument != nil:
		e.Policy, e.PolicyIDs = fresh.Policy, fresh.PolicyIDs
	case in.ResetPolicy != nil && *in.ResetPolicy:
		e.Policy, e.PolicyIDs = "", nil
	}
	if err := e.setAddressTypes(in.IpAddressType, in.DnsOptions); err != nil {
		return err
	}
	var err error
	if e.Subnets, err = changed("subnet", e.Subnets, in.AddSubnetIds, in.RemoveSubnetIds); err != nil {
		return err
	}
	if e.Groups, err = changed("security group", e.Groups, in.AddSecurityGroupIds, in.RemoveSecurityGroupIds); err != nil {
		return err
	}
	if in.PrivateDnsEnabled != nil {
		e.PrivateDNS = *in.PrivateDnsEnabled
		n, err := openNetwork(tx, e.VPC)
		if err != nil {
			return err
		}
		if n != nil {
			if err := n.freeDNS(tx, e); err != nil {
				return err
			}
		}
	}
	return e.put(tx)
}

func (e *endpoint) put(tx *store.Tx) error {
	r, err := e.record()
	if err != nil {
		return err
	}
	return tx.Put(r)
}

// changed is a list of ids after some were added and some removed.
func changed(what string, list, add, remove []string) ([]string, error) {
	list = slices.Clone(list)
	for _, id := range remove {
		i := slices.Index(list, id)
		if i < 0 {
			return nil, errInvalid("The endpoint does not have the %s %s.", what, id)
		}
		list = slices.Delete(list, i, i+1)
	}
	for _, id := range add {
		if slices.Contains(list, id) {
			return nil, errInvalid("The endpoint already has the %s %s.", what, id)
		}
		list = append(list, id)
	}
	if len(list) > maxIDs {
		return nil, errInvalid("An endpoint has at most %d of each %s.", maxIDs, what)
	}
	return list, nil
}
