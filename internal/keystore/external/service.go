package external

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// EndpointService is a VPC endpoint service that the operator declares: where the proxy of key
// stores with connectivity VPC_ENDPOINT_SERVICE is.
type EndpointService struct {
	Name              string   // "com.amazonaws.vpce.REGION.vpce-svc-…"
	Owner             string   // the account that has it
	PrivateDNSName    string   // the host of the proxy's endpoint
	DomainState       string   // of the domain of PrivateDNSName: DomainVerified or another
	LoadBalancer      string   // its kind: LoadBalancerNetwork or another
	Addresses         []string // "HOST:PORT" each
	AllowedPrincipals []string // "cks.kms.REGION.amazonaws.com", ARNs of accounts, "*"
	Acceptance        bool     // each connection must be accepted by hand
	Zones             []string // where its load balancer has subnets
}

// What KMS requires of an endpoint service.
const (
	DomainVerified      = "verified"
	LoadBalancerNetwork = "network"
)

// Principal is the service principal of KMS that an endpoint service of a Region must allow.
func Principal(region string) string { return "cks.kms." + region + ".amazonaws.com" }

// region is the Region of the service, as its name has it.
func (s *EndpointService) region() string {
	if parts := strings.Split(s.Name, "."); len(parts) == 5 {
		return parts[3]
	}
	return ""
}

func (s *EndpointService) allows(principals ...string) bool {
	return slices.ContainsFunc(s.AllowedPrincipals, func(p string) bool { return p == "*" || slices.Contains(principals, p) })
}

// CheckService reports, as an *Error, why KMS can't use the VPC endpoint service of a proxy. A
// proxy with a public endpoint has none, and passes.
//
// Source: "VPC endpoint service connectivity configuration errors" in "Troubleshooting external key
// stores", and the requirements in "Configure VPC endpoint service connectivity", both in the KMS
// developer guide. The texts are ours.
func (c *Client) CheckService(p *Proxy) error {
	if p.Connectivity != types.XksProxyConnectivityTypeVpcEndpointService {
		return nil
	}
	s := c.services[p.ServiceName]
	if err := s.found(p); err != "" {
		return &Error{Cause: ServiceNotFound, Detail: err}
	}
	if err := s.usable(p); err != "" {
		return &Error{Cause: ServiceInvalid, Detail: err}
	}
	return nil
}

// found says why KMS does not find the service. A service that does not allow KMS is one that KMS
// does not see.
func (s *EndpointService) found(p *Proxy) string {
	owner := p.ServiceOwner
	if owner == "" {
		owner = p.Account
	}
	switch {
	case s == nil || s.Owner != owner:
		return fmt.Sprintf("There is no service %s of account %s.", p.ServiceName, owner)
	case s.region() != p.Region:
		return fmt.Sprintf("It must be in the Region of the external key store, %s.", p.Region)
	case !s.allows(Principal(p.Region)):
		return fmt.Sprintf("Its allowed principals must include %s.", Principal(p.Region))
	case owner != p.Account && !s.allows("arn:aws:iam::"+p.Account+":root", p.Account):
		return fmt.Sprintf("Its allowed principals must include account %s.", p.Account)
	}
	return ""
}

// usable says what KMS would need to be otherwise.
func (s *EndpointService) usable(p *Proxy) string {
	zones := slices.Compact(slices.Sorted(slices.Values(s.Zones)))
	switch {
	case s.LoadBalancer != LoadBalancerNetwork:
		return "It must use a network load balancer."
	case len(zones) < 2:
		return "Its network load balancer must be connected to at least two subnets, each in a different Availability Zone."
	case s.Acceptance:
		return "It must not require acceptance of connection requests."
	case s.PrivateDNSName == "":
		return "It must have a private DNS name."
	case s.DomainState != DomainVerified:
		return "The verification status of the domain of its private DNS name must be verified."
	case p.Endpoint != "https://"+s.PrivateDNSName:
		return "The XksProxyUriEndpoint must be https:// followed by its private DNS name."
	}
	return ""
}
