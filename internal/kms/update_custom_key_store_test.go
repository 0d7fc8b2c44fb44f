package kms_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// TestUpdateCustomKeyStoreStates changes each property in each state.
func TestUpdateCustomKeyStoreStates(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		const refused = "CustomKeyStoreInvalidStateException"
		v.services[0].PrivateDNSName = xkstest.Host
		v = v.with(func() {})
		hsm, public := v.made(v.hsm("cluster")), v.made(v.xks("public"))
		for name, c := range map[string]struct {
			id        string
			in        kms.UpdateCustomKeyStoreInput
			connected bool // whether it can change then
		}{
			"the name of a CloudHSM key store": {hsm, kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new("cluster")}, true},
			"the password":                     {hsm, kms.UpdateCustomKeyStoreInput{KeyStorePassword: new("another1")}, false},
			"the cluster":                      {hsm, kms.UpdateCustomKeyStoreInput{CloudHsmClusterId: new(twinCluster)}, false},
			"name and password":                {hsm, kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new("cluster"), KeyStorePassword: new("another1")}, false},
			"the name of an external one":      {public, kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new("public")}, true},
			"the credential":                   {public, kms.UpdateCustomKeyStoreInput{XksProxyAuthenticationCredential: v.credential()}, true},
			"the path":                         {public, kms.UpdateCustomKeyStoreInput{XksProxyUriPath: &v.proxy.Path}, true},
			"all three":                        {public, kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new("public"), XksProxyAuthenticationCredential: v.credential(), XksProxyUriPath: &v.proxy.Path}, true},
			"the endpoint":                     {public, kms.UpdateCustomKeyStoreInput{XksProxyUriEndpoint: new(xkstest.Endpoint)}, false},
			"the connectivity":                 {public, kms.UpdateCustomKeyStoreInput{XksProxyConnectivity: "PUBLIC_ENDPOINT"}, false},
			"connectivity and service": {public, kms.UpdateCustomKeyStoreInput{
				XksProxyConnectivity: "VPC_ENDPOINT_SERVICE", XksProxyUriEndpoint: new(xkstest.Endpoint), XksProxyVpcEndpointServiceName: new(vpcService),
			}, false},
		} {
			for _, state := range []types.ConnectionStateType{"DISCONNECTED", "CONNECTED", "CONNECTING", "DISCONNECTING", "FAILED"} {
				rules.SetConnection(t, v.db, c.id, state)
				want := refused
				if state == "DISCONNECTED" || state == "CONNECTED" && c.connected {
					want = "ok"
				}
				wantException(t, name+", "+string(state), v.change(c.id, c.in), want)
				v.wantState(name, c.id, string(state))
			}
			if c.id == public {
				rules.SetConnection(t, v.db, public, "DISCONNECTED")
				must(t, "UpdateCustomKeyStore", v.change(public, kms.UpdateCustomKeyStoreInput{
					XksProxyConnectivity: "PUBLIC_ENDPOINT", XksProxyUriEndpoint: new(xkstest.Endpoint), XksProxyVpcEndpointServiceName: new(""),
				}))
			}
		}
	})
}

