package server

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/keystead/keystead/internal/webhook"
)

// checkURLs refuses addresses that nothing could be reached at. Messages do not repeat a URL:
// it may have a password in it.
func (c *Config) checkURLs() []error {
	var wrong []error
	if c.PublicURL != "" && !plainURL(c.PublicURL) {
		wrong = append(wrong, fmt.Errorf("public-url is not of the form https://HOST or https://HOST:PORT"))
	}
	if c.S3.Endpoint != "" && !plainURL(c.S3.Endpoint) {
		wrong = append(wrong, fmt.Errorf("s3-endpoint is not of the form https://HOST or https://HOST:PORT"))
	}
	if c.S3.Endpoint == "" && (c.S3.CredentialsFile != "" || c.S3.Profile != "" || c.S3.Region != "") {
		wrong = append(wrong, fmt.Errorf("s3-region, s3-credentials and s3-profile are about s3-endpoint, which is not set"))
	}
	if c.S3.CredentialsFile != "" {
		if _, err := os.Stat(c.S3.CredentialsFile); err != nil {
			wrong = append(wrong, fmt.Errorf("s3-credentials: %w", err))
		}
	}
	if _, err := c.mailSender(); err != nil {
		wrong = append(wrong, fmt.Errorf("smtp: %w", err))
	}
	if _, err := prefixes(c.Webhooks.Allow); err != nil {
		wrong = append(wrong, fmt.Errorf("webhook-allow: %w", err))
	}
	return wrong
}

// webhooks is the client of endpoints that users choose. 0 is the default timeout.
func (c *Config) webhooks(timeout time.Duration) (*webhook.Client, error) {
	allow, err := prefixes(c.Webhooks.Allow)
	if err != nil {
		return nil, fmt.Errorf("webhook-allow: %w", err)
	}
	o := webhook.Options{Timeout: timeout, Allow: allow}
	if c.Webhooks.CA == "" {
		return webhook.New(o), nil
	}
	b, err := os.ReadFile(c.Webhooks.CA)
	if err != nil {
		return nil, fmt.Errorf("webhook-ca: %w", err)
	}
	o.Roots = x509.NewCertPool()
	if !o.Roots.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("webhook-ca: %s has no certificate in PEM", c.Webhooks.CA)
	}
	return webhook.New(o), nil
}

// plainURL reports whether text is a scheme and a host, and nothing that would get lost when a
// path is put behind it.
func plainURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == "" && !u.ForceQuery
}
