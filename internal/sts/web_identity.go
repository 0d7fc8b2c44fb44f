package sts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/oidc"
)

// AssumeRoleWithWebIdentity makes the credentials of a session of a role, for whom an
// identity provider of the role's account vouches and the role's trust policy allows it to.
// Nobody signs the request: the token says who calls.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
func (s *Service) AssumeRoleWithWebIdentity(ctx context.Context, c *iam.Caller, in *sts.AssumeRoleWithWebIdentityInput) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	anonymous(c)
	arn, err := parseRole(*in.RoleArn)
	if err != nil {
		return nil, invalid("Request ARN is invalid")
	}
	if err := s.receives(ctx, c.Event, arn.account); err != nil {
		return nil, err
	}
	if in.ProviderId != nil {
		return nil, invalidToken("The identity provider is not supported") // those of OAuth 2.0
	}
	web, err := s.identify(ctx, arn.account, *in.WebIdentityToken)
	if err != nil {
		return nil, err
	}
	web.call(c)
	tags, err := newTags(web.tags, web.transitive, &iam.Session{})
	if err != nil {
		return nil, err
	}
	web.note(c.Event)
	a := &assumption{
		caller: c, action: "sts:AssumeRoleWithWebIdentity", role: *in.RoleArn, arn: arn, name: *in.RoleSessionName, seconds: in.DurationSeconds,
		tags: tags, source: web.source, policy: in.Policy, policyARNs: in.PolicyArns, tokenSize: in.MinimumSessionTokenSize, web: web,
		denied: func(action string) string { return "Not authorized to perform " + action },
	}
	got, err := s.assume(ctx, a)
	if err != nil {
		return nil, err
	}
	return &sts.AssumeRoleWithWebIdentityOutput{
		AssumedRoleUser: got.user, Credentials: got.credentials, PackedPolicySize: got.packed, SourceIdentity: text(web.source),
		Audience: &web.audience, Provider: &web.provider, SubjectFromWebIdentityToken: &web.subject,
	}, nil
}

// anonymous makes a caller nobody yet, whatever credentials the request may have been signed
// with.
func anonymous(c *iam.Caller) {
	*c = iam.Caller{
		Principal: iam.Principal{Type: iam.TypeWebIdentity}, Region: c.Region, SourceIP: c.SourceIP, UserAgent: c.UserAgent,
		SecureTransport: c.SecureTransport, Time: c.Time, Endpoint: c.Endpoint, Event: c.Event,
	}
	c.Event.Identity = c.Identity()
}

// receives puts the record of the call into the role's account, if there is such an account.
func (s *Service) receives(ctx context.Context, e *cloudtrail.Event, account string) error {
	err := s.iam.AccountExists(ctx, account)
	if errors.Is(err, iam.ErrNoEntity) {
		return nil
	}
	e.RecipientAccountID = account
	return err
}

// webIdentity is whom an identity provider vouched for.
type webIdentity struct {
	provider   string // its ARN
	name       string // its URL without "https://"
	subject    string
	audience   string
	claims     map[string]policy.Value // those that are condition keys, by name
	methods    []string                // by which the person proved who it is
	tags       []iam.Tag
	transitive []string
	source     string
}

const maxSubject = 255 // characters: SubjectFromWebIdentityToken has no more

// identify verifies a token with the providers of an account.
func (s *Service) identify(ctx context.Context, account, token string) (*webIdentity, error) {
	issuer, err := oidc.Issuer(token)
	if err != nil {
		return nil, tokenError(err)
	}
	name, https := strings.CutPrefix(issuer, "https://")
	provider, err := s.iam.IdentityProvider(ctx, account, name)
	if errors.Is(err, iam.ErrNoEntity) || err == nil && (!https || strings.TrimPrefix(provider.URL, "https://") != name) {
		return nil, invalidToken("No OpenIDConnect provider found in your account for " + clip(issuer))
	}
	if err != nil {
		return nil, fmt.Errorf("find identity provider: %w", err)
	}
	t, err := s.tokens.Verify(ctx, oidc.Provider{Trust: account, Issuer: issuer, Thumbprints: provider.Thumbprints}, token)
	if err != nil {
		return nil, tokenError(err)
	}
	web := &webIdentity{provider: iam.ProviderARN(account, name), name: name, subject: t.Subject}
	var ok bool
	if web.audience, ok = audience(t, provider.ClientIDs); !ok {
		return nil, invalidToken("Incorrect token audience")
	}
	if utf8.RuneCountInString(t.Subject) > maxSubject {
		return nil, invalidToken("The subject of the token is too long")
	}
	return web, web.read(t)
}

