package signin_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/oidc/oidctest"
	"github.com/keystead/keystead/keysteadtest"
)

const (
	clientID = "keystead console"
	secret   = "client/secret?"
	roleARN  = "arn:aws:iam::000000000000:role/people"
)

// withProvider is a world in which people can sign in through a provider.
func withProvider(t *testing.T, secret string) (*world, *oidctest.Issuer) {
	t.Helper()
	i := oidctest.New(t)
	w := newWorld(t, keysteadtest.WithConsoleProvider(i.URL, clientID, secret, roleARN, i.CA))
	_, err := w.iam.CreateOpenIDConnectProvider(t.Context(), &sdkiam.CreateOpenIDConnectProviderInput{
		Url: &i.URL, ClientIDList: []string{clientID}, ThumbprintList: []string{i.Thumbprint},
	})
	must(t, "CreateOpenIDConnectProvider", err)
	_, err = w.iam.CreateRole(t.Context(), &sdkiam.CreateRoleInput{RoleName: new("people"), MaxSessionDuration: new(int32(7200)), AssumeRolePolicyDocument: new(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::000000000000:oidc-provider/` + i.Name +
			`"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"` + i.Name + `:sub":"alice"}}}]}`)})
	must(t, "CreateRole", err)
	_, err = w.iam.AttachRolePolicy(t.Context(), &sdkiam.AttachRolePolicyInput{RoleName: new("people"), PolicyArn: new("arn:aws:iam::aws:policy/IAMReadOnlyAccess")})
	must(t, "AttachRolePolicy", err)
	return w, i
}

// grant is what a provider says of somebody who has signed in there.
func (w *world) grant(i *oidctest.Issuer, secret string, change map[string]any) oidctest.Grant {
	claims := i.Claims("alice")
	claims["aud"], claims["nonce"], claims["email"] = clientID, "nonce", "alice smith@example.com"
	maps.Copy(claims, change)
	return oidctest.Grant{ClientID: clientID, Secret: secret, RedirectURI: w.URL + "/console/", CodeVerifier: "verifier", Claims: claims}
}

// comeBack is somebody who comes back from the provider.
func (w *world) comeBack(code string, change map[string]string) *reply {
	w.t.Helper()
	in := map[string]string{"code": code, "codeVerifier": "verifier", "nonce": "nonce", "redirectUri": w.URL + "/console/"}
	maps.Copy(in, change)
	b, err := json.Marshal(in)
	must(w.t, "encode", err)
	return w.post("/signin/oidc/test", string(b))
}

// TestProvider: whom a provider vouches for gets a session of the role that the operator chose.
func TestProvider(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"", secret} {
		w, i := withProvider(t, secret)
		r := w.send(w.request(http.MethodGet, "/signin/oidc/test", ""))
		w.want("the provider", r, 200, "ok")
		if want := `{"authorizationEndpoint":"` + i.URL + `/authorize","clientId":"keystead console","scopes":["openid","email","profile"]}`; r.text != want {
			t.Errorf("the provider is %s", r.text)
		}
		if r := w.send(w.request(http.MethodGet, "/signin/settings", "")); !strings.Contains(r.text, `"providers":[{"name":"test","label":"Test provider"}]`) {
			t.Errorf("the settings are %s", r.text)
		}
		a := w.answer(w.comeBack(i.Code(w.grant(i, secret, nil)), nil))
		arn := "arn:aws:sts::000000000000:assumed-role/people/alice-smith@example.com"
		if a.Type != "Role" || a.Name != "people/alice-smith@example.com" || a.ARN != arn || a.Account != w.Account {
			t.Errorf("alice is %+v", a)
		}
		if d := time.Until(a.Until); d < 119*time.Minute || d > 2*time.Hour {
			t.Errorf("the session lasts %v, but the role's at most 2 h", d)
		}
		if got := w.whoAmI(plain(a)); got != arn {
			t.Errorf("the session is %s", got)
		}
		if _, err := sdkiam.NewFromConfig(w.ConfigFor(plain(a))).ListUsers(t.Context(), &sdkiam.ListUsersInput{}); err != nil {
			t.Errorf("what the role may: %v", err)
		}
		w.Advance(50 * time.Minute)
		renewed := w.answer(w.signed(plain(a), "/signin/renew", "{}"))
		if renewed.Name != a.Name || !renewed.Until.Equal(a.Until) || !renewed.Credentials.Expiration.After(a.Credentials.Expiration) {
			t.Errorf("renewed: %+v", renewed)
		}
		for name, wants := range map[string][]string{
			"AssumeRoleWithWebIdentity": {`"type":"WebIdentityUser"`, `"userName":"alice"`, `"roleArn":"` + roleARN + `"`, `"eventSource":"sts.amazonaws.com"`},
			"ConsoleLogin":              {`"type":"AssumedRole"`, `"ConsoleLogin":"Success"`, `"arn":"` + arn + `"`},
		} {
			got := strings.Join(w.events(name), "\n")
			for _, want := range wants {
				if !strings.Contains(got, want) {
					t.Errorf("the record of %s lacks %s:\n%s", name, want, got)
				}
			}
			for _, hidden := range []string{a.Credentials.SecretAccessKey, a.Credentials.SessionToken, "webIdentityToken"} {
				if strings.Contains(got, hidden) {
					t.Errorf("the record of %s has %s", name, hidden)
				}
			}
		}
		_, err := w.iam.DetachRolePolicy(t.Context(), &sdkiam.DetachRolePolicyInput{RoleName: new("people"), PolicyArn: new("arn:aws:iam::aws:policy/IAMReadOnlyAccess")})
		must(t, "DetachRolePolicy", err)
		_, err = w.iam.DeleteRole(t.Context(), &sdkiam.DeleteRoleInput{RoleName: new("people")})
		must(t, "DeleteRole", err)
		w.want("after the role was deleted", w.signed(plain(renewed), "/signin/renew", "{}"), 403, invalid)
	}
}

// TestProviderRefused: every way in which somebody who comes back is not let in.
func TestProviderRefused(t *testing.T) {
	t.Parallel()
	w, i := withProvider(t, secret)
	const (
		notConfirmed = "AuthenticationFailed: The provider Test provider did not confirm the sign-in. Please try again."
		notValid     = "InvalidIdentityToken: What the provider Test provider says is not valid for this sign-in. Please try again."
	)
	used := i.Code(w.grant(i, secret, nil))
	w.answer(w.comeBack(used, nil))
	other := w.grant(i, secret, nil)
	other.Secret = "another"
	for _, c := range []struct {
		what   string
		code   string
		change map[string]string
		status int
		want   string
	}{
		{"a code that was used", used, nil, 401, notConfirmed},
		{"a code that there is not", "none", nil, 401, notConfirmed},
		{"a code of another client", i.Code(other), nil, 401, notConfirmed},
		{"another verifier", i.Code(w.grant(i, secret, nil)), map[string]string{"codeVerifier": "other"}, 401, notConfirmed},
		{"another nonce", i.Code(w.grant(i, secret, nil)), map[string]string{"nonce": "other"}, 401, notValid},
		{"a token without a nonce", i.Code(w.grant(i, secret, map[string]any{"nonce": ""})), nil, 401, notValid},
		{"a token for another audience", i.Code(w.grant(i, secret, map[string]any{"aud": "other"})), nil, 401, notValid},
		{"a token for several, given to another", i.Code(w.grant(i, secret, map[string]any{"aud": []string{clientID, "other"}, "azp": "other"})), nil, 401, notValid},
		{"an expired token", i.Code(w.grant(i, secret, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})), nil, 401, notValid},
		{"another issuer", i.Code(w.grant(i, secret, map[string]any{"iss": "https://other.example"})), nil, 401, notValid},
		{"whom the role does not trust", i.Code(w.grant(i, secret, map[string]any{"sub": "mallory"})), nil, 403, "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"},
		{"another place to come back to", "x", map[string]string{"redirectUri": "https://evil.example/console/"}, 400, "ValidationException: The member redirectUri must be /console/ at this server."},
		{"another path", "x", map[string]string{"redirectUri": w.URL + "/console/x"}, 400, "ValidationException"},
		{"no code", "", nil, 400, "ValidationException: The member code is required."},
	} {
		w.want(c.what, w.comeBack(c.code, c.change), c.status, c.want)
	}
	refuse := func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/token") {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
		return strings.HasSuffix(r.URL.Path, "/token")
	}
	i.Answer.Store(&refuse)
	w.want("a provider that is down", w.comeBack("x", nil), 502, "IDPCommunicationError: The provider Test provider can't be reached.")
	var last *reply
	for range 40 {
		last = w.comeBack("x", nil)
	}
	w.want("a flood", last, 429, "ThrottlingException")
}
