package external_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

const (
	serviceName = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"
	privateName = "private.xks.example.com"
)

func service() external.EndpointService {
	return external.EndpointService{
		Name: serviceName, Owner: "111122223333", PrivateDNSName: privateName, DomainState: external.DomainVerified,
		LoadBalancer: external.LoadBalancerNetwork, Addresses: []string{"127.0.0.1:1"},
		AllowedPrincipals: []string{"cks.kms.eu-central-1.amazonaws.com"}, Zones: []string{"eu-central-1a", "eu-central-1b"},
	}
}

func TestCheckService(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*external.EndpointService, *external.Proxy)
		want   external.Cause
		text   string
	}{
		"right":        {func(*external.EndpointService, *external.Proxy) {}, 0, ""},
		"owner named":  {func(_ *external.EndpointService, p *external.Proxy) { p.ServiceOwner = "111122223333" }, 0, ""},
		"everybody":    {func(s *external.EndpointService, _ *external.Proxy) { s.AllowedPrincipals = []string{"*"} }, 0, ""},
		"public":       {func(_ *external.EndpointService, p *external.Proxy) { *p = external.Proxy{} }, 0, ""},
		"other name":   {func(_ *external.EndpointService, p *external.Proxy) { p.ServiceName += "0" }, external.ServiceNotFound, "There is no service"},
		"no name":      {func(_ *external.EndpointService, p *external.Proxy) { p.ServiceName = "" }, external.ServiceNotFound, "There is no service"},
		"other owner":  {func(s *external.EndpointService, _ *external.Proxy) { s.Owner = "444455556666" }, external.ServiceNotFound, "There is no service"},
		"other Region": {func(_ *external.EndpointService, p *external.Proxy) { p.Region = "us-east-1" }, external.ServiceNotFound, "Region"},
		"nobody":       {func(s *external.EndpointService, _ *external.Proxy) { s.AllowedPrincipals = nil }, external.ServiceNotFound, "cks.kms.eu-central-1"},
		"other principal": {func(s *external.EndpointService, _ *external.Proxy) {
			s.AllowedPrincipals[0] = "cks.kms.us-east-1.amazonaws.com"
		}, external.ServiceNotFound, "cks.kms.eu-central-1"},
		"another account's": {func(s *external.EndpointService, p *external.Proxy) {
			s.Owner, p.ServiceOwner = "444455556666", "444455556666"
		}, external.ServiceNotFound, "111122223333"},
		"another account's, allowed": {func(s *external.EndpointService, p *external.Proxy) {
			s.Owner, p.ServiceOwner = "444455556666", "444455556666"
			s.AllowedPrincipals = append(s.AllowedPrincipals, "arn:aws:iam::111122223333:root")
		}, 0, ""},
		"gateway":      {func(s *external.EndpointService, _ *external.Proxy) { s.LoadBalancer = "gateway" }, external.ServiceInvalid, "load balancer"},
		"one zone":     {func(s *external.EndpointService, _ *external.Proxy) { s.Zones[1] = s.Zones[0] }, external.ServiceInvalid, "Availability Zone"},
		"acceptance":   {func(s *external.EndpointService, _ *external.Proxy) { s.Acceptance = true }, external.ServiceInvalid, "acceptance"},
		"no DNS name":  {func(s *external.EndpointService, _ *external.Proxy) { s.PrivateDNSName = "" }, external.ServiceInvalid, "private DNS name"},
		"not verified": {func(s *external.EndpointService, _ *external.Proxy) { s.DomainState = "pendingVerification" }, external.ServiceInvalid, "verified"},
		"other host":   {func(_ *external.EndpointService, p *external.Proxy) { p.Endpoint = "https://other.xks.example.com" }, external.ServiceInvalid, "XksProxyUriEndpoint"},
	} {
		s := service()
		p := &external.Proxy{
			Account: "111122223333", Region: "eu-central-1", Connectivity: types.XksProxyConnectivityTypeVpcEndpointService,
			Endpoint: "https://" + privateName, ServiceName: serviceName,
		}
		test.change(&s, p)
		c := external.New(external.Options{Services: []external.EndpointService{s}})
		err := c.CheckService(p)
		if cause(err) != test.want || test.want != 0 && !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestThroughService is about a proxy that is reached at a service's addresses under its private
// name, and at no others.
func TestThroughService(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(o *external.Options) {
		e := service()
		e.Addresses, o.Hosts = o.Hosts[xkstest.Host], nil
		o.Services = []external.EndpointService{e}
	})
	s.proxy.Certificate(func(c *x509.Certificate) { c.DNSNames = []string{privateName} })
	p := *s.to
	p.Connectivity, p.Endpoint, p.ServiceName = types.XksProxyConnectivityTypeVpcEndpointService, "https://"+privateName, serviceName
	if _, err := s.Health(t.Context(), &p, call); err != nil {
		t.Fatal(err)
	}
	s.proxy.Certificate(nil)
	if _, err := s.Health(t.Context(), &p, call); cause(err) != external.NoTLS {
		t.Errorf("with the certificate of another host: %v", err)
	}
	p.Region = "us-east-1"
	if _, err := s.Health(t.Context(), &p, call); cause(err) != external.ServiceNotFound || s.count() != 2 {
		t.Errorf("in another Region: %v, %d observations", err, s.count())
	}
	// What is left of a service in a public key store does not matter.
	p.Connectivity = types.XksProxyConnectivityTypePublicEndpoint
	if _, err := s.Health(t.Context(), &p, call); cause(err) != external.Unreached {
		t.Errorf("public: %v", err)
	}
}
