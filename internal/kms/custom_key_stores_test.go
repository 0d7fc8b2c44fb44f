package kms_test

import (
	"context"
	"encoding/pem"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keystore/external"
	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// What the tests' stores have in common.
const (
	firstCluster = "cluster-aaaaaaaaaaa"
	twinCluster  = "cluster-bbbbbbbbbbb" // made of a backup of the first
	otherCluster = "cluster-ccccccccccc"
	password     = "kmsuserpassword"

	vpcService = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"
	vpcHost    = "private.xks.example.com"
)

// clusters are HSM clusters that do what the test says.
type clusters struct {
	keep   error // how Keep ends
	mu     sync.Mutex
	all    map[string]*hsmCluster
	logins []string // the ids of the clusters, as Login and Logout were called
	logout []string
	slow   func()          // what a Login waits for, without holding up others
	leaves func(id string) // what a Logout waits for
	kept   bool            // whether the last Logout let nobody else have kmsuser
	db     *store.DB
	hsms   map[string]*hsm
}

type hsmCluster struct {
	cloudhsm.Cluster
	password string
	fails    error  // of Login
	after    func() // a Login that went well
}

func newClusters(anchor, otherAnchor string) *clusters {
	of := func(id, history, anchor string) *hsmCluster {
		return &hsmCluster{password: password, Cluster: cloudhsm.Cluster{
			ID: id, State: "ACTIVE", TrustAnchor: anchor, History: history, ActiveHSMs: 2, Zones: 2, MinimumHSMs: 2, RotatesPassword: true,
			Subnets: map[string]string{"us-east-1a": "subnet-1", "us-east-1b": "subnet-2"},
		}}
	}
	return &clusters{all: map[string]*hsmCluster{
		firstCluster: of(firstCluster, "history", anchor), twinCluster: of(twinCluster, "history", anchor),
		otherCluster: of(otherCluster, "another history", otherAnchor),
	}}
}

// Describe implements rules.Clusters.
func (c *clusters) Describe(_ context.Context, _, _, id string) (*cloudhsm.Cluster, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.all[id]
	if found == nil {
		return nil, cloudhsm.ErrNotFound
	}
	described := found.Cluster
	return &described, nil
}

// Login implements rules.Clusters.
func (c *clusters) Login(_ context.Context, ref cloudhsm.ClusterRef, password, next secret.Bytes) error {
	if c.slow != nil {
		c.slow()
	}
	after, err := c.login(ref, password, next)
	if err == nil && after != nil {
		after()
	}
	return err
}

func (c *clusters) login(ref cloudhsm.ClusterRef, password, next secret.Bytes) (after func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logins = append(c.logins, ref.ID)
	found := c.all[ref.ID]
	switch has := secret.FromString(found.password); {
	case found.fails != nil:
		return nil, found.fails
	case !has.Equal(password) && (next.Len() == 0 || !has.Equal(next)):
		return nil, &cloudhsm.ConnectError{Code: types.ConnectionErrorCodeTypeInvalidCredentials}
	}
	if next.Len() > 0 {
		found.password = string(next.Expose())
	}
	return found.after, nil
}

// Logout implements rules.Clusters.
func (c *clusters) Logout(ctx context.Context, ref cloudhsm.ClusterRef, needed func(tx *store.Tx) (bool, error)) error {
	c.mu.Lock()
	leaves := c.leaves
	c.logout = append(c.logout, ref.ID)
	c.mu.Unlock()
	if leaves != nil {
		leaves(ref.ID)
	}
	var has bool
	err := c.db.Update(ctx, func(tx *store.Tx) (err error) {
		has, err = needed(tx)
		return err
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = has
	return err
}

// left is how often Logout was called.
func (c *clusters) left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.logout)
}

// change changes a cluster.
func (c *clusters) change(id string, f func(*hsmCluster)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c.all[id])
}

// vaults are a service with clusters and a proxy.
type vaults struct {
	*frail
	clusters            *clusters
	proxy               *xkstest.Proxy
	anchor, otherAnchor string
	services            []external.EndpointService
	test                testing.TB

	mu   sync.Mutex
	seen []external.Observation
}

func newVaults(t testing.TB, url string) *vaults {
	t.Helper()
	v := &vaults{proxy: xkstest.New(t), test: t}
	v.services = []external.EndpointService{{
		Name: vpcService, Owner: "000000000000", PrivateDNSName: vpcHost, DomainState: external.DomainVerified,
		LoadBalancer: external.LoadBalancerNetwork, Addresses: []string{v.proxy.Address},
		AllowedPrincipals: []string{external.Principal("us-east-1")}, Zones: []string{"us-east-1a", "us-east-1b"},
	}}
	v.anchor, v.otherAnchor = string(v.proxy.CA.PEM()), string(xkstest.NewAuthority(t).PEM())
	v.clusters = newClusters(v.anchor, v.otherAnchor)
	v.frail = newFrail(t, url, func(o *rules.Options) { o.Clusters, o.External = v.clusters, v.client() })
	v.clusters.db = v.db
	return v
}

// client is a client of the services that there are.
func (v *vaults) client() *external.Client {
	c := external.New(external.Options{
		Roots: v.proxy.CA.Pool(), Hosts: v.proxy.Hosts(), Timeout: 2 * time.Second, Services: v.services,
		Observe: func(o external.Observation) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.seen = append(v.seen, o)
		},
	})
	v.test.Cleanup(c.Close)
	return c
}

