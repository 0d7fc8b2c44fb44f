package kms_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// TestConnectionStates calls the operations on stores in each state.
func TestConnectionStates(t *testing.T) {
	const (
		ok      = "ok"
		refused = "CustomKeyStoreInvalidStateException"
	)
	states := []struct {
		state                               types.ConnectionStateType
		connect, disconnect, rename, remove string
		after                               types.ConnectionStateType // a ConnectCustomKeyStore
	}{
		{"DISCONNECTED", ok, refused, ok, ok, "CONNECTING"},
		{"CONNECTING", ok, ok, refused, refused, "CONNECTING"},
		{"CONNECTED", ok, ok, ok, refused, "CONNECTED"},
		{"DISCONNECTING", refused, refused, refused, refused, "DISCONNECTING"},
		{"FAILED", refused, ok, refused, refused, "FAILED"},
	}
	vaultEngines(t, func(t *testing.T, v *vaults) {
		for _, in := range []kms.CreateCustomKeyStoreInput{v.hsm("cluster"), v.xks("proxy")} {
			for _, c := range states {
				what := *in.CustomKeyStoreName + " in the state " + string(c.state)
				id := v.made(in)
				set := func() { rules.SetConnection(t, v.db, id, c.state) }
				set()
				wantException(t, "ConnectCustomKeyStore: "+what, v.connect(id), c.connect)
				v.wantState(what+" after ConnectCustomKeyStore", id, string(c.after))
				set()
				wantException(t, "UpdateCustomKeyStore: "+what, v.change(id, kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new("new name")}), c.rename)
				wantException(t, "DisconnectCustomKeyStore: "+what, v.disconnect(id), c.disconnect)
				if c.disconnect == ok {
					v.wantState(what+" after DisconnectCustomKeyStore", id, "DISCONNECTING")
				}
				set()
				wantException(t, "DeleteCustomKeyStore: "+what, v.remove(id), c.remove)
				if c.remove != ok {
					rules.SetConnection(t, v.db, id, "DISCONNECTED")
					must(t, "DeleteCustomKeyStore", v.remove(id))
				}
			}
		}
		for _, what := range []error{v.connect("cks-0"), v.disconnect("cks-0"), v.remove("cks-0"), v.change("cks-0", kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new("x")})} {
			wantOutcome(t, "a store that is not there", what, "CustomKeyStoreNotFoundException: Custom key store cks-0 is not found.")
		}
		id := v.made(v.hsm("cluster"))
		_, err := v.ConnectCustomKeyStore(t.Context(), v.stranger(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &id})
		wantException(t, "another account's store", err, "CustomKeyStoreNotFoundException")
	})
}

