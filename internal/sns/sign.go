package sns

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // signature version 1 is SHA1 by its definition
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// signerKind is the kind of the records of keys that sign messages, by the names of their
// certificates. The record is due when the key can be forgotten: messages that it signed are
// verified for a while after it was replaced.
const signerKind = "sns-signer"

const (
	signerLife  = 400 * 24 * time.Hour
	signerRenew = 300 * 24 * time.Hour // when another one takes over
)

// signingKey is a key with its certificate.
type signingKey struct {
	Key     []byte    `json:"key"` // PKCS #8
	Cert    []byte    `json:"cert"`
	Created time.Time `json:"created"`

	name string
	key  *rsa.PrivateKey
}

// signer signs messages so that their receivers know who sent them.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
type signer struct {
	service *Service
	mu      sync.Mutex
	current *signingKey
}

// get returns the key that signs now.
func (g *signer) get(ctx context.Context) (*signingKey, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.service.now()
	if g.current != nil && now.Sub(g.current.Created) < signerRenew {
		return g.current, nil
	}
	k, err := g.newest(ctx)
	if err != nil {
		return nil, err
	}
	if k == nil || now.Sub(k.Created) >= signerRenew {
		if k, err = g.create(ctx, now); err != nil {
			return nil, err
		}
	}
	g.current = k
	return k, nil
}

// forget removes the keys whose messages nobody verifies any more.
func (g *signer) forget(ctx context.Context) error {
	old, err := g.service.DB.DueBefore(ctx, signerKind, g.service.now(), 100)
	if err != nil {
		return err
	}
	for _, r := range old {
		err := g.service.DB.Update(ctx, func(tx *store.Tx) error { return tx.Erase(signerKind, r.Key) })
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

func (g *signer) newest(ctx context.Context) (*signingKey, error) {
	records, err := g.service.DB.Scan(ctx, signerKind, store.Range{})
	if err != nil {
		return nil, err
	}
	var best *signingKey
	for _, r := range records {
		k, err := decodeSigner(r)
		if err != nil {
			return nil, err
		}
		if best == nil || k.Created.After(best.Created) {
			best = k
		}
	}
	return best, nil
}

func decodeSigner(r store.Record) (*signingKey, error) {
	k := &signingKey{name: r.Key}
	if err := json.Unmarshal(r.Body, k); err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(k.Key)
	if err != nil {
		return nil, err
	}
	var ok bool
	if k.key, ok = key.(*rsa.PrivateKey); !ok {
		return nil, errors.New("sns: the key that signs messages is not an RSA key")
	}
	return k, nil
}

// create makes a key. If another node was quicker, that one's is taken.
func (g *signer) create(ctx context.Context, now time.Time) (*signingKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	cert, err := certificateFor(key, now)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(cert)
	k := &signingKey{Key: private, Cert: cert, Created: now, name: hex.EncodeToString(sum[:16]), key: key}
	body, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	err = g.service.DB.Update(ctx, func(tx *store.Tx) error {
		all, err := tx.Scan(signerKind, store.Range{})
		if err != nil {
			return err
		}
		for _, r := range all {
			if other, err := decodeSigner(r); err == nil && now.Sub(other.Created) < signerRenew {
				k = other
				return nil
			}
		}
		return tx.Insert(store.Record{Kind: signerKind, Key: k.name, Due: now.Add(signerLife), Body: body})
	})
	return k, err
}

func certificateFor(key *rsa.PrivateKey, now time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, DNSNames: []string{"sns.amazonaws.com"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(signerLife),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}

// path is where the certificate is served.
func (k *signingKey) path() string { return "/SimpleNotificationService-" + k.name + ".pem" }

var certName = regexp.MustCompile(`^SimpleNotificationService-([0-9a-f]{32})\.pem$`)

// Certificate returns the certificate of a key that signs or has signed messages, by the name of
// its file, or nil.
func (s *Service) Certificate(ctx context.Context, file string) ([]byte, error) {
	m := certName.FindStringSubmatch(file)
	if m == nil {
		return nil, nil
	}
	r, err := s.DB.Get(ctx, signerKind, m[1])
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k, err := decodeSigner(r)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Cert}), nil
}

// sign signs the members of a message in AWS's canonical form.
func (k *signingKey) sign(version string, members [][2]string) (string, error) {
	var b strings.Builder
	for _, m := range members {
		b.WriteString(m[0] + "\n" + m[1] + "\n")
	}
	text, algorithm := []byte(b.String()), crypto.SHA1
	var digest []byte
	if version == "2" {
		sum := sha256.Sum256(text)
		algorithm, digest = crypto.SHA256, sum[:]
	} else {
		sum := sha1.Sum(text)
		digest = sum[:]
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.key, algorithm, digest)
	return base64.StdEncoding.EncodeToString(signature), err
}
