package kms

import "github.com/keystead/keystead/internal/material"

// checkFIPS refuses, while the program runs in FIPS 140-3 mode, the key specs and algorithms
// that are outside of its cryptographic module. An empty algorithm asks for the spec alone.
func checkFIPS(s *material.Spec, algorithm string) error {
	why := material.Refused(s, algorithm)
	switch {
	case why == "":
		return nil
	case algorithm == "" || material.Refused(s, "") != "":
		return errFIPS(s.Name, why)
	default:
		return errFIPS(algorithm, why)
	}
}