// TestConnectProxy is the table of what a proxy's answers mean: for CreateCustomKeyStore and
// UpdateCustomKeyStore, and for the state of a store.
func TestConnectProxy(t *testing.T) {
	const (
		unreachable = "XksProxyUriUnreachableException"
		response    = "XksProxyInvalidResponseException"
		wrong       = "XksProxyInvalidConfigurationException"
	)
	health := func(state string) xks.Health {
		return xks.Health{FleetSize: 1, Vendor: "v", Model: "m", EKMVendor: "v", EKMs: []xks.EKM{{ID: "1", Model: "m", State: xks.HealthState(state)}}}
	}
	type fault func(*xkstest.Proxy)
	fails := func(name xks.ErrorName) fault {
		return func(p *xkstest.Proxy) { p.Set(xkstest.Fails(name, "a secret of the proxy's")) }
	}
	cases := map[string]struct {
		fault fault
		store string
		code  string
	}{
		"ValidationException":           {fails(xks.ValidationException), response, "XKS_PROXY_INVALID_RESPONSE"},
		"AuthenticationFailedException": {fails(xks.AuthenticationFailedException), "XksProxyIncorrectAuthenticationCredentialException", "INVALID_CREDENTIALS"},
		"AccessDeniedException":         {fails(xks.AccessDeniedException), wrong, "XKS_PROXY_ACCESS_DENIED"},
		"InvalidUriPathException":       {fails(xks.InvalidURIPathException), wrong, "XKS_PROXY_INVALID_CONFIGURATION"},
		"DependencyTimeoutException":    {fails(xks.DependencyTimeoutException), unreachable, "XKS_PROXY_TIMED_OUT"},
		"ThrottlingException":           {fails(xks.ThrottlingException), unreachable, "XKS_PROXY_NOT_REACHABLE"},
		"InternalException":             {fails(xks.InternalException), response, "XKS_PROXY_NOT_REACHABLE"},
		"an error of no specification":  {fails("WhateverException"), response, "XKS_PROXY_INVALID_RESPONSE"},
		"no JSON":                       {func(p *xkstest.Proxy) { p.Set(xkstest.Answer(200, "hello")) }, response, "XKS_PROXY_INVALID_RESPONSE"},
		"a redirect":                    {func(p *xkstest.Proxy) { p.Set(xkstest.Redirect("https://elsewhere.example.com/")) }, response, "XKS_PROXY_INVALID_RESPONSE"},
		"no TCP":                        {func(p *xkstest.Proxy) { p.Stop() }, unreachable, "XKS_PROXY_NOT_REACHABLE"},
		"a certificate that has expired": {func(p *xkstest.Proxy) {
			p.Certificate(func(c *x509.Certificate) { c.NotAfter = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC) })
		}, unreachable, "XKS_PROXY_INVALID_TLS_CONFIGURATION"},
		"a certificate for another": {func(p *xkstest.Proxy) {
			p.Certificate(func(c *x509.Certificate) { c.DNSNames = []string{"other.example.com"} })
		}, unreachable, "XKS_PROXY_INVALID_TLS_CONFIGURATION"},
		"TLS 1.1": {func(p *xkstest.Proxy) {
			p.TLS(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS11, tls.VersionTLS11 })
		}, unreachable, "XKS_PROXY_INVALID_TLS_CONFIGURATION"},
		"all managers gone":  {func(p *xkstest.Proxy) { p.SetHealth(health("UNAVAILABLE")) }, unreachable, "XKS_PROXY_NOT_REACHABLE"},
		"a degraded manager": {func(p *xkstest.Proxy) { p.SetHealth(health("DEGRADED")) }, "ok", ""},
		"nothing":            {func(*xkstest.Proxy) {}, "ok", ""},
	}
	t.Parallel()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVaults(t, sqlite(t))
			id := v.made(v.xks("store"))
			in := v.xks("another's")
			c.fault(v.proxy)
			_, err := v.CreateCustomKeyStore(t.Context(), v.stranger(), &in)
			wantException(t, "CreateCustomKeyStore", err, c.store)
			err = v.change(id, kms.UpdateCustomKeyStoreInput{XksProxyAuthenticationCredential: v.credential()})
			wantException(t, "UpdateCustomKeyStore", err, c.store)
			if strings.Contains(outcome(err), "a secret of the proxy's") {
				t.Errorf("the proxy's own words are in %v", err)
			}
			must(t, "ConnectCustomKeyStore", v.connect(id))
			v.settle()
			want := "CONNECTED"
			if c.code != "" {
				want = "FAILED: " + c.code
			}
			v.wantState("ConnectCustomKeyStore", id, want)
			must(t, "DisconnectCustomKeyStore", v.disconnect(id))
			v.settle()
			v.wantState("DisconnectCustomKeyStore", id, "DISCONNECTED")
		})
	}
}

// TestConnectTimedOut has a proxy that does not answer.
func TestConnectTimedOut(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	id := v.made(v.xks("store"))
	gate := make(chan struct{})
	defer close(gate)
	v.proxy.Set(xkstest.Hang(gate))
	must(t, "ConnectCustomKeyStore", v.connect(id))
	v.settle()
	v.wantState("a proxy that hangs", id, "FAILED: XKS_PROXY_TIMED_OUT")
}

