// Package digest has the digest files by which CloudTrail proves that the log files in a bucket
// are those that it delivered: how they are made and signed, and how they are verified. The one
// rule: what AWS's tool accepts is right, and what it can't see is looked for beside it.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
package digest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Names that stand in digest files and in their metadata.
const (
	HashAlgorithm      = "SHA-256"
	SignatureAlgorithm = "SHA256withRSA"

	MetaSignature = "signature"
	MetaAlgorithm = "signature-algorithm"
)

// Form of times in digest files.
const timeForm = "2006-01-02T15:04:05Z"

// Time is a time as digest files have it.
type Time struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.String() + `"`), nil
}

// String is the time in UTC, in seconds.
func (t Time) String() string { return t.UTC().Format(timeForm) }

// File is a log file in a digest.
type File struct {
	Bucket    string `json:"s3Bucket"`
	Object    string `json:"s3Object"`
	Hash      string `json:"hashValue"` // of what is in it, uncompressed
	Algorithm string `json:"hashAlgorithm"`
	Newest    Time   `json:"newestEventTime"`
	Oldest    Time   `json:"oldestEventTime"`
}

// Digest is a digest file, its members in AWS's order. The members of the previous one are nil
// in the first of a chain.
type Digest struct {
	Account           string  `json:"awsAccountId"`
	Start             Time    `json:"digestStartTime"`
	End               Time    `json:"digestEndTime"`
	Bucket            string  `json:"digestS3Bucket"`
	Object            string  `json:"digestS3Object"`
	Fingerprint       string  `json:"digestPublicKeyFingerprint"`
	Algorithm         string  `json:"digestSignatureAlgorithm"`
	Newest            *Time   `json:"newestEventTime"`
	Oldest            *Time   `json:"oldestEventTime"`
	PreviousBucket    *string `json:"previousDigestS3Bucket"`
	PreviousObject    *string `json:"previousDigestS3Object"`
	PreviousHash      *string `json:"previousDigestHashValue"`
	PreviousAlgorithm *string `json:"previousDigestHashAlgorithm"`
	PreviousSignature *string `json:"previousDigestSignature"`
	Files             []File  `json:"logFiles"`
}

// Link is what a digest says of the one before it.
type Link struct {
	Bucket    string `json:"bucket"`
	Object    string `json:"object"`
	Hash      string `json:"hash"`
	Signature string `json:"signature"`
}

// Follow makes d the next digest behind a link; nil begins a chain.
func (d *Digest) Follow(l *Link) {
	if l != nil {
		d.PreviousBucket, d.PreviousObject, d.PreviousHash, d.PreviousSignature = &l.Bucket, &l.Object, &l.Hash, &l.Signature
		d.PreviousAlgorithm = new(HashAlgorithm)
	}
}

// Signed is a digest as it is delivered.
type Signed struct {
	Body      []byte // compressed
	Signature string // hexadecimal
	Hash      string // of the uncompressed digest
}

// Sign encodes, signs and compresses a digest. The signature of RSA PKCS #1 v1.5 depends on
// nothing but the digest and the key, so that a repeat makes the same object.
func (d *Digest) Sign(key *rsa.PrivateKey) (Signed, error) {
	if d.Files == nil {
		d.Files = []File{}
	}
	d.Algorithm, d.Fingerprint = SignatureAlgorithm, Fingerprint(&key.PublicKey)
	text, err := json.Marshal(d)
	if err != nil {
		return Signed{}, err
	}
	sum := sha256.Sum256(d.toSign(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return Signed{}, fmt.Errorf("sign digest: %w", err)
	}
	body, err := Zip(text)
	return Signed{body, hex.EncodeToString(signature), Hash(text)}, err
}

// toSign is the text that a signature is made of.
func (d *Digest) toSign(text []byte) []byte {
	previous := "null"
	if d.PreviousSignature != nil {
		previous = *d.PreviousSignature
	}
	return fmt.Appendf(nil, "%s\n%s/%s\n%s\n%s", d.End, d.Bucket, d.Object, Hash(text), previous)
}

// Hash is the hash of a file's content, as digests have it.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// PublicKeyDER is a public key in the form of ListPublicKeys: PKCS #1.
func PublicKeyDER(key *rsa.PublicKey) []byte { return x509.MarshalPKCS1PublicKey(key) }

// Fingerprint names a public key.
func Fingerprint(key *rsa.PublicKey) string {
	sum := sha256.Sum256(PublicKeyDER(key))
	return hex.EncodeToString(sum[:16])
}

// Zip compresses a file. Nothing but the content goes in, so that a repeat makes the same.
func Zip(b []byte) ([]byte, error) {
	z := NewZipper()
	_, _ = z.Write(b) // Close tells
	zipped, _, err := z.Close()
	return zipped, err
}

// Zipper compresses a file as it is written, and hashes it, so that the whole need not be held.
type Zipper struct {
	out  bytes.Buffer
	gzip *gzip.Writer
	hash hash.Hash
	err  error
}

// NewZipper begins a file.
func NewZipper() *Zipper {
	z := &Zipper{hash: sha256.New()}
	z.gzip, z.err = gzip.NewWriterLevel(&z.out, gzip.BestSpeed)
	return z
}

// Write implements io.Writer.
func (z *Zipper) Write(b []byte) (int, error) {
	if z.err != nil {
		return 0, z.err
	}
	z.hash.Write(b)
	n, err := z.gzip.Write(b)
	z.err = err
	return n, err
}

// Close returns the compressed file, and the hash of its content as digests have it.
func (z *Zipper) Close() (zipped []byte, hash string, err error) {
	if z.err == nil {
		z.err = z.gzip.Close()
	}
	if z.err != nil {
		return nil, "", z.err
	}
	return z.out.Bytes(), hex.EncodeToString(z.hash.Sum(nil)), nil
}

// maxFile bounds what Unzip makes of a file from outside.
const maxFile = 512 << 20

// Unzip is the reverse of Zip.
func Unzip(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if n, err := out.ReadFrom(io.LimitReader(r, maxFile+1)); err != nil {
		return nil, err
	} else if n > maxFile {
		return nil, errors.New("the file is too large")
	}
	return out.Bytes(), nil
}

// Parse reads a digest file, uncompressed.
func Parse(text []byte) (*Digest, error) {
	d := &Digest{}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("parse digest: %w", err)
	}
	if d.Bucket == "" || d.Object == "" || d.Start.IsZero() || d.End.IsZero() {
		return nil, errors.New("parse digest: a member is missing")
	}
	return d, nil
}

// Check reports whether the signature of a digest is right. text is its file, uncompressed.
func (d *Digest) Check(text []byte, signature string, key *rsa.PublicKey) bool {
	s, err := hex.DecodeString(signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(d.toSign(text))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], s) == nil
}

// Add lists a log file in a digest.
func (d *Digest) Add(f File) {
	d.Files = append(d.Files, f)
	if d.Oldest == nil || f.Oldest.Before(d.Oldest.Time) {
		d.Oldest = &f.Oldest
	}
	if d.Newest == nil || f.Newest.After(d.Newest.Time) {
		d.Newest = &f.Newest
	}
}