// TestUpdateCustomKeyStore changes what can't be so.
func TestUpdateCustomKeyStore(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		hsm, public, private := v.made(v.hsm("cluster")), v.made(v.xks("public")), v.made(v.vpc("private"))
		v.proxy.Certificate(func(c *x509.Certificate) { c.DNSNames = []string{xkstest.Host, vpcHost} })
		v.clusters.change(twinCluster, func(c *hsmCluster) { c.ActiveHSMs, c.Zones = 1, 1 })
		for name, c := range map[string]struct {
			id   string
			in   kms.UpdateCustomKeyStoreInput
			want string
		}{
			"nothing":                      {hsm, kms.UpdateCustomKeyStoreInput{}, "ValidationException"},
			"an endpoint for a cluster":    {hsm, kms.UpdateCustomKeyStoreInput{XksProxyUriEndpoint: new(xkstest.Endpoint)}, "ValidationException"},
			"a credential for a cluster":   {hsm, kms.UpdateCustomKeyStoreInput{XksProxyAuthenticationCredential: v.credential()}, "ValidationException"},
			"another's name":               {hsm, kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new("public")}, "CustomKeyStoreNameInUseException"},
			"a stranger to the cluster":    {hsm, kms.UpdateCustomKeyStoreInput{CloudHsmClusterId: new(otherCluster)}, "CloudHsmClusterNotRelatedException"},
			"a cluster that is not there":  {hsm, kms.UpdateCustomKeyStoreInput{CloudHsmClusterId: new("cluster-zzzzzzzzzzz")}, "CloudHsmClusterNotFoundException"},
			"a relative with one HSM":      {hsm, kms.UpdateCustomKeyStoreInput{CloudHsmClusterId: new(twinCluster)}, "CloudHsmClusterInvalidConfigurationException"},
			"a password for a proxy":       {public, kms.UpdateCustomKeyStoreInput{KeyStorePassword: new(password)}, "ValidationException"},
			"a cluster for a proxy":        {public, kms.UpdateCustomKeyStoreInput{CloudHsmClusterId: new(firstCluster)}, "ValidationException"},
			"connectivity alone":           {public, kms.UpdateCustomKeyStoreInput{XksProxyConnectivity: "VPC_ENDPOINT_SERVICE"}, "ValidationException"},
			"connectivity, no service":     {public, kms.UpdateCustomKeyStoreInput{XksProxyConnectivity: "VPC_ENDPOINT_SERVICE", XksProxyUriEndpoint: new("https://" + vpcHost)}, "ValidationException"},
			"a service of a public one":    {public, kms.UpdateCustomKeyStoreInput{XksProxyVpcEndpointServiceName: new(vpcService)}, "ValidationException"},
			"an owner of a public one":     {public, kms.UpdateCustomKeyStoreInput{XksProxyVpcEndpointServiceOwner: new("000000000000")}, "ValidationException"},
			"no service of a private one":  {private, kms.UpdateCustomKeyStoreInput{XksProxyVpcEndpointServiceName: new("")}, "ValidationException"},
			"a private one public, alone":  {private, kms.UpdateCustomKeyStoreInput{XksProxyConnectivity: "PUBLIC_ENDPOINT"}, "ValidationException"},
			"a private one's endpoint":     {public, kms.UpdateCustomKeyStoreInput{XksProxyUriEndpoint: new("https://" + vpcHost)}, "XksProxyUriInUseException"},
			"a private one's all":          {public, kms.UpdateCustomKeyStoreInput{XksProxyConnectivity: "VPC_ENDPOINT_SERVICE", XksProxyUriEndpoint: new("https://" + vpcHost), XksProxyVpcEndpointServiceName: new(vpcService)}, "XksProxyVpcEndpointServiceInUseException"},
			"a public one's all":           {private, kms.UpdateCustomKeyStoreInput{XksProxyConnectivity: "PUBLIC_ENDPOINT", XksProxyUriEndpoint: new(xkstest.Endpoint)}, "XksProxyUriInUseException"},
			"a service that is not there":  {private, kms.UpdateCustomKeyStoreInput{XksProxyVpcEndpointServiceName: new(vpcService + "1")}, "XksProxyVpcEndpointServiceNotFoundException"},
			"a service of another owner":   {private, kms.UpdateCustomKeyStoreInput{XksProxyVpcEndpointServiceOwner: new("222222222222")}, "XksProxyVpcEndpointServiceNotFoundException"},
			"a path that the proxy has no": {public, kms.UpdateCustomKeyStoreInput{XksProxyUriPath: new("/other/kms/xks/v1")}, "XksProxyInvalidConfigurationException"},
			"a path of another version":    {public, kms.UpdateCustomKeyStoreInput{XksProxyUriPath: new("/other/kms/xks/v2")}, "ValidationException"},
			"a credential of nobody": {public, kms.UpdateCustomKeyStoreInput{XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
				AccessKeyId: new("ABCDEFGHIJKLMNOPQRST"), RawSecretAccessKey: new(strings.Repeat("x", 43)),
			}}, "XksProxyIncorrectAuthenticationCredentialException"},
		} {
			before := v.entry(c.id)
			wantException(t, name, v.change(c.id, c.in), c.want)
			if after := v.entry(c.id); printed(after) != printed(before) {
				t.Errorf("%s: the store is %s now", name, printed(after))
			}
		}

		v.clusters.change(twinCluster, func(c *hsmCluster) { c.ActiveHSMs, c.Zones = 2, 2 })
		must(t, "UpdateCustomKeyStore", v.change(hsm, kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new("new"), CloudHsmClusterId: new(twinCluster), KeyStorePassword: new("another1")}))
		if e := v.entry(hsm); *e.CustomKeyStoreName != "new" || *e.CloudHsmClusterId != twinCluster {
			t.Errorf("the CloudHSM key store is %s", printed(e))
		}
		if has, _ := rules.Passwords(t, v.db, hsm); has != "another1" {
			t.Error("the password is not the new one")
		}
		calls := len(v.proxy.Seen())
		must(t, "UpdateCustomKeyStore", v.change(private, kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new("still private")}))
		if n := len(v.proxy.Seen()) - calls; n != 0 {
			t.Errorf("%d calls of the proxy for a new name", n)
		}
		must(t, "UpdateCustomKeyStore", v.change(private, kms.UpdateCustomKeyStoreInput{XksProxyAuthenticationCredential: v.credential()}))
		seen := v.proxy.Seen()[calls:]
		if len(seen) != 1 || seen[0].Metadata.Operation != "UpdateCustomKeyStore" || seen[0].Operation != xks.GetHealthStatus {
			t.Errorf("%d calls of the proxy for a new credential", len(seen))
		}
		if c := v.entry(private).XksProxyConfiguration; *c.VpcEndpointServiceName != vpcService || *c.VpcEndpointServiceOwner != "000000000000" {
			t.Errorf("without an owner in the request the service is %s", printed(c))
		}
		must(t, "DeleteCustomKeyStore", v.remove(public))
		must(t, "UpdateCustomKeyStore", v.change(private, kms.UpdateCustomKeyStoreInput{
			XksProxyConnectivity: "PUBLIC_ENDPOINT", XksProxyUriEndpoint: new(xkstest.Endpoint),
		}))
		if c := v.entry(private).XksProxyConfiguration; c.Connectivity != "PUBLIC_ENDPOINT" || *c.UriEndpoint != xkstest.Endpoint || c.VpcEndpointServiceName != nil || c.VpcEndpointServiceOwner != nil {
			t.Errorf("the store is %s", printed(v.entry(private)))
		}
	})
}

