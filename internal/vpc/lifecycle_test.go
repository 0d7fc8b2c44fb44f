package vpc_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

const (
	denyAll  = `{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}`
	listOnly = `{"Version":"2012-10-17",  "Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:ListKeys","Resource":"*"}]}`
)

// TestLifecycle makes an endpoint, uses it, changes it and deletes it.
func TestLifecycle(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		e := u.create("vpc-a", "PrivateDnsEnabled=true", "SubnetId.1=subnet-1", "SecurityGroupId.1=sg-1", "IpAddressType=dualstack",
			"TagSpecification.1.ResourceType=vpc-endpoint", "TagSpecification.1.Tag.1.Key=team", "TagSpecification.1.Tag.1.Value=red")
		if e.State != "available" || e.Type != "Interface" || e.VPC != "vpc-a" || e.Service != "com.amazonaws.us-east-1.kms" || e.Owner != u.account ||
			!slices.Equal(e.Subnets, []string{"subnet-1"}) || !slices.Equal(e.Groups, []string{"sg-1"}) || e.tags() != "team=red" ||
			e.IPAddress != "dualstack" || e.DNSRecord != "dualstack" || time.Since(e.Created).Abs() > time.Minute {
			t.Errorf("the new endpoint is %+v", e)
		}
		if len(e.DNS) != 2 || !strings.HasPrefix(e.DNS[0], "127.0.0.1:") || e.DNS[1] != "kms.us-east-1.amazonaws.com" {
			t.Errorf("its DNS entries are %q", e.DNS)
		}
		if !strings.Contains(e.Policy, `"Effect": "Allow"`) {
			t.Errorf("its policy is %s", e.Policy)
		}
		if got := u.list(e); got != "ok" {
			t.Errorf("ListKeys through it: %s", got)
		}
		u.must("ModifyVpcEndpoint", "VpcEndpointId="+e.ID, "PolicyDocument="+denyAll)
		if got := u.list(e); got != "AccessDeniedException" {
			t.Errorf("with a policy that denies: %s", got)
		}
		if got := u.describe(e.ID); got.Policy != denyAll {
			t.Errorf("the policy reads back as %s", got.Policy)
		}
		u.must("ModifyVpcEndpoint", "VpcEndpointId="+e.ID, "PolicyDocument="+listOnly)
		if _, err := u.kms(e).CreateKey(t.Context(), &kms.CreateKeyInput{}); outcome(err) != "AccessDeniedException" || u.list(e) != "ok" {
			t.Errorf("with a policy that allows ListKeys: CreateKey %s, ListKeys %s", outcome(err), u.list(e))
		}
		u.must("ModifyVpcEndpoint", "VpcEndpointId="+e.ID, "ResetPolicy=true", "AddSubnetId.1=subnet-2", "RemoveSubnetId.1=subnet-1",
			"RemoveSecurityGroupId.1=sg-1", "PrivateDnsEnabled=false", "IpAddressType=ipv4")
		got := u.describe(e.ID)
		if got.Policy != e.Policy || !slices.Equal(got.Subnets, []string{"subnet-2"}) || len(got.Groups) != 0 || got.PrivateDNS || len(got.DNS) != 1 || got.IPAddress != "ipv4" {
			t.Errorf("after changes it is %+v", got)
		}
		if out := u.must("DeleteVpcEndpoints", "VpcEndpointId.1="+e.ID, "VpcEndpointId.2=vpce-0"); len(out.Failed) != 1 ||
			out.Failed[0].ID != "vpce-0" || out.Failed[0].Code != "InvalidVpcEndpoint.NotFound" {
			t.Errorf("DeleteVpcEndpoints answers %+v", out)
		}
		if got := u.list(e); got != "no answer" {
			t.Errorf("through a deleted endpoint: %s", got)
		}
		u.refused("400 InvalidVpcEndpointId.NotFound: The Vpc Endpoint Id '"+e.ID+"' does not exist", "DescribeVpcEndpoints", "VpcEndpointId.1="+e.ID)
	})
}

