package sts_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-jose/go-jose/v4"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/oidc/oidctest"
	"github.com/keystead/keystead/internal/store"
)

// provider registers an identity provider.
func (w *world) provider(account string, i *oidctest.Issuer, change func(p *iam.Provider)) (arn string) {
	w.t.Helper()
	p := &iam.Provider{URL: i.Name, ClientIDs: []string{"other", "sts.amazonaws.com"}, Thumbprints: []string{i.Thumbprint}, Created: w.clock.Now()}
	if change != nil {
		change(p)
	}
	w.update(func(tx *store.Tx) error { return iam.Providers.Insert(tx, account, i.Name, p) })
	return iam.ProviderARN(account, i.Name)
}

// federated is a trust policy for a provider.
func federated(provider, more string) string {
	return statement(`"Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity"` + more)
}

func (w *world) withToken(role, token string) (*sdksts.AssumeRoleWithWebIdentityOutput, error) {
	return w.as(aws.Credentials{}).AssumeRoleWithWebIdentity(w.t.Context(), &sdksts.AssumeRoleWithWebIdentityInput{
		RoleArn: &role, RoleSessionName: aws.String("session"), WebIdentityToken: &token,
	})
}

const podSubject = "system:serviceaccount:default:app"

// TestWebIdentity assumes a role with the token of a service account, and looks at everything
// that comes of it.
func TestWebIdentity(t *testing.T) {
	worlds(t, func(w *world) {
		t, i := w.t, oidctest.New(w.t)
		provider := w.provider(home, i, nil)
		role := w.role(home, "app", federated(provider, fmt.Sprintf(`,"Condition":{"StringEquals":{"%[1]s:sub":%[2]q,"%[1]s:aud":"sts.amazonaws.com"}}`, i.Name, podSubject)),
			func(r *iam.Role) {
				r.Inline = []iam.InlinePolicy{{Name: "p", Document: statement(`"Action":"kms:ListKeys","Resource":"*","Condition":{"StringEquals":{"` + i.Name + `:sub":"` + podSubject + `","aws:FederatedProvider":"` + provider + `"}}`)}}
			})
		token := i.Sign(i.Claims(podSubject))
		out, err := w.withToken(role, token)
		must(t, "AssumeRoleWithWebIdentity", err)
		if *out.Provider != provider || *out.Audience != "sts.amazonaws.com" || *out.SubjectFromWebIdentityToken != podSubject {
			t.Errorf("the answer says %s, %s, %s", *out.Provider, *out.Audience, *out.SubjectFromWebIdentityToken)
		}
		c := plain(out.Credentials)
		who, err := w.as(c).GetCallerIdentity(t.Context(), &sdksts.GetCallerIdentityInput{})
		must(t, "GetCallerIdentity", err)
		if *who.Arn != "arn:aws:sts::111122223333:assumed-role/app/session" || *who.Arn != *out.AssumedRoleUser.Arn {
			t.Errorf("the caller is %s", *who.Arn)
		}
		if !w.may(c, "kms:ListKeys") || w.may(c, "kms:CreateKey") {
			t.Errorf("the session may list keys: %v, make them: %v", w.may(c, "kms:ListKeys"), w.may(c, "kms:CreateKey"))
		}
		events := w.recorded()
		if len(events) != 2 {
			t.Fatalf("%d events: %v", len(events), events)
		}
		for _, want := range []string{
			`"userIdentity":{"type":"WebIdentityUser","principalId":"` + provider + `:sts.amazonaws.com:` + podSubject + `","userName":"` + podSubject + `","identityProvider":"` + provider + `"}`,
			`"requestParameters":{"roleArn":"` + role + `","roleSessionName":"session"}`, `"subjectFromWebIdentityToken":"` + podSubject + `"`,
			`"credentials":{"accessKeyId":"` + c.AccessKeyID + `"`, `"recipientAccountId":"111122223333"`, `"type":"AWS::IAM::Role","ARN":"` + role + `"`,
			`"awsRegion":"us-east-1"`, `"readOnly":true`,
		} {
			if !strings.Contains(events[0], want) {
				t.Errorf("the event lacks %s:\n%s", want, events[0])
			}
		}
		for _, secret := range []string{token, c.SessionToken, c.SecretAccessKey} {
			if strings.Contains(events[0], secret) {
				t.Errorf("the event has a secret:\n%s", events[0])
			}
		}
		if !strings.Contains(events[1], `"webIdFederationData":{"federatedProvider":"`+provider+`","attributes":{}}`) {
			t.Errorf("the session's event does not tell of the provider:\n%s", events[1])
		}
		i.Rotate(jose.ES256)
		if _, err := w.withToken(role, i.Sign(i.Claims(podSubject))); err != nil {
			t.Errorf("after the provider has changed its key: %v", err)
		}
	})
}

