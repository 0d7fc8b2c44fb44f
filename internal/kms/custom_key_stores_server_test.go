package kms_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/kms/kmstest"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/internal/xks"
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
				delete(e.AdditionalEventData, "authorizationAccount")
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
		for _, r := range eventsNamed(t, srv, "CreateCustomKeyStore") {
			for _, secret := range []string{"six666", "secretsecret", "xxxxxxx", "abcdefghijklmnopqrst"} {
				if strings.Contains(string(r.JSON), secret) {
					t.Errorf("the record of a call that was refused has a secret: %s", r.JSON)
				}
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
			account := func(number string) who {
				return by(document(statement("Allow", "kms:"+name, "*", test("StringEquals", "kms:CallerAccount", `"`+number+`"`))))
			}
			u := p.newUser(ours, "user"+string(rune('a'+i)), account(ours))
			stranger := p.newUser(ours, "stranger"+string(rune('a'+i)), account(theirs))
			wantException(t, name+" for callers of another account", calls[name](stranger), "AccessDeniedException")
			for other, call := range calls {
				err := call(u)
				if denied := strings.HasPrefix(outcome(err), "AccessDeniedException"); denied != (other != name) {
					t.Errorf("%s with the permission for %s: %s", other, name, outcome(err))
				}
			}
		}
	})
}

// TestClusterPermission: who names a cluster must be allowed to know of clusters, else the answers
// would tell which there are.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/authorize-key-store.html
func TestClusterPermission(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		ctx := t.Context()
		anchor := string(xkstest.NewAuthority(t).PEM())
		beside := rules.New(rules.Options{DB: p.db, Clock: new(clock.Clock), Clusters: newClusters(anchor, anchor), CacheBytes: 1 << 20, Principals: kmstest.Everybody{}})
		made, err := beside.CreateCustomKeyStore(ctx, &iam.Caller{
			Principal: iam.Principal{Type: iam.TypeRoot, ARN: "arn:aws:iam::" + ours + ":root", Account: ours}, Region: p.srv.Region, Event: new(cloudtrail.Event),
		}, &kms.CreateCustomKeyStoreInput{
			CustomKeyStoreName: new("made"), CloudHsmClusterId: new(firstCluster), KeyStorePassword: new(password), TrustAnchorCertificate: &anchor,
		})
		must(t, "CreateCustomKeyStore", err)
		calls := map[string]func(u user) error{
			"CreateCustomKeyStore": func(u user) error {
				_, err := u.CreateCustomKeyStore(ctx, &kms.CreateCustomKeyStoreInput{
					CustomKeyStoreName: new("s"), CloudHsmClusterId: new(otherCluster), KeyStorePassword: new(password), TrustAnchorCertificate: &anchor,
				})
				return err
			},
			"UpdateCustomKeyStore": func(u user) error {
				_, err := u.UpdateCustomKeyStore(ctx, &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: made.CustomKeyStoreId, CloudHsmClusterId: new(otherCluster)})
				return err
			},
		}
		keysOnly := p.newUser(ours, "keys", by(allowAll))
		describes := statement("Allow", "cloudhsm:DescribeClusters", "*", "")
		both := p.newUser(ours, "both", by(allowAll), by(document(describes)))
		named := p.newUser(ours, "named", by(allowAll), by(document(statement("Allow", "cloudhsm:DescribeClusters", "*", test("ForAnyValue:StringEquals", "aws:CalledVia", `"kms.amazonaws.com"`)))))
		for name, call := range calls {
			wantOutcome(t, name, call(keysOnly), strings.ReplaceAll(noPolicy(userARN(ours, "keys"), "DescribeClusters", "*", "identity-based policy"), "kms:", "cloudhsm:"))
			wantException(t, name+" with cloudhsm:DescribeClusters", call(both), "CloudHsmClusterNotFoundException")
			wantException(t, name+" with cloudhsm:DescribeClusters by way of KMS", call(named), "CloudHsmClusterNotFoundException")
		}
		_, err = keysOnly.UpdateCustomKeyStore(ctx, &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: made.CustomKeyStoreId, NewCustomKeyStoreName: new("renamed")})
		must(t, "UpdateCustomKeyStore of the name", err)

		// kms:KeyOrigin decides on keys that are not there yet.
		external := p.newUser(ours, "external", by(document(statement("Allow", "kms:CreateKey", "*", test("StringEquals", "kms:KeyOrigin", `"EXTERNAL_KEY_STORE"`)))))
		for origin, want := range map[types.OriginType]string{
			types.OriginTypeAwsKms: "AccessDeniedException", types.OriginTypeAwsCloudhsm: "AccessDeniedException", types.OriginTypeExternalKeyStore: "CustomKeyStoreNotFoundException",
		} {
			_, err := external.CreateKey(ctx, &kms.CreateKeyInput{Origin: origin, CustomKeyStoreId: new("cks-00000000000000000"), XksKeyId: new("key")})
			wantException(t, "CreateKey with Origin "+string(origin), err, want)
		}
	})
}

// bodies keeps what the server answers.
type bodies struct{ last string }

func (b *bodies) Do(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	b.last, answer.Body = string(body), io.NopCloser(bytes.NewReader(body))
	return answer, err
}

