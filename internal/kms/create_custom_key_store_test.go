package kms_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/xks/xkstest"
)

// TestCreateCustomKeyStoreParameters has parameters that do not go together.
func TestCreateCustomKeyStoreParameters(t *testing.T) {
	vaultEngines(t, testCreateCustomKeyStoreParameters)
}

func testCreateCustomKeyStoreParameters(t *testing.T, v *vaults) {
	const (
		hsmOnly = " is not valid for a custom key store of type EXTERNAL_KEY_STORE."
		xksOnly = " is not valid for a custom key store of type AWS_CLOUDHSM."
	)
	hsm := func(change func(*kms.CreateCustomKeyStoreInput)) kms.CreateCustomKeyStoreInput {
		in := v.hsm("store")
		change(&in)
		return in
	}
	xks := func(change func(*kms.CreateCustomKeyStoreInput)) kms.CreateCustomKeyStoreInput {
		in := v.xks("store")
		change(&in)
		return in
	}
	vpc := func(change func(*kms.CreateCustomKeyStoreInput)) kms.CreateCustomKeyStoreInput {
		in := v.vpc("store")
		change(&in)
		return in
	}
	for name, c := range map[string]struct {
		in   kms.CreateCustomKeyStoreInput
		want string
	}{
		"nothing":        {kms.CreateCustomKeyStoreInput{CustomKeyStoreName: new("store")}, "You must specify CloudHsmClusterId, KeyStorePassword, TrustAnchorCertificate for a custom key store of type AWS_CLOUDHSM."},
		"no cluster":     {hsm(func(in *kms.CreateCustomKeyStoreInput) { in.CloudHsmClusterId = nil }), "You must specify CloudHsmClusterId for a custom key store of type AWS_CLOUDHSM."},
		"no password":    {hsm(func(in *kms.CreateCustomKeyStoreInput) { in.KeyStorePassword = nil }), "You must specify KeyStorePassword for a custom key store of type AWS_CLOUDHSM."},
		"no certificate": {hsm(func(in *kms.CreateCustomKeyStoreInput) { in.TrustAnchorCertificate = nil }), "You must specify TrustAnchorCertificate for a custom key store of type AWS_CLOUDHSM."},
		"an endpoint for a cluster": {hsm(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriEndpoint = new("https://a.example.com") }),
			"XksProxyUriEndpoint" + xksOnly},
		"a path for a cluster":         {hsm(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriPath = new("/kms/xks/v1") }), "XksProxyUriPath" + xksOnly},
		"a credential for a cluster":   {hsm(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyAuthenticationCredential = v.credential() }), "XksProxyAuthenticationCredential" + xksOnly},
		"a connectivity for a cluster": {hsm(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyConnectivity = "PUBLIC_ENDPOINT" }), "XksProxyConnectivity" + xksOnly},
		"a service for a cluster":      {hsm(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyVpcEndpointServiceName = new(vpcService) }), "XksProxyVpcEndpointServiceName" + xksOnly},
		"an owner for a cluster":       {hsm(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyVpcEndpointServiceOwner = new("000000000000") }), "XksProxyVpcEndpointServiceOwner" + xksOnly},
		"a proxy of no type":           {xks(func(in *kms.CreateCustomKeyStoreInput) { in.CustomKeyStoreType = "" }), "XksProxyConnectivity" + xksOnly},

		"a cluster for a proxy":     {xks(func(in *kms.CreateCustomKeyStoreInput) { in.CloudHsmClusterId = new(firstCluster) }), "CloudHsmClusterId" + hsmOnly},
		"a password for a proxy":    {xks(func(in *kms.CreateCustomKeyStoreInput) { in.KeyStorePassword = new(password) }), "KeyStorePassword" + hsmOnly},
		"a certificate for a proxy": {xks(func(in *kms.CreateCustomKeyStoreInput) { in.TrustAnchorCertificate = &v.anchor }), "TrustAnchorCertificate" + hsmOnly},
		"no endpoint":               {xks(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriEndpoint = nil }), "You must specify XksProxyUriEndpoint for a custom key store of type EXTERNAL_KEY_STORE."},
		"no connectivity, no path": {xks(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriPath, in.XksProxyConnectivity = nil, "" }),
			"You must specify XksProxyConnectivity, XksProxyUriPath for a custom key store of type EXTERNAL_KEY_STORE."},
		"no credential": {xks(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyAuthenticationCredential = nil }), "You must specify XksProxyAuthenticationCredential for a custom key store of type EXTERNAL_KEY_STORE."},
		"no service":    {vpc(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyVpcEndpointServiceName = nil }), "You must specify XksProxyVpcEndpointServiceName for a custom key store of type EXTERNAL_KEY_STORE."},
		"a service of a public endpoint": {xks(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyVpcEndpointServiceName = new(vpcService) }),
			"XksProxyVpcEndpointServiceName is not valid for the XksProxyConnectivity PUBLIC_ENDPOINT."},
		"an owner of a public endpoint": {xks(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyVpcEndpointServiceOwner = new("000000000000") }),
			"XksProxyVpcEndpointServiceOwner is not valid for the XksProxyConnectivity PUBLIC_ENDPOINT."},
		"another version of the API": {xks(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriPath = new("/a/kms/xks/v2") }), "XksProxyUriPath must end with /kms/xks/v1."},
	} {
		_, err := v.create(c.in)
		wantOutcome(t, name, err, "ValidationException: "+c.want)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "a..example.com", ".example.com", "example.com.", "-a.example.com", "a-.example.com", "10.0.0.0x1", strings.Repeat("a", 64) + ".com"} {
		_, err := v.create(xks(func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriEndpoint = new("https://" + host) }))
		wantOutcome(t, host, err, "ValidationException: XksProxyUriEndpoint must be https:// and a domain name.")
	}
	if len(v.proxy.Seen()) != 0 {
		t.Error("the proxy was asked about stores that can't be")
	}
}

