package cms

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	encoding "encoding/asn1"
	"errors"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// maxEnvelope is the longest envelope that Open reads. The longest that KMS makes is for the
// private key of an RSA data key pair, some 3 KB.
const maxEnvelope = 1 << 20

var (
	errEnvelope = errors.New("it is not an envelope as KMS makes them")
	errDecrypt  = errors.New("it does not open with this key")
)

// envelope is what there is in a ContentInfo.
type envelope struct{ key, iv, content []byte }

// Open is the reverse of Seal; it takes AWS's envelopes too. It does not say why an envelope
// does not open. Nobody but the holder of the key should call it, on ciphertexts of its own:
// CBC has no tag, and whoever sees the outcome for ciphertexts of his choice learns of the
// plaintext.
func Open(key *rsa.PrivateKey, b []byte) ([]byte, error) {
	e, err := parse(b)
	if err != nil {
		return nil, err
	}
	contentKey, err := rsa.DecryptOAEP(sha256.New(), nil, key, e.key, nil)
	if err != nil || len(contentKey) != 32 {
		return nil, errDecrypt
	}
	defer clear(contentKey)
	block, err := aes.NewCipher(contentKey)
	if err != nil {
		return nil, errDecrypt
	}
	p := bytes.Clone(e.content)
	cipher.NewCBCDecrypter(block, e.iv).CryptBlocks(p, p)
	n := int(p[len(p)-1])
	if n == 0 || n > aes.BlockSize || subtle.ConstantTimeCompare(p[len(p)-n:], bytes.Repeat([]byte{byte(n)}, n)) != 1 {
		return nil, errDecrypt
	}
	return p[:len(p)-n], nil
}

// parse reads a ContentInfo with an EnvelopedData for one recipient.
func parse(b []byte) (*envelope, error) {
	if len(b) > maxEnvelope {
		return nil, errEnvelope
	}
	info, rest, err := next(b, 0)
	if err != nil || len(rest) > 0 || info.tag != asn1.SEQUENCE {
		return nil, errEnvelope
	}
	content, err := fields(info, asn1.OBJECT_IDENTIFIER, tag0Constructed)
	if err != nil || !content[0].is(oidEnvelopedData) {
		return nil, errEnvelope
	}
	inner, err := fields(content[1], asn1.SEQUENCE)
	if err != nil {
		return nil, err
	}
	data, err := fields(inner[0], asn1.INTEGER, asn1.SET, asn1.SEQUENCE)
	if err != nil || !data[0].isVersion() {
		return nil, errEnvelope
	}
	var e envelope
	if e.key, err = parseRecipient(data[1]); err != nil {
		return nil, err
	}
	e.iv, e.content, err = parseContent(data[2])
	return &e, err
}

func parseRecipient(set element) (key []byte, err error) {
	list, err := fields(set, asn1.SEQUENCE)
	if err != nil {
		return nil, err
	}
	ktri, err := fields(list[0], asn1.INTEGER, tag0, asn1.SEQUENCE, asn1.OCTET_STRING)
	if err != nil || !ktri[0].isVersion() {
		return nil, errEnvelope
	}
	algorithm, err := fields(ktri[2], asn1.OBJECT_IDENTIFIER, asn1.SEQUENCE)
	if err != nil || !algorithm[0].is(oidRSAESOAEP) {
		return nil, errEnvelope
	}
	return ktri[3].content, nil
}

func parseContent(info element) (iv, content []byte, err error) {
	list, err := elements(info.content)
	if err != nil || len(list) != 3 || !list[0].is(oidData) {
		return nil, nil, errEnvelope
	}
	algorithm, err := fields(list[1], asn1.OBJECT_IDENTIFIER, asn1.OCTET_STRING)
	if err != nil || !algorithm[0].is(oidAES256CBC) || len(algorithm[1].content) != aes.BlockSize {
		return nil, nil, errEnvelope
	}
	switch list[2].tag {
	case tag0:
		content = list[2].content
	case tag0Constructed: // in pieces
		pieces, err := elements(list[2].content)
		if err != nil {
			return nil, nil, errEnvelope
		}
		for _, p := range pieces {
			if p.tag != asn1.OCTET_STRING {
				return nil, nil, errEnvelope
			}
			content = append(content, p.content...)
		}
	}
	if len(content) == 0 || len(content)%aes.BlockSize != 0 {
		return nil, nil, errEnvelope
	}
	return algorithm[1].content, content, nil
}

// fields are the elements in e, which must have these tags.
func fields(e element, tags ...asn1.Tag) ([]element, error) {
	list, err := elements(e.content)
	if err != nil || len(list) != len(tags) {
		return nil, errEnvelope
	}
	for i := range list {
		if list[i].tag != tags[i] {
			return nil, errEnvelope
		}
	}
	return list, nil
}

func (e element) is(oid encoding.ObjectIdentifier) bool {
	der, err := encoding.Marshal(oid)
	return err == nil && e.tag == asn1.OBJECT_IDENTIFIER && bytes.Equal(der[2:], e.content)
}

func (e element) isVersion() bool { return len(e.content) == 1 && e.content[0] == version }
