package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// TestCheckIsClean: what a proxy says is no command to the terminal of who checks it.
func TestCheckIsClean(t *testing.T) {
	t.Parallel()
	p := xkstest.New(t)
	client := external.New(external.Options{Roots: p.CA.Pool(), Hosts: p.Hosts(), Timeout: time.Minute})
	defer client.Close()
	to := &external.Proxy{Store: "check", Region: "us-east-1", Endpoint: xkstest.Endpoint, Path: p.Path, AccessKeyID: p.AccessKeyID, Secret: secret.FromString(p.Secret)}
	rude := "\x1b[2J\r\n" + strings.Repeat("x", 5000)
	p.SetKey(xkstest.KeyID, xkstest.Key{KeyMetadata: xks.KeyMetadata{Spec: "AES_256" + rude, Usage: []string{"ENCRYPT", "DECRYPT"}, Status: xks.StatusEnabled}})
	for _, state := range []xks.HealthState{xks.Active, xks.Unavailable} {
		p.SetHealth(xks.Health{FleetSize: 1, Model: rude, EKMs: []xks.EKM{{ID: rude, Model: rude, State: state}}})
		var out bytes.Buffer
		o := checkOptions{key: xkstest.KeyID, region: "us-east-1", principal: "arn:aws:iam::000000000000:user/check"}
		err := o.check(t.Context(), &out, client, to)
		if (err == nil) != (state == xks.Active) {
			t.Errorf("%s: %v", state, err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if want := map[xks.HealthState]int{xks.Active: 4}[state]; want > 0 && len(lines) != want {
			t.Errorf("%s: %d lines, want %d", state, len(lines), want)
		}
		for _, l := range lines {
			if strings.ContainsAny(l, "\x1b\r") || len(l) > mostSaid+100 {
				t.Errorf("%s: a line of %d bytes: %.100q", state, len(l), l)
			}
		}
	}
}