// TestConnectService has the services of private endpoints that are not right any more.
func TestConnectService(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	id := v.made(v.vpc("private"))
	v.proxy.Certificate(func(c *x509.Certificate) { c.DNSNames = []string{vpcHost} })
	for want, change := range map[string]func(){
		"CONNECTED": func() {},
		"FAILED: XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND":             func() { v.services[0].AllowedPrincipals = nil },
		"FAILED: XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION": func() { v.services[0].Acceptance = true },
	} {
		v := v.with(change)
		must(t, "ConnectCustomKeyStore", v.connect(id))
		v.settle()
		v.wantState("a store behind a service", id, want)
		must(t, "DisconnectCustomKeyStore", v.disconnect(id))
		v.settle()
	}
}

// TestConnectCluster has all that a login at a cluster can fail of.
func TestConnectCluster(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		id := v.made(v.hsm("store"))
		fails := func(code types.ConnectionErrorCodeType) func(*hsmCluster) {
			return func(c *hsmCluster) { c.fails = &cloudhsm.ConnectError{Code: code} }
		}
		for _, code := range []types.ConnectionErrorCodeType{
			types.ConnectionErrorCodeTypeInvalidCredentials, types.ConnectionErrorCodeTypeClusterNotFound, types.ConnectionErrorCodeTypeNetworkErrors,
			types.ConnectionErrorCodeTypeInternalError, types.ConnectionErrorCodeTypeInsufficientCloudhsmHsms, types.ConnectionErrorCodeTypeUserLockedOut,
			types.ConnectionErrorCodeTypeUserNotFound, types.ConnectionErrorCodeTypeUserLoggedIn, types.ConnectionErrorCodeTypeSubnetNotFound,
			types.ConnectionErrorCodeTypeInsufficientFreeAddressesInSubnet,
		} {
			v.attempt(id, fails(code), "FAILED: "+string(code))
		}
		v.attempt(id, func(c *hsmCluster) { c.fails = errors.New("whatever") }, "FAILED: INTERNAL_ERROR")
		v.attempt(id, func(c *hsmCluster) { c.ActiveHSMs, c.Zones = 0, 0 }, "FAILED: INSUFFICIENT_CLOUDHSM_HSMS")
		v.attempt(id, func(c *hsmCluster) { c.ActiveHSMs, c.Zones = 1, 1 }, "CONNECTED")
		v.attempt(id, func(c *hsmCluster) { c.password = "the administrator's" }, "FAILED: INVALID_CREDENTIALS")

		must(t, "UpdateCustomKeyStore", v.change(id, kms.UpdateCustomKeyStoreInput{KeyStorePassword: new("of nobody")}))
		v.attempt(id, func(c *hsmCluster) { c.password = "the administrator's" }, "FAILED: INVALID_CREDENTIALS")
		v.clusters.change(firstCluster, func(c *hsmCluster) { c.password = "the administrator's" })
		must(t, "UpdateCustomKeyStore", v.change(id, kms.UpdateCustomKeyStoreInput{KeyStorePassword: new("the administrator's")}))
		v.attempt(id, func(*hsmCluster) {}, "CONNECTED")

		// What the description shows already keeps the store disconnected.
		for want, change := range map[string]func(*hsmCluster){
			"CloudHsmClusterNotActiveException":            func(c *hsmCluster) { c.State = "DEGRADED" },
			"CloudHsmClusterInvalidConfigurationException": func(c *hsmCluster) { c.Subnets = nil },
		} {
			before := *v.clusters.all[firstCluster]
			v.clusters.change(firstCluster, change)
			wantException(t, "ConnectCustomKeyStore", v.connect(id), want)
			v.wantState("a cluster that is not right", id, "DISCONNECTED")
			v.clusters.change(firstCluster, func(c *hsmCluster) { *c = before })
		}
		v.clusters.mu.Lock()
		delete(v.clusters.all, firstCluster)
		v.clusters.mu.Unlock()
		must(t, "ConnectCustomKeyStore", v.connect(id))
		v.settle()
		v.wantState("a cluster that is gone", id, "FAILED: CLUSTER_NOT_FOUND")
	})
}

