// Package mail sends plain text mails through a relay.
//
// The one rule to know: nothing of a message can become a header, a recipient or a command that
// was not meant to be one, and the relay's password appears in no error and no log.
package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// timeout bounds each exchange with the relay.
const timeout = 20 * time.Second

// Options are what a Sender is made of.
type Options struct {
	URL   string         // "smtp://USER:PASSWORD@HOST:587", with STARTTLS where it is offered, or "smtps://…"
	From  string         // "Keystead <alarms@example.com>"; "" for no-reply at the host's name
	Roots *x509.CertPool // who vouches for the relay; nil: whom the system trusts
}

// Sender sends through one relay. Its methods may be called by several goroutines at once.
type Sender struct {
	host, user, password string
	port                 int
	encrypted            bool // from the first byte on
	from                 *mail.Address
	roots                *x509.CertPool
}

// New checks the options. Its errors repeat nothing of the URL, for there may be a password in it.
func New(o Options) (*Sender, error) {
	s := &Sender{roots: o.Roots}
	if err := s.setURL(o.URL); err != nil {
		return nil, err
	}
	from := o.From
	if from == "" {
		from = "no-reply@" + hostName()
	}
	a, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the sender of mails is not an address such as Keystead <alarms@example.com>: %w", err)
	}
	s.from = a
	return s, nil
}

func (s *Sender) setURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("the mail relay's URL can't be read; special characters in the password must be percent-encoded")
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return errors.New("the mail relay's URL begins neither with smtp:// nor with smtps://")
	case u.Hostname() == "":
		return errors.New("the mail relay's URL names no host")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return errors.New("the mail relay's URL has more than a user, a password, a host and a port")
	}
	s.host, s.encrypted, s.port = u.Hostname(), u.Scheme == "smtps", 587
	if s.encrypted {
		s.port = 465
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return errors.New("the port in the mail relay's URL is not a number up to 65535")
		}
	}
	s.user = u.User.Username()
	s.password, _ = u.User.Password()
	if s.user == "" && s.password != "" {
		return errors.New("the mail relay's URL has a password but no user")
	}
	return nil
}

// hostName is a name that mails may come from.
func hostName() string {
	name, err := os.Hostname()
	if err != nil || !validDomain(name) {
		return "localhost"
	}
	return name
}

func validDomain(s string) bool {
	return s != "" && len(s) <= 253 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}

// Message is a mail.
type Message struct {
	// ID is the same whenever the message is sent again: letters, digits, hyphens and dots. The
	// Message-ID header is made of it.
	ID      string
	To      string // one address
	Name    string // of the sender, in place of the configured one; may be empty
	Subject string
	Text    string
	Time    time.Time

	// Unsubscribe is a URL that ends the subscription when it is POSTed to (RFC 8058); "" for none.
	Unsubscribe string
}

// Send hands the message to the relay. If the relay will never take it, Permanent is true for
// the error.
func (s *Sender) Send(ctx context.Context, m Message) error {
	msg, err := s.compose(m)
	if err != nil {
		return &failure{err, true}
	}
	d := &dialer{tls: &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.roots}, encrypted: s.encrypted}
	client, err := s.client(d)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, d.close)
	defer stop()
	defer d.close()
	relay, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return s.redact(fmt.Errorf("reach the mail relay: %w", err))
	}
	// What the relay says after it took the message changes nothing.
	defer func() { _ = client.CloseWithSMTPClient(relay) }()
	err = client.SendWithSMTPClient(relay, msg)
	if msg.IsDelivered() || err == nil {
		return nil
	}
	return &failure{s.redact(fmt.Errorf("the mail relay: %w", err)), refused(err)}
}

// refused says whether the relay has refused the message for good. A refused sender is no such
// case: the operator can mend that.
func refused(err error) bool {
	e, ok := errors.AsType[*gomail.SendError](err)
	if !ok || e.ErrorCode() < 500 {
		return false
	}
	switch e.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return true
	}
	return false
}

type failure struct {
	error
	permanent bool
}

func (f *failure) Unwrap() error { return f.error }

// Permanent says whether sending the message again is of no use.
func Permanent(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.permanent
}

// redact takes the password out of what a relay may have repeated.
func (s *Sender) redact(err error) error {
	if s.password == "" || !strings.Contains(err.Error(), s.password) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), s.password, "***"))
}

