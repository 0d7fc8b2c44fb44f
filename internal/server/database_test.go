package server_test

import (
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/server"
	"github.com/keystead/keystead/internal/store/storetest"
)

// line is a connection to a database that can be cut.
type line struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

// newLine returns a line to the database of a URL, and the URL of its near end.
func newLine(t *testing.T, database string) (*line, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{to: u.Host}
	if l.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.listener.Close()
		l.set(true)
	})
	go l.accept()
	u.Host = l.listener.Addr().String()
	return l, u.String()
}

func (l *line) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.to)
		l.mu.Lock()
		if err != nil || l.cut {
			near.Close()
		}
		if err == nil {
			l.conns = append(l.conns, near, far)
			go join(near, far)
			go join(far, near)
		}
		l.mu.Unlock()
	}
}

func join(a, b net.Conn) {
	_, _ = io.Copy(a, b)
	a.Close()
	b.Close()
}

// set cuts the line, or mends it for new connections.
func (l *line) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for _, c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

// TestDatabaseGone cuts a server off from its database. It works on from its caches for
// as long as it may, refuses then, says why, and heals by itself.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	l, near := newLine(t, storetest.PostgreSQL(t))
	r := start(t, func(c *server.Config) { c.Database, c.Staleness = near, 2*time.Second })
	c := r.kms("us-east-1")
	out, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	key := out.KeyMetadata.KeyId
	encrypt := func() string {
		_, err := c.Encrypt(t.Context(), &kms.EncryptInput{KeyId: key, Plaintext: []byte("x")})
		return code(err)
	}
	describe := func() string {
		_, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: key})
		return code(err)
	}
	until := func(call func() string, want string) {
		t.Helper()
		got := ""
		for end := time.Now().Add(30 * time.Second); got != want; got = call() {
			if time.Now().After(end) {
				t.Fatalf("the answer stays %s, want %s", got, want)
			}
		}
	}
	until(encrypt, "ok")
	l.set(true)
	if got := encrypt(); got != "ok" {
		t.Errorf("from the cache: %s", got)
	}
	if got := describe(); got != "KMSInternalException" {
		t.Errorf("a management call: %s", got)
	}
	until(encrypt, "KMSInternalException")
	if status, answer := r.ask("GET", "/readyz", ""); status != 503 || !strings.Contains(answer, `"database"`) || strings.Contains(answer, "postgres@") {
		t.Errorf("/readyz answers %d %s", status, answer)
	}
	if status, _ := r.ask("GET", "/healthz", ""); status != 200 {
		t.Errorf("/healthz answers %d", status)
	}
	l.set(false)
	until(encrypt, "ok")
	until(describe, "ok")
	if status, answer := r.ask("GET", "/readyz", ""); status != 200 {
		t.Errorf("/readyz answers %d %s", status, answer)
	}
}
