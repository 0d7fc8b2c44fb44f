package vpc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/keystead/keystead/internal/iam"
)

// offer is a service that endpoints of a Region can lead to.
type offer struct {
	name    string // "com.amazonaws.eu-west-1.kms"
	dnsName string // "kms.eu-west-1.amazonaws.com"
	signing string // the service's name in signatures: "kms"
	fips    bool
}

// offers are all that a Region may have.
func offers(region string) []offer {
	suffix := ".amazonaws.com"
	if iam.Partition(region) == "aws-cn" {
		suffix += ".cn"
	}
	var all []offer
	for _, name := range []string{"cloudtrail", "events", "kms", "kms-fips", "logs", "monitoring", "sns"} {
		signing, fips := strings.CutSuffix(name, "-fips")
		all = append(all, offer{"com.amazonaws." + region + "." + name, name + "." + region + suffix, signing, fips})
	}
	return all
}

// offers are those that this process can answer for.
func (s *Service) offers(region string) []offer {
	return slices.DeleteFunc(offers(region), func(o offer) bool { return o.fips && !s.FIPS })
}

func (s *Service) offered(region, name string) bool {
	return slices.ContainsFunc(s.offers(region), func(o offer) bool { return o.name == name })
}

// DescribeVpcEndpointServices lists the services that endpoints can lead to.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html
func (s *Service) DescribeVpcEndpointServices(ctx context.Context, c *iam.Caller, in *DescribeVpcEndpointServicesInput) (*DescribeVpcEndpointServicesOutput, error) {
	if err := s.authorizeRead(ctx, c, "DescribeVpcEndpointServices", in.DryRun); err != nil {
		return nil, err
	}
	filters, err := newFilters(in.Filters, "owner", "service-name", "service-region", "service-type", "supported-ip-address-types")
	if err != nil {
		return nil, err
	}
	p, err := newPage(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	for _, name := range in.ServiceNames {
		if !s.offered(c.Region, name) {
			return nil, errNoService(name)
		}
	}
	out := &DescribeVpcEndpointServicesOutput{ServiceNames: []string{}, ServiceDetails: []ServiceDetail{}}
	for _, o := range s.offers(c.Region) {
		wanted := len(in.ServiceNames) == 0 || slices.Contains(in.ServiceNames, o.name)
		wanted = wanted && (len(in.ServiceRegions) == 0 || slices.Contains(in.ServiceRegions, c.Region))
		if !wanted || !filters.match(o.attributes(c.Region), nil) || o.name <= p.after {
			continue
		}
		if len(out.ServiceNames) == p.limit {
			out.NextToken = new(nextToken(out.ServiceNames[p.limit-1]))
			break
		}
		out.ServiceNames = append(out.ServiceNames, o.name)
		out.ServiceDetails = append(out.ServiceDetails, o.detail(c.Region))
	}
	return out, nil
}

// attributes are what filters look at.
func (o offer) attributes(region string) map[string]string {
	return map[string]string{
		"owner": owner, "service-name": o.name, "service-region": region, "service-type": typeInterface, "supported-ip-address-types": ipv4,
	}
}

const (
	owner         = "amazon"
	typeInterface = "Interface"
	ipv4          = "ipv4"
)

func (o offer) detail(region string) ServiceDetail {
	sum := sha256.Sum256([]byte(o.name))
	return ServiceDetail{
		ServiceName: &o.name, ServiceId: new("vpce-svc-" + hex.EncodeToString(sum[:])[:17]), ServiceRegion: &region,
		ServiceType: []ServiceTypeDetail{{new(typeInterface)}}, Owner: new(owner),
		AvailabilityZones: []string{}, BaseEndpointDnsNames: []string{},
		PrivateDnsName: &o.dnsName, PrivateDnsNames: []PrivateDnsDetails{{&o.dnsName}}, PrivateDnsNameVerificationState: new("verified"),
		VpcEndpointPolicySupported: new(true), AcceptanceRequired: new(false), ManagesVpcEndpoints: new(false),
		Tags: []Tag{}, SupportedIpAddressTypes: []string{ipv4},
	}
}

// DescribePrefixLists answers that there are none: they belong to the other types of
// endpoints. Clients that manage endpoints ask nevertheless.
//
// Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePrefixLists.html
func (s *Service) DescribePrefixLists(ctx context.Context, c *iam.Caller, in *DescribePrefixListsInput) (*DescribePrefixListsOutput, error) {
	if err := s.authorizeRead(ctx, c, "DescribePrefixLists", in.DryRun); err != nil {
		return nil, err
	}
	if len(in.PrefixListIds) > 0 {
		return nil, apiError("InvalidPrefixListID.NotFound", "The prefix list ID '%s' does not exist", in.PrefixListIds[0])
	}
	return &DescribePrefixListsOutput{PrefixLists: []PrefixList{}}, nil
}
