package clients

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	hsmtypes "github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/logtest"
)

// xksProxy is the real "keystead xks-proxy serve".
type xksProxy struct {
	t       *testing.T
	dir     string
	address string
	cmd     *exec.Cmd
	log     *logtest.Log
}

// The proxy's host, as KMS sees it, and the credential that KMS has.
const (
	proxyHost      = "xks.example.com"
	proxyPrefix    = "/keystead/of-the-test"
	proxyAccessKey = "ABCDEFGHIJKLMNOPQRST2345"
	proxySecret    = "c2VjcmV0IG9mIHRoZSB0ZXN0IHdoaWNoIGlzIGxvbmcgZW5vdWdo"
)

// startProxy starts a proxy in front of a token of SoftHSM, which has the keys that are named.
func startProxy(t *testing.T, keys ...string) *xksProxy {
	t.Helper()
	p := &xksProxy{t: t, dir: t.TempDir(), address: freeAddress(t), log: new(logtest.Log)}
	files := map[string]string{
		"softhsm2.conf": "directories.tokendir = " + p.dir + "/tokens\nobjectstore.backend = file\nlog.level = ERROR\n",
		"pin":           "1234567890\n",
		"secret":        proxySecret + "\n",
		"proxy.yaml": fmt.Sprintf(`listen: %s
data-dir: data
tls:
  hosts: [%s]
backends:
  - name: hsm
    pkcs11:
      driver: %s
      module: %s
      env: ["SOFTHSM2_CONF=%s/softhsm2.conf"]
      token: proxy
      pin-file: pin
stores:
  - prefix: %s
    backend: hsm
    credentials:
      - access-key-id: %s
        secret-file: secret
`, p.address, proxyHost, hsmtest.Driver(t), hsmtest.Library(t), p.dir, proxyPrefix, proxyAccessKey),
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(p.dir, "tokens"), 0o700); err != nil {
		t.Fatal(err)
	}
	p.run("softhsm2-util", "--init-token", "--free", "--label", "proxy", "--so-pin", "0987654321", "--pin", "1234567890")
	for _, key := range keys {
		p.run(program, "xks-proxy", "key", "create", "--config", "proxy.yaml", "--store", proxyPrefix, key)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the proxy printed:\n%s", p.log)
		}
	})
	p.start()
	return p
}

// run runs a command in the proxy's directory.
func (p *xksProxy) run(name string, args ...string) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), name, args...)
	cmd.Dir, cmd.Env = p.dir, []string{"PATH=/usr/bin:/bin", "SOFTHSM2_CONF=" + filepath.Join(p.dir, "softhsm2.conf")}
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func (p *xksProxy) start() {
	cmd := exec.Command(program, "xks-proxy", "serve", "--config", "proxy.yaml")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, []string{"PATH=/usr/bin:/bin"}, p.log, p.log
	if err := cmd.Start(); err != nil {
		p.t.Errorf("start the proxy: %v", err)
		return
	}
	p.cmd = cmd
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("tcp", p.address); err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			p.t.Errorf("the proxy does not listen:\n%s", p.log)
			return
		}
	}
}

func (p *xksProxy) pid() int { return p.cmd.Process.Pid }

// kill ends the proxy without a chance to do anything. Its driver ends by itself.
func (p *xksProxy) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

func (p *xksProxy) ca() string { return filepath.Join(p.dir, "data", "tls", "ca.pem") }

// keyStoreScene is a service with a key store of each type, a network between it and the proxy of
// one of them, and a key of each kind.
type keyStoreScene struct {
	t      *testing.T
	server *node
	proxy  *xksProxy
	relay  *relay

	cfg                      aws.Config
	clusterStore, proxyStore string
	ids                      map[string]string // the key of each kind
}

