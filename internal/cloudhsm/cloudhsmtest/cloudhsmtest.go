// Package cloudhsmtest gives tests a cluster of real HSMs: tokens of SoftHSM, made through the
// API of a server of the test, claimed with a certificate and activated by the operator.
package cloudhsmtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/keysteadtest"
)

// The passwords of the clusters that Active makes.
const (
	OfficerPassword = "Officer1234"
	UserPassword    = "kmsPswd1"
)

// Option lets a server of keysteadtest make clusters. A machine that can't build the driver, or
// has no SoftHSM, skips the test.
func Option(t testing.TB) keysteadtest.Option {
	t.Helper()
	hsmtest.Library(t)
	return keysteadtest.WithHSM(hsmtest.Driver(t))
}

// Cluster is a cluster of a test.
type Cluster struct {
	Server      *keysteadtest.Server
	API         *cloudhsmv2.Client
	Operator    *cloudhsm.Service // as the operator's commands see it
	Ref         cloudhsm.ClusterRef
	TrustAnchor string // PEM

	t testing.TB
}

// Active makes a cluster with two HSMs in two zones, which is active and has the user kmsuser,
// for the account of the server. The server was started with Option.
func Active(t testing.TB, srv *keysteadtest.Server) *Cluster {
	t.Helper()
	return ActiveFor(t, srv, srv.Config(), srv.Account)
}

// ActiveFor is Active for an account and the Region of a configuration.
func ActiveFor(t testing.TB, srv *keysteadtest.Server, cfg aws.Config, account string) *Cluster {
	t.Helper()
	c := Initialized(t, srv, cfg, account)
	c.AddHSM("b")
	if err := c.Operator.Activate(t.Context(), c.Ref, secret.FromString(OfficerPassword)); err != nil {
		t.Fatalf("activate: %v", err)
	}
	err := c.Operator.CreateUser(t.Context(), c.Ref, cloudhsm.KMSUser, secret.FromString(OfficerPassword), secret.FromString(UserPassword))
	if err != nil {
		t.Fatalf("create kmsuser: %v", err)
	}
	return c
}

// Initialized makes a cluster with one HSM that was claimed, and waits to be activated.
func Initialized(t testing.TB, srv *keysteadtest.Server, cfg aws.Config, account string) *Cluster {
	t.Helper()
	c := &Cluster{Server: srv, API: cloudhsmv2.NewFromConfig(cfg), Operator: srv.Clusters(), t: t}
	made, err := c.API.CreateCluster(t.Context(), &cloudhsmv2.CreateClusterInput{
		HsmType: new("hsm2m.medium"), SubnetIds: []string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"},
	})
	if err != nil {
		t.Fatalf("CreateCluster: %v", err)
	}
	c.Ref = cloudhsm.ClusterRef{Account: account, Region: cfg.Region, ID: *made.Cluster.ClusterId}
	c.Wait(types.ClusterStateUninitialized)
	c.AddHSM("a")
	cert, anchor := Sign(t, *c.Describe().Certificates.ClusterCsr)
	if _, err := c.API.InitializeCluster(t.Context(), &cloudhsmv2.InitializeClusterInput{
		ClusterId: &c.Ref.ID, SignedCert: &cert, TrustAnchor: &anchor,
	}); err != nil {
		t.Fatalf("InitializeCluster: %v", err)
	}
	c.TrustAnchor = anchor
	c.Wait(types.ClusterStateInitialized)
	return c
}

// Describe returns the cluster as the API shows it.
func (c *Cluster) Describe() types.Cluster {
	c.t.Helper()
	out, err := c.API.DescribeClusters(c.t.Context(), &cloudhsmv2.DescribeClustersInput{Filters: map[string][]string{"clusterIds": {c.Ref.ID}}})
	if err != nil || len(out.Clusters) != 1 {
		c.t.Fatalf("DescribeClusters: %+v, %v", out, err)
	}
	return out.Clusters[0]
}

// Wait runs the server's jobs until the cluster has the state and none of its HSMs is on the way
// to another.
func (c *Cluster) Wait(state types.ClusterState) {
	c.t.Helper()
	for range 50 {
		d := c.Describe()
		settled := d.State == state
		for _, h := range d.Hsms {
			settled = settled && h.State == types.HsmStateActive
		}
		if settled {
			return
		}
		c.Server.Advance(time.Second)
	}
	c.t.Fatalf("the cluster does not become %s: %+v", state, c.Describe())
}

// AddHSM adds an HSM in a zone of the cluster, by its last letter, and returns its id.
func (c *Cluster) AddHSM(zone string) string {
	c.t.Helper()
	state := c.Describe().State
	out, err := c.API.CreateHsm(c.t.Context(), &cloudhsmv2.CreateHsmInput{ClusterId: &c.Ref.ID, AvailabilityZone: new(c.Ref.Region + zone)})
	if err != nil {
		c.t.Fatalf("CreateHsm: %v", err)
	}
	c.Wait(state)
	return *out.Hsm.HsmId
}

// Sign signs a cluster's certificate signing request with a certificate authority of its own,
// as the owner of a cluster does. Both certificates are PEM.
func Sign(t testing.TB, csr string) (certificate, anchor string) {
	t.Helper()
	block, _ := pem.Decode([]byte(csr))
	if block == nil {
		t.Fatalf("the certificate signing request is %q", csr)
		return
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err == nil {
		err = request.CheckSignature()
	}
	if err != nil {
		t.Fatalf("read the certificate signing request: %v", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "customerCA"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: request.Subject, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter}
	var out []string
	for _, made := range []struct {
		template *x509.Certificate
		public   any
	}{{leaf, request.PublicKey}, {ca, key.Public()}} {
		der, err := x509.CreateCertificate(rand.Reader, made.template, ca, made.public, key)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	}
	return out[0], out[1]
}
