package sigv4_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/keystead/keystead/internal/sigv4"
)

// shapes are requests that the AWS SDK for Go signs and sends through net/http.
var shapes = []struct {
	name, method, target, body string
	headers                    http.Header
}{
	{name: "root", method: "POST", target: "/", body: "{}"},
	{name: "no path", method: "POST", target: "", body: "{}"},
	{name: "no body", method: "GET", target: "/"},
	{name: "long body", method: "POST", target: "/", body: strings.Repeat("0123456789", 1000)},
	{name: "path", method: "POST", target: "/kms/xks/v1/keys/foo/encrypt", body: "{}"},
	{name: "path with slash at the end", method: "GET", target: "/a/b/"},
	{name: "path with spaces", method: "GET", target: "/a%20b/c%20"},
	{name: "path with unicode", method: "GET", target: "/%E1%88%B4/Schl%c3%bcssel"},
	{name: "path with encoded slash and percent", method: "GET", target: "/a%2Fb/100%25"},
	{name: "path with reserved characters", method: "GET", target: "/a:b@c&d=e+f$g,h;i!j*k'(l)"},
	{name: "path with dots in words", method: "GET", target: "/..a/.b/c..d/..."},
	{name: "path with encoded dots", method: "GET", target: "/a/%2E%2E/b"},
	{name: "query", method: "GET", target: "/?Action=GetCallerIdentity&Version=2011-06-15"},
	{name: "query out of order", method: "GET", target: "/?b=2&a=3&a=10&a=1&B=0&a-b=1&a.b=1&aa=1&a%3D=2"},
	{name: "query without values", method: "GET", target: "/?b&a=&c"},
	{name: "query with encoding", method: "GET", target: "/?a=x%20y+z&b=%2f%2F&%C3%A4=%E2%82%AC&t=~-._&p=100%25&plus=1%2B1"},
	{name: "query and body", method: "POST", target: "/?x=1", body: "Action=ListUsers&Version=2010-05-08"},
	{name: "repeated header", method: "POST", target: "/", body: "{}", headers: http.Header{"My-Header": {"c", "a", "b"}}},
	{name: "header with spaces", method: "POST", target: "/", headers: http.Header{"My-Header": {"  a   b  c    d ", `"x   y"`}}},
	{name: "header with commas", method: "POST", target: "/", headers: http.Header{"My-Header": {"a,b", "c, d"}}},
	{name: "empty header", method: "POST", target: "/", headers: http.Header{"My-Header": {""}}},
	{name: "header with a long name", method: "POST", target: "/", headers: http.Header{"X-Amz-" + strings.Repeat("Meta-", 30): {"v"}}},
	{name: "content hash", method: "POST", target: "/", body: "abc", headers: http.Header{"X-Amz-Content-Sha256": {hashOf("abc")}}},
	{name: "json", method: "POST", target: "/", body: "{}", headers: http.Header{
		"X-Amz-Target": {"TrentService.Encrypt"}, "Content-Type": {"application/x-amz-json-1.1"}, "Amz-Sdk-Request": {"attempt=1; max=3"}}},
}

// signers are the two forms, with and without a session.
var signers = map[string]func(t *testing.T, r *http.Request, body string){
	"header":             func(t *testing.T, r *http.Request, body string) { signHeader(t, r, body, keyID, "") },
	"header, session":    func(t *testing.T, r *http.Request, body string) { signHeader(t, r, body, "ASIAEXAMPLE", session) },
	"presigned":          func(t *testing.T, r *http.Request, body string) { presign(t, r, body, keyID, "") },
	"presigned, session": func(t *testing.T, r *http.Request, body string) { presign(t, r, body, "ASIAEXAMPLE", session) },
}

func signHeader(t *testing.T, r *http.Request, body, id, token string) {
	t.Helper()
	c := aws.Credentials{AccessKeyID: id, SecretAccessKey: secretKey, SessionToken: token}
	if err := v4.NewSigner().SignHTTP(t.Context(), c, r, hashOf(body), "kms", "eu-central-1", signedAt); err != nil {
		t.Fatal(err)
	}
}

func presign(t *testing.T, r *http.Request, body, id, token string) {
	t.Helper()
	c := aws.Credentials{AccessKeyID: id, SecretAccessKey: secretKey, SessionToken: token}
	query := r.URL.Query()
	query.Set("X-Amz-Expires", "900")
	r.URL.RawQuery = query.Encode()
	uri, headers, err := v4.NewSigner().PresignHTTP(t.Context(), c, r, hashOf(body), "kms", "eu-central-1", signedAt)
	if err != nil {
		t.Fatal(err)
	}
	if r.URL, err = r.URL.Parse(uri); err != nil {
		t.Fatal(err)
	}
	r.Header = headers
	r.Header.Del("Host")
}

