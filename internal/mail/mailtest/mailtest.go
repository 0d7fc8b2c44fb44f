// Package mailtest is a mail relay for tests: a real SMTP server that keeps what it is sent, and
// that fails as the test wants it to.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Mail is one that was received.
type Mail struct {
	From, To string // of the envelope
	User     string // who logged in, "" if nobody did
	TLS      bool
	Raw      string
	Header   mail.Header
	Subject  string // without its encoding
	Text     string // likewise
}

// Options are how the relay behaves.
type Options struct {
	User, Password string // who may send; "" lets everybody
	TLS            string // "starttls", "tls" from the first byte on, or "" for none

	// Refuse is asked at each stage, "MAIL", "RCPT", "DATA" (the text has come and is not kept)
	// and "KEPT" (it is kept, and the answer to be given), with the recipient if there is one.
	// An error that is ErrDrop ends the connection. It may be nil.
	Refuse func(stage, to string) error
}

// ErrDrop ends the connection.
var ErrDrop = errors.New("drop the connection")

// Status is an answer with a code of SMTP.
func Status(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: "as the test wants it"}
}

// Relay is a running relay.
type Relay struct {
	Addr  string
	Roots *x509.CertPool // that vouch for it with TLS

	t       testing.TB
	options Options
	server  *smtp.Server
	tls     *tls.Config

	mu    sync.Mutex
	mails []Mail
	came  chan struct{} // closed when one comes, and replaced
	tries int           // how often a session began
}

// Start starts a relay, which ends with the test.
func Start(t testing.TB, o Options) *Relay {
	t.Helper()
	r := &Relay{t: t, options: o, came: make(chan struct{}), Addr: "127.0.0.1:0"}
	if o.TLS != "" {
		r.tls, r.Roots = certificate(t)
	}
	r.Up()
	t.Cleanup(r.Down)
	return r
}

// URL is the relay for --smtp-url.
func (r *Relay) URL() string {
	scheme, user := "smtp://", ""
	if r.options.TLS == "tls" {
		scheme = "smtps://"
	}
	if r.options.User != "" {
		user = r.options.User + ":" + r.options.Password + "@"
	}
	return scheme + user + r.Addr
}

// Up begins to listen, at the same address as before.
func (r *Relay) Up() {
	r.t.Helper()
	l, err := net.Listen("tcp", r.Addr)
	if err != nil {
		r.t.Fatalf("mailtest: %v", err)
	}
	r.Addr = l.Addr().String()
	r.server = smtp.NewServer(r)
	r.server.Domain, r.server.AllowInsecureAuth, r.server.ErrorLog = "relay.test", true, log.New(io.Discard, "", 0)
	r.server.ReadTimeout, r.server.WriteTimeout = 10*time.Second, 10*time.Second
	switch r.options.TLS {
	case "starttls":
		r.server.TLSConfig = r.tls
	case "tls":
		l = tls.NewListener(l, r.tls)
	}
	server := r.server
	go func() { _ = server.Serve(l) }()
}

// Down ends all connections and listens no more.
func (r *Relay) Down() { _ = r.server.Close() }

// Mails are those that have come.
func (r *Relay) Mails() []Mail {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Mail(nil), r.mails...)
}

// Tries is how many sessions have begun.
func (r *Relay) Tries() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries
}

// Await waits until n mails have come that match, which is nil for all, and returns them.
func (r *Relay) Await(n int, match func(Mail) bool) []Mail {
	r.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		r.mu.Lock()
		came := r.came
		var found []Mail
		for _, m := range r.mails {
			if match == nil || match(m) {
				found = append(found, m)
			}
		}
		r.mu.Unlock()
		if len(found) >= n {
			return found
		}
		select {
		case <-came:
		case <-timeout:
			r.t.Fatalf("mailtest: %d of %d mails have come", len(found), n)
		}
	}
}

// NewSession implements smtp.Backend.
func (r *Relay) NewSession(c *smtp.Conn) (smtp.Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries++
	return &session{relay: r, conn: c}, nil
}

type session struct {
	relay *Relay
	conn  *smtp.Conn
	mail  Mail
	user  string
}

func (s *session) refuse(stage string) error {
	if s.relay.options.Refuse == nil {
		return nil
	}
	err := s.relay.options.Refuse(stage, s.mail.To)
	if errors.Is(err, ErrDrop) {
		_ = s.conn.Conn().Close()
	}
	return err
}

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string {
	if s.relay.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.relay.options.User || password != s.relay.options.Password {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.relay.options.User != "" && s.user == "" {
		return smtp.ErrAuthRequired
	}
	_, encrypted := s.conn.TLSConnectionState()
	s.mail = Mail{From: from, User: s.user, TLS: encrypted || s.relay.options.TLS == "tls"}
	return s.refuse("MAIL")
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = to
	return s.refuse("RCPT")
}

// Data implements smtp.Session.
func (s *session) Data(from io.Reader) error {
	b, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	if err := s.refuse("DATA"); err != nil {
		return err
	}
	m := s.mail
	m.Raw = string(b)
	if parsed, err := mail.ReadMessage(strings.NewReader(m.Raw)); err == nil {
		body, _ := io.ReadAll(quotedprintable.NewReader(parsed.Body))
		m.Header, m.Text = parsed.Header, strings.ReplaceAll(string(body), "\r\n", "\n")
		m.Subject, _ = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	}
	r := s.relay
	r.mu.Lock()
	r.mails = append(r.mails, m)
	close(r.came)
	r.came = make(chan struct{})
	r.mu.Unlock()
	return s.refuse("KEPT")
}

// Reset implements smtp.Session.
func (s *session) Reset() {}

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// certificate makes a certificate for 127.0.0.1.
func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "relay.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}
