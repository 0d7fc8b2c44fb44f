package signin

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/oidc"
)

// Provider is an OpenID Connect provider that people can sign in through. Whom it vouches for gets
// a session of the role, if the role's trust policy allows that (AssumeRoleWithWebIdentity).
type Provider struct {
	Name     string // in the path: "okta"
	Label    string // on the button: "Company login"
	Issuer   string // "https://login.example.com"
	ClientID string
	Secret   func() (string, error) // nil for clients without one
	Scopes   []string
	RoleARN  string
	Roots    *x509.CertPool // nil: the system's
}

// provider is a Provider with what it has told.
type provider struct {
	Provider
	oidc *oidc.Client
}

func newProvider(p Provider) *provider {
	verifier := oidc.New(oidc.Options{Roots: p.Roots})
	return &provider{p, verifier.Client(oidc.Provider{Trust: "console", Issuer: p.Issuer}, p.ClientID, p.Secret)}
}

// describeProvider is what the page needs to send somebody to a provider.
func (s *Service) describeProvider(r *http.Request) (any, error) {
	p := s.providers[r.PathValue("name")]
	if p == nil {
		return nil, noProvider
	}
	e, err := p.oidc.Endpoints(r.Context())
	if err != nil {
		return nil, s.providerError(r.Context(), p, err)
	}
	return &description{e.Authorization, p.ClientID, p.Scopes}, nil
}

type description struct {
	AuthorizationEndpoint string   `json:"authorizationEndpoint"`
	ClientID              string   `json:"clientId"`
	Scopes                []string `json:"scopes"`
}

var noProvider = refuse(http.StatusNotFound, "NoSuchEntity", "There is no such provider.")

// codeRequest is somebody who comes back from a provider.
type codeRequest struct {
	Code         string `json:"code"`
	CodeVerifier string `json:"codeVerifier"`
	Nonce        string `json:"nonce"`
	RedirectURI  string `json:"redirectUri"`
}

func (q *codeRequest) check(r *http.Request) error {
	for _, m := range []struct{ name, value string }{{"code", q.Code}, {"codeVerifier", q.CodeVerifier}, {"nonce", q.Nonce}, {"redirectUri", q.RedirectURI}} {
		if m.value == "" {
			return badRequest("The member " + m.name + " is required.")
		}
	}
	u, err := url.Parse(q.RedirectURI)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !strings.EqualFold(u.Host, r.Host) || u.Path != consolePath || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" {
		return badRequest("The member redirectUri must be " + consolePath + " at this server.")
	}
	return nil
}

// byProvider makes a session of the provider's role for who comes back from the provider with a
// code.
func (s *Service) byProvider(r *http.Request, body []byte) (*Answer, error) {
	p := s.providers[r.PathValue("name")]
	if p == nil {
		return nil, noProvider
	}
	var q codeRequest
	if err := decode(body, &q); err != nil {
		return nil, err
	}
	if err := q.check(r); err != nil {
		return nil, err
	}
	c := s.newCaller(r)
	if !s.exchanges.take(c.Time) {
		return nil, tooMany("Too many people sign in at this moment. Try again.")
	}
	out, err := s.withCode(r, c, p, &q)
	if err == nil {
		s.exchanges.giveBack()
	}
	return out, err
}

func (s *Service) withCode(r *http.Request, c *iam.Caller, p *provider, q *codeRequest) (*Answer, error) {
	ctx := r.Context()
	text, err := p.oidc.Exchange(ctx, oidc.Code{Code: q.Code, Verifier: q.CodeVerifier, RedirectURI: q.RedirectURI})
	if err != nil {
		return nil, s.providerError(ctx, p, err)
	}
	token, err := p.oidc.Verify(ctx, text, q.Nonce)
	if err != nil {
		return nil, s.providerError(ctx, p, err)
	}
	session, err := s.assume(r, c, p, text, sessionName(token))
	if err != nil {
		return nil, err
	}
	length, err := s.roleLength(ctx, p)
	if err != nil {
		return nil, err
	}
	who := s.newCaller(r)
	if err := s.IAM.Identify(ctx, who, session); err != nil {
		return nil, err
	}
	return s.begin(r, who, *session, length)
}

