package server

import (
	"crypto/x509"
	"fmt"
	"os"

	"github.com/keystead/keystead/internal/nitro"
)

// awsRoots stands for AWS's own root among the AttestationRoots.
const awsRoots = "aws"

// attestationRoots reads the roots of attested platforms, and says in the log if there are
// others than AWS's.
func (s *Server) attestationRoots() ([]*x509.Certificate, error) {
	var roots []*x509.Certificate
	for _, name := range s.cfg.AttestationRoots {
		if name == awsRoots {
			roots = append(roots, nitro.AWSRoot())
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read an attestation root: %w", err)
		}
		more, err := nitro.ParseRoots(b)
		if err != nil {
			return nil, fmt.Errorf("attestation root %s: %w", name, err)
		}
		s.log.Info("attestation documents of another root than AWS's are accepted", "file", name)
		roots = append(roots, more...)
	}
	return roots, nil
}
