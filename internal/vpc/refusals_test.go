package vpc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keystead/keystead/keysteadtest"
)

// TestRefusals has what is asked wrongly, with EC2's codes and texts.
func TestRefusals(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	u := root(t, srv)
	e := u.create("vpc-used", "PrivateDnsEnabled=true", "SubnetId.1=subnet-1")
	long := strings.Repeat("x", 20481)
	const create, describe, modify, remove = "CreateVpcEndpoint", "DescribeVpcEndpoints", "ModifyVpcEndpoint", "DeleteVpcEndpoints"
	id := "VpcEndpointId=" + e.ID
	for name, tt := range map[string]struct {
		want, action string
		parameters   []string
	}{
		"no VPC":                      {"400 MissingParameter: The request must contain the parameter VpcId", create, []string{"ServiceName=x"}},
		"VPC without prefix":          {`400 InvalidVpcID.Malformed: Invalid id: "a" (expecting "vpc-...")`, create, u.creation("a")},
		"VPC with other characters":   {"400 InvalidVpcID.Malformed", create, u.creation("vpc-a/b")},
		"no service":                  {"400 MissingParameter: The request must contain the parameter ServiceName", create, []string{"VpcId=vpc-a"}},
		"no type":                     {"400 InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface]).", create, []string{"VpcId=vpc-a", "ServiceName=com.amazonaws.us-east-1.kms"}},
		"another type":                {"400 InvalidParameter: Endpoint type (GatewayLoadBalancer) does not match", create, u.creation("vpc-a", "VpcEndpointType=GatewayLoadBalancer")},
		"another service":             {"400 InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.s3' does not exist", create, u.creation("vpc-a", "ServiceName=com.amazonaws.us-east-1.s3")},
		"FIPS without the mode":       {"400 InvalidServiceName", create, u.creation("vpc-a", "ServiceName=com.amazonaws.us-east-1.kms-fips")},
		"service of another Region":   {"400 InvalidServiceName", create, u.creation("vpc-a", "ServiceName=com.amazonaws.eu-west-1.kms")},
		"ServiceRegion":               {"400 InvalidParameter: Endpoints for services of another Region", create, u.creation("vpc-a", "ServiceRegion=eu-west-1")},
		"service network":             {"400 InvalidParameter: Only endpoints for a service", create, u.creation("vpc-a", "ServiceNetworkArn=arn:x")},
		"route tables":                {"400 InvalidParameter: Route table IDs", create, u.creation("vpc-a", "RouteTableId.1=rtb-1")},
		"subnet configurations":       {"400 InvalidParameter: Addresses of endpoints", create, u.creation("vpc-a", "SubnetConfiguration.1.SubnetId=subnet-1")},
		"subnet id":                   {"400 InvalidSubnetID.Malformed", create, u.creation("vpc-a", "SubnetId.1=sub")},
		"subnet twice":                {"400 InvalidParameter: subnet-1 is given twice.", create, u.creation("vpc-a", "SubnetId.1=subnet-1", "SubnetId.2=subnet-1")},
		"security group id":           {"400 InvalidGroupId.Malformed", create, u.creation("vpc-a", "SecurityGroupId.1=subnet-1")},
		"address type":                {"400 InvalidParameterValue", create, u.creation("vpc-a", "IpAddressType=ipv5")},
		"DNS record type":             {"400 InvalidParameterValue", create, u.creation("vpc-a", "DnsOptions.DnsRecordIpType=x")},
		"DNS for inbound resolvers":   {"400 InvalidParameter: Of the DNS options", create, u.creation("vpc-a", "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint=true")},
		"private DNS twice":           {"400 InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for kms.us-east-1.amazonaws.com in the VPC vpc-used", create, u.creation("vpc-used", "PrivateDnsEnabled=true")},
		"policy that is not JSON":     {"400 InvalidPolicyDocument", create, u.creation("vpc-a", "PolicyDocument={")},
		"policy without statements":   {"400 InvalidPolicyDocument", create, u.creation("vpc-a", "PolicyDocument={}")},
		"policy without principal":    {"400 InvalidPolicyDocument", create, u.creation("vpc-a", `PolicyDocument={"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)},
		"long policy":                 {"400 InvalidPolicyDocument: The policy has 20481 characters", create, u.creation("vpc-a", "PolicyDocument="+long)},
		"empty client token":          {"400 InvalidParameterValue", create, u.creation("vpc-a", "ClientToken=")},
		"long client token":           {"400 InvalidParameterValue", create, u.creation("vpc-a", "ClientToken="+long[:65])},
		"tags of something else":      {"400 InvalidParameterValue: 'vpc' is not a valid taggable resource type", create, u.creation("vpc-a", "TagSpecification.1.ResourceType=vpc", "TagSpecification.1.Tag.1.Key=k")},
		"reserved tag":                {"400 InvalidParameterValue: Tag keys starting with 'aws:'", create, u.creation("vpc-a", "TagSpecification.1.ResourceType=vpc-endpoint", "TagSpecification.1.Tag.1.Key=AWS:k")},
		"dry run":                     {"412 DryRunOperation: Request would have succeeded, but DryRun flag is set.", create, u.creation("vpc-a", "DryRun=true")},
		"unknown parameter":           {"400 UnknownParameter: The parameter Policy is not recognized", create, u.creation("vpc-a", "Policy=x")},
		"unknown action":              {"400 InvalidAction: The action RunInstances is not valid for this web service.", "RunInstances", nil},
		"malformed id":                {`400 InvalidVpcEndpointId.Malformed: Invalid id: "x" (expecting "vpce-...")`, describe, []string{"VpcEndpointId.1=x"}},
		"unknown id":                  {"400 InvalidVpcEndpointId.NotFound: The Vpc Endpoint Id 'vpce-1' does not exist", describe, []string{"VpcEndpointId.1=" + e.ID, "VpcEndpointId.2=vpce-1"}},
		"unknown filter":              {"400 InvalidParameterValue: The filter 'colour' is invalid", describe, []string{"Filter.1.Name=colour", "Filter.1.Value.1=red"}},
		"filter without values":       {"400 InvalidParameterValue", describe, []string{"Filter.1.Name=vpc-id"}},
		"no results wanted":           {"400 InvalidParameterValue", describe, []string{"MaxResults=0"}},
		"invented token":              {"400 InvalidNextToken", describe, []string{"NextToken=abc!"}},
		"describe, dry run":           {"412 DryRunOperation", describe, []string{"DryRun=true"}},
		"modify nothing":              {"400 MissingParameter: The request must contain the parameter VpcEndpointId", modify, nil},
		"modify what is not there":    {"400 InvalidVpcEndpointId.NotFound", modify, []string{"VpcEndpointId=vpce-1"}},
		"modify, dry run":             {"412 DryRunOperation", modify, []string{id, "DryRun=true", "PolicyDocument=" + denyAll}},
		"policy and reset":            {"400 InvalidParameterCombination", modify, []string{id, "ResetPolicy=true", "PolicyDocument=" + denyAll}},
		"modify, bad policy":          {"400 InvalidPolicyDocument", modify, []string{id, "PolicyDocument=[]"}},
		"add a subnet that is there":  {"400 InvalidParameter: The endpoint already has the subnet subnet-1.", modify, []string{id, "AddSubnetId.1=subnet-1"}},
		"remove a subnet that is not": {"400 InvalidParameter: The endpoint does not have the subnet subnet-2.", modify, []string{id, "RemoveSubnetId.1=subnet-2"}},
		"delete nothing":              {"400 MissingParameter", remove, nil},
		"delete, dry run":             {"412 DryRunOperation", remove, []string{"VpcEndpointId.1=" + e.ID, "DryRun=true"}},
		"tag something else":          {"400 InvalidID: The ID 'i-1' is not valid", "CreateTags", []string{"ResourceId.1=i-1", "Tag.1.Key=k"}},
		"tag nothing":                 {"400 MissingParameter: The request must contain the parameter ResourceId", "CreateTags", []string{"Tag.1.Key=k"}},
		"tag without tags":            {"400 MissingParameter", "CreateTags", []string{"ResourceId.1=" + e.ID}},
		"tag twice":                   {"400 InvalidParameterValue: Duplicate tag key 'k' specified.", "CreateTags", []string{"ResourceId.1=" + e.ID, "Tag.1.Key=k", "Tag.2.Key=k"}},
		"long tag key":                {"400 InvalidParameterValue", "CreateTags", []string{"ResourceId.1=" + e.ID, "Tag.1.Key=" + long[:129]}},
		"long tag value":              {"400 InvalidParameterValue", "CreateTags", []string{"ResourceId.1=" + e.ID, "Tag.1.Key=k", "Tag.1.Value=" + long[:257]}},
		"tag what is not there":       {"400 InvalidVpcEndpointId.NotFound", "CreateTags", []string{"ResourceId.1=vpce-1", "Tag.1.Key=k"}},
		"tag, dry run":                {"412 DryRunOperation", "CreateTags", []string{"ResourceId.1=" + e.ID, "Tag.1.Key=k", "DryRun=true"}},
		"unknown service, described":  {"400 InvalidServiceName: The Vpc Endpoint Service 'x' does not exist", "DescribeVpcEndpointServices", []string{"ServiceName.1=x"}},
		"prefix list":                 {"400 InvalidPrefixListID.NotFound", "DescribePrefixLists", []string{"PrefixListId.1=pl-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			u := u
			u.t = t
			u.refused(tt.want, tt.action, tt.parameters...)
		})
	}
	if all := u.must(describe).Endpoints; len(all) != 1 || all[0].Policy != e.Policy || len(all[0].Tags) != 0 {
		t.Errorf("refused calls left %+v", all)
	}
	bad := u
	bad.cfg = srv.Config()
	bad.cfg.Credentials = newcomer(t, srv, "111122223333").cfg.Credentials
	bad.cfg.Region = "home"
	bad.refused("401 AuthFailure: AWS was not able to validate the provided access credentials", describe)
}

// TestClientToken: the same request with the same token makes one endpoint.
func TestClientToken(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	u := root(t, srv)
	first := u.must("CreateVpcEndpoint", u.creation("vpc-a", "ClientToken=t/ö")...)
	again := u.must("CreateVpcEndpoint", u.creation("vpc-a", "ClientToken=t/ö")...)
	if first.Endpoint.ID != again.Endpoint.ID || again.ClientToken != "t/ö" {
		t.Errorf("first %+v, again %+v", first, again)
	}
	u.refused("400 IdempotentParameterMismatch", "CreateVpcEndpoint", u.creation("vpc-b", "ClientToken=t/ö")...)
	if other := u.in("eu-west-1").create("vpc-a", "ClientToken=t/ö"); other.ID == first.Endpoint.ID {
		t.Error("a token counts in another Region")
	}
	if all := u.must("DescribeVpcEndpoints").Endpoints; len(all) != 1 {
		t.Errorf("%d endpoints", len(all))
	}
}

// TestVPCBelongsToOneAccount: conditions on aws:SourceVpc would mean nothing if another
// account could make an endpoint in the same VPC, even after the last one was deleted.
func TestVPCBelongsToOneAccount(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u, other := root(t, srv), newcomer(t, srv, "111122223333")
		e := u.create("vpc-a")
		const refused = "400 InvalidVpcID.NotFound: The vpc ID 'vpc-a' does not exist"
		other.refused(refused, "CreateVpcEndpoint", other.creation("vpc-a")...)
		other.in("eu-west-1").refused(refused, "CreateVpcEndpoint", other.in("eu-west-1").creation("vpc-a")...)
		other.refused("400 InvalidVpcEndpointId.NotFound", "ModifyVpcEndpoint", "VpcEndpointId="+e.ID, "PolicyDocument="+listOnly)
		if out := other.must("DeleteVpcEndpoints", "VpcEndpointId.1="+e.ID); len(out.Failed) != 1 {
			t.Errorf("another account's endpoint could be deleted: %+v", out)
		}
		if all := other.must("DescribeVpcEndpoints").Endpoints; len(all) != 0 {
			t.Errorf("another account sees %+v", all)
		}
		u.must("DeleteVpcEndpoints", "VpcEndpointId.1="+e.ID)
		other.refused(refused, "CreateVpcEndpoint", other.creation("vpc-a")...)
		u.create("vpc-a")
	})
}

// TestQuotas: a caller who may make endpoints can't make any number of them.
func TestQuotas(t *testing.T) {
	t.Parallel()
	u := root(t, keysteadtest.Start(t))
	for range 50 {
		u.create("vpc-0")
	}
	u.refused("400 VpcEndpointLimitExceeded", "CreateVpcEndpoint", u.creation("vpc-0")...)
	for i := range 49 {
		e := u.create(fmt.Sprintf("vpc-%d", i+1))
		u.must("DeleteVpcEndpoints", "VpcEndpointId.1="+e.ID)
	}
	u.refused("400 VpcLimitExceeded", "CreateVpcEndpoint", u.creation("vpc-50")...)
}

// TestTagsThatDifferInCase: condition keys about tags take no notice of case, so that of two
// such tags neither could be relied on.
func TestTagsThatDifferInCase(t *testing.T) {
	t.Parallel()
	u := root(t, keysteadtest.Start(t))
	tags := []string{"TagSpecification.1.ResourceType=vpc-endpoint", "TagSpecification.1.Tag.1.Key=env", "TagSpecification.1.Tag.1.Value=prod"}
	u.refused("400 InvalidParameterValue: Duplicate tag key 'ENV' specified.", "CreateVpcEndpoint",
		u.creation("vpc-a", append(tags, "TagSpecification.1.Tag.2.Key=ENV", "TagSpecification.1.Tag.2.Value=dev")...)...)
	id := u.create("vpc-a", tags...).ID
	u.refused("400 InvalidParameterValue: The tag key 'ENV' differs from 'env' in nothing but case.", "CreateTags",
		"ResourceId.1="+id, "Tag.1.Key=ENV", "Tag.1.Value=dev")
	u.must("CreateTags", "ResourceId.1="+id, "Tag.1.Key=env", "Tag.1.Value=test")
	if got := u.describe(id).tags(); got != "env=test" {
		t.Errorf("the tags are %s", got)
	}
}