// attempt connects a store to a cluster as it is then, and disconnects it.
func (v *vaults) attempt(id string, change func(*hsmCluster), want string) {
	v.t.Helper()
	before := *v.clusters.all[firstCluster]
	v.clusters.change(firstCluster, change)
	must(v.t, "ConnectCustomKeyStore", v.connect(id))
	v.wantState("ConnectCustomKeyStore", id, "CONNECTING")
	v.settle()
	v.wantState("the attempt", id, want)
	must(v.t, "DisconnectCustomKeyStore", v.disconnect(id))
	v.settle()
	v.wantState("DisconnectCustomKeyStore", id, "DISCONNECTED")
	v.clusters.change(firstCluster, func(c *hsmCluster) {
		now := c.password
		*c = before
		if want == "CONNECTED" {
			c.password = now
		}
	})
}

// TestPasswordRotation kills the service at each step of a rotation. The one that comes after
// it knows the password of kmsuser.
func TestPasswordRotation(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		id := v.made(v.hsm("store"))
		seen := map[string]bool{password: true}
		for name, kill := range map[string]func(cancel func()){
			"not at all": func(func()) {},
			"before the HSMs are asked": func(cancel func()) {
				v.clusters.slow = cancel
				v.clusters.change(firstCluster, func(c *hsmCluster) { c.fails = context.Canceled })
			},
			"after the HSMs have changed it": func(cancel func()) {
				v.clusters.change(firstCluster, func(c *hsmCluster) { c.after = cancel })
			},
		} {
			must(t, "ConnectCustomKeyStore", v.connect(id))
			ctx, cancel := context.WithCancel(t.Context())
			kill(cancel)
			_ = v.SettleKeyStores(ctx)
			killed := ctx.Err() != nil
			cancel()
			v.clusters.slow = nil
			v.clusters.change(firstCluster, func(c *hsmCluster) { c.fails, c.after = nil, nil })
			if killed {
				v.wantState(name, id, "CONNECTING")
				next := v.with(func() {})
				next.settle()
				v.wantState(name+", with the claim of the killed", id, "CONNECTING")
				v.clock.Advance(2 * time.Minute)
				next.settle()
			}
			v.wantState(name, id, "CONNECTED")
			now := v.clusters.all[firstCluster].password
			if seen[now] || len(now) < 20 || len(now) > 32 {
				t.Errorf("%s: the password is not a new one", name)
			}
			seen[now] = true
			if has, next := rules.Passwords(t, v.db, id); has != now || next != "" {
				t.Errorf("%s: the record has another password than the HSMs", name)
			}
			must(t, "DisconnectCustomKeyStore", v.disconnect(id))
			v.settle()
		}
		// The configuration forbids it when the HSMs have the new one already.
		must(t, "ConnectCustomKeyStore", v.connect(id))
		ctx, cancel := context.WithCancel(t.Context())
		v.clusters.change(firstCluster, func(c *hsmCluster) { c.after = cancel })
		_ = v.SettleKeyStores(ctx)
		v.clusters.change(firstCluster, func(c *hsmCluster) { c.after, c.RotatesPassword = nil, false })
		v.clock.Advance(2 * time.Minute)
		v.with(func() {}).settle()
		v.wantState("after a change that is forbidden by now", id, "CONNECTED")
		if has, next := rules.Passwords(t, v.db, id); has != v.clusters.all[firstCluster].password || next != "" {
			t.Error("the record has another password than the HSMs")
		}
		must(t, "DisconnectCustomKeyStore", v.disconnect(id))
		v.settle()
		before := v.clusters.all[firstCluster].password
		v.attempt(id, func(*hsmCluster) {}, "CONNECTED")
		if has, _ := rules.Passwords(t, v.db, id); has != before || v.clusters.all[firstCluster].password != before {
			t.Error("the password of a cluster changed that keeps it")
		}
	})
}