// TestWebIdentityRefused: every way in which a token does not do, with AWS's error.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
func TestWebIdentityRefused(t *testing.T) {
	const (
		denied  = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
		noKey   = "InvalidIdentityToken: Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
		noToken = "InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
	)
	worlds(t, func(w *world) {
		t, i := w.t, oidctest.New(w.t)
		provider := w.provider(home, i, nil)
		nobody := "InvalidIdentityToken: No OpenIDConnect provider found in your account for " + i.URL
		role := w.role(home, "app", federated(provider, `,"Condition":{"StringEquals":{"`+i.Name+`:sub":"pod"}}`), nil)
		byAccount := w.role(home, "account", statement(`"Principal":{"AWS":"111122223333"},"Action":"sts:*"`), nil)
		assumeOnly := w.role(home, "assume", statement(`"Principal":{"Federated":"`+provider+`"},"Action":"sts:AssumeRole"`), nil)
		foreign := w.role(abroad, "app", federated(provider, ""), nil)
		unregistered := oidctest.New(t)
		claims := func(change map[string]any) map[string]any {
			c := i.Claims("pod")
			maps.Copy(c, change)
			return c
		}
		good := i.Sign(claims(nil))
		yesterday := time.Now().Add(-24 * time.Hour).Unix()
		for _, c := range []struct{ what, role, token, want string }{
			{"a good token", role, good, "ok"},
			{"another subject", role, i.Sign(i.Claims("other")), denied},
			{"a role that trusts its account", byAccount, good, denied},
			{"a role that trusts the provider for another action", assumeOnly, good, denied},
			{"a role that does not exist", role + "2", good, denied},
			{"a role of another account, which names the provider", foreign, good, nobody},
			{"a role of no account", "arn:aws:iam::999999999999:role/app", good, nobody},
			{"no role", "arn:aws:iam::111122223333:user/app", good, "ValidationError: Request ARN is invalid"},
			{"another audience", role, i.Sign(claims(map[string]any{"aud": "https://kubernetes.default.svc"})), "InvalidIdentityToken: Incorrect token audience"},
			{"an audience in other letters", role, i.Sign(claims(map[string]any{"aud": "STS.amazonaws.com"})), "InvalidIdentityToken: Incorrect token audience"},
			{"several audiences, given to a stranger", role, i.Sign(claims(map[string]any{"aud": []string{"sts.amazonaws.com", "x"}, "azp": "x"})), "InvalidIdentityToken: Incorrect token audience"},
			{"several audiences, given to one that is registered", role, i.Sign(claims(map[string]any{"aud": []string{"x", "sts.amazonaws.com"}, "azp": "sts.amazonaws.com"})), "ok"},
			{"an expired token", role, i.Sign(claims(map[string]any{"exp": yesterday})), "ExpiredTokenException: Token expired: current date/time "},
			{"a token of tomorrow", role, i.Sign(claims(map[string]any{"nbf": time.Now().Add(24 * time.Hour).Unix()})), "InvalidIdentityToken: "},
			{"a provider that is not registered", role, unregistered.Sign(unregistered.Claims("pod")), "InvalidIdentityToken: No OpenIDConnect provider found in your account for " + unregistered.URL},
			{"an issuer without https", role, i.Sign(claims(map[string]any{"iss": "http://" + i.Name})), "InvalidIdentityToken: No OpenIDConnect provider found in your account for http://" + i.Name},
			{"an issuer in other letters", role, i.Sign(claims(map[string]any{"iss": strings.ToLower(i.URL)})), "InvalidIdentityToken: No OpenIDConnect provider found in your account for " + strings.ToLower(i.URL)},
			{"a forged token", role, oidctest.Sign(t, oidctest.NewKey(t, jose.RS256), "", jose.RS256, claims(nil)), noKey},
			{"no token", role, "token", noToken},
			{"a long subject", role, i.Sign(i.Claims(strings.Repeat("s", 256))), "InvalidIdentityToken: The subject of the token is too long"},
		} {
			_, err := w.withToken(c.role, c.token)
			if got := outcome(err); !strings.HasPrefix(got, c.want) {
				t.Errorf("%s: %s, want %s", c.what, got, c.want)
			}
		}
		if unregistered.Requests() != 0 {
			t.Errorf("a provider that nobody registered was contacted")
		}
		for _, e := range w.recorded() {
			if !strings.Contains(e, `"userIdentity":{"type":"WebIdentityUser"`) || strings.Contains(e, good) {
				t.Errorf("the event is %s", e)
			}
		}
	})
}

