package vpc_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keystead/keystead/keysteadtest"
)

// TestFilters describes endpoints by what they are.
func TestFilters(t *testing.T) {
	t.Parallel()
	u := root(t, keysteadtest.Start(t))
	tag := func(key, value string) []string {
		return []string{"TagSpecification.1.ResourceType=vpc-endpoint", "TagSpecification.1.Tag.1.Key=" + key, "TagSpecification.1.Tag.1.Value=" + value}
	}
	a := u.create("vpc-a", tag("team", "red")...).ID
	b := u.create("vpc-b", append(tag("team", "blue*"), "IpAddressType=ipv6")...).ID
	c := u.create("vpc-b", tag("Team", "")...).ID
	u.in("eu-west-1").create("vpc-a")
	one := func(name string, values ...string) []string {
		filter := []string{"Filter.1.Name=" + name}
		for i, v := range values {
			filter = append(filter, fmt.Sprintf("Filter.1.Value.%d=%s", i+1, v))
		}
		return filter
	}
	for name, tt := range map[string]struct {
		parameters []string
		want       []string
	}{
		"all":                    {nil, []string{a, b, c}},
		"ids":                    {[]string{"VpcEndpointId.1=" + c, "VpcEndpointId.2=" + a}, []string{a, c}},
		"VPC":                    {one("vpc-id", "vpc-b"), []string{b, c}},
		"either VPC":             {one("vpc-id", "vpc-a", "vpc-b"), []string{a, b, c}},
		"wildcards":              {one("vpc-id", "v*-?"), []string{a, b, c}},
		"case matters":           {one("vpc-id", "VPC-b"), nil},
		"service":                {one("service-name", "com.amazonaws.us-east-1.kms"), []string{a, b, c}},
		"another service":        {one("service-name", "com.amazonaws.us-east-1.s3"), nil},
		"Region":                 {one("service-region", "us-east-1"), []string{a, b, c}},
		"id":                     {one("vpc-endpoint-id", b), []string{b}},
		"state":                  {one("vpc-endpoint-state", "available"), []string{a, b, c}},
		"another state":          {one("vpc-endpoint-state", "deleted"), nil},
		"type":                   {one("vpc-endpoint-type", "Interface"), []string{a, b, c}},
		"address type":           {one("ip-address-type", "ipv6"), []string{b}},
		"tag":                    {one("tag:team", "red"), []string{a}},
		"tag, a star in a value": {one("tag:team", "blue*"), []string{b}},
		"tag, case matters":      {one("tag:Team", "", "red"), []string{c}},
		"tag key":                {one("tag-key", "?eam"), []string{a, b, c}},
		"two filters":            {append(one("vpc-id", "vpc-b"), "Filter.2.Name=tag-key", "Filter.2.Value.1=team"), []string{b}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range u.must("DescribeVpcEndpoints", tt.parameters...).Endpoints {
				got = append(got, e.ID)
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v: %v, want %v", tt.parameters, got, tt.want)
			}
		})
	}
}

// TestPaging lists all endpoints page by page.
func TestPaging(t *testing.T) {
	t.Parallel()
	u := root(t, keysteadtest.Start(t))
	made := map[string]bool{}
	for range 7 {
		made[u.create("vpc-a").ID] = true
	}
	pages, next := 0, "MaxResults=3"
	for {
		out := u.must("DescribeVpcEndpoints", "MaxResults=3", next)
		pages++
		for _, e := range out.Endpoints {
			if !made[e.ID] {
				t.Errorf("%s is there twice, or was never made", e.ID)
			}
			delete(made, e.ID)
		}
		if out.NextToken == "" {
			break
		}
		next = "NextToken=" + out.NextToken
	}
	if pages != 3 || len(made) != 0 {
		t.Errorf("%d pages, which lack %v", pages, made)
	}
}

func TestServices(t *testing.T) {
	t.Parallel()
	u := root(t, keysteadtest.Start(t))
	out := u.must("DescribeVpcEndpointServices", "Filter.1.Name=service-type", "Filter.1.Value.1=Interface", "ServiceName.1=com.amazonaws.us-east-1.kms")
	if len(out.Services) != 1 || out.Services[0].PrivateDNS != "kms.us-east-1.amazonaws.com" || out.Services[0].Type != "Interface" || !slices.Equal(out.Names, []string{"com.amazonaws.us-east-1.kms"}) {
		t.Errorf("answers %+v", out)
	}
	if out := u.must("DescribeVpcEndpointServices", "Filter.1.Name=service-type", "Filter.1.Value.1=Gateway"); len(out.Services) != 0 {
		t.Errorf("services for gateways: %+v", out)
	}
	out = u.in("cn-north-1").must("DescribeVpcEndpointServices")
	var names []string
	for _, s := range out.Services {
		names = append(names, s.PrivateDNS)
	}
	want := strings.Fields(strings.ReplaceAll("cloudtrail- events- kms- logs- monitoring- sns-", "-", ".cn-north-1.amazonaws.com.cn"))
	if !slices.Equal(names, want) {
		t.Errorf("in China: %q, want %q", names, want)
	}
	if out := u.must("DescribePrefixLists", "Filter.1.Name=prefix-list-name", "Filter.1.Value.1=com.amazonaws.us-east-1.kms"); len(out.Lists) != 0 {
		t.Errorf("prefix lists: %+v", out)
	}
}

func TestTags(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		a, b := u.create("vpc-a").ID, u.create("vpc-a").ID
		both := []string{"ResourceId.1=" + a, "ResourceId.2=" + b, "ResourceId.3=" + a}
		want := func(id, tags string) {
			t.Helper()
			if got := u.describe(id).tags(); got != tags {
				t.Errorf("%s has the tags %q, want %q", id, got, tags)
			}
		}
		u.must("CreateTags", append(both, "Tag.1.Key=x", "Tag.1.Value=1", "Tag.2.Key=y")...)
		want(a, "x=1 y=")
		u.must("CreateTags", "ResourceId.1="+a, "Tag.1.Key=x", "Tag.1.Value=2", "Tag.2.Key=z", "Tag.2.Value=3")
		want(a, "x=2 y= z=3")
		u.must("DeleteTags", append(both, "Tag.1.Key=x", "Tag.1.Value=1", "Tag.2.Key=z")...)
		want(a, "x=2 y=")
		want(b, "y=")
		u.must("DeleteTags", both...)
		want(a, "")
		for i := range 5 {
			parameters := []string{"ResourceId.1=" + a}
			for j := range 10 {
				parameters = append(parameters, fmt.Sprintf("Tag.%d.Key=%d", j+1, 10*i+j))
			}
			u.must("CreateTags", parameters...)
		}
		u.refused("400 TagLimitExceeded", "CreateTags", "ResourceId.1="+a, "Tag.1.Key=more")
		u.refused("400 InvalidVpcEndpointId.NotFound", "CreateTags", "ResourceId.1="+b, "ResourceId.2=vpce-1", "Tag.1.Key=x")
		want(b, "")
	})
}