// TestCreateCloudHSMKeyStore has clusters that a store can't be associated with.
func TestCreateCloudHSMKeyStore(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		for name, c := range map[string]struct {
			cluster func(*hsmCluster)
			in      func(*kms.CreateCustomKeyStoreInput)
			want    string
		}{
			"a cluster that is not there": {in: func(in *kms.CreateCustomKeyStoreInput) { in.CloudHsmClusterId = new("cluster-zzzzzzzzzzz") }, want: "CloudHsmClusterNotFoundException"},
			"not active":                  {cluster: func(c *hsmCluster) { c.State = "INITIALIZED" }, want: "CloudHsmClusterNotActiveException"},
			"one subnet":                  {cluster: func(c *hsmCluster) { delete(c.Subnets, "us-east-1b") }, want: "CloudHsmClusterInvalidConfigurationException"},
			"one HSM":                     {cluster: func(c *hsmCluster) { c.ActiveHSMs, c.Zones = 1, 1 }, want: "CloudHsmClusterInvalidConfigurationException"},
			"two HSMs in one zone":        {cluster: func(c *hsmCluster) { c.Zones = 1 }, want: "CloudHsmClusterInvalidConfigurationException"},
			"another's certificate":       {in: func(in *kms.CreateCustomKeyStoreInput) { in.TrustAnchorCertificate = &v.otherAnchor }, want: "IncorrectTrustAnchorException"},
			"no certificate":              {in: func(in *kms.CreateCustomKeyStoreInput) { in.TrustAnchorCertificate = new("customerCA.crt") }, want: "IncorrectTrustAnchorException"},
			"PEM of something else":       {in: func(in *kms.CreateCustomKeyStoreInput) { in.TrustAnchorCertificate = new(notPEM()) }, want: "IncorrectTrustAnchorException"},
			"two certificates":            {in: func(in *kms.CreateCustomKeyStoreInput) { in.TrustAnchorCertificate = new(v.anchor + v.otherAnchor) }, want: "IncorrectTrustAnchorException"},
		} {
			before := v.clusters.all[firstCluster].Cluster
			before.Subnets = map[string]string{"us-east-1a": "subnet-1", "us-east-1b": "subnet-2"}
			in := v.hsm("store")
			if c.cluster != nil {
				v.clusters.change(firstCluster, c.cluster)
			}
			if c.in != nil {
				c.in(&in)
			}
			_, err := v.create(in)
			wantException(t, name, err, c.want)
			v.clusters.change(firstCluster, func(h *hsmCluster) { h.Cluster = before })
		}

		in := v.hsm("store")
		in.TrustAnchorCertificate = new("subject=CN = customer\n" + v.anchor + "\n\n")
		id := v.made(in)
		if again := v.made(in); again != id {
			t.Errorf("the same store again is %s, not %s", again, id)
		}
		for name, change := range map[string]func(*kms.CreateCustomKeyStoreInput){
			"another password":              func(in *kms.CreateCustomKeyStoreInput) { in.KeyStorePassword = new("notthatpassword") },
			"the certificate written so":    func(in *kms.CreateCustomKeyStoreInput) { in.TrustAnchorCertificate = &v.anchor },
			"a relative of the cluster":     func(in *kms.CreateCustomKeyStoreInput) { in.CloudHsmClusterId = new(twinCluster) },
			"another cluster, of that name": func(in *kms.CreateCustomKeyStoreInput) { in.CloudHsmClusterId = new(otherCluster) },
		} {
			in := in
			change(&in)
			_, err := v.create(in)
			wantException(t, name+", and the name", err, "CustomKeyStoreNameInUseException")
			if in.CloudHsmClusterId == nil || *in.CloudHsmClusterId != otherCluster {
				in.CustomKeyStoreName = new("another")
				_, err = v.create(in)
				wantException(t, name, err, "CloudHsmClusterInUseException")
			}
		}
		must(t, "ConnectCustomKeyStore", v.connect(id))
		_, err := v.create(in)
		wantException(t, "the same as a store that is not disconnected", err, "CustomKeyStoreNameInUseException")

		// What is one account's own is not the business of others.
		elsewhere := v.stranger()
		_, err = v.CreateCustomKeyStore(t.Context(), elsewhere, &in)
		must(t, "CreateCustomKeyStore of another account", err)
		elsewhere.Region, elsewhere.Principal.Account = ireland, "000000000000"
		_, err = v.CreateCustomKeyStore(t.Context(), elsewhere, &in)
		must(t, "CreateCustomKeyStore in another Region", err)
	})
}

