package kms_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/internal/xks/xkstest"
	"github.com/keystead/keystead/keysteadtest"
)

// proxied runs a test against a server with a proxy that it can reach, once on each engine.
func proxied(t *testing.T, test func(t *testing.T, srv *keysteadtest.Server, p *xkstest.Proxy)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		p := xkstest.New(t)
		test(t, keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t)),
			keysteadtest.WithExternalKeyStores(p.CA.Certificate, map[string]string{xkstest.Host: p.Address})), p)
	})
}

func (u user) externalStore(p *xkstest.Proxy, name string) (id string, err error) {
	out, err := u.CreateCustomKeyStore(u.t.Context(), &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: &name, CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint,
		XksProxyUriEndpoint:  new(xkstest.Endpoint), XksProxyUriPath: &p.Path,
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: &p.AccessKeyID, RawSecretAccessKey: &p.Secret},
	})
	if err != nil {
		return "", err
	}
	return *out.CustomKeyStoreId, nil
}

func (u user) storeState(id string) types.ConnectionStateType {
	u.t.Helper()
	out, err := u.DescribeCustomKeyStores(u.t.Context(), &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: &id})
	must(u.t, "DescribeCustomKeyStores", err)
	return out.CustomKeyStores[0].ConnectionState
}

// awaitStore waits for the state of a store, which a job of the server sets.
func (u user) awaitStore(srv *keysteadtest.Server, id string, want types.ConnectionStateType) {
	u.t.Helper()
	srv.Advance(0) // runs the jobs
	if got := u.storeState(id); got != want {
		u.t.Fatalf("the store is %s, want %s", got, want)
	}
}

// TestKeyStoreEvents reads the records of all that happens to a store.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
func TestKeyStoreEvents(t *testing.T) {
	proxied(t, func(t *testing.T, srv *keysteadtest.Server, p *xkstest.Proxy) {
		u := root(t, srv)
		id, err := u.externalStore(p, "store")
		must(t, "CreateCustomKeyStore", err)
		ctx := t.Context()
		_, err = u.ConnectCustomKeyStore(ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &id})
		must(t, "ConnectCustomKeyStore", err)
		u.awaitStore(srv, id, "CONNECTED")
		_, err = u.UpdateCustomKeyStore(ctx, &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: &id, NewCustomKeyStoreName: new("new"),
			XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: &p.AccessKeyID, RawSecretAccessKey: &p.Secret}})
		must(t, "UpdateCustomKeyStore", err)
		_, err = u.DeleteCustomKeyStore(ctx, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: &id})
		wantOutcome(t, "DeleteCustomKeyStore", err, "CustomKeyStoreInvalidStateException: Custom key store "+id+" is connected and cannot be deleted.")
		_, err = u.DisconnectCustomKeyStore(ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &id})
		must(t, "DisconnectCustomKeyStore", err)
		u.awaitStore(srv, id, "DISCONNECTED")
		_, err = u.DeleteCustomKeyStore(ctx, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: &id})
		must(t, "DeleteCustomKeyStore", err)
		_, err = u.CreateCustomKeyStore(ctx, &kms.CreateCustomKeyStoreInput{
			CustomKeyStoreName: new("cluster"), CloudHsmClusterId: new("cluster-aaaaaaaaaaa"), KeyStorePassword: new("kmsuserpassword"), TrustAnchorCertificate: new("certificate"),
		})
		wantException(t, "CreateCustomKeyStore", err, "CloudHsmClusterNotFoundException")

		const of = `{"customKeyStoreName":"store"}`
		parameters := `{"customKeyStoreId":"` + id + `"}`
		for name, want := range map[string]string{
			"CreateCustomKeyStore": `{"customKeyStoreName":"store","customKeyStoreType":"EXTERNAL_KEY_STORE","xksProxyConnectivity":"PUBLIC_ENDPOINT","xksProxyUriEndpoint":"` + xkstest.Endpoint + `","xksProxyUriPath":"` + p.Path + `"} {"customKeyStoreId":"` + id + `"} {} false;` +
				`{"customKeyStoreName":"cluster","clusterId":"cluster-aaaaaaaaaaa"} null {} false`,
			"ConnectCustomKeyStore":    parameters + " null " + of + " false",
			"UpdateCustomKeyStore":     `{"customKeyStoreId":"` + id + `","newCustomKeyStoreName":"new"} null ` + of + " false",
			"DisconnectCustomKeyStore": parameters + ` null {"customKeyStoreName":"new"} false`,
			"DeleteCustomKeyStore":     parameters + ` null {"customKeyStoreName":"new"} false;` + parameters + ` null {"customKeyStoreName":"new"} false`,
		} {
			var got []string
			for _, r := range eventsNamed(t, srv, name) {
				var e struct {
					EventType                           string
					RequestParameters, ResponseElements json.RawMessage
					AdditionalEventData                 map[string]string
					Resources                           json.RawMessage
					ManagementEvent, ReadOnly           bool
				}
				must(t, "parse the record", json.Unmarshal(r.JSON, &e))
				delete(e.AdditionalEventData, "authorization") // Keystead's own
				got = append(got, strings.Join([]string{string(e.RequestParameters), string(e.ResponseElements), printed(e.AdditionalEventData), printed(e.ReadOnly)}, " "))
				if e.EventType != "AwsApiCall" || !e.ManagementEvent || e.Resources != nil {
					t.Errorf("%s is recorded as %s", name, r.JSON)
				}
				for _, secret := range []string{p.Secret, p.AccessKeyID, "kmsuserpassword"} {
					if strings.Contains(string(r.JSON), secret) {
						t.Errorf("the record of %s has a secret", name)
					}
				}
			}
			if strings.Join(got, ";") != want {
				t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, ";"), want)
			}
		}
		described := eventsNamed(t, srv, "DescribeCustomKeyStores")
		if len(described) == 0 || !strings.Contains(string(described[0].JSON), `"readOnly":true`) || !strings.Contains(string(described[0].JSON), `"responseElements":null`) {
			t.Errorf("%d records of DescribeCustomKeyStores", len(described))
		}
		seen := p.Seen()
		if made := eventsNamed(t, srv, "CreateCustomKeyStore")[0]; !strings.Contains(string(made.JSON), `"requestID":"`+seen[0].Metadata.RequestID+`"`) {
			t.Error("the proxy saw another request id than the record has")
		}
		if made := eventsNamed(t, srv, "ConnectCustomKeyStore")[0]; !strings.Contains(string(made.JSON), `"requestID":"`+seen[1].Metadata.RequestID+`"`) {
			t.Errorf("the proxy saw another request id than the record has: %+v", seen[1].Metadata)
		}
	})
}