// audience is the client that a token is for, if it is one of the provider's. With several
// audiences, the party that the token was given to must be one too.
func audience(t *oidc.Token, clients []string) (string, bool) {
	if azp := claimText(t, "azp"); azp != "" && len(t.Audience) > 1 {
		return azp, slices.Contains(clients, azp) && slices.Contains(t.Audience, azp)
	}
	for _, a := range t.Audience {
		if slices.Contains(clients, a) {
			return a, true
		}
	}
	return "", false
}

// textClaims are the claims that are condition keys beside sub, aud and amr.
var textClaims = [...]string{"azp", "email", "oaud"}

// read takes from a token what policies may ask for, and the tags and the source identity of
// the session.
func (w *webIdentity) read(t *oidc.Token) error {
	w.claims = map[string]policy.Value{"sub": policy.Single(w.subject), "aud": policy.Single(w.audience)}
	for _, name := range textClaims {
		if text := claimText(t, name); text != "" {
			w.claims[name] = policy.Single(text)
		}
	}
	if raw := t.Claims["amr"]; raw != nil {
		if json.Unmarshal(raw, &w.methods) == nil && len(w.methods) > 0 {
			w.claims["amr"] = policy.Multi(w.methods)
		}
	}
	var err error
	if w.tags, w.transitive, err = tokenTags(t.Claims["https://aws.amazon.com/tags"]); err != nil {
		return err
	}
	w.source, err = tokenSource(t.Claims["https://aws.amazon.com/source_identity"])
	return err
}

func claimText(t *oidc.Token, name string) string {
	var text string
	if raw := t.Claims[name]; raw == nil || json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// lookup has the condition keys of the provider: "oidc.example/id:sub".
func (w *webIdentity) lookup(name string) (policy.Value, bool) {
	if w == nil || len(name) <= len(w.name) || name[len(w.name)] != ':' || !strings.EqualFold(name[:len(w.name)], w.name) {
		return policy.Value{}, false
	}
	v, ok := w.claims[name[len(w.name)+1:]]
	return v, ok
}

// call makes the caller the one that the provider vouched for.
func (w *webIdentity) call(c *iam.Caller) {
	c.Principal.ID, c.Principal.Name = w.provider+":"+w.audience+":"+w.subject, w.subject
	c.Session = new(iam.Session)
	w.describe(c.Session)
	c.Event.Identity = c.Identity()
}

// describe puts into a session whom it began with.
func (w *webIdentity) describe(s *iam.Session) {
	if w != nil {
		s.Federated, s.Subject, s.Audience, s.Methods = w.provider, w.subject, w.audience, w.methods
	}
}

// note puts the tags of the token into the record of the call, as CloudTrail has them.
func (w *webIdentity) note(e *cloudtrail.Event) {
	if len(w.tags) == 0 {
		return
	}
	e.MoreParameters = append(e.MoreParameters, cloudtrail.Parameter{Name: "principalTags", JSON: tagObject(w.tags)})
	if len(w.transitive) > 0 {
		b, _ := json.Marshal(w.transitive) // strings have no errors
		e.MoreParameters = append(e.MoreParameters, cloudtrail.Parameter{Name: "transitiveTagKeys", JSON: b})
	}
}

// tokenError words why a token is not accepted.
func tokenError(err error) error {
	expired, isExpired := errors.AsType[*oidc.ExpiredError](err)
	switch {
	case isExpired:
		return fail("ExpiredTokenException", fmt.Sprintf("Token expired: current date/time %d must be before the expiration date/time %d",
			expired.Now.Unix(), expired.Expiry.Unix()))
	case errors.Is(err, oidc.ErrMalformed):
		return invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	case errors.Is(err, oidc.ErrCertificate):
		return invalidToken("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
	case errors.Is(err, oidc.ErrKey):
		return invalidToken("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements")
	case errors.Is(err, oidc.ErrClaim):
		return invalidToken("The ID Token has a claim that is missing or not valid")
	case errors.Is(err, oidc.ErrUnreachable):
		return fail("IDPCommunicationError", "Error communicating with the identity provider")
	}
	return err
}

// clip keeps an answer, and a record, from growing with what a token says.
func clip(s string) string {
	const most = 256
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
