package iam_test

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
)

func TestPartition(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1": "aws", "eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "us-iso-east-1": "aws-iso",
		"us-isob-east-1": "aws-iso-b", "eusc-de-east-1": "aws-eusc",
	} {
		if got := iam.Partition(region); got != want {
			t.Errorf("%s is in partition %s, want %s", region, got, want)
		}
	}
}

func TestParseARN(t *testing.T) {
	const text = "arn:aws:kms:us-east-1:111122223333:key/a:b"
	want := iam.ARN{Partition: "aws", Service: "kms", Region: "us-east-1", Account: "111122223333", Resource: "key/a:b"}
	if got, ok := iam.ParseARN(text); !ok || got != want || got.String() != text {
		t.Errorf("%s parses to %+v", text, got)
	}
	for _, bad := range []string{"", "arn", "arn:aws:kms:us-east-1:111122223333", "ARN:aws:kms:us-east-1:111122223333:key/x", "x:arn:aws:kms:us-east-1:key"} {
		if got, ok := iam.ParseARN(bad); ok {
			t.Errorf("%q parses to %+v", bad, got)
		}
	}
}

func FuzzParseARN(f *testing.F) {
	f.Add("arn:aws:iam::111122223333:root")
	f.Add("arn:aws:kms:us-east-1:111122223333:alias/x")
	f.Add("arn:::::")
	f.Fuzz(func(t *testing.T, s string) {
		if a, ok := iam.ParseARN(s); ok && a.String() != s {
			t.Errorf("%q parses and prints as %q", s, a)
		}
	})
}

func TestPolicyContext(t *testing.T) {
	c := &iam.Caller{
		Principal: iam.Principal{Type: iam.TypeRoot, ARN: "arn:aws:iam::000000000000:root", Account: "000000000000", ID: "000000000000"},
		Region:    "eu-west-1", SourceIP: netip.MustParseAddr("192.0.2.7"), UserAgent: "agent", SecureTransport: true,
	}
	c.Time = time.Date(2026, 5, 4, 3, 2, 1, 0, time.FixedZone("x", 3600))
	full, empty := c.PolicyContext(), new(iam.Caller).PolicyContext()
	for name, want := range map[string]string{
		"aws:principalarn": c.Principal.ARN, "aws:principalaccount": "000000000000", "kms:calleraccount": "000000000000", "aws:principaltype": "Account",
		"aws:userid": "000000000000", "aws:requestedregion": "eu-west-1", "aws:sourceip": "192.0.2.7", "aws:securetransport": "true",
		"aws:useragent": "agent", "aws:currenttime": "2026-05-04T02:02:01Z", "aws:epochtime": "1777860121",
	} {
		if got, ok := full.Lookup(name); !ok || !reflect.DeepEqual(got, policy.Single(want)) {
			t.Errorf("%s is %+v, want %s", name, got, want)
		}
	}
	for _, name := range []string{"aws:sourceip", "aws:useragent", "aws:sourcevpce"} {
		if got, ok := empty.Lookup(name); ok {
			t.Errorf("%s is %+v where there is none", name, got)
		}
	}
}
