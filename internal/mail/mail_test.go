package mail_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/mail"
	"github.com/keystead/keystead/internal/mail/mailtest"
)

func sender(t testing.TB, o mail.Options) *mail.Sender {
	t.Helper()
	s, err := mail.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var sample = mail.Message{
	ID: "0001.a-b", To: "alice@example.com", Subject: "Größe: 5 €", Text: "Zeile 1\n.\nZeile 3 ✓ " + strings.Repeat("x", 2000) + "\n",
	Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Unsubscribe: "https://kms.example.com/unsubscribe.html?SubscriptionArn=a%3Ab",
}

// TestSend reads back what relays of all kinds get.
func TestSend(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]mailtest.Options{
		"open":              {},
		"user":              {User: "alice", Password: "hunter2"},
		"STARTTLS":          {TLS: "starttls"},
		"STARTTLS and user": {TLS: "starttls", User: "alice", Password: "p%40ss%3Aword"},
		"TLS":               {TLS: "tls", User: "alice", Password: "hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := o.Password
			o.Password = strings.NewReplacer("%40", "@", "%3A", ":").Replace(o.Password)
			r := mailtest.Start(t, o)
			s := sender(t, mail.Options{URL: strings.Replace(r.URL(), o.Password, url, 1), From: "Keystead <alarms@example.org>", Roots: r.Roots})
			if err := s.Send(t.Context(), sample); err != nil {
				t.Fatal(err)
			}
			m := r.Mails()[0]
			if m.From != "alarms@example.org" || m.To != sample.To || m.User != o.User || m.TLS != (o.TLS != "") {
				t.Errorf("envelope: %+v", m)
			}
			if m.Subject != sample.Subject || m.Text != sample.Text {
				t.Errorf("came as %q: %q", m.Subject, m.Text)
			}
			for name, want := range map[string]string{
				"Message-Id": "<0001.a-b@example.org>", "From": `"Keystead" <alarms@example.org>`, "To": "<alice@example.com>", "Auto-Submitted": "auto-generated",
				"Date": "Sun, 01 Mar 2026 12:00:00 +0000", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "List-Unsubscribe": "<" + sample.Unsubscribe + ">",
			} {
				if got := m.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestRefused says which errors a further try may change.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, stage string
		err         error
		sent        bool
		permanent   bool
	}{
		{"sender refused", "MAIL", mailtest.Status(550), false, false},
		{"recipient unknown", "RCPT", mailtest.Status(550), false, true},
		{"greylisted", "RCPT", mailtest.Status(451), false, false},
		{"text refused", "DATA", mailtest.Status(554), false, true},
		{"no space", "DATA", mailtest.Status(452), false, false},
		{"dropped at MAIL", "MAIL", mailtest.ErrDrop, false, false},
		{"dropped in the middle", "DATA", mailtest.ErrDrop, false, false},
		{"dropped before the answer", "KEPT", mailtest.ErrDrop, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := mailtest.Start(t, mailtest.Options{Refuse: func(stage, _ string) error {
				if stage == c.stage {
					return c.err
				}
				return nil
			}})
			err := sender(t, mail.Options{URL: r.URL()}).Send(t.Context(), sample)
			if err == nil || mail.Permanent(err) != c.permanent {
				t.Errorf("Send: %v, permanent %v", err, mail.Permanent(err))
			}
		})
	}
}

// TestPassword: it leaves this machine in clear to nobody, and stands in no error.
func TestPassword(t *testing.T) {
	t.Parallel()
	r := mailtest.Start(t, mailtest.Options{User: "alice", Password: "another"})
	err := sender(t, mail.Options{URL: "smtp://alice:hunter2@" + r.Addr}).Send(t.Context(), sample)
	if err == nil || strings.Contains(err.Error(), "hunter2") || mail.Permanent(err) {
		t.Errorf("a wrong password: %v", err)
	}
	for _, url := range []string{"smtp://alice:hunter2%zz@host", "smtps://alice:hunter2@", "mailto:hunter2", "smtp://a:hunter2@h:99999", "smtp://a:hunter2@h/x", "smtp://:hunter2@h"} {
		if _, err := mail.New(mail.Options{URL: url}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestUntrusted: a relay with a certificate that nobody vouches for gets nothing.
func TestUntrusted(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"starttls", "tls"} {
		r := mailtest.Start(t, mailtest.Options{TLS: kind, User: "alice", Password: "hunter2"})
		if err := sender(t, mail.Options{URL: r.URL()}).Send(t.Context(), sample); err == nil || len(r.Mails()) != 0 {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestSilence: a relay that says nothing is given up with the context.
func TestSilence(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	err = sender(t, mail.Options{URL: "smtp://" + l.Addr().String()}).Send(ctx, sample)
	if err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	if errors.Is(err, context.Canceled) {
		t.Errorf("Send: %v", err)
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a@b", "alice@example.com", "alice+tag@example.com", "o'neil@example.com", "jörg@example.com"} {
		if _, err := mail.Address(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "alice", "@", "a@", "@b", "Alice <alice@example.com>", "<alice@example.com>", "a@b,c@d", "a@b\r\nBcc: c@d", "a@b\n", "a b@c", `"a b"@c`, "a@[127.0.0.1]",
		"a@b (comment)", strings.Repeat("a", 250) + "@b.cd",
	} {
		if _, err := mail.Address(bad); err == nil {
			t.Errorf("%q is an address", bad)
		}
	}
}

// FuzzMessage: nothing of a message becomes a header or a recipient.
func FuzzMessage(f *testing.F) {
	f.Add("subject", "name", "text")
	f.Add("a\r\nBcc: eve@example.com", "b\nX: y", "text\r\n.\r\nMAIL FROM:<x>")
	f.Add("=?utf-8?q?x?=", "\"quoted\" <eve@example.com>,", "\xff\x00")
	f.Add("\u2028Bcc: x", "名前", "")
	r := mailtest.Start(f, mailtest.Options{})
	s, err := mail.New(mail.Options{URL: r.URL(), From: "alarms@example.org"})
	if err != nil {
		f.Fatal(err)
	}
	allowed := map[string]bool{
		"Message-Id": true, "From": true, "To": true, "Subject": true, "Date": true, "Mime-Version": true, "Content-Type": true,
		"Content-Transfer-Encoding": true, "Auto-Submitted": true,
	}
	f.Fuzz(func(t *testing.T, subject, name, text string) {
		if len(subject)+len(name)+len(text) > 10_000 {
			return
		}
		before := len(r.Mails())
		if err := s.Send(t.Context(), mail.Message{ID: "x", To: "alice@example.com", Name: name, Subject: subject, Text: text, Time: sample.Time}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		m := r.Mails()[before]
		if len(r.Mails()) != before+1 || m.To != "alice@example.com" || m.From != "alarms@example.org" {
			t.Fatalf("%d mails; %+v", len(r.Mails())-before, m)
		}
		for header, values := range m.Header {
			if !allowed[header] || len(values) != 1 {
				t.Errorf("header %s: %q", header, values)
			}
		}
		from, err := m.Header.AddressList("From")
		if err != nil || len(from) != 1 || from[0].Address != "alarms@example.org" {
			t.Errorf("From: %v, %v", from, err)
		}
		if utf8.ValidString(text) && !strings.ContainsAny(text, "\r\x00") && strings.TrimRight(m.Text, "\n") != strings.TrimRight(text, "\n") {
			t.Errorf("the text %q comes as %q", text, m.Text)
		}
	})
}
