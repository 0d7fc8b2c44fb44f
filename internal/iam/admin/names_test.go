package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/iam"
	rules "github.com/keystead/keystead/internal/iam/admin"
)

// FuzzARNs: what is taken for a name leads back to the ARN that it was read from.
func FuzzARNs(f *testing.F) {
	for _, seed := range []string{
		"arn:aws:iam::111122223333:policy/a/b/Keys", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", "arn:aws:iam::111122223333:policy/",
		"arn:aws:iam::111122223333:oidc-provider/ci.example.com/a:b", "arn:aws:iam::111122223333:oidc-provider/", "arn:aws-cn:iam::1:policy/x", "arn:aws:iam:x::policy/x", "policy/x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arn string) {
		account, name, providerAccount, provider := rules.NamesOf(arn)
		if name != "" && (!strings.HasPrefix(arn, "arn:aws:iam::"+account+":policy/") || !strings.HasSuffix(arn, "/"+name) || strings.Contains(name, "/")) {
			t.Errorf("%q is policy %q of %q", arn, name, account)
		}
		if provider != "" && iam.ProviderARN(providerAccount, provider) != arn {
			t.Errorf("%q is provider %q of %q", arn, provider, providerAccount)
		}
	})
}

// FuzzProviderURL: a URL that is taken names a host, and nothing but a host and a path.
func FuzzProviderURL(f *testing.F) {
	for _, seed := range []string{
		"https://ci.example.com", "https://ci.example.com/", "https://ci.example.com:8443/realms/a", "https://[::1]/x", "http://a", "https://", "https://u@h",
		"https://h?q", "https://h#f", "HTTPS://h", "https://h/%2f", "https://h\\x", "https://h/ä",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !rules.ProviderURL(text) {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || "https://"+u.Host+u.Path != text {
			t.Errorf("%q is taken", text)
		}
	})
}
