package vpc_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/internal/vpc"
)

// noListeners opens nothing, and says that all is open.
type noListeners struct{}

func (noListeners) Reserve(vpc.Door) (func(bool), error) { return func(bool) {}, nil }
func (noListeners) Follow(context.Context) error         { return nil }
func (noListeners) At(string) (string, error)            { return "127.0.0.1:1", nil }

// openly seals nothing.
type openly struct{}

func (openly) Seal(_ context.Context, b []byte, _ map[string]string) ([]byte, error) { return b, nil }
func (openly) Open(_ context.Context, b []byte, _ map[string]string) ([]byte, error) { return b, nil }

const account = "111122223333"

// office is a Service with one account, whose users have policies.
type office struct {
	t   *testing.T
	db  *store.DB
	iam *iam.Service
	vpc *vpc.Service
}

func newOffice(t *testing.T, change func(*vpc.Options)) *office {
	t.Helper()
	sealer, err := seal.Create(t.Context(), seal.File(filepath.Join(t.TempDir(), "root.key")))
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, store.Options{URL: storetest.SQLite(t), Sealer: sealer})
	clk := new(clock.Clock)
	s := iam.New(db, clk, sealer)
	s.SealMessagesBy(openly{})
	if err := s.CreateAccount(t.Context(), account, iam.NewAccessKey()); err != nil {
		t.Fatal(err)
	}
	o := vpc.Options{DB: db, Clock: clk, IAM: s, Listeners: noListeners{}}
	change(&o)
	return &office{t, db, s, vpc.New(o)}
}

// hire makes a user with an inline policy of these statements.
func (o *office) hire(name, statements string) *iam.Caller {
	o.t.Helper()
	u := &iam.User{Holder: iam.Holder{Name: name, Path: "/", ID: iam.NewID("AIDA"), Inline: []iam.InlinePolicy{
		{Name: "p", Document: `{"Version":"2012-10-17","Statement":[` + statements + `]}`},
	}}}
	if err := o.db.Update(o.t.Context(), func(tx *store.Tx) error { return iam.Users.Insert(tx, account, name, u) }); err != nil {
		o.t.Fatal(err)
	}
	return o.caller("arn:aws:iam::" + account + ":user/" + name)
}

func (o *office) caller(arn string) *iam.Caller {
	o.t.Helper()
	c, err := o.iam.CallerFor(o.t.Context(), arn)
	if err != nil {
		o.t.Fatal(err)
	}
	c.Region, c.Event = "us-east-1", new(cloudtrail.Event)
	return c
}

func creation(more func(*vpc.CreateVpcEndpointInput)) *vpc.CreateVpcEndpointInput {
	in := &vpc.CreateVpcEndpointInput{
		VpcId: new("vpc-a"), ServiceName: new("com.amazonaws.us-east-1.kms"), VpcEndpointType: new("Interface"), PrivateDnsEnabled: new(false),
	}
	more(in)
	return in
}

