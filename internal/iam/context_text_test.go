package iam_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/iam"
)

// Many statements may ask for the same condition key, which is written once.
func TestPolicyContextAllocatesOnce(t *testing.T) {
	c := &iam.Caller{SourceIP: netip.MustParseAddr("192.0.2.7"), Time: time.Unix(1777860121, 0), Via: &iam.Via{Service: "s3.amazonaws.com", Region: "us-east-1"}}
	context := c.PolicyContext()
	names := []string{"aws:currenttime", "kms:viaservice", "aws:viaawsservice"}
	if n := testing.AllocsPerRun(100, func() {
		for _, name := range names {
			if _, ok := context.Lookup(name); !ok {
				t.Fatalf("no %s", name)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	c.Via = nil
	text := func(name string) string {
		v, _ := context.Lookup(name)
		return v.Strings()[0]
	}
	if got := text("aws:sourceip"); got != "192.0.2.7" {
		t.Errorf("aws:SourceIp is %s", got)
	}
	c.SourceIP, c.Time = netip.MustParseAddr("198.51.100.1"), c.Time.Add(time.Second)
	if got := text("aws:sourceip"); got != "198.51.100.1" {
		t.Errorf("aws:SourceIp of another address is %s", got)
	}
	if got := text("aws:currenttime"); got != "2026-05-04T02:02:02Z" {
		t.Errorf("aws:CurrentTime a second later is %s", got)
	}
	c.Via = &iam.Via{Service: "ec2.amazonaws.com", Region: "eu-west-1"}
	if got := text("kms:viaservice"); got != "ec2.eu-west-1.amazonaws.com" {
		t.Errorf("kms:ViaService of another service is %s", got)
	}
}
