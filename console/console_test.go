package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, h http.Handler, path, encoding string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHandler(t *testing.T) {
	h := &handler{files: fstest.MapFS{
		"index.html":      {Data: []byte("<!doctype html>")},
		"favicon.svg":     {Data: []byte("<svg/>")},
		"assets/a-1.js":   {Data: []byte(strings.Repeat("let a = 1;\n", 1000))},
		"assets/b-1.css":  {Data: []byte("a{}")},
		"assets/c.woff2":  {Data: []byte("w")},
		"secret/../x.txt": {Data: []byte("x")},
	}}
	for _, c := range []struct {
		path, encoding      string
		status              int
		kind, encoded, keep string
	}{
		{"/console/", "", 200, "text/html; charset=utf-8", "", "no-cache"},
		{"/console/us-east-1/kms/keys", "gzip", 200, "text/html; charset=utf-8", "", "no-cache"},
		{"/console/../../etc/passwd", "", 200, "text/html; charset=utf-8", "", "no-cache"},
		{"/console/favicon.svg", "", 200, "image/svg+xml", "", "no-cache"},
		{"/console/assets/a-1.js", "gzip, br", 200, "text/javascript; charset=utf-8", "gzip", "public, max-age=31536000, immutable"},
		{"/console/assets/a-1.js", "br", 200, "text/javascript; charset=utf-8", "", "public, max-age=31536000, immutable"},
		{"/console/assets/c.woff2", "", 200, "font/woff2", "", "public, max-age=31536000, immutable"},
		{"/console/assets/gone.js", "", 404, "text/plain; charset=utf-8", "", ""},
	} {
		w := get(t, h, c.path, c.encoding)
		header := w.Header()
		if w.Code != c.status || header.Get("Content-Type") != c.kind || header.Get("Content-Encoding") != c.encoded || header.Get("Cache-Control") != c.keep {
			t.Errorf("%s: %d %v", c.path, w.Code, header)
		}
		if csp := header.Get("Content-Security-Policy"); c.status == 200 && (!strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'")) {
			t.Errorf("%s: Content-Security-Policy %q", c.path, csp)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/console/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestMissing(t *testing.T) {
	w := get(t, missing{}, "/console/", "")
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
