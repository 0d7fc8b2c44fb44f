package admin

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// The functions of this file are the only ones that hand out OpenID Connect providers, each
// together with the decision on it.

// Quotas of IAM.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	providersPerAccount    = 100
	clientsPerProvider     = 100
	thumbprintsPerProvider = 5
)

// providerName reads the ARN of a provider, whether there is such a provider or not: whose it
// is, and its URL without "https://".
func providerName(arn string) (account, name string, err error) {
	a, ok := iam.ParseARN(arn)
	name, isProvider := strings.CutPrefix(a.Resource, "oidc-provider/")
	if !ok || !isProvider || name == "" || iam.ProviderARN(a.Account, name) != arn {
		return "", "", errInvalidInput("Invalid ARN: %s", arn)
	}
	return a.Account, name, nil
}

// findProvider returns a provider for an operation that does not change it.
func (s *Service) findProvider(ctx context.Context, c *iam.Caller, q request, arn string) (*iam.Provider, error) {
	account, name, err := providerName(arn)
	if err != nil {
		return nil, err
	}
	p, err := iam.Providers.Find(ctx, s.db, account, name)
	return admitProvider(c, q, arn, p, err)
}

// openProvider returns a provider inside a transaction.
func openProvider(tx *store.Tx, c *iam.Caller, q request, arn string) (*iam.Provider, error) {
	account, name, err := providerName(arn)
	if err != nil {
		return nil, err
	}
	p, err := iam.Providers.Get(tx, account, name)
	return admitProvider(c, q, arn, p, err)
}

// changeProvider hands a provider to f, which changes it, and stores the result. f runs inside
// the transaction that does so, perhaps more than once.
func (s *Service) changeProvider(ctx context.Context, c *iam.Caller, q request, arn string, f func(p *iam.Provider) error) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := openProvider(tx, c, q, arn)
		if err != nil {
			return err
		}
		if err := f(p); err != nil {
			return err
		}
		return iam.Providers.Put(tx, c.Principal.Account, shortURL(p.URL), p)
	})
}

// admitProvider makes the decision on the provider p that was found under an ARN, or on the
// one that was not.
func admitProvider(c *iam.Caller, q request, arn string, p *iam.Provider, err error) (*iam.Provider, error) {
	if err != nil && !errors.Is(err, iam.ErrNoEntity) {
		return nil, err
	}
	account, name, _ := providerName(arn)
	r := resource{arn: arn, account: account}
	if p != nil && account == c.Principal.Account { // of others nothing is told
		r.tags = p.Tags
	}
	if err := authorize(c, q, r); err != nil {
		return nil, err
	}
	if p == nil || shortURL(p.URL) != name { // names are found whatever their case
		return nil, errNoSuchEntity("OpenIDConnect Provider not found for arn %s", arn)
	}
	return p, nil
}

// shortURL is the URL of a provider without "https://".
func shortURL(long string) string { return strings.TrimPrefix(long, "https://") }

// checkProviderURL checks the URL of a provider: what the tokens' iss can be.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
func checkProviderURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || !strings.HasPrefix(text, "https://") || u.Hostname() == "" ||
		strings.ContainsAny(text, "?#@ \\%") || strings.ContainsFunc(text, func(r rune) bool { return r < '!' || r > '~' }) {
		return errValidation("Invalid Open ID Connect Provider URL")
	}
	return nil
}

var thumbprintPattern = regexp.MustCompile(`^[0-9A-Fa-f]{40}$`)

// checkThumbprints checks the thumbprints of a provider's certificates.
func checkThumbprints(list []string) error {
	if len(list) > thumbprintsPerProvider {
		return errInvalidInput("Thumbprint list must contain fewer than %d entries.", thumbprintsPerProvider)
	}
	for _, t := range list {
		if !thumbprintPattern.MatchString(t) {
			return errInvalidInput("Thumbprint %s is not valid.", t)
		}
	}
	return nil
}

// addClients adds client ids to those that a provider has, each once.
func addClients(p *iam.Provider, ids []string) error {
	for _, id := range ids {
		if !slices.Contains(p.ClientIDs, id) {
			p.ClientIDs = append(p.ClientIDs, id)
		}
	}
	if len(p.ClientIDs) > clientsPerProvider {
		return errQuota("ClientIdsPerOpenIdConnectProvider", clientsPerProvider)
	}
	return nil
}