func newKeyStoreScene(t *testing.T) *keyStoreScene {
	t.Helper()
	k := &keyStoreScene{t: t, proxy: startProxy(t, "external-key"), ids: map[string]string{}}
	k.relay = newRelay(t, k.proxy.address)
	k.server = startWithProxy(t, k.relay.address, k.proxy.ca())
	k.cfg = load(t, k.server)
	k.cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} } // so that each error is seen
	k.cfg.HTTPClient = plainBodies{awshttp.NewBuildableClient()}
	c := k.client()
	cluster, anchor := k.cluster()
	var err error
	var made *kms.CreateCustomKeyStoreOutput
	if made, err = c.CreateCustomKeyStore(t.Context(), &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: new("HSMs"), CloudHsmClusterId: &cluster, TrustAnchorCertificate: &anchor, KeyStorePassword: new(userPassword),
	}); err != nil {
		t.Fatal(err)
	}
	k.clusterStore = *made.CustomKeyStoreId
	if made, err = c.CreateCustomKeyStore(t.Context(), &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: new("proxy"), CustomKeyStoreType: kmstypes.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: kmstypes.XksProxyConnectivityTypePublicEndpoint, XksProxyUriEndpoint: new("https://" + proxyHost), XksProxyUriPath: new(proxyPrefix + "/kms/xks/v1"),
		XksProxyAuthenticationCredential: &kmstypes.XksProxyAuthenticationCredentialType{AccessKeyId: new(proxyAccessKey), RawSecretAccessKey: new(proxySecret)},
	}); err != nil {
		t.Fatal(err)
	}
	k.proxyStore = *made.CustomKeyStoreId
	for _, store := range []string{k.clusterStore, k.proxyStore} {
		if _, err := c.ConnectCustomKeyStore(t.Context(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &store}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "key store "+store+" is connected", func() bool { return k.state(store) == "CONNECTED" })
	}
	for kind, in := range map[string]*kms.CreateKeyInput{
		inHSM:       {Origin: kmstypes.OriginTypeAwsCloudhsm, CustomKeyStoreId: &k.clusterStore},
		behindProxy: {Origin: kmstypes.OriginTypeExternalKeyStore, CustomKeyStoreId: &k.proxyStore, XksKeyId: new("external-key")},
		own:         {},
	} {
		out, err := c.CreateKey(t.Context(), in)
		if err != nil {
			t.Fatalf("a key %s: %v", kind, err)
		}
		k.ids[kind] = *out.KeyMetadata.KeyId
	}
	return k
}

// plainBodies hides from http.Transport that a body can write itself: of smithy-go's bodies it
// would look for more even after the answer has come, find them closed, and close the connection
// under the answer. Without retries, that shows.
type plainBodies struct{ *awshttp.BuildableClient }

// Do implements aws.HTTPClient.
func (c plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.BuildableClient.Do(r)
}