// TestWebIdentityProviders: a provider is trusted by its certificate, and may be down.
func TestWebIdentityProviders(t *testing.T) {
	worlds(t, func(w *world) {
		t, unknown, down := w.t, oidctest.New(w.t), oidctest.New(w.t)
		for what, c := range map[string]struct {
			i    *oidctest.Issuer
			f    func(p *iam.Provider)
			want string
		}{
			"a certificate that nobody knows": {unknown, func(p *iam.Provider) { p.Thumbprints = []string{strings.Repeat("0", 40)} },
				"InvalidIdentityToken: OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"},
			"a provider that is down": {down, nil, "IDPCommunicationError: Error communicating with the identity provider"},
		} {
			role := w.role(home, strings.Fields(what)[1], federated(w.provider(home, c.i, c.f), ""), nil)
			refuse := func(rw http.ResponseWriter, _ *http.Request) bool {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
			c.i.Answer.Store(&refuse)
			_, err := w.withToken(role, c.i.Sign(c.i.Claims("pod")))
			if got := outcome(err); got != c.want {
				t.Errorf("%s: %s, want %s", what, got, c.want)
			}
		}
	})
}

// TestWebIdentityTags: a token may bring tags and a source identity along, if the role's trust
// policy allows that.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
func TestWebIdentityTags(t *testing.T) {
	worlds(t, func(w *world) {
		t, i := w.t, oidctest.New(w.t)
		provider := w.provider(home, i, nil)
		all := w.role(home, "all", statement(`"Principal":{"Federated":"`+provider+`"},"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"]`), nil)
		bare := w.role(home, "bare", federated(provider, ""), nil)
		const tagsClaim, sourceClaim = "https://aws.amazon.com/tags", "https://aws.amazon.com/source_identity"
		with := func(claim string, value any) string {
			c := i.Claims("pod")
			c[claim] = value
			return i.Sign(c)
		}
		tags := map[string]any{"principal_tags": map[string][]string{"Project": {"Automation"}, "Team": {"blue"}}, "transitive_tag_keys": []string{"Project"}}
		for _, c := range []struct{ what, role, token, want string }{
			{"tags", all, with(tagsClaim, tags), "ok"},
			{"tags without sts:TagSession", bare, with(tagsClaim, tags), "AccessDenied: Not authorized to perform sts:TagSession"},
			{"a source identity", all, with(sourceClaim, "alice"), "ok"},
			{"a source identity without sts:SetSourceIdentity", bare, with(sourceClaim, "alice"), "AccessDenied: Not authorized to perform sts:SetSourceIdentity"},
			{"a source identity that is none", all, with(sourceClaim, 7), "InvalidIdentityToken: The source identity of the ID Token is not valid"},
			{"tags that are none", all, with(tagsClaim, "x"), "InvalidIdentityToken: The tags of the ID Token are not valid"},
			{"a tag with two values", all, with(tagsClaim, map[string]any{"principal_tags": map[string][]string{"a": {"1", "2"}}}), "InvalidIdentityToken: The tags of the ID Token are not valid"},
			{"a tag in other characters", all, with(tagsClaim, map[string]any{"principal_tags": map[string][]string{"a{": {"1"}}}), "InvalidIdentityToken: The tags of the ID Token are not valid"},
			{"a transitive key without a tag", all, with(tagsClaim, map[string]any{"transitive_tag_keys": []string{"a"}}), "InvalidParameterValue: The specified transitive tag key must be included in the requested tags."},
		} {
			_, err := w.withToken(c.role, c.token)
			if got := outcome(err); got != c.want {
				t.Errorf("%s: %s, want %s", c.what, got, c.want)
			}
		}
		if events := strings.Join(w.recorded(), "\n"); !strings.Contains(events, `"requestParameters":{"principalTags":{"Project":"Automation","Team":"blue"},"transitiveTagKeys":["Project"],"roleArn":"`+all) {
			t.Errorf("no event tells of the tags:\n%s", events)
		}
		out, err := w.withToken(all, with(tagsClaim, tags))
		must(t, "AssumeRoleWithWebIdentity", err)
		caller, err := w.caller(plain(out.Credentials))
		must(t, "identify", err)
		if v, ok := caller.PolicyContext().Lookup("aws:principaltag/project"); !ok || v.Strings()[0] != "Automation" {
			t.Errorf("the session has the tag %v", v)
		}
		if len(caller.Session.TransitiveTags) != 1 {
			t.Errorf("the transitive tags are %v", caller.Session.TransitiveTags)
		}
	})
}

// TestSignedWebIdentity: a signature that is sent along must be valid, and changes nothing.
func TestSignedWebIdentity(t *testing.T) {
	worlds(t, func(w *world) {
		t, i := w.t, oidctest.New(w.t)
		provider := w.provider(home, i, nil)
		w.role(home, "app", federated(provider, ""), nil)
		form := "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=session&RoleArn=arn:aws:iam::111122223333:role/app&WebIdentityToken=" + i.Sign(i.Claims("pod"))
		post := func(authorization string) int {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url, strings.NewReader(form))
			must(t, "make a request", err)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
			res, err := http.DefaultClient.Do(r)
			must(t, "send", err)
			res.Body.Close()
			return res.StatusCode
		}
		if got := post(""); got != http.StatusOK {
			t.Errorf("without a signature: %d", got)
		}
		if got := post("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00"); got == http.StatusOK {
			t.Errorf("with a wrong signature: %d", got)
		}
	})
}