// TestCreateExternalKeyStore has endpoints, paths and services that others have already.
func TestCreateExternalKeyStore(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		v.made(v.xks("public"))
		if seen := v.proxy.Seen(); len(seen) != 1 || seen[0].Metadata.Operation != "CreateCustomKeyStore" {
			t.Errorf("the proxy was asked %d times", len(seen))
		}
		v.made(v.vpc("private"))
		if n := len(v.proxy.Seen()); n != 1 {
			t.Errorf("a proxy behind a VPC endpoint service was called at once: %d calls", n)
		}
		for name, c := range map[string]struct {
			in   kms.CreateCustomKeyStoreInput
			do   func(*kms.CreateCustomKeyStoreInput)
			want string
		}{
			"the name":          {v.xks("public"), func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriPath = new("/other/kms/xks/v1") }, "CustomKeyStoreNameInUseException"},
			"endpoint and path": {v.xks("other"), func(*kms.CreateCustomKeyStoreInput) {}, "XksProxyUriInUseException"},
			"endpoint in capitals": {v.xks("other"), func(in *kms.CreateCustomKeyStoreInput) {
				in.XksProxyUriEndpoint = new("https://" + strings.ToUpper(xkstest.Host))
			}, "XksProxyUriInUseException"},
			"endpoint, path is the proxy's": {v.xks("other"), func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriPath = new("/other/kms/xks/v1") }, "XksProxyInvalidConfigurationException"},
			"service":                       {v.vpc("other"), func(in *kms.CreateCustomKeyStoreInput) { in.XksProxyUriPath = new("/other/kms/xks/v1") }, "XksProxyVpcEndpointServiceInUseException"},
			"a public one with a private's": {v.xks("other"), func(in *kms.CreateCustomKeyStoreInput) {
				in.XksProxyUriEndpoint, in.XksProxyUriPath = new("https://"+vpcHost), new("/other/kms/xks/v1")
			}, "XksProxyUriEndpointInUseException"},
			"a private one with a public's": {v.vpc("other"), func(in *kms.CreateCustomKeyStoreInput) {
				in.XksProxyUriEndpoint, in.XksProxyUriPath, in.XksProxyVpcEndpointServiceName = new(xkstest.Endpoint), new("/other/kms/xks/v1"), new(vpcService+"1")
			}, "XksProxyUriEndpointInUseException"},
			"a service that is not there": {v.vpc("other"), func(in *kms.CreateCustomKeyStoreInput) {
				in.XksProxyUriEndpoint, in.XksProxyVpcEndpointServiceName = new("https://new.xks.example.com"), new(vpcService+"1")
			}, "XksProxyVpcEndpointServiceNotFoundException"},
			"a service of another's": {v.vpc("other"), func(in *kms.CreateCustomKeyStoreInput) {
				in.XksProxyUriEndpoint, in.XksProxyVpcEndpointServiceName, in.XksProxyVpcEndpointServiceOwner = new("https://new.xks.example.com"), new(vpcService+"1"), new("222222222222")
			}, "XksProxyVpcEndpointServiceNotFoundException"},
		} {
			c.do(&c.in)
			_, err := v.create(c.in)
			wantException(t, name, err, c.want)
		}

		// A public endpoint is for all accounts, a private one is not.
		in := v.xks("public")
		_, err := v.CreateCustomKeyStore(t.Context(), v.stranger(), &in)
		must(t, "CreateCustomKeyStore of another account", err)
		in = v.vpc("private")
		_, err = v.CreateCustomKeyStore(t.Context(), v.stranger(), &in)
		wantException(t, "the service of another account's store", err, "XksProxyVpcEndpointServiceInUseException")
		in = v.xks("private")
		in.XksProxyUriEndpoint = new("https://" + vpcHost)
		_, err = v.CreateCustomKeyStore(t.Context(), v.stranger(), &in)
		wantException(t, "the endpoint of another account's store", err, "XksProxyUriEndpointInUseException")
	})
}

// TestCustomKeyStoreQuota makes too many stores at once.
func TestCustomKeyStoreQuota(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		v.made(v.xks("proxy"))
		for i := range 14 {
			id := fmt.Sprintf("cluster-%011d", i)
			v.clusters.all[id] = newClusters(v.anchor, v.anchor).all[firstCluster]
			v.clusters.all[id].ID, v.clusters.all[id].History = id, id
		}
		var made, refused atomic.Int32
		var wg sync.WaitGroup
		for i := range 14 {
			wg.Go(func() {
				in := v.hsm(fmt.Sprint("store ", i))
				in.CloudHsmClusterId = new(fmt.Sprintf("cluster-%011d", i))
				_, err := v.CreateCustomKeyStore(t.Context(), v.caller(), &in)
				switch code, _, _ := strings.Cut(outcome(err), ":"); code {
				case "ok":
					made.Add(1)
				case "LimitExceededException":
					refused.Add(1)
				default:
					t.Errorf("CreateCustomKeyStore: %v", err)
				}
			})
		}
		wg.Wait()
		if made.Load() != 9 || refused.Load() != 5 {
			t.Errorf("%d were made and %d refused", made.Load(), refused.Load())
		}
	})
}