// TestKeyStoreInputs has what the API model itself refuses.
func TestKeyStoreInputs(t *testing.T) {
	proxied(t, func(t *testing.T, srv *keysteadtest.Server, p *xkstest.Proxy) {
		u := root(t, srv)
		for name, in := range map[string]kms.CreateCustomKeyStoreInput{
			"a password of six":  {CustomKeyStoreName: new("s"), KeyStorePassword: new("six666")},
			"a long password":    {CustomKeyStoreName: new("s"), KeyStorePassword: new(strings.Repeat("x", 33))},
			"a cluster's digits": {CustomKeyStoreName: new("s"), CloudHsmClusterId: new("cluster-1a23b4cdefg")},
			"a port":             {CustomKeyStoreName: new("s"), XksProxyUriEndpoint: new("https://xks.example.com:443")},
			"no TLS":             {CustomKeyStoreName: new("s"), XksProxyUriEndpoint: new("http://xks.example.com")},
			"a path":             {CustomKeyStoreName: new("s"), XksProxyUriPath: new("/longer/kms/xks")},
			"a service":          {CustomKeyStoreName: new("s"), XksProxyVpcEndpointServiceName: new("com.amazonaws.vpce.us-east-1.vpc-1")},
			"an access key id": {CustomKeyStoreName: new("s"), XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
				AccessKeyId: new("abcdefghijklmnopqrst"), RawSecretAccessKey: new(strings.Repeat("secret", 8)),
			}},
		} {
			_, err := u.CreateCustomKeyStore(t.Context(), &in)
			code, message, _ := strings.Cut(outcome(err), ": ")
			if code != "ValidationException" || !strings.HasPrefix(message, "1 validation error detected: Value ") || strings.Contains(message, "secret") || strings.Contains(message, "six666") {
				t.Errorf("%s: %s", name, outcome(err))
			}
		}
		_, err := u.UpdateCustomKeyStore(t.Context(), &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: new("cks-1"), XksProxyVpcEndpointServiceName: new("short")})
		wantException(t, "a service", err, "ValidationException")
		_, err = u.UpdateCustomKeyStore(t.Context(), &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: new("cks-1"), XksProxyVpcEndpointServiceName: new("")})
		wantException(t, "no service", err, "CustomKeyStoreNotFoundException")
	})
}

// TestKeyStorePermissions: each operation is for those whose IAM policy allows it, and a denial
// does not tell whether there is such a store.
func TestKeyStorePermissions(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		alice := userARN(ours, "alice")
		ctx := t.Context()
		calls := map[string]func(u user) error{
			"CreateCustomKeyStore": func(u user) error {
				_, err := u.CreateCustomKeyStore(ctx, &kms.CreateCustomKeyStoreInput{CustomKeyStoreName: new("s")})
				return err
			},
			"DescribeCustomKeyStores": func(u user) error {
				_, err := u.DescribeCustomKeyStores(ctx, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: new("cks-1")})
				return err
			},
			"UpdateCustomKeyStore": func(u user) error {
				_, err := u.UpdateCustomKeyStore(ctx, &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: new("cks-1"), NewCustomKeyStoreName: new("s")})
				return err
			},
			"ConnectCustomKeyStore": func(u user) error {
				_, err := u.ConnectCustomKeyStore(ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: new("cks-1")})
				return err
			},
			"DisconnectCustomKeyStore": func(u user) error {
				_, err := u.DisconnectCustomKeyStore(ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: new("cks-1")})
				return err
			},
			"DeleteCustomKeyStore": func(u user) error {
				_, err := u.DeleteCustomKeyStore(ctx, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: new("cks-1")})
				return err
			},
		}
		nobody := p.newUser(ours, "alice")
		for name, call := range calls {
			wantOutcome(t, name, call(nobody), noPolicy(alice, name, "*", "identity-based policy"))
		}
		for i, name := range []string{"CreateCustomKeyStore", "DescribeCustomKeyStores", "UpdateCustomKeyStore", "ConnectCustomKeyStore", "DisconnectCustomKeyStore", "DeleteCustomKeyStore"} {
			u := p.newUser(ours, "user"+string(rune('a'+i)), by(document(statement("Allow", "kms:"+name, "*", ""))))
			for other, call := range calls {
				err := call(u)
				if denied := strings.HasPrefix(outcome(err), "AccessDeniedException"); denied != (other != name) {
					t.Errorf("%s with the permission for %s: %s", other, name, outcome(err))
				}
			}
		}
	})
}
