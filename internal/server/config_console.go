package server

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/signin"
)

// Console is about the web console.
type Console struct {
	// Session is how long after a sign-in a session of the console can be renewed. Its
	// credentials last an hour each. Default 12h.
	Session time.Duration `yaml:"session"`
	// OIDC are OpenID Connect providers that people can sign in through.
	OIDC []ConsoleProvider `yaml:"oidc"`
}

// ConsoleProvider is an OpenID Connect provider that people can sign in to the console through.
type ConsoleProvider struct {
	// Name is in the address of the sign-in: small letters, digits and hyphens. Label is what the
	// button says. Default: Name.
	Name  string `yaml:"name"`
	Label string `yaml:"label"`
	// Issuer is the provider's URL: "https://login.example.com".
	Issuer string `yaml:"issuer"`
	// ClientID is what the console is registered as with the provider, with the redirect URI
	// https://HOST/console/. ClientSecretFile has the client's secret in its first line, if it has
	// one; read at each sign-in.
	ClientID         string `yaml:"client-id"`
	ClientSecretFile string `yaml:"client-secret-file"`
	// Scopes are what the provider is asked for. Default: openid, email, profile.
	Scopes []string `yaml:"scopes"`
	// RoleARN is the role that people get. Its trust policy says who may have it; the account must
	// have an IAM OIDC provider for Issuer with ClientID.
	RoleARN string `yaml:"role-arn"`
	// CAFile has the certificate authorities that the provider is trusted by, PEM. Default: the
	// system's. AssumeRoleWithWebIdentity does not look at it, but at the thumbprints of the IAM
	// OIDC provider.
	CAFile string `yaml:"ca-file"`
}

// longestConsoleSession is AWS's longest session of a console.
const longestConsoleSession = 12 * time.Hour

var providerName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// checkConsole finds mistakes in what is said of the console.
func (c *Config) checkConsole() []error {
	var wrong []error
	if c.Console.Session == 0 {
		c.Console.Session = longestConsoleSession
	}
	if s := c.Console.Session; s < 15*time.Minute || s > longestConsoleSession {
		wrong = append(wrong, fmt.Errorf("console: session must be 15m to 12h"))
	}
	seen := map[string]bool{}
	for _, p := range c.Console.OIDC {
		if seen[p.Name] {
			wrong = append(wrong, fmt.Errorf("console: the provider %s is there twice", p.Name))
		}
		seen[p.Name] = true
		if err := p.check(); err != nil {
			wrong = append(wrong, fmt.Errorf("console: provider %q: %w", p.Name, err))
		}
	}
	return wrong
}

func (p *ConsoleProvider) check() error {
	arn, ok := iam.ParseARN(p.RoleARN)
	kind, _, role := iam.SplitName(arn.Resource)
	u, err := url.Parse(p.Issuer)
	switch {
	case !providerName.MatchString(p.Name):
		return errors.New("a name has 1 to 32 small letters, digits and hyphens")
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("issuer is not of the form https://HOST or https://HOST/PATH")
	case p.ClientID == "":
		return errors.New("client-id is empty")
	case !ok || arn.Service != "iam" || kind != "role" || role == "" || !accountPattern.MatchString(arn.Account):
		return errors.New("role-arn is not of the form arn:aws:iam::ACCOUNT:role/NAME")
	case len(p.Scopes) > 0 && !slices.Contains(p.Scopes, "openid"):
		return errors.New("scopes must have openid among them")
	}
	_, err = p.signin()
	return err
}

// signin is the provider as the sign-in has it.
func (p *ConsoleProvider) signin() (signin.Provider, error) {
	out := signin.Provider{Name: p.Name, Label: p.Label, Issuer: p.Issuer, ClientID: p.ClientID, Scopes: p.Scopes, RoleARN: p.RoleARN}
	if out.Label == "" {
		out.Label = p.Name
	}
	if len(out.Scopes) == 0 {
		out.Scopes = []string{"openid", "email", "profile"}
	}
	if p.CAFile != "" {
		b, err := os.ReadFile(p.CAFile)
		if err != nil {
			return out, fmt.Errorf("ca-file: %w", err)
		}
		out.Roots = x509.NewCertPool()
		if !out.Roots.AppendCertsFromPEM(b) {
			return out, fmt.Errorf("ca-file: %s has no certificate in PEM", p.CAFile)
		}
	}
	if p.ClientSecretFile != "" {
		out.Secret = func() (string, error) {
			b, err := os.ReadFile(p.ClientSecretFile)
			if err != nil {
				return "", fmt.Errorf("client-secret-file: %w", err)
			}
			secret, _, _ := strings.Cut(string(b), "\n")
			return strings.TrimSpace(secret), nil
		}
		if _, err := out.Secret(); err != nil {
			return out, err
		}
	}
	return out, nil
}
