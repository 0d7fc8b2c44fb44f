package listener

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Certificate serves a certificate from files and reads them again when they change. A
// change that can't be read leaves the certificate that worked in use.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	renew             func(*tls.Certificate) error // before the certificate is used, or with nil if there is none; may be nil

	mu      sync.Mutex
	checked time.Time // when the files were last looked at, in wall time
	changed time.Time // the newer modification time of the two files that are in use
	current *tls.Certificate
}

// checkEvery is how often a handshake looks whether the files have changed.
const checkEvery = time.Second

// Files is the certificate of a PEM file, with its intermediates, and the key of another.
func Files(certFile, keyFile string, log *slog.Logger) *Certificate {
	return &Certificate{certFile: certFile, keyFile: keyFile, log: log}
}

// Config is the configuration of a server that shows the certificate. It fails if there is none
// to show yet.
func (c *Certificate) Config() (*tls.Config, error) {
	if _, err := c.Get(nil); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: c.Get}, nil
}

// Get returns the certificate to show, as tls.Config.GetCertificate.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil && time.Since(c.checked) < checkEvery {
		return c.current, nil
	}
	c.checked = time.Now()
	err := c.reload()
	if c.renew != nil {
		var good *tls.Certificate
		if err == nil {
			good = c.current
		}
		if err = c.renew(good); err == nil {
			err = c.reload()
		}
	}
	if err != nil && c.current != nil {
		c.log.Error("read the TLS certificate again; the old one stays in use", "error", err)
		err = nil
	}
	return c.current, err
}

// Refresh has the next handshake look whether the certificate still does.
func (c *Certificate) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked = time.Time{}
}

// reload reads the files if they have changed.
func (c *Certificate) reload() error {
	var newest time.Time
	for _, f := range []string{c.certFile, c.keyFile} {
		i, err := os.Stat(f)
		if err != nil {
			return fmt.Errorf("TLS certificate: %w", err)
		}
		if i.ModTime().After(newest) {
			newest = i.ModTime()
		}
	}
	if c.current != nil && newest.Equal(c.changed) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("TLS certificate: %w", err)
	}
	if c.current != nil {
		c.log.Info("the TLS certificate was read again", "subject", pair.Leaf.Subject.String(), "until", pair.Leaf.NotAfter)
	}
	c.current, c.changed = &pair, newest
	return nil
}
