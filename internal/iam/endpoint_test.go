package iam_test

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

// TestEndpointContext: through a private endpoint there are the keys about it, and no
// aws:SourceIp; for a service that calls for somebody there are neither.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func TestEndpointContext(t *testing.T) {
	t.Parallel()
	through := map[string]string{
		"aws:sourcevpce": "vpce-1", "aws:sourcevpc": "vpc-a", "aws:sourcevpcarn": "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-a",
		"aws:vpceaccount": "111122223333", "aws:vpceorgid": iam.OrganizationID, "aws:vpcsourceip": "10.0.0.7",
	}
	c := &iam.Caller{SourceIP: netip.MustParseAddr("10.0.0.7")}
	check := func(what string, want map[string]string) {
		t.Helper()
		for _, name := range []string{"aws:sourcevpce", "aws:sourcevpc", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpcsourceip", "aws:sourceip"} {
			got, ok := c.PolicyContext().Lookup(name)
			if value, expected := want[name]; ok != expected || ok && !reflect.DeepEqual(got, policy.Single(value)) {
				t.Errorf("%s: %s is %+v, %t; want %q", what, name, got, ok, value)
			}
		}
	}
	check("through no endpoint", map[string]string{"aws:sourceip": "10.0.0.7"})
	c.Endpoint = &iam.Endpoint{ID: "vpce-1", VPC: "vpc-a", Account: "111122223333", Region: "eu-west-1"}
	check("through an endpoint", through)
	c.Via = &iam.Via{Service: "s3.amazonaws.com", Region: "eu-west-1"}
	check("a service for somebody", nil)
}
