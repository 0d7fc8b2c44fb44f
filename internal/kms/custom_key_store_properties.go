package kms

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// property is a parameter for custom key stores of one type, and whether a caller gave it.
type property struct {
	name  string
	of    types.CustomKeyStoreType
	given bool
}

// createdProperties are those of a new store.
func createdProperties(in *kms.CreateCustomKeyStoreInput) []property {
	const hsm, xks = types.CustomKeyStoreTypeAwsCloudhsm, types.CustomKeyStoreTypeExternalKeyStore
	return []property{
		{"CloudHsmClusterId", hsm, in.CloudHsmClusterId != nil},
		{"KeyStorePassword", hsm, in.KeyStorePassword != nil},
		{"TrustAnchorCertificate", hsm, in.TrustAnchorCertificate != nil},
		{"XksProxyConnectivity", xks, in.XksProxyConnectivity != ""},
		{"XksProxyUriEndpoint", xks, in.XksProxyUriEndpoint != nil},
		{"XksProxyUriPath", xks, in.XksProxyUriPath != nil},
		{"XksProxyAuthenticationCredential", xks, in.XksProxyAuthenticationCredential != nil},
		{serviceName, xks, in.XksProxyVpcEndpointServiceName != nil},
		{serviceOwner, xks, in.XksProxyVpcEndpointServiceOwner != nil},
	}
}

// updatedProperties are those that an update changes, beside the name.
func updatedProperties(in *kms.UpdateCustomKeyStoreInput) []property {
	const hsm, xks = types.CustomKeyStoreTypeAwsCloudhsm, types.CustomKeyStoreTypeExternalKeyStore
	return []property{
		{"CloudHsmClusterId", hsm, in.CloudHsmClusterId != nil},
		{"KeyStorePassword", hsm, in.KeyStorePassword != nil},
		{"XksProxyConnectivity", xks, in.XksProxyConnectivity != ""},
		{"XksProxyUriEndpoint", xks, in.XksProxyUriEndpoint != nil},
		{"XksProxyUriPath", xks, in.XksProxyUriPath != nil},
		{"XksProxyAuthenticationCredential", xks, in.XksProxyAuthenticationCredential != nil},
		{serviceName, xks, in.XksProxyVpcEndpointServiceName != nil},
		{serviceOwner, xks, in.XksProxyVpcEndpointServiceOwner != nil},
	}
}

// The properties of stores whose proxy is behind a VPC endpoint service.
const (
	serviceName  = "XksProxyVpcEndpointServiceName"
	serviceOwner = "XksProxyVpcEndpointServiceOwner"
)

// suit refuses a property that stores of the type don't have.
func suit(all []property, t types.CustomKeyStoreType) error {
	for _, p := range all {
		if p.given && p.of != t {
			return errValidation("%s is not valid for a custom key store of type %s.", p.name, t)
		}
	}
	return nil
}

// complete refuses a new store without all properties of its type.
func complete(all []property, t types.CustomKeyStoreType, connectivity types.XksProxyConnectivityType) error {
	behind := connectivity == types.XksProxyConnectivityTypeVpcEndpointService
	var missing []string
	for _, p := range all {
		if !p.given && p.of == t && p.name != serviceOwner && (p.name != serviceName || behind) {
			missing = append(missing, p.name)
		}
	}
	if len(missing) > 0 {
		return errValidation("You must specify %s for a custom key store of type %s.", strings.Join(missing, ", "), t)
	}
	return nil
}

// check refuses what the patterns of the API model let through: names of hosts that are
// addresses, other versions of the proxy's API, and VPC endpoint services of public endpoints.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html
func (l *proxyLink) check() error {
	switch behind := l.behind(); {
	case !domainName(l.host()):
		return errValidation("XksProxyUriEndpoint must be https:// and a domain name.")
	case !strings.HasSuffix(l.Path, "/kms/xks/v1"):
		return errValidation("XksProxyUriPath must end with /kms/xks/v1.")
	case behind && l.ServiceName == "":
		return errValidation("You must specify %s for the XksProxyConnectivity %s.", serviceName, l.Connectivity)
	case !behind && l.ServiceName != "":
		return errValidation("%s is not valid for the XksProxyConnectivity %s.", serviceName, l.Connectivity)
	case !behind && l.ServiceOwner != "":
		return errValidation("%s is not valid for the XksProxyConnectivity %s.", serviceOwner, l.Connectivity)
	}
	return nil
}

// domainName says whether a host is named by a domain name, in full. No top-level domain begins
// with a digit, and each form of an address ends with a number.
func domainName(host string) bool {
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && (last[0] < '0' || last[0] > '9')
}