// TestAuthorizeCreate: an endpoint is made of several resources, and the caller needs to be
// allowed to use each. The rules are those of the service authorization reference for EC2:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
func TestAuthorizeCreate(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(*vpc.Options) {})
	const (
		arn     = `"arn:aws:ec2:us-east-1:111122223333:`
		all     = `{"Effect":"Allow","Action":"ec2:CreateVpcEndpoint","Resource":"*"}`
		on      = `{"Effect":"Allow","Action":"ec2:CreateVpcEndpoint","Resource":[` + arn + `vpc-endpoint/*",` + arn + `vpc/vpc-a"]}`
		subnets = `{"Effect":"Allow","Action":"ec2:CreateVpcEndpoint","Resource":[` + arn + `subnet/*",` + arn + `security-group/*"]}`
		tagging = `{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*","Condition":{"StringEquals":{"ec2:CreateAction":"CreateVpcEndpoint"}}}`
	)
	when := func(operator, key, value string) string {
		return fmt.Sprintf(`{"Effect":"Allow","Action":"ec2:CreateVpcEndpoint","Resource":"*","Condition":{%q:{%q:%q}}}`, operator, key, value)
	}
	onEndpoint := func(key, value string) string {
		return `{"Effect":"Allow","Action":"ec2:CreateVpcEndpoint","Resource":` + arn + `vpc/*"},` +
			fmt.Sprintf(`{"Effect":"Allow","Action":"ec2:CreateVpcEndpoint","Resource":%svpc-endpoint/*","Condition":{"StringEquals":{%q:%q}}}`, arn, key, value)
	}
	simple := func(*vpc.CreateVpcEndpointInput) {}
	placed := func(in *vpc.CreateVpcEndpointInput) {
		in.SubnetIds, in.SecurityGroupIds = []string{"subnet-1"}, []string{"sg-1"}
	}
	tagged := func(in *vpc.CreateVpcEndpointInput) {
		in.TagSpecifications = []vpc.TagSpecification{{ResourceType: new("vpc-endpoint"), Tags: []vpc.Tag{{Key: new("Team"), Value: new("red")}}}}
	}
	for i, tt := range []struct {
		rule, statements string
		change           func(*vpc.CreateVpcEndpointInput)
		refused          string // the resource; "" if it is allowed
	}{
		{"everything", all, simple, ""},
		{"nothing", `{"Effect":"Allow","Action":"ec2:DescribeVpcEndpoints","Resource":"*"}`, simple, "vpc-endpoint/*"},
		{"endpoint and VPC", on, simple, ""},
		{"not this VPC", on, func(in *vpc.CreateVpcEndpointInput) { in.VpcId = new("vpc-b") }, "vpc/vpc-b"},
		{"not the subnet", on, placed, "subnet/subnet-1"},
		{"the subnet and the security group", on + "," + subnets, placed, ""},
		{"tags are an action of their own", all, tagged, "vpc-endpoint/*"},
		{"tags at creation", all + "," + tagging, tagged, ""},
		{"ec2:VpceServiceName", onEndpoint("ec2:VpceServiceName", "com.amazonaws.us-east-1.kms"), simple, ""},
		{"ec2:VpceServiceName of another", onEndpoint("ec2:VpceServiceName", "com.amazonaws.us-east-1.s3"), simple, "vpc-endpoint/*"},
		{"ec2:VpceServiceRegion", onEndpoint("ec2:VpceServiceRegion", "us-east-1"), simple, ""},
		{"ec2:VpceServiceOwner", onEndpoint("ec2:VpceServiceOwner", "amazon"), simple, ""},
		{"ec2:Region", when("StringEquals", "ec2:Region", "us-east-1"), simple, ""},
		{"ec2:Region of another", when("StringEquals", "ec2:Region", "eu-west-1"), simple, "vpc-endpoint/*"},
		{"aws:RequestTag", onEndpoint("aws:RequestTag/team", "red") + "," + tagging, tagged, ""},
		{"aws:RequestTag missing", onEndpoint("aws:RequestTag/team", "red"), simple, "vpc-endpoint/*"},
		{"aws:TagKeys", when("ForAnyValue:StringEquals", "aws:TagKeys", "Owner"), tagged, "vpc-endpoint/*"},
	} {
		c := o.hire(fmt.Sprintf("user%d", i), tt.statements)
		for _, dry := range []bool{true, false} {
			in := creation(tt.change)
			in.DryRun = &dry
			_, err := o.vpc.CreateVpcEndpoint(t.Context(), c, in)
			action := "ec2:CreateVpcEndpoint"
			if strings.Contains(tt.rule, "of their own") {
				action = "ec2:CreateTags"
			}
			want := "You are not authorized to perform this operation. User: " + c.Principal.ARN + " is not authorized to perform: " + action +
				" on resource: arn:aws:ec2:us-east-1:111122223333:" + tt.refused + " because no identity-based policy allows the " + action +
				" action. Encoded authorization failure message: "
			switch {
			case tt.refused != "" && (outcome(err) != "UnauthorizedOperation" || !strings.Contains(err.Error(), want)):
				t.Errorf("%s, dry run %t:\n got %v\nwant %s…", tt.rule, dry, err, want)
			case tt.refused == "" && dry && outcome(err) != "DryRunOperation":
				t.Errorf("%s, dry run: %v", tt.rule, err)
			case tt.refused == "" && !dry && err != nil:
				t.Errorf("%s: %v", tt.rule, err)
			}
		}
	}
}

