package kms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// printed is a value in JSON, for comparisons.
func printed(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// TestDescribeCustomKeyStores lists stores, all and one by one.
func TestDescribeCustomKeyStores(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		v.clock.Advance(time.Hour)
		describe := func(in kms.DescribeCustomKeyStoresInput) (*kms.DescribeCustomKeyStoresOutput, error) {
			return v.DescribeCustomKeyStores(t.Context(), v.caller(), &in)
		}
		if out, err := describe(kms.DescribeCustomKeyStoresInput{}); err != nil || out.CustomKeyStores == nil || len(out.CustomKeyStores) != 0 || out.Truncated {
			t.Errorf("without stores: %s, %v", printed(out), err)
		}
		ids := map[string]string{"cluster": v.made(v.hsm("cluster")), "public": v.made(v.xks("public")), "private": v.made(v.vpc("private"))}
		want := map[string]string{
			"cluster": fmt.Sprintf(`%q: cluster AWS_CLOUDHSM DISCONNECTED ""; %s true`, ids["cluster"], firstCluster),
			"public":  fmt.Sprintf(`%q: public EXTERNAL_KEY_STORE DISCONNECTED ""; %s PUBLIC_ENDPOINT %s %s - -`, ids["public"], v.proxy.AccessKeyID, xkstest.Endpoint, v.proxy.Path),
			"private": fmt.Sprintf(`%q: private EXTERNAL_KEY_STORE DISCONNECTED ""; %s VPC_ENDPOINT_SERVICE https://%s %s %s 000000000000`, ids["private"], v.proxy.AccessKeyID, vpcHost, v.proxy.Path, vpcService),
		}
		or := func(s *string) string {
			if s == nil {
				return "-"
			}
			return *s
		}
		text := func(e types.CustomKeyStoresListEntry) string {
			s := fmt.Sprintf("%q: %s %s %s %q; ", *e.CustomKeyStoreId, *e.CustomKeyStoreName, e.CustomKeyStoreType, e.ConnectionState, e.ConnectionErrorCode)
			if c := e.XksProxyConfiguration; c != nil {
				return s + strings.Join([]string{*c.AccessKeyId, string(c.Connectivity), *c.UriEndpoint, *c.UriPath, or(c.VpcEndpointServiceName), or(c.VpcEndpointServiceOwner)}, " ")
			}
			return s + fmt.Sprint(*e.CloudHsmClusterId, " ", *e.TrustAnchorCertificate == v.anchor)
		}
		for name, id := range ids {
			if !strings.HasPrefix(id, "cks-") || len(id) != 21 {
				t.Errorf("%s has the id %s", name, id)
			}
			for _, in := range []kms.DescribeCustomKeyStoresInput{{CustomKeyStoreId: &id}, {CustomKeyStoreName: &name}} {
				out, err := describe(in)
				must(t, "DescribeCustomKeyStores", err)
				if len(out.CustomKeyStores) != 1 || out.Truncated || text(out.CustomKeyStores[0]) != want[name] {
					t.Errorf("%s:\n got %s\nwant %s", name, printed(out.CustomKeyStores), want[name])
				}
				if made := *out.CustomKeyStores[0].CreationDate; made.After(v.clock.Now()) || made.Before(v.clock.Now().Add(-time.Minute)) {
					t.Errorf("%s was made at %v", name, made)
				}
			}
		}
		var paged []string
		in := kms.DescribeCustomKeyStoresInput{Limit: new(int32(2))}
		for {
			out, err := describe(in)
			must(t, "DescribeCustomKeyStores", err)
			for _, e := range out.CustomKeyStores {
				paged = append(paged, *e.CustomKeyStoreId)
			}
			if out.Truncated != (out.NextMarker != nil) || len(out.CustomKeyStores) > 2 {
				t.Errorf("a page is %s", printed(out))
			}
			if in.Marker = out.NextMarker; in.Marker == nil {
				break
			}
		}
		if len(paged) != 3 || len(slices.Compact(slices.Sorted(slices.Values(paged)))) != 3 {
			t.Errorf("the pages have %v", paged)
		}

		for name, c := range map[string]struct {
			in   kms.DescribeCustomKeyStoresInput
			want string
		}{
			"both":     {kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: new("cks-1"), CustomKeyStoreName: new("cluster")}, "ValidationException"},
			"no id":    {kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: new("cks-1")}, "CustomKeyStoreNotFoundException"},
			"slashes":  {kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: new("../../cks-1")}, "CustomKeyStoreNotFoundException"},
			"no name":  {kms.DescribeCustomKeyStoresInput{CustomKeyStoreName: new("Cluster")}, "CustomKeyStoreNotFoundException"},
			"a marker": {kms.DescribeCustomKeyStoresInput{Marker: new("x")}, "InvalidMarkerException"},
		} {
			_, err := describe(c.in)
			wantException(t, name, err, c.want)
		}
		for _, c := range []*iam.Caller{v.stranger(), v.at(ireland)} {
			out, err := v.DescribeCustomKeyStores(t.Context(), c, &kms.DescribeCustomKeyStoresInput{})
			if err != nil || len(out.CustomKeyStores) != 0 {
				t.Errorf("others see %s, %v", printed(out), err)
			}
			_, err = v.DescribeCustomKeyStores(t.Context(), c, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreName: new("cluster")})
			wantException(t, "others", err, "CustomKeyStoreNotFoundException")
		}
	})
}

