package server

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/webhook"
	"github.com/keystead/keystead/internal/xks"
)

// HSM says where HSMs are, for custom key stores of type AWS_CLOUDHSM.
type HSM struct {
	// Driver is the program keystead-hsm, the only one that loads PKCS#11 libraries. Default:
	// beside this program, else in $PATH.
	Driver string `yaml:"driver"`
	// SoftHSM is the library of SoftHSM2, whose tokens CreateCluster makes. Default: where
	// distributions put it.
	SoftHSM string `yaml:"softhsm"`
	// Dir holds the tokens and backups of the clusters that CreateCluster makes. Nodes of one
	// database must share it. Default DATA/hsm.
	Dir string `yaml:"dir"`
	// Clusters are HSMs with a PKCS#11 library of their vendor.
	Clusters []HSMCluster `yaml:"clusters"`
}

// HSMCluster is a cluster of HSMs that were set up by their vendor's tools: they hold the same
// keys, and each has the crypto user kmsuser, or a token whose user PIN is its password.
type HSMCluster struct {
	// ID is the cluster's in the API: "cluster-" and 11 to 16 letters and digits 2 to 7.
	ID string `yaml:"id"`
	// Account and Region are where the cluster is seen. Default: the account of the first
	// start, and the first Region.
	Account string `yaml:"account"`
	Region  string `yaml:"region"`
	// Module is the PKCS#11 library. Env is for the process that loads it, "NAME=VALUE" each.
	Module string   `yaml:"module"`
	Env    []string `yaml:"env"`
	// Tokens are the labels or serial numbers of the tokens, one for each HSM.
	Tokens []string `yaml:"tokens"`
	// PINFormat is what a login gives the module: "password", or "user:password" as for AWS
	// CloudHSM. Default "password".
	PINFormat string `yaml:"pin-format"`
	// RotatePassword lets the connection of a key store change the password of kmsuser to one
	// that nobody else knows, as on AWS. Not all modules can: AWS CloudHSM's has no C_SetPIN.
	// Default false.
	RotatePassword bool `yaml:"rotate-password"`
	// MinimumHSMs is how many HSMs must work when a key is made. Default 2: with 1, the loss of
	// one HSM loses keys.
	MinimumHSMs int `yaml:"minimum-hsms"`
	// TrustAnchor is a PEM file with the certificate that CreateCustomKeyStore must be given.
	TrustAnchor string `yaml:"trust-anchor"`
}

// KeyStores is about custom key stores of both types.
type KeyStores struct {
	// RequestsPerSecond is how many cryptographic requests a second one key store takes on a
	// node. More are answered with ThrottlingException. Default 1800, as on AWS.
	RequestsPerSecond int `yaml:"requests-per-second"`
	// ProxyTimeout is how long an external key store proxy may take for an answer. Default 250 ms,
	// as on AWS, and no setting of operators: tests must work on a busy machine.
	ProxyTimeout time.Duration `yaml:"-"`
	// CA is a PEM file of the certificate authorities that external key store proxies are
	// trusted by, in place of the system's. Read again when it changes.
	CA string `yaml:"ca"`
	// Allow are networks that are not public and in which proxies may be all the same, such as
	// "10.20.0.0/16". Whoever may make key stores can send requests there. Default: none.
	Allow []string `yaml:"allow"`
	// Hosts are addresses, "HOST:PORT", to connect to for the host of a proxy, in place of what
	// its name resolves to and port 443. The certificate must be for the name all the same.
	Hosts map[string][]string `yaml:"hosts"`
	// ClientCert and ClientKey are PEM files of the certificate that is shown to a proxy which
	// asks for one. AWS's has the name cks.kms.REGION.amazonaws.com. Read again when they change.
	ClientCert string `yaml:"client-cert"`
	ClientKey  string `yaml:"client-key"`
	// EndpointServices are where the proxies of key stores with connectivity
	// VPC_ENDPOINT_SERVICE are. A key store is held to AWS's rules for them.
	EndpointServices []EndpointService `yaml:"endpoint-services"`
}

