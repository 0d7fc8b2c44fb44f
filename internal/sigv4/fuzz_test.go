package sigv4_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/sigv4"
)

// FuzzVerify feeds a well signed request, changed in every part. Whatever comes, Verify
// answers with an *Error or with the request that was signed.
func FuzzVerify(f *testing.F) {
	const target = "TrentService.Encrypt"
	good := httptest.NewRequest("POST", "/a/b?c=d", nil)
	good.Header.Set("X-Amz-Target", target)
	sign(f, good, "{}")
	authorization, date := good.Header.Get("Authorization"), good.Header.Get("X-Amz-Date")
	f.Add("POST", "/a/b", "c=d", "example.com", authorization, date, target, "{}")
	f.Add("POST", "/a/../a/./b", "&c=d&", "example.com", authorization, date, target, "{}")
	f.Add("POST", "/", "", "example.com", "AWS4-HMAC-SHA256", "", "", "")
	f.Add("GET", "*", "c=%zz", "", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=;;,Signature==", "20261121T123600Z", "", "")
	f.Add("GET", "/", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261121%2Fus-east-1%2Fkms%2Faws4_request"+
		"&X-Amz-Date=20261121T123600Z&X-Amz-Expires=9&X-Amz-SignedHeaders=host&X-Amz-Signature=0", "h", "", "", "", "")
	f.Add("GET", "/..//../%2e%2E/%", "X-Amz-Signature&X-Amz-Expires=99999999999999999999&=&==&+%20", "[::1]:8", "Bearer =", "Sat, 21 Nov 2026 12:36:00 GMT", "", "x")
	v := newVerifier()
	f.Fuzz(func(t *testing.T, method, path, query, host, authorization, date, target, body string) {
		r := &http.Request{Method: method, URL: &url.URL{Path: path, RawQuery: query}, Host: host, Header: http.Header{
			"Authorization": {authorization}, "X-Amz-Date": {date}, "X-Amz-Target": {target}}}
		result, err := v.Verify(r, []byte(body), "kms")
		if err != nil {
			e, ok := err.(*sigv4.Error)
			if !ok && !strings.Contains(authorization+query, "AKIABROKEN") {
				t.Fatalf("error %v is not an *Error", err)
			}
			if ok && (len(e.Text(false)) > 1000 || e.Code(true) == "") {
				t.Fatalf("error text of %d bytes, code %q", len(e.Text(false)), e.Code(true))
			}
			return
		}
		if result.Credential.AccessKeyID != keyID || method != "POST" || target != "TrentService.Encrypt" || body != "{}" || host != "example.com" {
			t.Fatalf("accepted %s %s?%s of %s for %s: %s", method, path, query, host, target, body)
		}
	})
}

// FuzzScope has the same parsers before it, without any knowledge of secrets.
func FuzzScope(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=0", "20261121T123600Z", "")
	f.Add("", "", "X-Amz-Credential=a%2fb%2fc%2fd%2fe&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=1&X-Amz-SignedHeaders=h&X-Amz-Date=20261121T123600Z")
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r := &http.Request{URL: &url.URL{RawQuery: query}, Header: http.Header{"X-Amz-Date": {date}}}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		region, service, ok := sigv4.Scope(r)
		if decoded, _ := url.QueryUnescape(query); ok && !strings.Contains(authorization+decoded, "/"+region+"/"+service+"/") {
			t.Fatalf("scope %q %q of %q %q", region, service, authorization, query)
		}
	})
}
