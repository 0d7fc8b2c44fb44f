package nitrotest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/keystead/keystead/internal/nitro"
)

// The files of an authority in its directory.
const (
	RootFile = "root.pem"     // the certificate, which servers are told to trust
	keyFile  = "root-key.pem" // what it signs with
)

// OpenAuthority opens the authority in a directory, or makes it there.
func OpenAuthority(dir string, now time.Time) (*Authority, error) {
	root, key := filepath.Join(dir, RootFile), filepath.Join(dir, keyFile)
	_, err := os.Stat(root)
	if errors.Is(err, fs.ErrNotExist) {
		return makeAuthority(dir, root, key, now)
	}
	b, err := os.ReadFile(root)
	if err != nil {
		return nil, err
	}
	roots, err := nitro.ParseRoots(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, err)
	}
	k, err := readKey[*ecdsa.PrivateKey](key)
	if err != nil {
		return nil, err
	}
	if !k.PublicKey.Equal(roots[0].PublicKey) {
		return nil, fmt.Errorf("%s is not the key of %s", key, root)
	}
	return &Authority{Root: roots[0], Key: k}, nil
}

// makeAuthority writes the certificate last: without it there is no authority, and with it
// there is all of one.
func makeAuthority(dir, root, key string, now time.Time) (*Authority, error) {
	a, err := NewAuthority(now)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := writeKey(key, a.Key); err != nil {
		return nil, err
	}
	return a, create(root, 0o644, "CERTIFICATE", a.Root.Raw)
}

// OpenKey reads the RSA key of a recipient from a PEM file, or makes one there of 2048 bits.
func OpenKey(file string) (*rsa.PrivateKey, error) {
	k, err := ReadKey(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if k, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	return k, writeKey(file, k)
}

// ReadKey reads the RSA key of a recipient from a PEM file, in PKCS #8.
func ReadKey(file string) (*rsa.PrivateKey, error) { return readKey[*rsa.PrivateKey](file) }

func readKey[K crypto.Signer](file string) (key K, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return key, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return key, fmt.Errorf("%s is not PEM", file)
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return key, fmt.Errorf("%s has no private key in PKCS #8", file)
	}
	key, ok := k.(K)
	if !ok {
		return key, fmt.Errorf("%s has a key of another type", file)
	}
	return key, nil
}

// ReadPublicKey reads a SubjectPublicKeyInfo from a file, in PEM or DER. What key it is of is
// for the verifier to judge.
func ReadPublicKey(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(b); block != nil {
		b = block.Bytes
	}
	if _, err := x509.ParsePKIXPublicKey(b); err != nil {
		return nil, fmt.Errorf("%s has no public key as a SubjectPublicKeyInfo", file)
	}
	return b, nil
}

func writeKey(file string, key any) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return create(file, 0o600, "PRIVATE KEY", der)
}

// create writes a file that must not exist.
func create(file string, mode fs.FileMode, blockType string, der []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	return errors.Join(pem.Encode(f, &pem.Block{Type: blockType, Bytes: der}), f.Close())
}
