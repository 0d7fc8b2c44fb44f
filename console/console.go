// Package console holds the web console: a program for browsers, written in TypeScript, that
// is one more client of the API with the credentials of the person who signed in. The one
// rule: it has no door of its own; all it knows comes from the API of the same origin. This
// file serves what `make build` made of src into built/app; begin reading there with main.tsx.
package console

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// Path is where the console is served.
const Path = "/console/"

//go:embed all:built
var built embed.FS

// policy lets a page load what this origin serves, and nothing else: no script in the page
// itself, no other host, no frame around it. The design system writes styles into the page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the console below Path. Every address there that is not a file is a screen,
// which the program in the browser shows.
func Handler() http.Handler {
	files, err := fs.Sub(built, "built/app")
	if err != nil {
		return missing{}
	}
	if _, err := fs.Stat(files, "index.html"); err != nil {
		return missing{}
	}
	return &handler{files: files}
}

// missing answers in a program that was built without the console.
type missing struct{}

func (missing) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprintln(w, "This program was built without the web console. `make build` builds both.")
}

type handler struct {
	files fs.FS
	ready sync.Map // name to *file
}

// file is a file as it is sent.
type file struct {
	plain, zipped []byte // zipped is nil where it would not be smaller
	contentType   string
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the console is read with GET", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), strings.TrimSuffix(Path, "/"))
	name = strings.TrimPrefix(name, "/")
	f, err := h.file(name)
	if err != nil {
		if strings.HasPrefix(name, "assets/") {
			http.NotFound(w, r) // of an older or a newer build: the page asks for a reload
			return
		}
		if f, err = h.file("index.html"); err != nil {
			http.Error(w, "the console cannot be read", http.StatusInternalServerError)
			return
		}
	}
	header := w.Header()
	header.Set("Content-Type", f.contentType)
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	header.Set("Vary", "Accept-Encoding")
	if strings.HasPrefix(name, "assets/") {
		header.Set("Cache-Control", "public, max-age=31536000, immutable") // names have a digest of what is in them
	} else {
		header.Set("Cache-Control", "no-cache")
	}
	body := f.plain
	if f.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a reader that has gone needs nothing
	}
}

// file reads and compresses a file once.
func (h *handler) file(name string) (*file, error) {
	if f, ok := h.ready.Load(name); ok {
		return f.(*file), nil
	}
	plain, err := fs.ReadFile(h.files, name)
	if err != nil {
		return nil, err
	}
	f := &file{plain: plain, contentType: mime.TypeByExtension(path.Ext(name))}
	switch path.Ext(name) {
	case ".js":
		f.contentType = "text/javascript; charset=utf-8"
	case ".woff2":
		f.contentType = "font/woff2"
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(plain); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	if b.Len() < len(plain) {
		f.zipped = b.Bytes()
	}
	kept, _ := h.ready.LoadOrStore(name, f)
	return kept.(*file), nil
}