// TestUpdateOfAStoreThatChanges has another call change the store while the proxy is asked.
func TestUpdateOfAStoreThatChanges(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		id := v.made(v.xks("store"))
		left := 1
		v.proxy.Set(func(*xkstest.Exchange) {
			if left--; left >= 0 {
				rules.SetConnection(t, v.db, id, "CONNECTED")
			}
		})
		must(t, "UpdateCustomKeyStore", v.change(id, kms.UpdateCustomKeyStoreInput{XksProxyAuthenticationCredential: v.credential()}))
		v.wantState("an update does not undo a change", id, "CONNECTED")
		left = 1
		wantException(t, "UpdateCustomKeyStore of a store that was connected meanwhile", func() error {
			rules.SetConnection(t, v.db, id, "DISCONNECTED")
			return v.change(id, kms.UpdateCustomKeyStoreInput{XksProxyUriEndpoint: new(strings.Replace(xkstest.Endpoint, "proxy", "PROXY", 1))})
		}(), "CustomKeyStoreInvalidStateException")
		rules.SetConnection(t, v.db, id, "DISCONNECTED")
		left = 100
		err := v.change(id, kms.UpdateCustomKeyStoreInput{XksProxyAuthenticationCredential: v.credential()})
		wantException(t, "UpdateCustomKeyStore of a store that changes all the time", err, "ThrottlingException")
	})
}