// TestKeyStoreSecrets looks for the secrets of stores where they must not be.
func TestKeyStoreSecrets(t *testing.T) {
	t.Parallel()
	url := sqlite(t)
	v := newVaults(t, url)
	hsm, external := v.made(v.hsm("cluster")), v.made(v.xks("public"))
	must(t, "ConnectCustomKeyStore", v.connect(hsm))
	v.settle()
	rotated, _ := rules.Passwords(t, v.db, hsm)
	var shown strings.Builder
	for _, id := range []string{hsm, external} {
		shown.WriteString(printed(v.entry(id)) + rules.PrintStore(t, v.db, id))
	}
	records, err := v.db.Scan(t.Context(), "kms-key-store", store.Range{Limit: 10})
	must(t, "Scan", err)
	if len(records) != 2 || !strings.Contains(printed(string(records[0].Body))+printed(string(records[1].Body)), v.anchor[30:60]) {
		t.Fatal("the bodies of records are not what they were")
	}
	for _, r := range records {
		shown.WriteString(r.Key + r.Ref)
	}
	files, err := filepath.Glob(filepath.Dir(strings.TrimPrefix(url, "sqlite://")) + "/*")
	must(t, "Glob", err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(t, "ReadFile", err)
		shown.Write(b)
		if bytes.Contains(b, []byte("BEGIN CERTIFICATE")) {
			t.Error("records are not sealed")
		}
	}
	if len(files) == 0 {
		t.Error("there is no database")
	}
	for _, s := range []string{password, rotated, v.proxy.Secret} {
		if s == "" || strings.Contains(shown.String(), s) {
			t.Errorf("the secret %q is shown", s)
		}
	}
}

// TestCheckKeyStores asks the proxies that are connected, and no others.
func TestCheckKeyStores(t *testing.T) {
	vaultEngines(t, func(t *testing.T, v *vaults) {
		v.proxy.Set(func(*xkstest.Exchange) {})
		public, hsm := v.made(v.xks("public")), v.made(v.hsm("cluster"))
		rules.SetConnection(t, v.db, hsm, "CONNECTED")
		check := func(want int) {
			t.Helper()
			v.mu.Lock()
			v.seen = nil
			v.mu.Unlock()
			must(t, "CheckKeyStores", v.CheckKeyStores(t.Context()))
			v.mu.Lock()
			defer v.mu.Unlock()
			if len(v.seen) != want {
				t.Fatalf("%d proxies were asked, want %d", len(v.seen), want)
			}
			for _, o := range v.seen {
				if o.KMSOperation != xks.HealthCheck || o.Proxy.Store != public || o.Proxy.Account != "000000000000" {
					t.Errorf("observed %+v", o)
				}
			}
		}
		for _, state := range []types.ConnectionStateType{"DISCONNECTED", "CONNECTING", "DISCONNECTING", "FAILED"} {
			rules.SetConnection(t, v.db, public, state)
			check(0)
		}
		rules.SetConnection(t, v.db, public, "CONNECTED")
		check(1)
		v.proxy.Stop()
		check(1)
		if v.seen[0].ErrorName == "" {
			t.Error("a dead proxy is healthy")
		}
		v.wantState("an outage", public, "CONNECTED")
		given, err := v.ProxyCredentials(t.Context())
		if err != nil || len(given) != 1 || given[0].Store != public || v.clock.Now().Sub(given[0].Given) > time.Minute {
			t.Errorf("credentials %v, %v", given, err)
		}
	})
}