// dialer makes the connection of one message, and ends it when the context of the message does:
// the deadlines of the exchange alone are longer.
type dialer struct {
	tls       *tls.Config
	encrypted bool

	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	plain := &net.Dialer{Timeout: timeout}
	var conn net.Conn
	var err error
	if d.encrypted {
		conn, err = (&tls.Dialer{NetDialer: plain, Config: d.tls}).DialContext(ctx, network, address)
	} else {
		conn, err = plain.DialContext(ctx, network, address)
	}
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		_ = conn.Close()
		return nil, context.DeadlineExceeded
	}
	d.conn = conn
	return conn, nil
}

func (d *dialer) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed = true; d.conn != nil {
		_ = d.conn.Close()
	}
}

func (s *Sender) client(d *dialer) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(timeout), gomail.WithHELO(hostName()), gomail.WithoutNoop(),
		gomail.WithTLSConfig(d.tls), gomail.WithDialContextFunc(d.dial),
	}
	if s.encrypted {
		options = append(options, gomail.WithSSL())
	} else {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	}
	if s.user != "" {
		options = append(options, gomail.WithSMTPAuthCustom(&auth{user: s.user, password: s.password, host: s.host}))
	}
	return gomail.NewClient(s.host, options...)
}

// auth takes the best mechanism that the relay offers. The password leaves in clear only over
// TLS, or to this machine.
type auth struct {
	user, password, host string
	chosen               smtp.Auth
}

// Start implements smtp.Auth.
func (a *auth) Start(server *smtp.ServerInfo) (string, []byte, error) {
	offered := map[string]bool{}
	for _, m := range server.Auth {
		offered[strings.ToUpper(m)] = true
	}
	switch {
	case offered["SCRAM-SHA-256"]:
		a.chosen = smtp.ScramSHA256Auth(a.user, a.password)
	case offered["SCRAM-SHA-1"]:
		a.chosen = smtp.ScramSHA1Auth(a.user, a.password)
	case !server.TLS && !isLoopback(a.host):
		return "", nil, errors.New("the relay offers no encryption, and the password is not sent in clear")
	case offered["PLAIN"]:
		a.chosen = smtp.PlainAuth("", a.user, a.password, a.host, true)
	case offered["LOGIN"]:
		a.chosen = smtp.LoginAuth(a.user, a.password, a.host, true)
	default:
		return "", nil, errors.New("the relay offers no way to log in that is known: PLAIN, LOGIN, SCRAM-SHA-1, SCRAM-SHA-256")
	}
	return a.chosen.Start(server)
}

// Next implements smtp.Auth.
func (a *auth) Next(challenge []byte, more bool) ([]byte, error) {
	return a.chosen.Next(challenge, more)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// compose makes the mail, or says what in it can't be sent.
func (s *Sender) compose(m Message) (*gomail.Msg, error) {
	to, err := Address(m.To)
	if err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	name := s.from.Name
	if m.Name != "" {
		name = oneLine(m.Name)
	}
	if err := msg.FromFormat(name, s.from.Address); err != nil {
		return nil, err
	}
	if err := msg.To(to); err != nil {
		return nil, err
	}
	msg.Subject(oneLine(m.Subject))
	msg.SetDateWithValue(m.Time)
	msg.SetMessageIDWithValue(messageID(m.ID) + "@" + s.domain())
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Unsubscribe != "" {
		if err := unsubscribe(msg, m.Unsubscribe); err != nil {
			return nil, err
		}
	}
	msg.SetBodyString(gomail.TypeTextPlain, strings.ToValidUTF8(m.Text, "\uFFFD"))
	return msg, nil
}

func unsubscribe(msg *gomail.Msg, link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(link, "<> \r\n\t") {
		return errors.New("mail: the link to unsubscribe is no URL")
	}
	msg.SetGenHeaderPreformatted("List-Unsubscribe", "<"+link+">")
	if u.Scheme == "https" { // RFC 8058, section 3.1
		msg.SetGenHeaderPreformatted("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	return nil
}

func (s *Sender) domain() string {
	_, domain, _ := strings.Cut(s.from.Address, "@")
	return domain
}

func messageID(id string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.') {
			return r
		}
		return '-'
	}, id)
}

// oneLine has no character that could end a header.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// maxAddress is the length of a path in SMTP without its brackets (RFC 5321, section 4.5.3.1.3).
const maxAddress = 254

// Address checks a mail address as a subscription names it: bare, without a display name.
func Address(s string) (string, error) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || len(s) > maxAddress || oneLine(s) != s || strings.ContainsAny(s, "\"<>, ") {
		return "", errors.New("mail: that is not an address such as alice@example.com")
	}
	local, domain, _ := strings.Cut(s, "@")
	if local == "" || domain == "" || strings.HasPrefix(domain, "[") {
		return "", errors.New("mail: that is not an address such as alice@example.com")
	}
	return s, nil
}