// TestDisconnectWhileConnecting disconnects a store while a node waits for its cluster.
func TestDisconnectWhileConnecting(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		id := v.made(v.hsm("store"))
		must(t, "ConnectCustomKeyStore", v.connect(id))
		in, out := make(chan struct{}), make(chan struct{})
		v.clusters.change(firstCluster, func(c *hsmCluster) { c.after = func() { close(in); <-out } })
		done := make(chan error)
		go func() { done <- v.SettleKeyStores(t.Context()) }()
		<-in
		must(t, "DisconnectCustomKeyStore", v.disconnect(id))
		v.wantState("while the attempt lasts", id, "DISCONNECTING")
		close(out)
		must(t, "SettleKeyStores", <-done)
		v.wantState("then", id, "DISCONNECTED")
		if has, next := rules.Passwords(t, v.db, id); has != v.clusters.all[firstCluster].password || next != "" {
			t.Error("the password is lost that the HSMs got")
		}
		if len(v.clusters.logout) == 0 {
			t.Error("kmsuser is still logged in")
		}
		v.clusters.change(firstCluster, func(c *hsmCluster) { c.after = nil })
		v.attempt(id, func(*hsmCluster) {}, "CONNECTED")
	})
}

// TestSlowClusterHoldsUpNoOther has a cluster that does not answer.
func TestSlowClusterHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	slow, quick := v.made(v.hsm("slow")), v.made(v.xks("quick"))
	in, out := make(chan struct{}), make(chan struct{})
	v.clusters.slow = func() { close(in); <-out }
	must(t, "ConnectCustomKeyStore", v.connect(slow))
	done := make(chan error)
	go func() { done <- v.SettleKeyStores(t.Context()) }()
	<-in
	must(t, "ConnectCustomKeyStore", v.connect(quick))
	for v.is(quick) == "CONNECTING" {
		if t.Context().Err() != nil {
			t.Fatal("the other store is not connected")
		}
	}
	v.wantState("the other store", quick, "CONNECTED")
	v.wantState("the slow store", slow, "CONNECTING")
	close(out)
	must(t, "SettleKeyStores", <-done)
	v.wantState("the slow store", slow, "CONNECTED")
}

// TestEveryNodeLogsOut disconnects a store on one node at whose cluster another is logged in.
func TestEveryNodeLogsOut(t *testing.T) {
	t.Parallel()
	url := storetest.PostgreSQL(t)
	v := newVaults(t, url)
	id := v.made(v.hsm("store"))
	must(t, "ConnectCustomKeyStore", v.connect(id))
	v.settle()
	o := v.options
	o.DB = storetest.Open(t, store.Options{URL: url, Sealer: o.Sealer})
	peer := rules.New(o)
	must(t, "Sync", o.DB.Sync(t.Context()))
	if n := len(v.clusters.logout); n != 0 {
		t.Fatalf("%d logouts of a store that is connected", n)
	}
	must(t, "log in", rules.LogIn(t.Context(), peer, "us-east-1", "000000000000", id))
	must(t, "DisconnectCustomKeyStore", v.disconnect(id))
	v.settle()
	if n := len(v.clusters.logout); n != 1 {
		t.Errorf("%d logouts on the node that disconnected the store", n)
	}
	must(t, "Sync", o.DB.Sync(t.Context()))
	must(t, "SettleKeyStores", peer.SettleKeyStores(t.Context()))
	if n := len(v.clusters.logout); n != 2 {
		t.Errorf("%d logouts, want one on each node", n)
	}
	if err := rules.LogIn(t.Context(), peer, "us-east-1", "000000000000", id); err == nil {
		t.Error("a node can log in at the cluster of a store that is disconnected")
	}
	must(t, "SettleKeyStores", peer.SettleKeyStores(t.Context()))
	if n := len(v.clusters.logout); n != 2 {
		t.Errorf("%d logouts in the end", n)
	}
}

// TestLogoutsAreNotLost has a node that can't read the stores at whose clusters it is to log out.
func TestLogoutsAreNotLost(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		in := v.hsm("another")
		in.CloudHsmClusterId, in.TrustAnchorCertificate = new(otherCluster), &v.otherAnchor
		ids := []string{v.connected(types.OriginTypeAwsCloudhsm), v.made(in)}
		v.connectNow(ids[1])
		peer := v.with(func() {})
		for _, id := range ids {
			must(t, "log in", rules.LogIn(t.Context(), peer.Service, "us-east-1", "000000000000", id))
			v.disconnectNow(id)
		}
		before := v.clusters.left()
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := peer.SettleKeyStores(cancelled); err == nil {
			t.Fatal("the peer could read the stores")
		}
		must(t, "SettleKeyStores", peer.SettleKeyStores(t.Context()))
		if n := v.clusters.left() - before; n != 2 {
			t.Errorf("%d logouts, want one at each cluster", n)
		}
	})
}