// TestAuthorizeExisting: what an endpoint is decides who may change or delete it, and who
// may do neither learns nothing of what there is.
func TestAuthorizeExisting(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(*vpc.Options) {})
	root := o.caller("arn:aws:iam::" + account + ":root")
	made, err := o.vpc.CreateVpcEndpoint(t.Context(), root, creation(func(in *vpc.CreateVpcEndpointInput) {
		in.TagSpecifications = []vpc.TagSpecification{{ResourceType: new("vpc-endpoint"), Tags: []vpc.Tag{{Key: new("team"), Value: new("red")}}}}
	}))
	if err != nil {
		t.Fatal(err)
	}
	id := *made.VpcEndpoint.VpcEndpointId
	const nobody = `{"Effect":"Deny","Action":"ec2:*","Resource":"*"}`
	red := `{"Effect":"Allow","Action":"ec2:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}}`
	blue := strings.Replace(red, `"red"`, `"blue"`, 1)
	one := `{"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:ec2:us-east-1:111122223333:vpc-endpoint/` + id + `"}`
	calls := map[string]func(c *iam.Caller, id string) error{
		"modify": func(c *iam.Caller, id string) error {
			_, err := o.vpc.ModifyVpcEndpoint(t.Context(), c, &vpc.ModifyVpcEndpointInput{VpcEndpointId: &id, ResetPolicy: new(true), DryRun: new(true)})
			return err
		},
		"delete": func(c *iam.Caller, id string) error {
			_, err := o.vpc.DeleteVpcEndpoints(t.Context(), c, &vpc.DeleteVpcEndpointsInput{VpcEndpointIds: []string{id}, DryRun: new(true)})
			return err
		},
		"tag": func(c *iam.Caller, id string) error {
			_, err := o.vpc.CreateTags(t.Context(), c, &vpc.CreateTagsInput{Resources: []string{id}, Tags: []vpc.Tag{{Key: new("k")}}, DryRun: new(true)})
			return err
		},
		"untag": func(c *iam.Caller, id string) error {
			_, err := o.vpc.DeleteTags(t.Context(), c, &vpc.DeleteTagsInput{Resources: []string{id}, DryRun: new(true)})
			return err
		},
	}
	const allowed, refused = "DryRunOperation", "UnauthorizedOperation"
	for name, tt := range map[string]struct{ statements, there, missing string }{
		"nobody":         {nobody, refused, refused},
		"by tag":         {red, allowed, refused},
		"by another tag": {blue, refused, refused},
		"by ARN":         {one, allowed, refused},
	} {
		c := o.hire(strings.ReplaceAll(name, " ", ""), tt.statements)
		for what, call := range calls {
			if got := outcome(call(c, id)); got != tt.there {
				t.Errorf("%s, %s: %s, want %s", name, what, got, tt.there)
			}
			if got := outcome(call(c, "vpce-1")); got != tt.missing {
				t.Errorf("%s, %s what is not there: %s, want %s", name, what, got, tt.missing)
			}
		}
		_, err := o.vpc.DescribeVpcEndpoints(t.Context(), c, &vpc.DescribeVpcEndpointsInput{})
		want := "You are not authorized to perform this operation. User: " + c.Principal.ARN + " is not authorized to perform: ec2:DescribeVpcEndpoints "
		if outcome(err) != refused || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Encoded") || strings.Contains(err.Error(), "on resource") {
			t.Errorf("%s, describe: %v", name, err)
		}
	}
}

// TestOwners: the operator may say whose a VPC is.
func TestOwners(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(o *vpc.Options) {
		o.Owners = map[string]string{"vpc-mine": account, "vpc-theirs": "444455556666", "vpc-open": ""}
	})
	root := o.caller("arn:aws:iam::" + account + ":root")
	for name, want := range map[string]string{"vpc-mine": "ok", "vpc-open": "ok", "vpc-other": "ok", "vpc-theirs": "InvalidVpcID.NotFound"} {
		_, err := o.vpc.CreateVpcEndpoint(t.Context(), root, creation(func(in *vpc.CreateVpcEndpointInput) { in.VpcId = &name }))
		if got := outcome(err); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestFIPS: the service kms-fips is there if the process uses validated cryptography.
func TestFIPS(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(o *vpc.Options) { o.FIPS = true })
	root := o.caller("arn:aws:iam::" + account + ":root")
	out, err := o.vpc.CreateVpcEndpoint(t.Context(), root, creation(func(in *vpc.CreateVpcEndpointInput) {
		in.ServiceName, in.PrivateDnsEnabled = new("com.amazonaws.us-east-1.kms-fips"), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	if dns := out.VpcEndpoint.DnsEntries; len(dns) != 2 || *dns[1].DnsName != "kms-fips.us-east-1.amazonaws.com" {
		t.Errorf("its DNS entries are %v", dns)
	}
}

// TestBoundPrincipals: a policy speaks of the user that there was when it was put, not of a
// later one of the same name.
func TestBoundPrincipals(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(*vpc.Options) {})
	root := o.caller("arn:aws:iam::" + account + ":root")
	alice := o.hire("alice", `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`)
	made, err := o.vpc.CreateVpcEndpoint(t.Context(), root, creation(func(in *vpc.CreateVpcEndpointInput) {
		in.PolicyDocument = new(`{"Statement":{"Effect":"Allow","Principal":{"AWS":["` + alice.Principal.ARN + `","arn:aws:iam::999999999999:user/x"]},"Action":"*","Resource":"*"}}`)
	}))
	if err != nil {
		t.Fatal(err)
	}
	e, err := o.vpc.Endpoint(t.Context(), "us-east-1/"+account+"/"+*made.VpcEndpoint.VpcEndpointId)
	if err != nil {
		t.Fatal(err)
	}
	allowed := func(c *iam.Caller) bool {
		t.Helper()
		c.Endpoint = e
		r, err := c.Decide(&iam.Access{Action: "kms:ListKeys", ARN: "*", Account: account})
		if err != nil {
			t.Fatal(err)
		}
		return r.Allowed
	}
	if !allowed(alice) {
		t.Error("alice is refused")
	}
	if err := o.db.Update(t.Context(), func(tx *store.Tx) error { return iam.Users.Delete(tx, account, "alice") }); err != nil {
		t.Fatal(err)
	}
	if allowed(o.hire("alice", `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`)) {
		t.Error("another alice is allowed")
	}
}