// EndpointService stands for a VPC endpoint service.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html
type EndpointService struct {
	// Name is "com.amazonaws.vpce.REGION.vpce-svc-…"; Owner the account that has it, 12 digits.
	Name  string `yaml:"name"`
	Owner string `yaml:"owner"`
	// PrivateDNSName is the host of the proxy's endpoint. DomainState is of its domain:
	// "verified" (default), "pendingVerification" or "failed".
	PrivateDNSName string `yaml:"private-dns-name"`
	DomainState    string `yaml:"domain-state"`
	// LoadBalancer is its kind, "network" (default) or "gateway"; Zones where it has subnets.
	LoadBalancer string   `yaml:"load-balancer"`
	Zones        []string `yaml:"zones"`
	// Addresses are where the proxy really is, "HOST:PORT" each.
	Addresses []string `yaml:"addresses"`
	// AllowedPrincipals may use the service: "cks.kms.REGION.amazonaws.com", and ARNs of
	// accounts that are not the owner.
	AllowedPrincipals []string `yaml:"allowed-principals"`
	// AcceptanceRequired says that each connection must be accepted by hand.
	AcceptanceRequired bool `yaml:"acceptance-required"`
}

var clusterPattern = regexp.MustCompile(`^cluster-[2-7a-zA-Z]{11,16}$`)

// servicePattern is the API's for XksProxyVpcEndpointServiceName.
var servicePattern = regexp.MustCompile(`^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}[0-9]+\.vpce-svc-[0-9a-z]+$`)

// checkKeyStores refuses what no key store could work with.
func (c *Config) checkKeyStores() []error {
	var wrong []error
	fail := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	seen := map[string]bool{}
	for _, h := range c.HSM.Clusters {
		if seen[h.ID] {
			fail("hsm: cluster %s is there twice", h.ID)
		}
		seen[h.ID] = true
		if err := h.check(); err != nil {
			fail("hsm: cluster %q: %w", h.ID, err)
		}
	}
	k := &c.CustomKeyStores
	if k.RequestsPerSecond < 0 {
		fail("custom-key-stores: requests-per-second must not be negative")
	}
	if (k.ClientCert == "") != (k.ClientKey == "") {
		fail("custom-key-stores: client-cert and client-key belong together")
	}
	if _, err := prefixes(k.Allow); err != nil {
		fail("custom-key-stores: allow: %w", err)
	}
	for host, addresses := range k.Hosts {
		if err := xks.CheckEndpoint("https://" + host); err != nil {
			fail("custom-key-stores: hosts: %q is not a fully qualified domain name", host)
		} else if err := checkAddresses(addresses); err != nil {
			fail("custom-key-stores: hosts: %s: %w", host, err)
		}
	}
	services := map[string]bool{}
	for _, e := range k.EndpointServices {
		if services[e.Name] {
			fail("custom-key-stores: endpoint service %q is there twice", e.Name)
		} else if err := e.check(); err != nil {
			fail("custom-key-stores: endpoint service %q: %w", e.Name, err)
		}
		services[e.Name] = true
	}
	return wrong
}

func (h *HSMCluster) check() error {
	switch {
	case !clusterPattern.MatchString(h.ID):
		return errors.New("the id is not \"cluster-\" and 11 to 16 letters and digits from 2 to 7")
	case h.Account != "" && !accountPattern.MatchString(h.Account):
		return fmt.Errorf("account %q does not have 12 digits", h.Account)
	case h.Region != "" && !regionPattern.MatchString(h.Region):
		return fmt.Errorf("region %q does not look like us-east-1", h.Region)
	case h.Module == "" || len(h.Tokens) == 0:
		return errors.New("it needs a module and tokens")
	case h.PINFormat != "" && h.PINFormat != string(cloudhsm.PasswordOnly) && h.PINFormat != string(cloudhsm.UserPassword):
		return fmt.Errorf("pin-format %q is not password or user:password", h.PINFormat)
	case h.MinimumHSMs < 0 || h.MinimumHSMs > len(h.Tokens):
		return fmt.Errorf("minimum-hsms %d is more than it has tokens, or negative", h.MinimumHSMs)
	case h.MinimumHSMs == 0 && len(h.Tokens) < minimumHSMs:
		return errors.New("it has one token; set minimum-hsms to 1 if keys may be in one HSM alone")
	case h.TrustAnchor == "":
		return errors.New("it needs a trust-anchor")
	}
	return nil
}