// assume assumes the provider's role by the rules of AssumeRoleWithWebIdentity, which are recorded
// as that. The credentials that STS makes are not used.
func (s *Service) assume(r *http.Request, c *iam.Caller, p *provider, token, name string) (*iam.Session, error) {
	ctx, e := r.Context(), c.Event
	e.Time, e.Source, e.Name, e.Region, e.ReadOnly = c.Time, "sts.amazonaws.com", "AssumeRoleWithWebIdentity", c.Region, true
	e.RequestID, e.TLS = cloudtrail.NewID(), awsapi.TLSDetails(r)
	e.SourceIPAddress, e.UserAgent = c.Origin()
	e.RequestParameters, _ = json.Marshal(map[string]string{"roleArn": p.RoleARN, "roleSessionName": name}) // strings have no errors
	out, err := s.STS.AssumeRoleWithWebIdentity(ctx, c, &sdksts.AssumeRoleWithWebIdentityInput{
		RoleArn: &p.RoleARN, RoleSessionName: &name, WebIdentityToken: &token,
	})
	if err == nil {
		e.ResponseElements, _ = json.Marshal(map[string]any{
			"subjectFromWebIdentityToken": out.SubjectFromWebIdentityToken, "provider": out.Provider, "audience": out.Audience,
			"assumedRoleUser": map[string]*string{"arn": out.AssumedRoleUser.Arn, "assumedRoleId": out.AssumedRoleUser.AssumedRoleId},
		})
	} else if api, ok := errors.AsType[smithy.APIError](err); ok {
		e.ErrorCode, e.ErrorMessage = api.ErrorCode(), api.ErrorMessage()
	} else {
		e.ErrorCode = "InternalFailure"
	}
	if e := s.Recorder.Record(e); e != nil {
		return nil, e
	}
	if err != nil {
		return nil, err
	}
	found, err := s.IAM.Credential(ctx, *out.Credentials.AccessKeyId, *out.Credentials.SessionToken)
	if err != nil {
		return nil, err
	}
	session, ok := found.Owner.(*iam.Session)
	if !ok {
		return nil, fmt.Errorf("a credential has an owner of type %T", found.Owner)
	}
	own := *session
	return &own, nil
}

// roleLength is how long a session of the provider's role can be renewed.
func (s *Service) roleLength(ctx context.Context, p *provider) (length time.Duration, err error) {
	arn, _ := iam.ParseARN(p.RoleARN)
	_, path, name := iam.SplitName(arn.Resource)
	role, err := s.IAM.AssumableRole(ctx, arn.Account, path, name)
	if err != nil {
		return 0, fmt.Errorf("find the role of provider %s: %w", p.Name, err)
	}
	return min(s.Session, role.MaxDuration()), nil
}

var notInSessionNames = regexp.MustCompile(`[^\w+=,.@-]+`)

// sessionName is what the session of a role is called: after the person.
func sessionName(t *oidc.Token) string {
	for _, name := range []string{t.Text("email"), t.Text("preferred_username"), t.Subject} {
		name = notInSessionNames.ReplaceAllString(name, "-")
		if len(name) >= 2 {
			return name[:min(len(name), 64)]
		}
	}
	return "console-user"
}

// providerError words what went wrong between the server and a provider. The log has the details.
func (s *Service) providerError(ctx context.Context, p *provider, err error) error {
	s.Log.WarnContext(ctx, "sign-in through a provider failed", "provider", p.Name, "error", err)
	_, expired := errors.AsType[*oidc.ExpiredError](err)
	switch {
	case errors.Is(err, oidc.ErrUnreachable):
		return refuse(http.StatusBadGateway, "IDPCommunicationError", "The provider "+p.Label+" can't be reached.")
	case errors.Is(err, oidc.ErrCertificate):
		return refuse(http.StatusBadGateway, "IDPCommunicationError", "The certificate of the provider "+p.Label+" is not trusted.")
	case errors.Is(err, oidc.ErrCode):
		return refuse(http.StatusUnauthorized, "AuthenticationFailed", "The provider "+p.Label+" did not confirm the sign-in. Please try again.")
	case expired, errors.Is(err, oidc.ErrClaim), errors.Is(err, oidc.ErrMalformed), errors.Is(err, oidc.ErrKey):
		return refuse(http.StatusUnauthorized, "InvalidIdentityToken", "What the provider "+p.Label+" says is not valid for this sign-in. Please try again.")
	}
	return err
}
