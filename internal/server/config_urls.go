package server

import (
	"fmt"
	"net/url"
	"os"
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
	return wrong
}

// plainURL reports whether text is a scheme and a host, and nothing that would get lost when a
// path is put behind it.
func plainURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == "" && !u.ForceQuery
}
