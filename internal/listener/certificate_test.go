package listener

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// shakeHands connects to a server that shows c, as a client that trusts ca, and returns
// the certificate that it saw.
func shakeHands(t *testing.T, c *Certificate, ca, host string) (*x509.Certificate, error) {
	t.Helper()
	conf, err := c.Config()
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", conf)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			_, _ = io.Copy(io.Discard, conn) // until the client goes
			conn.Close()
		}
	}()
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: pool, ServerName: host})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

func only(hosts ...string) func() []string { return func() []string { return hosts } }

func TestAuthority(t *testing.T) {
	now := time.Now().Add(-(leafLife - renewBefore + time.Hour)) // what is made now is good today, but not for long
	a := Authority{t.TempDir() + "/tls", only("localhost", "127.0.0.1"), func() time.Time { return now }}
	serve := func() *Certificate {
		t.Helper()
		c, err := a.Ensure(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ca := a.path("ca.pem")
	c := serve()
	first, err := shakeHands(t, c, ca, "127.0.0.1")
	if err != nil {
		t.Fatalf("a client that trusts the CA: %v", err)
	}
	if _, err := shakeHands(t, c, ca, "other.example.com"); err == nil {
		t.Error("the certificate is good for a host that it was not made for")
	}
	for _, name := range []string{"ca.key", "key.pem"} {
		if i, err := os.Stat(a.path(name)); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", name, i, err)
		}
	}
	if again, err := shakeHands(t, serve(), ca, "localhost"); err != nil || !again.Equal(first) {
		t.Errorf("the certificate changed at the second start (%v)", err)
	}
	a.Hosts = only("localhost", "127.0.0.1", "keys.example.com")
	second, err := shakeHands(t, serve(), ca, "keys.example.com")
	if err != nil || second.Equal(first) {
		t.Errorf("no new certificate for a new host (%v)", err)
	}
	now = time.Now()
	if third, err := shakeHands(t, serve(), ca, "localhost"); err != nil || third.Equal(second) {
		t.Errorf("no new certificate before the end of the old one (%v)", err)
	}
}

// TestAuthorityInterrupted: a process that was killed in the middle of a renewal has
// replaced the key and not the certificate.
func TestAuthorityInterrupted(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	a, other := Authority{t.TempDir(), only("localhost"), time.Now}, Authority{t.TempDir(), only(), time.Now}
	running, err := a.Ensure(log)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := running.Config(); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Ensure(log); err != nil {
		t.Fatal(err)
	}
	interrupt := func() {
		t.Helper()
		if err := os.Rename(other.path("key.pem"), a.path("key.pem")); err != nil {
			t.Fatal(err)
		}
		if _, err := tls.LoadX509KeyPair(a.path("cert.pem"), a.path("key.pem")); err == nil {
			t.Fatal("the key fits")
		}
	}
	interrupt()
	restarted, err := a.Ensure(log)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shakeHands(t, restarted, a.path("ca.pem"), "localhost"); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if err := other.makeLeaf(); err != nil {
		t.Fatal(err)
	}
	interrupt()
	running.checked = time.Time{}
	if _, err := shakeHands(t, running, a.path("ca.pem"), "localhost"); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	if _, err := tls.LoadX509KeyPair(a.path("cert.pem"), a.path("key.pem")); err != nil {
		t.Errorf("the files are not made anew: %v", err)
	}
}

func TestCertificateReload(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	one := Authority{t.TempDir(), only("localhost"), time.Now}
	two := Authority{t.TempDir(), only("localhost"), time.Now}
	for _, a := range []Authority{one, two} {
		if _, err := a.Ensure(log); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	c := Files(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), log)
	modified := time.Now().Add(-time.Hour)
	install := func(from Authority, names ...string) {
		t.Helper()
		modified = modified.Add(time.Minute)
		for _, name := range names {
			b, err := os.ReadFile(from.path(name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(filepath.Join(dir, name), modified, modified); err != nil {
				t.Fatal(err)
			}
		}
		c.checked = time.Time{} // look again at the next handshake
	}
	if _, err := c.Config(); err == nil {
		t.Error("no error for files that do not exist")
	}
	install(one, "cert.pem", "key.pem")
	if _, err := shakeHands(t, c, one.path("ca.pem"), "localhost"); err != nil {
		t.Fatal(err)
	}
	install(two, "cert.pem") // half of a change: certificate and key do not fit
	if _, err := shakeHands(t, c, one.path("ca.pem"), "localhost"); err != nil {
		t.Errorf("half of a change took the old certificate out of use: %v", err)
	}
	install(two, "key.pem")
	if _, err := shakeHands(t, c, two.path("ca.pem"), "localhost"); err != nil {
		t.Errorf("the new certificate is not in use: %v", err)
	}
}
