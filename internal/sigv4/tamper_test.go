package sigv4_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/sigv4"
)

// message is a request in pieces that can be changed byte by byte.
type message struct {
	method, path, query, host, body string
	headers                         map[string]string
}

func (m message) request() *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.Method, r.Host = m.method, m.host
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = m.path, "", m.query
	for k, v := range m.headers {
		r.Header.Set(k, v)
	}
	return r
}

// TestAnyChangedByteFails flips each bit of each byte that a signature covers, in both forms.
func TestAnyChangedByteFails(t *testing.T) {
	v := newVerifier()
	for form, signer := range signers {
		m := message{"POST", "/path/x", "a=1&b=two", "kms.example.com:8080", `{"KeyId":"alias/x"}`, map[string]string{
			"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.Encrypt", "My-Header": "some value"}}
		signed := m.request()
		signer(t, signed, m.body)
		m.query = signed.URL.RawQuery
		for k := range signed.Header {
			m.headers[k] = signed.Header.Get(k)
		}
		for k := range m.headers {
			if _, ok := signed.Header[k]; !ok {
				delete(m.headers, k) // the presigned form carries it in the query
			}
		}
		if _, err := v.Verify(m.request(), []byte(m.body), "kms"); err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		fails := func(what, was, is string, changed message) {
			if _, err := v.Verify(changed.request(), []byte(changed.body), "kms"); reason(err) >= other-1 {
				t.Errorf("%s: %s %q instead of %q: %v, want an *Error", form, what, is, was, err)
			}
		}
		eachChange(m.method, func(s string) { c := m; c.method = s; fails("method", m.method, s, c) })
		eachChange(m.path, func(s string) { c := m; c.path = s; fails("path", m.path, s, c) })
		eachChange(m.host, func(s string) { c := m; c.host = s; fails("host", m.host, s, c) })
		eachChange(m.body, func(s string) { c := m; c.body = s; fails("body", m.body, s, c) })
		eachChange(m.query, func(s string) {
			if c := m; !sameQuery(s, m.query) {
				c.query = s
				fails("query", m.query, s, c)
			}
		})
		for name, value := range m.headers {
			eachChange(value, func(s string) {
				if name == "Authorization" && sameAuthorization(s, value) {
					return
				}
				c := m
				c.headers = map[string]string{}
				for k, v := range m.headers {
					c.headers[k] = v
				}
				c.headers[name] = s
				fails(name, value, s, c)
			})
		}
	}
}

// eachChange calls f with s after each change of one bit, and with each byte left out.
func eachChange(s string, f func(string)) {
	for i := range len(s) {
		f(s[:i] + s[i+1:])
		for bit := range 8 {
			f(s[:i] + string([]byte{s[i] ^ 1<<bit}) + s[i+1:])
		}
	}
}

// sameQuery reports whether two spellings of a query mean the same: %2f and %2F do.
func sameQuery(a, b string) bool {
	r := httptest.NewRequest("GET", "/", nil)
	r.URL.RawQuery = a
	x := r.URL.Query()
	r.URL.RawQuery = b
	return x.Encode() == r.URL.Query().Encode() && !strings.Contains(a, ";")
}

// sameAuthorization reports whether two spellings of the header have the same parts: the
// space after a comma is not needed.
func sameAuthorization(a, b string) bool {
	parts := func(s string) string {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }), " ")
	}
	return parts(a) == parts(b)
}

// TestMovedBytesFail moves bytes between neighbours in the canonical request.
func TestMovedBytesFail(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*http.Request)
	}{
		{"two headers into one", func(r *http.Request) { r.Header["A-B"] = []string{"1"}; r.Header["A-C"] = []string{"2,3"} }},
		{"header gone", func(r *http.Request) { delete(r.Header, "A-C") }},
		{"value into another line", func(r *http.Request) { r.Header["A-B"] = []string{"1,2", "3"}; delete(r.Header, "A-C") }},
		{"path into the query", func(r *http.Request) { r.URL.Path, r.URL.RawQuery = "/x", "y&a=1" }},
		{"another parameter", func(r *http.Request) { r.URL.RawQuery = "a=1&b=" }},
	} {
		r := httptest.NewRequest("GET", "/x/y?a=1", nil)
		r.Header["A-B"], r.Header["A-C"] = []string{"1", "2"}, []string{"3"}
		sign(t, r, "")
		if _, err := newVerifier().Verify(r, nil, "kms"); err != nil {
			t.Fatal(err)
		}
		c.change(r)
		if _, err := newVerifier().Verify(r, nil, "kms"); reason(err) != sigv4.Mismatch {
			t.Errorf("%s: %v, want a mismatch", c.name, err)
		}
	}
}
