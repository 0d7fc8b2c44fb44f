package listener

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Roots are the certificate authorities of a PEM file, which is read again when it changes. A
// change that can't be read leaves those in use that were.
type Roots struct {
	file string
	log  *slog.Logger

	mu      sync.Mutex
	checked time.Time // when the file was last looked at, in wall time
	changed time.Time // the modification time of the file that is in use, or was refused
	size    int64     // likewise
	current *x509.CertPool
}

// ReadRoots reads a PEM file with one certificate at least.
func ReadRoots(file string, log *slog.Logger) (*Roots, error) {
	r := &Roots{file: file, log: log}
	r.checked = time.Now()
	_, err := r.reload()
	return r, err
}

// Get returns the authorities to trust now: the same pool as long as they do not change.
func (r *Roots) Get() *x509.CertPool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.checked) < checkEvery {
		return r.current
	}
	r.checked = time.Now()
	switch changed, err := r.reload(); {
	case err != nil:
		r.log.Error("read the certificate authorities again; the old ones stay in use", "error", err)
	case changed:
		r.log.Info("the certificate authorities were read again", "file", r.file)
	}
	return r.current
}

// Refresh has the next Get look whether the file has changed.
func (r *Roots) Refresh() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checked = time.Time{}
}

// reload reads the file if it has changed.
func (r *Roots) reload() (changed bool, err error) {
	i, err := os.Stat(r.file)
	if err != nil {
		return false, fmt.Errorf("certificate authorities: %w", err)
	}
	if r.current != nil && i.ModTime().Equal(r.changed) && i.Size() == r.size {
		return false, nil
	}
	r.changed, r.size = i.ModTime(), i.Size()
	b, err := os.ReadFile(r.file)
	if err != nil {
		return false, fmt.Errorf("certificate authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return false, fmt.Errorf("certificate authorities: %s has no certificate in PEM", r.file)
	}
	r.current = pool
	return true, nil
}
