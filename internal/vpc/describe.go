package vpc

import (
	"context"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// The states of an endpoint, as this node sees it.
const (
	statePending   = "pending"   // its listener is about to be opened
	stateAvailable = "available" // it can be used
	stateFailed    = "failed"    // its listener can't be opened
)

// DescribeVpcEndpoints lists the endpoints of the account in the Region.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html
func (s *Service) DescribeVpcEndpoints(ctx context.Context, c *iam.Caller, in *DescribeVpcEndpointsInput) (*DescribeVpcEndpointsOutput, error) {
	if err := s.authorizeRead(ctx, c, "DescribeVpcEndpoints", in.DryRun); err != nil {
		return nil, err
	}
	filters, err := newFilters(in.Filters, "ip-address-type", "service-name", "service-region", "vpc-endpoint-id", "vpc-endpoint-state", "vpc-endpoint-type", "vpc-id")
	if err != nil {
		return nil, err
	}
	p, err := newPage(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	// So that endpoints which another node has made are not shown as pending here.
	if err := s.DB.Sync(ctx); err != nil {
		return nil, err
	}
	if err := s.Listeners.Follow(ctx); err != nil {
		return nil, err
	}
	candidates, err := s.candidates(ctx, c, in.VpcEndpointIds)
	if err != nil {
		return nil, err
	}
	out := &DescribeVpcEndpointsOutput{VpcEndpoints: []VpcEndpoint{}}
	last := ""
	for _, e := range candidates {
		shown := s.show(e)
		if e.id <= p.after || !filters.match(e.attributes(*shown.State), e.Tags) {
			continue
		}
		if len(out.VpcEndpoints) == p.limit {
			out.NextToken = new(nextToken(last))
			break
		}
		out.VpcEndpoints = append(out.VpcEndpoints, shown)
		last = e.id
	}
	return out, nil
}

// candidates are the endpoints with the ids, or all, in the order of their ids.
func (s *Service) candidates(ctx context.Context, c *iam.Caller, ids []string) ([]*endpoint, error) {
	wanted := map[string]bool{}
	for _, id := range ids {
		if !validID(idPrefix, id) {
			return nil, errMalformedID("InvalidVpcEndpointId", id, idPrefix)
		}
		wanted[id] = true
	}
	records, err := s.DB.Scan(ctx, endpointKind, store.Range{Prefix: recordKey(c.Region, c.Principal.Account, "")})
	if err != nil {
		return nil, err
	}
	var list []*endpoint
	for _, r := range records {
		e, err := decodeEndpoint(r)
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 || wanted[e.id] {
			list = append(list, e)
			delete(wanted, e.id)
		}
	}
	for _, id := range ids { // in the order of the request
		if wanted[id] {
			return nil, errNoEndpoint(id)
		}
	}
	return list, nil
}

// attributes are what filters look at.
func (e *endpoint) attributes(state string) map[string]string {
	return map[string]string{
		"ip-address-type": e.IPAddress, "service-name": e.Service, "service-region": e.region, "vpc-endpoint-id": e.id,
		"vpc-endpoint-state": state, "vpc-endpoint-type": typeInterface, "vpc-id": e.VPC,
	}
}

// show describes an endpoint as this node sees it: where it is reachable comes first among
// its DNS entries, with the port.
func (s *Service) show(e *endpoint) VpcEndpoint {
	out := VpcEndpoint{
		VpcEndpointId: &e.id, VpcEndpointType: new(typeInterface), VpcId: &e.VPC, ServiceName: &e.Service, ServiceRegion: &e.region,
		State: new(statePending), PolicyDocument: new(e.document()), RouteTableIds: []string{}, SubnetIds: append([]string{}, e.Subnets...),
		Groups: []SecurityGroupIdentifier{}, IpAddressType: &e.IPAddress,
		DnsOptions:        &DnsOptions{DnsRecordIpType: &e.DNSRecord, PrivateDnsOnlyForInboundResolverEndpoint: new(false)},
		PrivateDnsEnabled: &e.PrivateDNS, RequesterManaged: new(false), NetworkInterfaceIds: []string{}, DnsEntries: []DnsEntry{},
		CreationTimestamp: &e.Created, Tags: []Tag{}, OwnerId: &e.account,
	}
	for _, id := range e.Groups {
		out.Groups = append(out.Groups, SecurityGroupIdentifier{GroupId: new(id), GroupName: new(id)})
	}
	for _, t := range e.Tags {
		out.Tags = append(out.Tags, Tag{new(t.Key), new(t.Value)})
	}
	switch at, err := s.Listeners.At(e.key()); {
	case at != "":
		out.State = new(stateAvailable)
		out.DnsEntries = append(out.DnsEntries, DnsEntry{DnsName: &at})
	case err != nil:
		out.State, out.LastError, out.FailureReason = new(stateFailed), &LastError{new("ListenerNotOpen"), new(err.Error())}, new(err.Error())
	}
	if name := e.door().PrivateDNS; name != "" {
		out.DnsEntries = append(out.DnsEntries, DnsEntry{DnsName: &name})
	}
	return out
}