// TestShapes sends every shape in every form to a real server, over HTTP/1.1 and HTTP/2.
func TestShapes(t *testing.T) {
	v := newVerifier()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, err := v.Verify(r, body, "kms")
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		fmt.Fprint(w, got.Credential.Owner, " ", got.Region, " ", got.Presigned)
	})
	plain := httptest.NewServer(handler)
	t.Cleanup(plain.Close)
	h2 := httptest.NewUnstartedServer(handler)
	h2.EnableHTTP2 = true
	h2.StartTLS()
	t.Cleanup(h2.Close)
	for _, shape := range shapes {
		for form, sign := range signers {
			for _, server := range []*httptest.Server{plain, h2} {
				r, err := http.NewRequest(shape.method, server.URL+shape.target, strings.NewReader(shape.body))
				if err != nil {
					t.Fatal(err)
				}
				for k, v := range shape.headers {
					r.Header[k] = append([]string(nil), v...)
				}
				sign(t, r, shape.body)
				want := "200 owner eu-central-1 false"
				if strings.Contains(form, "session") {
					want = strings.Replace(want, "owner", "session", 1)
				}
				if strings.Contains(form, "presigned") {
					want = strings.Replace(want, "false", "true", 1)
				}
				if got := send(t, server, r); got != want {
					t.Errorf("%s, %s, %s: got %q, want %q", shape.name, form, server.URL, got, want)
				}
			}
		}
	}
}

func send(t *testing.T, server *httptest.Server, r *http.Request) string {
	t.Helper()
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(resp.StatusCode, " ", string(text))
}

// TestHostForms checks that the port belongs to the signed host when it was sent.
func TestHostForms(t *testing.T) {
	for _, host := range []string{"kms.us-east-1.amazonaws.com", "127.0.0.1:8080", "[::1]:8080", "KMS.Example.COM", "localhost:443"} {
		r := newRequest("{}")
		r.Host = host
		sign(t, r, "{}")
		if _, err := newVerifier().Verify(r, []byte("{}"), "kms"); err != nil {
			t.Errorf("host %s: %v", host, err)
		}
		r.Host += "1"
		if _, err := newVerifier().Verify(r, []byte("{}"), "kms"); reason(err) != sigv4.Mismatch {
			t.Errorf("host %s, signed as %s: %v, want a mismatch", r.Host, host, err)
		}
	}
}

// TestDateHeader checks that a Date header stands in for a missing X-Amz-Date.
func TestDateHeader(t *testing.T) {
	for _, layout := range []string{http.TimeFormat, "20060102T150405Z"} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Date", signedAt.Format(layout))
		signByHand(r, "", "date;host", signedAt.Format("20060102T150405Z"))
		got, err := newVerifier().Verify(r, nil, "kms")
		if err != nil || !got.Time.Equal(signedAt) {
			t.Errorf("Date: %s: %v, %v", r.Header.Get("Date"), got.Time, err)
		}
		r.Header.Set("Date", signedAt.Add(time.Second).Format(layout))
		if _, err := newVerifier().Verify(r, nil, "kms"); reason(err) != sigv4.Mismatch {
			t.Errorf("changed Date: %v, want a mismatch", err)
		}
	}
}

// TestAuthorityHeader checks HTTP/2's name of the host, which AWS takes too.
func TestAuthorityHeader(t *testing.T) {
	r := httptest.NewRequest("POST", "/", nil)
	stamp := signedAt.Format("20060102T150405Z")
	r.Header.Set("X-Amz-Date", stamp)
	signByHand(r, "", ":authority;x-amz-date", stamp)
	if _, err := newVerifier().Verify(r, nil, "kms"); err != nil {
		t.Error(err)
	}
}

func TestScope(t *testing.T) {
	r := newRequest("")
	if _, _, ok := sigv4.Scope(r); ok {
		t.Error("an unsigned request has a scope")
	}
	for form, sign := range signers {
		r := newRequest("")
		sign(t, r, "")
		if region, service, ok := sigv4.Scope(r); region != "eu-central-1" || service != "kms" || !ok {
			t.Errorf("%s: %q, %q, %v", form, region, service, ok)
		}
	}
}