// startWithProxy starts a service for which proxyHost is at an address.
func startWithProxy(t *testing.T, address, ca string, args ...string) *node {
	t.Helper()
	dir := t.TempDir()
	conf := fmt.Sprintf("custom-key-stores:\n  ca: %s\n  hosts:\n    %s: [%q]\n", ca, proxyHost, address)
	if err := os.WriteFile(filepath.Join(dir, "keystead.yaml"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	return startIn(t, dir, append([]string{"--config", "keystead.yaml", "--hsm-driver", hsmtest.Driver(t)}, args...)...)
}

func (k *keyStoreScene) client() *kms.Client { return kms.NewFromConfig(k.cfg) }

// state is the connection state of a key store, with the error code if it has one.
func (k *keyStoreScene) state(store string) string {
	k.t.Helper()
	out, err := k.client().DescribeCustomKeyStores(k.t.Context(), &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: &store})
	if err != nil {
		k.t.Fatal(err)
	}
	return strings.TrimSpace(string(out.CustomKeyStores[0].ConnectionState) + " " + string(out.CustomKeyStores[0].ConnectionErrorCode))
}

// The passwords of a cluster's users.
const officerPassword, userPassword = "officer1234", "kmsPswd1"

// cluster makes a cluster of two HSMs, as its owner does, and returns its id and trust anchor.
func (k *keyStoreScene) cluster() (id, anchor string) {
	k.t.Helper()
	c := cloudhsmv2.NewFromConfig(k.cfg)
	made, err := c.CreateCluster(k.t.Context(), &cloudhsmv2.CreateClusterInput{
		HsmType: new("hsm2m.medium"), SubnetIds: []string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"},
	})
	if err != nil {
		k.t.Fatal(err)
	}
	id = *made.Cluster.ClusterId
	describe := func() hsmtypes.Cluster {
		out, err := c.DescribeClusters(k.t.Context(), &cloudhsmv2.DescribeClustersInput{Filters: map[string][]string{"clusterIds": {id}}})
		if err != nil || len(out.Clusters) != 1 {
			k.t.Fatalf("DescribeClusters: %v, %v", out, err)
		}
		return out.Clusters[0]
	}
	await := func(state hsmtypes.ClusterState, hsms int) {
		eventually(k.t, "the cluster is "+string(state), func() bool {
			d := describe()
			active := 0
			for _, h := range d.Hsms {
				if h.State == hsmtypes.HsmStateActive {
					active++
				}
			}
			return d.State == state && active == hsms
		})
	}
	add := func(zone string) {
		if _, err := c.CreateHsm(k.t.Context(), &cloudhsmv2.CreateHsmInput{ClusterId: &id, AvailabilityZone: &zone}); err != nil {
			k.t.Fatal(err)
		}
	}
	await(hsmtypes.ClusterStateUninitialized, 0)
	add("us-east-1a")
	await(hsmtypes.ClusterStateUninitialized, 1)
	k.server.write("ClusterCsr.csr", []byte(*describe().Certificates.ClusterCsr))
	k.run("sh", "-euc", signClusterCSR)
	anchor = k.read("customerCA.crt")
	if _, err := c.InitializeCluster(k.t.Context(), &cloudhsmv2.InitializeClusterInput{
		ClusterId: &id, SignedCert: new(k.read("CustomerHsmCertificate.crt")), TrustAnchor: &anchor,
	}); err != nil {
		k.t.Fatal(err)
	}
	await(hsmtypes.ClusterStateInitialized, 1)
	k.server.activate(id)
	add("us-east-1b")
	await(hsmtypes.ClusterStateActive, 2)
	return id, anchor
}

// signClusterCSR is what the user guide of AWS CloudHSM has the owner of a cluster do.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/userguide/initialize-cluster.html
const signClusterCSR = `
	openssl genrsa -out customerCA.key 2048 2>/dev/null
	openssl req -new -x509 -days 3652 -key customerCA.key -out customerCA.crt -subj /CN=customer
	openssl x509 -req -days 3652 -in ClusterCsr.csr -CA customerCA.crt -CAkey customerCA.key -CAcreateserial -out CustomerHsmCertificate.crt 2>/dev/null
`

// activate does what is the operator's: a password for the officer, and the user of key stores.
func (s *node) activate(cluster string) {
	s.t.Helper()
	s.write("officer", []byte(officerPassword+"\n"))
	s.write("kmsuser", []byte(userPassword+"\n"))
	s.operator("hsm", "activate", cluster, "--password-file", "officer")
	s.operator("hsm", "users", "create", cluster, "kmsuser", "--admin-password-file", "officer", "--password-file", "kmsuser")
}

// operator runs a command of the program on the server's data.
func (s *node) operator(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), program, append(args, "--data-dir", "data", "--hsm-driver", hsmtest.Driver(s.t))...)
	cmd.Dir, cmd.Env = s.dir, []string{"PATH=/usr/bin:/bin"}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("keystead %s: %v\n%s", strings.Join(args, " "), err, &errs)
	}
	return string(out)
}

func (k *keyStoreScene) run(name string, args ...string) {
	k.t.Helper()
	cmd := exec.CommandContext(k.t.Context(), name, args...)
	cmd.Dir = k.server.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		k.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func (k *keyStoreScene) read(name string) string {
	k.t.Helper()
	b, err := os.ReadFile(filepath.Join(k.server.dir, name))
	if err != nil {
		k.t.Fatal(err)
	}
	return string(b)
}