// with is another service on the same database, after a change of the endpoint services.
func (v *vaults) with(change func()) *vaults {
	before := slices.Clone(v.services)
	change()
	o := v.options
	o.External = v.client()
	v.services = before
	f := *v.frail
	f.Service = rules.New(o)
	return &vaults{frail: &f, test: v.test, clusters: v.clusters, proxy: v.proxy, services: before, anchor: v.anchor, otherAnchor: v.otherAnchor}
}

// vaultEngines runs a test once on each engine.
func vaultEngines(t *testing.T, test func(t *testing.T, v *vaults)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) { test(t, newVaults(t, fresh(t))) })
}

func sqlite(t testing.TB) string { return storetest.SQLite(t) }

// hsm is the input for a CloudHSM key store.
func (v *vaults) hsm(name string) kms.CreateCustomKeyStoreInput {
	return kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: &name, CloudHsmClusterId: new(firstCluster), KeyStorePassword: new(password), TrustAnchorCertificate: &v.anchor,
	}
}

// xks is the input for an external key store with a public endpoint.
func (v *vaults) xks(name string) kms.CreateCustomKeyStoreInput {
	return kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: &name, CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint,
		XksProxyUriEndpoint:  new(xkstest.Endpoint), XksProxyUriPath: &v.proxy.Path,
		XksProxyAuthenticationCredential: v.credential(),
	}
}

func (v *vaults) credential() *types.XksProxyAuthenticationCredentialType {
	return &types.XksProxyAuthenticationCredentialType{AccessKeyId: &v.proxy.AccessKeyID, RawSecretAccessKey: &v.proxy.Secret}
}

// vpc is the input for an external key store behind a VPC endpoint service.
func (v *vaults) vpc(name string) kms.CreateCustomKeyStoreInput {
	in := v.xks(name)
	in.XksProxyConnectivity = types.XksProxyConnectivityTypeVpcEndpointService
	in.XksProxyUriEndpoint, in.XksProxyVpcEndpointServiceName = new("https://"+vpcHost), new(vpcService)
	return in
}

// caller is the root user of the first account, in a call with an id.
func (v *vaults) caller() *iam.Caller {
	c := v.frail.caller()
	c.Event.RequestID = cloudtrail.NewID()
	return c
}

// stranger is a caller of another account.
func (v *vaults) stranger() *iam.Caller {
	return &iam.Caller{
		Principal: iam.Principal{Type: "Root", ARN: "arn:aws:iam::111111111111:root", Account: "111111111111"},
		Region:    "us-east-1", Event: &cloudtrail.Event{RequestID: cloudtrail.NewID()},
	}
}

func (v *vaults) create(in kms.CreateCustomKeyStoreInput) (id string, err error) {
	v.t.Helper()
	out, err := v.CreateCustomKeyStore(v.t.Context(), v.caller(), &in)
	if err != nil {
		return "", err
	}
	return *out.CustomKeyStoreId, nil
}

// made makes a store that can be made.
func (v *vaults) made(in kms.CreateCustomKeyStoreInput) (id string) {
	v.t.Helper()
	id, err := v.create(in)
	must(v.t, "CreateCustomKeyStore", err)
	return id
}

func (v *vaults) connect(id string) error {
	_, err := v.ConnectCustomKeyStore(v.t.Context(), v.caller(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &id})
	return err
}

func (v *vaults) disconnect(id string) error {
	_, err := v.DisconnectCustomKeyStore(v.t.Context(), v.caller(), &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &id})
	return err
}

func (v *vaults) remove(id string) error {
	_, err := v.DeleteCustomKeyStore(v.t.Context(), v.caller(), &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: &id})
	return err
}

func (v *vaults) change(id string, in kms.UpdateCustomKeyStoreInput) error {
	in.CustomKeyStoreId = &id
	_, err := v.UpdateCustomKeyStore(v.t.Context(), v.caller(), &in)
	return err
}

func (v *vaults) settle() {
	v.t.Helper()
	must(v.t, "SettleKeyStores", v.SettleKeyStores(v.t.Context()))
}

func (v *vaults) entry(id string) types.CustomKeyStoresListEntry {
	v.t.Helper()
	out, err := v.DescribeCustomKeyStores(v.t.Context(), v.caller(), &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: &id})
	must(v.t, "DescribeCustomKeyStores", err)
	return out.CustomKeyStores[0]
}

// is is the state of a store: "CONNECTED", or "FAILED: NETWORK_ERRORS".
func (v *vaults) is(id string) string {
	v.t.Helper()
	e := v.entry(id)
	if e.ConnectionErrorCode != "" {
		return string(e.ConnectionState) + ": " + string(e.ConnectionErrorCode)
	}
	return string(e.ConnectionState)
}

// wantState checks the state of a store.
func (v *vaults) wantState(what, id, want string) {
	v.t.Helper()
	if got := v.is(id); got != want {
		v.t.Errorf("%s: the store is %s, want %s", what, got, want)
	}
}

// wantException checks the code of an error, and that it has a message.
func wantException(t testing.TB, what string, err error, want string) {
	t.Helper()
	code, message, _ := strings.Cut(outcome(err), ": ")
	if code != want || want != "ok" && message == "" {
		t.Errorf("%s: %s, want %s", what, outcome(err), want)
	}
}

// notPEM is PEM of something else.
func notPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")}))
}
