package listener

import (
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/keystead/keystead/internal/logtest"
)

// fullTable is a listener of a process that has too many open files, the first time.
type fullTable struct {
	net.Listener
	once sync.Once
}

type tooMany struct{}

func (tooMany) Error() string   { return "too many open files" }
func (tooMany) Timeout() bool   { return false }
func (tooMany) Temporary() bool { return true }

func (l *fullTable) Accept() (net.Conn, error) {
	full := false
	l.once.Do(func() { full = true })
	if full {
		return nil, tooMany{}
	}
	return l.Listener.Accept()
}

// TestErrorLog: the operator sees what is wrong with the server, and not what clients do.
func TestErrorLog(t *testing.T) {
	var seen logtest.Log
	h := &http.Server{
		ErrorLog: ErrorLog(slog.New(slog.NewTextHandler(&seen, nil))),
		Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/mistake" {
				panic("a mistake")
			}
			_ = r.FormValue("a;b")
		}),
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(&fullTable{Listener: l}) }()
	for _, path := range []string{"/?a;b", "/mistake"} {
		if a, err := http.Get("http://" + l.Addr().String() + path); err == nil {
			_, _ = io.Copy(io.Discard, a.Body)
			a.Body.Close()
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != http.ErrServerClosed {
		t.Errorf("Serve: %v", err)
	}
	text := seen.String()
	for _, want := range []string{"too many open files", "a mistake"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not have %q: %s", want, text)
		}
	}
	if strings.Contains(text, "semicolon") {
		t.Errorf("the log has what a client did: %s", text)
	}
}

// TestStandardLog has the whole process log elsewhere, so that it is not parallel.
func TestStandardLog(t *testing.T) {
	flags, to := log.Flags(), log.Writer()
	defer func() { log.SetFlags(flags); log.SetOutput(to) }()
	var seen logtest.Log
	StandardLog(slog.New(slog.NewTextHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug})))
	log.Print("Transport: unhandled response frame")
	log.Print("http: panic serving")
	got := strings.Split(strings.TrimSpace(seen.String()), "\n")
	if len(got) != 2 || !strings.Contains(got[0], "level=DEBUG") || !strings.Contains(got[0], "unhandled") || !strings.Contains(got[1], "level=ERROR") {
		t.Errorf("the log is %q", got)
	}
}
