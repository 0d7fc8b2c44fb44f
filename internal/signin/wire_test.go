package signin_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestRequests: nothing but the page, or a program, can send what signs somebody in.
func TestRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const good = `{"account":"000000000000","userName":"nobody","password":"x"}`
	for _, c := range []struct {
		what   string
		body   string
		change func(r *http.Request)
		status int
		code   string
	}{
		{"good", good, nil, 401, incorrect},
		{"from no page", good, func(r *http.Request) { r.Header.Del("Origin") }, 401, incorrect},
		{"with a charset", good, func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") }, 401, incorrect},
		{"from another page", good, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403, "AccessDenied: The request comes from a page of another origin."},
		{"from another port", good, func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }, 403, "AccessDenied"},
		{"from a page without an origin", good, func(r *http.Request) { r.Header.Set("Origin", "null") }, 403, "AccessDenied"},
		{"from two pages", good, func(r *http.Request) { r.Header.Add("Origin", "https://evil.example") }, 403, "AccessDenied"},
		{"across sites", good, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "AccessDenied"},
		{"from a form", good, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, "UnsupportedMediaType"},
		{"of no type", good, func(r *http.Request) { r.Header.Del("Content-Type") }, 415, "UnsupportedMediaType"},
		{"large", `{"account":"` + strings.Repeat("x", 16<<10) + `"}`, nil, 413, "RequestEntityTooLargeException"},
		{"empty", "", nil, 400, "ValidationException: The body is not a JSON object."},
		{"null", "null", nil, 400, "ValidationException: The body is not a JSON object."},
		{"a list", "[]", nil, 400, "ValidationException: The body is not a JSON object."},
		{"of another type", `{"account":1}`, nil, 400, "ValidationException: The body is not a JSON object of this operation."},
		{"an unknown member", `{"accounts":"x"}`, nil, 400, `ValidationException: The body has an unknown member "accounts".`},
		{"more behind", good + good, nil, 400, "ValidationException: There is something behind the JSON object of the body."},
		{"not UTF-8", "{\"account\":\"\xff\"}", nil, 400, "ValidationException: The body is not a JSON object."},
		{"no account", `{"userName":"nobody","password":"x"}`, nil, 400, "ValidationException: The member account is required."},
		{"no password", `{"account":"000000000000","userName":"nobody"}`, nil, 400, "ValidationException: The member password is required."},
		{"a long name", `{"account":"000000000000","userName":"` + strings.Repeat("x", 129) + `","password":"x"}`, nil, 400, "ValidationException: The member userName is too long."},
	} {
		r := w.request(http.MethodPost, "/signin/password", c.body)
		if c.change != nil {
			c.change(r)
		}
		w.want(c.what, w.send(r), c.status, c.code)
	}
	w.want("GET", w.send(w.request(http.MethodGet, "/signin/password", "")), 404, "UnknownOperationException")
	w.want("another path", w.post("/signin/other", "{}"), 404, "UnknownOperationException")
	w.want("no provider", w.post("/signin/oidc/none", "{}"), 404, "NoSuchEntity: There is no such provider.")
	w.want("parameters", w.signed(w.rootKey(), "/signin/session", `{"a":1}`), 400, "ValidationException")
	w.want("as a service", w.signed(w.NewService("s3.amazonaws.com", w.Account), "/signin/session", "{}"), 403, "AccessDenied: Services can't sign in to the console.")
}