// TestHangingLogout has a cluster that hangs when a node logs out. No store waits for it.
func TestHangingLogout(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	hangs, quick := v.connected(types.OriginTypeAwsCloudhsm), v.made(v.xks("quick"))
	peer := v.with(func() {})
	must(t, "log in", rules.LogIn(t.Context(), peer.Service, "us-east-1", "000000000000", hangs))
	v.disconnectNow(hangs)
	in, out := make(chan struct{}), make(chan struct{})
	v.clusters.mu.Lock()
	v.clusters.leaves = func(string) { close(in); <-out }
	v.clusters.mu.Unlock()
	done := make(chan error)
	go func() { done <- peer.SettleKeyStores(t.Context()) }()
	<-in
	_, err := peer.ConnectCustomKeyStore(t.Context(), v.caller(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &quick})
	must(t, "ConnectCustomKeyStore", err)
	for v.is(quick) == "CONNECTING" {
		if t.Context().Err() != nil {
			t.Fatal("the other store is not connected")
		}
	}
	v.wantState("the other store", quick, "CONNECTED")
	close(out)
	must(t, "SettleKeyStores", <-done)
}

// TestLateLogout has a node that logs out of the cluster of a store that was disconnected, when the
// store is connected again by another: nobody else may have kmsuser.
func TestLateLogout(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	id := v.connected(types.OriginTypeAwsCloudhsm)
	for _, again := range []bool{false, true} {
		peer := v.with(func() {})
		must(t, "log in", rules.LogIn(t.Context(), peer.Service, "us-east-1", "000000000000", id))
		v.disconnectNow(id)
		if v.clusters.kept {
			t.Error("kmsuser is kept from others while the store is disconnected")
		}
		v.clusters.leaves = func(string) {
			v.clusters.leaves = nil
			if again {
				v.connectNow(id)
			}
		}
		must(t, "SettleKeyStores", peer.SettleKeyStores(t.Context()))
		if v.clusters.kept != again {
			t.Errorf("connected again is %v: kmsuser is kept from others: %v", again, v.clusters.kept)
		}
		if !again {
			v.connectNow(id)
		}
	}
}

// TestLateLogin has a session that was told the password before the store was disconnected, and logs
// in when all others have been logged out. It is logged out too.
func TestLateLogin(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin = types.OriginTypeAwsCloudhsm
	ks := v.connected(origin)
	key := v.key(origin, ks)
	var before int
	v.clusters.hsm(firstCluster).set(func(h *hsm) {
		h.before = func(string) {
			v.disconnectNow(ks)
			v.settle()
			before = v.clusters.left()
		}
	})
	if _, _, err := v.encrypt(key); err != nil {
		t.Fatalf("a call that was under way: %v", err)
	}
	v.settle()
	if n := v.clusters.left() - before; before == 0 || n != 1 {
		t.Errorf("%d logouts after %d, want another one", n, before)
	}
	v.settle()
	if n := v.clusters.left() - before; n != 1 {
		t.Errorf("%d logouts in the end", n)
	}
}

// TestEveryNodeLeavesTheProxy disconnects a store on one node: the connections of another, and the
// credential that they were made with, go too.
func TestEveryNodeLeavesTheProxy(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		const origin = types.OriginTypeExternalKeyStore
		ks := v.connected(origin)
		key := v.key(origin, ks)
		peer := v.with(func() {})
		encrypt := func() {
			t.Helper()
			_, _, err := peer.encrypt(key)
			must(t, "Encrypt", err)
		}
		encrypt()
		before := v.proxy.Connections()
		encrypt()
		if n := v.proxy.Connections(); n != before {
			t.Fatalf("%d connections, %d before: none was used again", n, before)
		}
		v.disconnectNow(ks)
		rules.SetConnection(t, v.db, ks, "CONNECTED")
		before = v.proxy.Connections()
		encrypt()
		if v.proxy.Connections() == before {
			t.Error("a connection of before the store was disconnected was used again")
		}
	})
}