func (e *EndpointService) check() error {
	switch {
	case !servicePattern.MatchString(e.Name):
		return errors.New("the name is not of the form com.amazonaws.vpce.REGION.vpce-svc-0123456789abcdef0")
	case !accountPattern.MatchString(e.Owner):
		return fmt.Errorf("owner %q does not have 12 digits", e.Owner)
	case e.PrivateDNSName == "":
		return errors.New("it needs a private-dns-name")
	case xks.CheckEndpoint("https://"+e.PrivateDNSName) != nil:
		return fmt.Errorf("private-dns-name %q is not a fully qualified domain name", e.PrivateDNSName)
	case !slices.Contains([]string{"", "verified", "pendingVerification", "failed"}, e.DomainState):
		return fmt.Errorf("domain-state %q is not verified, pendingVerification or failed", e.DomainState)
	case !slices.Contains([]string{"", "network", "gateway"}, e.LoadBalancer):
		return fmt.Errorf("load-balancer %q is not network or gateway", e.LoadBalancer)
	}
	return checkAddresses(e.Addresses)
}

func checkAddresses(all []string) error {
	if len(all) == 0 {
		return errors.New("there are no addresses")
	}
	for _, a := range all {
		if host, port, err := net.SplitHostPort(a); err != nil || host == "" || port == "" {
			return fmt.Errorf("address %q is not HOST:PORT", a)
		}
	}
	return nil
}

func prefixes(all []string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, n := range all {
		p, err := netip.ParsePrefix(n)
		if err != nil || p.Masked() != p {
			return nil, fmt.Errorf("%q is not a network such as 10.20.0.0/16", n)
		}
		list = append(list, p)
	}
	return list, nil
}

// HSMDir is where the tokens and backups of clusters are that CreateCluster makes.
func (c *Config) HSMDir() string { return cmp.Or(c.HSM.Dir, filepath.Join(c.DataDir, "hsm")) }

// minimumHSMs is how many HSMs AWS asks for.
const minimumHSMs = 2

// DeclaredClusters are the clusters of the configuration.
func (c *Config) DeclaredClusters() ([]cloudhsm.Declared, error) {
	var all []cloudhsm.Declared
	for _, h := range c.HSM.Clusters {
		anchor, err := os.ReadFile(h.TrustAnchor)
		if err != nil {
			return nil, fmt.Errorf("hsm: the trust anchor of cluster %s: %w", h.ID, err)
		}
		all = append(all, cloudhsm.Declared{
			ID: h.ID, Account: cmp.Or(h.Account, c.Account), Region: cmp.Or(h.Region, c.Region()), Module: h.Module, Env: h.Env, Tokens: h.Tokens,
			PINFormat: cloudhsm.PINFormat(cmp.Or(h.PINFormat, string(cloudhsm.PasswordOnly))), RotatePassword: h.RotatePassword,
			MinimumHSMs: cmp.Or(h.MinimumHSMs, minimumHSMs), TrustAnchor: string(anchor),
		})
	}
	return all, nil
}

// proxies says how external key store proxies are reached.
func (c *Config) proxies() (external.Options, error) {
	k := &c.CustomKeyStores
	o := external.Options{Hosts: k.Hosts, Timeout: k.ProxyTimeout}
	allow, err := prefixes(k.Allow)
	if err != nil {
		return o, fmt.Errorf("custom-key-stores: allow: %w", err)
	}
	o.Allowed = webhook.New(webhook.Options{Allow: allow}).Allowed
	for _, e := range k.EndpointServices {
		o.Services = append(o.Services, external.EndpointService{
			Name: e.Name, Owner: e.Owner, PrivateDNSName: e.PrivateDNSName, DomainState: cmp.Or(e.DomainState, "verified"),
			LoadBalancer: cmp.Or(e.LoadBalancer, "network"), Addresses: e.Addresses, AllowedPrincipals: e.AllowedPrincipals,
			Acceptance: e.AcceptanceRequired, Zones: e.Zones,
		})
	}
	return o, nil
}