// TestExternalKeyEvents reads the records of a key in an external key store, and the answers as
// they are on the wire.
//
// Sources: https://docs.aws.amazon.com/kms/latest/developerguide/ct-createkey.html;
// https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html
func TestExternalKeyEvents(t *testing.T) {
	proxied(t, func(t *testing.T, srv *keysteadtest.Server, p *xkstest.Proxy) {
		ctx, wire := t.Context(), new(bodies)
		u := root(t, srv)
		o := u.Options()
		o.HTTPClient = wire
		u.Client = kms.New(o)
		refused := func(what string, err error, status int, want string) {
			t.Helper()
			wantOutcome(t, what, err, want)
			var answer *smithyhttp.ResponseError
			if !errors.As(err, &answer) || answer.HTTPStatusCode() != status {
				t.Errorf("%s: %v, want the status %d", what, err, status)
			}
		}
		empty := func(what string, err error) {
			t.Helper()
			must(t, what, err)
			if wire.last != "{}" {
				t.Errorf("%s answers %q", what, wire.last)
			}
		}
		ks, err := u.externalStore(p, "store")
		must(t, "CreateCustomKeyStore", err)
		if wire.last != `{"CustomKeyStoreId":"`+ks+`"}` {
			t.Errorf("CreateCustomKeyStore answers %s", wire.last)
		}
		create := &kms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: &ks, XksKeyId: new(xkstest.KeyID)}
		_, err = u.CreateKey(ctx, create)
		refused("CreateKey", err, 400, "CustomKeyStoreInvalidStateException: Custom key store "+ks+" is disconnected and cannot create KMS keys.")
		_, err = u.ConnectCustomKeyStore(ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &ks})
		empty("ConnectCustomKeyStore", err)
		u.awaitStore(srv, ks, "CONNECTED")
		made, err := u.CreateKey(ctx, create)
		must(t, "CreateKey", err)
		key := *made.KeyMetadata.KeyId
		blob := u.encrypt(key, "text", map[string]string{"a": "b"})
		p.Set(xkstest.Fails(xks.InvalidCiphertextException, "detail"))
		_, err = u.decrypt(blob, map[string]string{"a": "b"})
		const message = "The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid."
		refused("Decrypt", err, 400, "KMSInvalidStateException: "+message)
		p.Set(nil)
		failed := p.Seen()[len(p.Seen())-1].Metadata.RequestID
		create.XksKeyId = new("none")
		_, err = u.CreateKey(ctx, create)
		refused("CreateKey without an external key", err, 400, "XksKeyNotFoundException: The external key associated with this KMS key in an external key store was not found in its external key manager. "+
			"If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID.")
		_, err = u.DisconnectCustomKeyStore(ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &ks})
		empty("DisconnectCustomKeyStore", err)
		u.awaitStore(srv, ks, "DISCONNECTED")
		_, err = u.UpdateCustomKeyStore(ctx, &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: &ks, NewCustomKeyStoreName: new("new")})
		empty("UpdateCustomKeyStore", err)
		remove := func() error {
			_, err := u.DeleteCustomKeyStore(ctx, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: &ks})
			return err
		}
		full := "CustomKeyStoreHasCMKsException: Custom key store " + ks + " contains KMS keys. Schedule their deletion, and delete the custom key store when they are deleted."
		refused("DeleteCustomKeyStore with a key", remove(), 400, full)
		u.scheduleDeletion(key, 7)
		refused("DeleteCustomKeyStore with a key that waits for its deletion", remove(), 400, full)
		srv.Advance(8 * day)
		empty("DeleteCustomKeyStore", remove())

		var e struct {
			RequestParameters, AdditionalEventData map[string]any
			ResponseElements                       struct{ KeyMetadata map[string]any }
			RequestID, ErrorCode, ErrorMessage     string
		}
		must(t, "parse the record", json.Unmarshal(eventsNamed(t, srv, "CreateKey")[1].JSON, &e))
		for name, want := range map[string]any{
			"origin": "EXTERNAL_KEY_STORE", "customKeyStoreId": ks, "xksKeyId": xkstest.KeyID, "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "multiRegion": false,
		} {
			if e.RequestParameters[name] != want {
				t.Errorf("requestParameters of CreateKey have the %s %v", name, e.RequestParameters[name])
			}
		}
		if m := e.ResponseElements.KeyMetadata; m["customKeyStoreId"] != ks || printed(m["xksKeyConfiguration"]) != `{"id":"`+xkstest.KeyID+`"}` || m["origin"] != "EXTERNAL_KEY_STORE" || m["currentKeyMaterialId"] != nil {
			t.Errorf("responseElements of CreateKey are %v", m)
		}
		e.AdditionalEventData = nil
		must(t, "parse the record", json.Unmarshal(eventsNamed(t, srv, "Decrypt")[0].JSON, &e))
		delete(e.AdditionalEventData, "authorization")
		delete(e.AdditionalEventData, "authorizationAccount")
		if e.ErrorCode != "KMSInvalidStateException" || e.ErrorMessage != message || e.RequestID != failed ||
			printed(e.AdditionalEventData) != `{"customKeyStoreId":"`+ks+`","xksKeyId":"`+xkstest.KeyID+`"}` {
			t.Errorf("Decrypt is recorded as %+v; the proxy saw the request id %s", e, failed)
		}
	})
}
