package vpc

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// CreateVpcEndpoint makes an endpoint. When it answers, the endpoint can be used on this
// node; other nodes follow at once.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
func (s *Service) CreateVpcEndpoint(ctx context.Context, c *iam.Caller, in *CreateVpcEndpointInput) (*CreateVpcEndpointOutput, error) {
	e, err := s.newEndpoint(c, in)
	if err != nil {
		return nil, err
	}
	if err := authorizeCreate(c, e); err != nil {
		return nil, s.tell(ctx, err)
	}
	if err := endDryRun(in.DryRun); err != nil {
		return nil, err
	}
	if !s.offered(c.Region, e.Service) {
		return nil, errNoService(e.Service)
	}
	if in.PolicyDocument != nil {
		if err := s.setPolicy(ctx, e, *in.PolicyDocument); err != nil {
			return nil, err
		}
	}
	made, err := s.create(ctx, e)
	if err != nil {
		return nil, err
	}
	return &CreateVpcEndpointOutput{VpcEndpoint: new(s.show(made)), ClientToken: in.ClientToken}, nil
}

// newEndpoint makes an endpoint of what was asked for, as far as that can be judged alone.
func (s *Service) newEndpoint(c *iam.Caller, in *CreateVpcEndpointInput) (*endpoint, error) {
	if err := checkCreate(c, in); err != nil {
		return nil, err
	}
	tags, err := specified(in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	e := &endpoint{
		VPC: *in.VpcId, Service: *in.ServiceName, PrivateDNS: in.PrivateDnsEnabled == nil || *in.PrivateDnsEnabled,
		Subnets: in.SubnetIds, Groups: in.SecurityGroupIds, Tags: tags, Created: s.Clock.Now().Truncate(time.Millisecond),
		region: c.Region, account: c.Principal.Account, id: newID(),
	}
	if err := e.setAddressTypes(in.IpAddressType, in.DnsOptions); err != nil {
		return nil, err
	}
	if in.ClientToken == nil {
		return e, nil
	}
	asked := *in
	asked.ClientToken, asked.DryRun = nil, nil
	b, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	e.Token, e.Request = *in.ClientToken, sum[:]
	return e, nil
}

func checkCreate(c *iam.Caller, in *CreateVpcEndpointInput) error {
	switch {
	case in.VpcId == nil:
		return errMissing("VpcId")
	case !ValidVPC(*in.VpcId):
		return errMalformedID("InvalidVpcID", *in.VpcId, vpcPrefix)
	case in.ServiceNetworkArn != nil || in.ResourceConfigurationArn != nil:
		return errInvalid("Only endpoints for a service are supported.")
	case in.ServiceName == nil:
		return errMissing("ServiceName")
	case in.ServiceRegion != nil && *in.ServiceRegion != c.Region:
		return errInvalid("Endpoints for services of another Region are not supported.")
	case in.ClientToken != nil && (*in.ClientToken == "" || len(*in.ClientToken) > maxToken):
		return errValue("The client token must have 1 to %d characters.", maxToken)
	case len(in.RouteTableIds) > 0:
		return errInvalid("Route table IDs are only supported for Gateway type VPC Endpoints.")
	case len(in.SubnetConfigurations) > 0:
		return errInvalid("Addresses of endpoints are chosen by the operator of the service.")
	}
	kind := "Gateway"
	if in.VpcEndpointType != nil {
		kind = *in.VpcEndpointType
	}
	if kind != typeInterface {
		return errInvalid("Endpoint type (%s) does not match available service types ([Interface]).", kind)
	}
	if err := checkIDs("InvalidSubnetID", "subnet-", in.SubnetIds); err != nil {
		return err
	}
	return checkIDs("InvalidGroupId", "sg-", in.SecurityGroupIds)
}

const (
	maxToken = 64 // characters of a ClientToken
	maxIDs   = 16 // subnets or security groups of an endpoint
)

// validID knows the ids of what the caller names and nobody keeps: a prefix, and letters,
// digits and hyphens.
func validID(prefix, id string) bool {
	rest, ok := strings.CutPrefix(id, prefix)
	if !ok || rest == "" || len(rest) > 64 {
		return false
	}
	return !strings.ContainsFunc(rest, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-'
	})
}

func checkIDs(kind, prefix string, ids []string) error {
	if len(ids) > maxIDs {
		return errInvalid("An endpoint has at most %d of %s....", maxIDs, prefix)
	}
	for i, id := range ids {
		if !validID(prefix, id) {
			return errMalformedID(kind, id, prefix)
		}
		if slices.Contains(ids[:i], id) {
			return errInvalid("%s is given twice.", id)
		}
	}
	return nil
}