// TestOnlyItsService: an endpoint leads to one service in one Region, and to nothing else.
func TestOnlyItsService(t *testing.T) {
	t.Parallel()
	u := root(t, keysteadtest.Start(t))
	e := u.in("eu-west-1").create("vpc-a")
	if got := u.in("eu-west-1").list(e); got != "ok" {
		t.Errorf("in its Region: %s", got)
	}
	if got := u.list(e); got != "InvalidSignatureException" {
		t.Errorf("in another Region: %s", got)
	}
	cfg := u.in("eu-west-1").cfg.Copy()
	cfg.BaseEndpoint = aws.String("http://" + e.DNS[0])
	if _, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); outcome(err) != "InvalidAction" {
		t.Errorf("STS through it: %v", err)
	}
	through := user{t, cfg, u.account}
	if status, body := through.send("DescribeVpcEndpoints"); status != 400 || !strings.Contains(string(body), "<Code>InvalidAction</Code>") {
		t.Errorf("EC2 through it: %d %s", status, body)
	}
	for _, path := range []string{"/metrics", "/healthz", "/readyz", "/_keystead/clock"} {
		res, err := http.Get("http://" + e.DNS[0] + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s answers %s", path, res.Status)
		}
	}
}

// TestRestart: endpoints and their addresses are there again after a restart.
func TestRestart(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		e, other := u.create("vpc-a", "PolicyDocument="+listOnly), u.in("eu-west-1").create("vpc-a")
		srv.Restart()
		u = root(t, srv)
		got := u.describe(e.ID)
		if got.State != "available" || got.DNS[0] != e.DNS[0] || got.Policy != listOnly || !got.Created.Equal(e.Created) {
			t.Errorf("before %+v\nafter  %+v", e, got)
		}
		if got := u.list(e); got != "ok" {
			t.Errorf("through it: %s", got)
		}
		if got := u.in("eu-west-1").describe(other.ID); got.DNS[0] != other.DNS[0] {
			t.Errorf("the other endpoint was at %s and is at %s", other.DNS[0], got.DNS[0])
		}
	})
}

// TestNodes: every node has a listener of its own for each endpoint, and they follow what
// any of them answers.
func TestNodes(t *testing.T) {
	t.Parallel()
	first := keysteadtest.Start(t, keysteadtest.WithDatabase(storetest.PostgreSQL(t)))
	second := first.Peer()
	a, b := root(t, first), root(t, second)
	here := a.create("vpc-a", "ClientToken=t")
	there := b.describe(here.ID)
	if there.State != "available" || there.DNS[0] == here.DNS[0] {
		t.Fatalf("one node has made %+v, the other shows %+v", here, there)
	}
	if again := b.create("vpc-a", "ClientToken=t"); again.ID != here.ID || again.DNS[0] != there.DNS[0] {
		t.Errorf("the same request on the other node gives %+v", again)
	}
	if a.list(here) != "ok" || b.list(there) != "ok" {
		t.Errorf("through the endpoint on both nodes: %s, %s", a.list(here), b.list(there))
	}
	until := func(want string, list func() string) {
		t.Helper()
		got := list()
		for end := time.Now().Add(30 * time.Second); got != want && time.Now().Before(end); {
			got = list()
		}
		if got != want {
			t.Errorf("the other node answers %s, want %s", got, want)
		}
	}
	a.must("ModifyVpcEndpoint", "VpcEndpointId="+here.ID, "PolicyDocument="+denyAll)
	until("AccessDeniedException", func() string { return b.list(there) })
	b.must("DeleteVpcEndpoints", "VpcEndpointId.1="+here.ID)
	if got := b.list(there); got != "no answer" {
		t.Errorf("where it was deleted: %s", got)
	}
	until("no answer", func() string { return a.list(here) })
}
