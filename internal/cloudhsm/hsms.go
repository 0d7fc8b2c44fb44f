package cloudhsm

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// CreateHsm adds an HSM to a cluster. The job makes it; until then it is CREATE_IN_PROGRESS.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_CreateHsm.html
func (s *Service) CreateHsm(ctx context.Context, c *iam.Caller, in *cloudhsmv2.CreateHsmInput) (*cloudhsmv2.CreateHsmOutput, error) {
	out := &cloudhsmv2.CreateHsmOutput{}
	missing := hsm.Config{Driver: s.Driver, Module: s.softHSM()}.Installed()
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := s.admitCluster(tx.Get, c, "CreateHsm", *in.ClusterId, nil)
		if err != nil {
			return err
		}
		if err := found.takesHSM(); err != nil {
			return err
		}
		if missing != nil {
			return refused("The service can't make HSMs: SoftHSM2 or keystead-hsm is not installed. Its log says what is missing.")
		}
		u, err := found.newUnit(*in.AvailabilityZone, in.IpAddress)
		if err != nil {
			return err
		}
		found.HSMs = append(found.HSMs, u)
		if err := found.put(tx); err != nil {
			return err
		}
		out.Hsm = new(u.shape(found))
		return nil
	})
	if err != nil {
		if missing != nil {
			s.Log.WarnContext(ctx, "no HSM can be made on this node; SoftHSM2 is in Debian's package softhsm2", "error", missing)
		}
		return nil, err
	}
	s.wake()
	return out, nil
}

// takesHSM says why the cluster can't have one HSM more.
func (c *cluster) takesHSM() error {
	switch c.State {
	case types.ClusterStateUninitialized:
		if len(c.HSMs) > 0 {
			return invalid("Cluster %s is in the state %s. Initialize it before you create a second HSM.", c.ID, c.State)
		}
	case types.ClusterStateInitialized, types.ClusterStateActive:
	default:
		return invalid("Cluster %s is in the state %s. An HSM can be created when it is UNINITIALIZED, INITIALIZED or ACTIVE.", c.ID, c.State)
	}
	if c.declared != nil {
		return errDeclared(c.ID)
	}
	if len(c.HSMs) >= maxHSMs {
		return invalid("Cluster %s has %d HSMs, and can't have more.", c.ID, maxHSMs)
	}
	return nil
}

// newUnit makes what an HSM in a zone is called.
func (c *cluster) newUnit(zone string, ip *string) (*unit, error) {
	i := slices.IndexFunc(c.Subnets, func(n subnet) bool { return n.Zone == zone })
	if i < 0 {
		return nil, invalid("Cluster %s has no subnet in the Availability Zone %s.", c.ID, zone)
	}
	u := &unit{ID: newID("hsm-"), State: types.HsmStateCreateInProgress, Zone: zone, Subnet: c.Subnets[i].ID, ENI: newEC2ID("eni-")}
	taken := func(ip string) bool { return slices.ContainsFunc(c.HSMs, func(o *unit) bool { return o.IP == ip }) }
	if ip != nil {
		a, err := netip.ParseAddr(*ip)
		if err != nil || !a.Is4() || taken(a.String()) {
			return nil, invalid("The IP address %s is not available.", *ip)
		}
		u.IP = a.String()
		return u, nil
	}
	for n := 0; u.IP == "" || taken(u.IP); n++ {
		u.IP = address(i, n)
	}
	return u, nil
}

// address is an address in the subnet with that number. Nothing listens there: it is a name
// by which DeleteHsm knows an HSM.
func address(subnet, n int) string { return fmt.Sprintf("10.0.%d.%d", subnet, 10+n) }

// DeleteHsm removes an HSM from its cluster. A backup of what is in it is made before.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_DeleteHsm.html
func (s *Service) DeleteHsm(ctx context.Context, c *iam.Caller, in *cloudhsmv2.DeleteHsmInput) (*cloudhsmv2.DeleteHsmOutput, error) {
	out := &cloudhsmv2.DeleteHsmOutput{}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := s.admitCluster(tx.Get, c, "DeleteHsm", *in.ClusterId, nil)
		if err != nil {
			return err
		}
		if found.declared != nil {
			return errDeclared(found.ID)
		}
		if in.HsmId == nil && in.EniId == nil && in.EniIp == nil {
			return invalid("Specify the HSM by its ID, or by the ID or the IP address of its elastic network interface.")
		}
		i := slices.IndexFunc(found.HSMs, func(u *unit) bool {
			return is(in.HsmId, u.ID) && is(in.EniId, u.ENI) && is(in.EniIp, u.IP)
		})
		if i < 0 {
			return notFound("Cluster %s has no such HSM.", found.ID)
		}
		found.HSMs[i].State = types.HsmStateDeleteInProgress
		out.HsmId = &found.HSMs[i].ID
		return found.put(tx)
	})
	if err != nil {
		return nil, err
	}
	s.wake()
	return out, nil
}

// is says whether a member of a request is not there, or has that value.
func is(member *string, value string) bool { return member == nil || *member == value }