// setAddressTypes notes what kinds of addresses are wanted.
func (e *endpoint) setAddressTypes(addresses *string, dns *DnsOptionsSpecification) error {
	if e.IPAddress == "" {
		e.IPAddress, e.DNSRecord = ipv4, ipv4
	}
	if addresses != nil {
		if !slices.Contains([]string{ipv4, "ipv6", "dualstack"}, *addresses) {
			return errValue("Value (%s) for parameter IpAddressType is invalid.", *addresses)
		}
		e.IPAddress, e.DNSRecord = *addresses, *addresses
	}
	if dns == nil {
		return nil
	}
	if only := dns.PrivateDnsOnlyForInboundResolverEndpoint; only != nil && *only || dns.PrivateDnsPreference != nil || len(dns.PrivateDnsSpecifiedDomains) > 0 {
		return errInvalid("Of the DNS options, only DnsRecordIpType is supported for the service %s.", e.Service)
	}
	if t := dns.DnsRecordIpType; t != nil {
		if !slices.Contains([]string{ipv4, "ipv6", "dualstack", "service-defined"}, *t) {
			return errValue("Value (%s) for parameter DnsRecordIpType is invalid.", *t)
		}
		e.DNSRecord = *t
	}
	return nil
}

// authorizeCreate asks for the decision on everything that an endpoint is made of: each
// resource is one of its own in EC2's policies, and tagging is an action of its own.
func authorizeCreate(c *iam.Caller, e *endpoint) error {
	const action = "CreateVpcEndpoint"
	ask := func(resource string, k keys) error {
		return authorize(c, action, ec2ARN(c.Region, c.Principal.Account, resource), false, k)
	}
	service := newKeys(c).ofService(e.Service, e.region).ofRequest(e.Tags)
	if err := ask("vpc-endpoint/*", service); err != nil {
		return err
	}
	if err := ask("vpc/"+e.VPC, newKeys(c).with("ec2:vpcid", e.VPC)); err != nil {
		return err
	}
	for _, id := range e.Subnets {
		if err := ask("subnet/"+id, newKeys(c).with("ec2:subnetid", id)); err != nil {
			return err
		}
	}
	for _, id := range e.Groups {
		if err := ask("security-group/"+id, newKeys(c).with("ec2:securitygroupid", id)); err != nil {
			return err
		}
	}
	if len(e.Tags) == 0 {
		return nil
	}
	k := newKeys(c).ofRequest(e.Tags).with("ec2:createaction", action)
	return authorize(c, "CreateTags", ec2ARN(c.Region, c.Principal.Account, "vpc-endpoint/*"), false, k)
}

// setPolicy puts a policy document in place. Its principals need not exist; those that do
// are tied to the endpoint by their unique ids.
func (s *Service) setPolicy(ctx context.Context, e *endpoint, text string) error {
	if n := utf8.RuneCountInString(text); n > maxPolicy {
		return errPolicy("The policy has %d characters; at most %d are allowed.", n, maxPolicy)
	}
	doc, err := policy.Parse([]byte(text))
	if err == nil {
		err = doc.ValidateEndpointPolicy()
	}
	var invalid *policy.Error
	if errors.As(err, &invalid) {
		return errPolicy("The specified policy document is not a valid policy: %s", invalid.Message)
	}
	if err != nil {
		return err
	}
	e.Policy, e.PolicyIDs = text, nil
	for _, name := range doc.Principals() {
		ids, _, err := s.IAM.PrincipalIDs(ctx, []string{name})
		if err != nil {
			return err
		}
		for arn, id := range ids {
			if e.PolicyIDs == nil {
				e.PolicyIDs = map[string]string{}
			}
			e.PolicyIDs[arn] = id
		}
	}
	return nil
}

// create opens the listener, so that an endpoint that can't be reached is not made, and then
// writes the record. It returns the endpoint that there is already for the client token.
func (s *Service) create(ctx context.Context, e *endpoint) (*endpoint, error) {
	if old, err := s.madeWith(e, func(r store.Range) ([]store.Record, error) { return s.DB.ScanRef(ctx, endpointKind, r) }); old != nil || err != nil {
		return old, err
	}
	done, err := s.Listeners.Reserve(e.door())
	if err != nil {
		return nil, errListen(e.VPC, err)
	}
	var made *endpoint
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		made, err = s.insert(tx, e)
		return err
	})
	done(err == nil && made == e)
	return made, err
}

func (s *Service) insert(tx *store.Tx, e *endpoint) (*endpoint, error) {
	if old, err := s.madeWith(e, func(r store.Range) ([]store.Record, error) { return tx.ScanRef(endpointKind, r) }); old != nil || err != nil {
		return old, err
	}
	n, err := s.claim(tx, e)
	if err != nil {
		return nil, err
	}
	if err := n.add(tx, e); err != nil {
		return nil, err
	}
	r, err := e.record()
	if err != nil {
		return nil, err
	}
	return e, tx.Insert(r)
}

// madeWith finds the endpoint that was made with the client token of e, or returns nil.
func (s *Service) madeWith(e *endpoint, scan func(store.Range) ([]store.Record, error)) (*endpoint, error) {
	if e.Token == "" {
		return nil, nil
	}
	records, err := scan(store.Range{Prefix: tokenRef(e), Limit: 1})
	if err != nil || len(records) == 0 {
		return nil, err
	}
	old, err := decodeEndpoint(records[0])
	if err != nil {
		return nil, err
	}
	if string(old.Request) != string(e.Request) {
		return nil, errTokenReused()
	}
	return old, nil
}
