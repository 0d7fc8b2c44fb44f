// Package cms makes and opens the envelopes in which a plaintext goes to an attested
// platform: EnvelopedData for one recipient, whose RSA key wraps an AES key. It does what KMS
// needs and nothing else of CMS; it is pure. Begin with Seal.
//
// Source: RFC 5652; https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html, on
// CiphertextForRecipient
package cms

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	encoding "encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidData          = encoding.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidEnvelopedData = encoding.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}
	oidRSAESOAEP     = encoding.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 7}
	oidMGF1          = encoding.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
	oidSHA256        = encoding.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidAES256CBC     = encoding.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
)

// version is that of EnvelopedData and of KeyTransRecipientInfo where the recipient is named
// by a subjectKeyIdentifier (RFC 5652, sections 6.1 and 6.2.1).
const version = 2

// The tags of context-specific members.
var (
	tag0            = asn1.Tag(0).ContextSpecific()
	tag0Constructed = tag0.Constructed()
	tag1Constructed = asn1.Tag(1).ContextSpecific().Constructed()
)

// Seal encrypts a plaintext for the holder of an RSA key: AES-256-CBC under a new key, which
// RSAES-OAEP with SHA-256 encrypts.
//
// The layout is that of AWS's answers, to the byte: what wraps the content is of indefinite
// length. The parser of aws-nitro-enclaves-sdk-c takes it in no other form: it reads the head
// of such an element to step into it, and would step over one of definite length.
func Seal(recipient *rsa.PublicKey, plaintext []byte) ([]byte, error) {
	key := make([]byte, 32)
	defer clear(key)
	iv := make([]byte, aes.BlockSize)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	_, _ = rand.Read(iv)
	content, err := encrypt(key, iv, plaintext)
	if err != nil {
		return nil, err
	}
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, recipient, key, nil)
	if err != nil {
		return nil, fmt.Errorf("encrypt the key for the recipient: %w", err)
	}
	id, err := keyIdentifier(recipient)
	if err != nil {
		return nil, err
	}
	return marshal(id, wrapped, iv, content)
}

// encrypt pads as RFC 5652, section 6.3 says.
func encrypt(key, iv, plaintext []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	n := aes.BlockSize - len(plaintext)%aes.BlockSize
	b := make([]byte, 0, len(plaintext)+n)
	b = append(append(b, plaintext...), bytes.Repeat([]byte{byte(n)}, n)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(b, b)
	return b, nil
}

// keyIdentifier is the SHA-256 of the recipient's SubjectPublicKeyInfo. AWS's identifiers have
// that length; it does not say what they are, and a recipient has one key to try.
//
// Source: RFC 7093, section 2, method 4
func keyIdentifier(key *rsa.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode the recipient's key: %w", err)
	}
	sum := sha256.Sum256(der)
	return sum[:], nil
}

// marshal is the ContentInfo.
func marshal(id, wrapped, iv, content []byte) ([]byte, error) {
	var contentType, recipient, encrypted cryptobyte.Builder
	contentType.AddASN1ObjectIdentifier(oidEnvelopedData)
	recipient.AddASN1Int64(version)
	recipient.AddASN1(asn1.SET, func(b *cryptobyte.Builder) { // recipientInfos
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { // ktri
			b.AddASN1Int64(version)
			b.AddASN1(tag0, func(b *cryptobyte.Builder) { b.AddBytes(id) })
			b.AddASN1(asn1.SEQUENCE, addOAEP)
			b.AddASN1OctetString(wrapped)
		})
	})
	encrypted.AddASN1ObjectIdentifier(oidData)
	encrypted.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidAES256CBC)
		b.AddASN1OctetString(iv)
	})
	var octets cryptobyte.Builder
	octets.AddASN1OctetString(content)

	parts := make([][]byte, 0, 4)
	for _, b := range []*cryptobyte.Builder{&contentType, &recipient, &encrypted, &octets} {
		part, err := b.Bytes()
		if err != nil {
			return nil, fmt.Errorf("encode the envelope: %w", err)
		}
		parts = append(parts, part)
	}
	info := indefinite(asn1.SEQUENCE, parts[2], indefinite(tag0Constructed, parts[3]))
	enveloped := indefinite(asn1.SEQUENCE, parts[1], info)
	return indefinite(asn1.SEQUENCE, parts[0], indefinite(tag0Constructed, enveloped)), nil
}

// addOAEP is RSAES-OAEP with its parameters, as RFC 4055, section 4.1 has them.
func addOAEP(b *cryptobyte.Builder) {
	sha256 := func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidSHA256)
			b.AddASN1NULL()
		})
	}
	b.AddASN1ObjectIdentifier(oidRSAESOAEP)
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tag0Constructed, sha256)
		b.AddASN1(tag1Constructed, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidMGF1)
				sha256(b)
			})
		})
	})
}

// indefinite is a constructed element of indefinite length (X.690, section 8.1.3.6).
func indefinite(tag asn1.Tag, parts ...[]byte) []byte {
	b := []byte{byte(tag), 0x80}
	b = append(b, bytes.Join(parts, nil)...)
	return append(b, 0, 0)
}
