package seal

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A root key file is one JSON object: how the keyring inside is protected, the keyring,
// and a checksum of it, so that a damaged file is told from a wrong passphrase and never
// opens as a wrong key.
const (
	documentVersion = 1

	protectionNone       = "none"
	protectionPassphrase = "passphrase"
)

type document struct {
	Version    int             `json:"keysteadRootKeys"`
	Protection string          `json:"protection"`
	Body       json.RawMessage `json:"body"`
	Checksum   string          `json:"checksum"` // SHA-256 of the compact body, in hex
}

// keyringDocument is a keyring in clear: the body of a file without protection, and what
// the passphrase encrypts in one with.
type keyringDocument struct {
	Revision uint64        `json:"revision"`
	Active   uint32        `json:"active"`
	Next     uint32        `json:"next"`
	Keys     []keyDocument `json:"keys"`
}

type keyDocument struct {
	Number uint32 `json:"number"`
	Key    []byte `json:"key"`
}

// encodeDocument returns the content of a root key file.
func encodeDocument(protection string, body any) ([]byte, error) {
	compact, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	defer clear(compact)
	sum := sha256.Sum256(compact)
	b, err := json.MarshalIndent(document{documentVersion, protection, compact, hex.EncodeToString(sum[:])}, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// decodeDocument returns the compact body of a root key file's content. The caller wipes it.
func decodeDocument(content []byte, protection string) ([]byte, error) {
	var head struct {
		Version int `json:"keysteadRootKeys"`
	}
	if err := json.Unmarshal(content, &head); err != nil || head.Version < 1 {
		return nil, ErrCorrupt
	}
	if head.Version > documentVersion {
		return nil, fmt.Errorf("%w (format %d)", ErrVersion, head.Version)
	}
	var d document
	if err := decodeStrict(content, &d); err != nil {
		return nil, ErrCorrupt
	}
	defer clear(d.Body)
	if d.Protection != protection {
		return nil, fmt.Errorf("%w (%q, expected %q)", ErrProtection, d.Protection, protection)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, d.Body); err != nil {
		return nil, ErrCorrupt
	}
	sum := sha256.Sum256(compact.Bytes())
	want, err := hex.DecodeString(d.Checksum)
	if err != nil || subtle.ConstantTimeCompare(sum[:], want) != 1 {
		clear(compact.Bytes())
		return nil, ErrCorrupt
	}
	return compact.Bytes(), nil
}

// encodeKeyring returns what decodeKeyring reads. The caller wipes it.
func encodeKeyring(r *Keyring) keyringDocument {
	d := keyringDocument{Revision: r.revision, Active: r.active, Next: r.next}
	for _, k := range r.keys {
		d.Keys = append(d.Keys, keyDocument{k.number, k.clone()})
	}
	return d
}

func decodeKeyring(b []byte) (*Keyring, error) {
	var d keyringDocument
	if err := decodeStrict(b, &d); err != nil {
		return nil, ErrCorrupt
	}
	defer d.wipe()
	if len(d.Keys) > maxRootKeys {
		return nil, fmt.Errorf("%w: it has %d keys", ErrCorrupt, len(d.Keys))
	}
	r := &Keyring{revision: d.Revision, active: d.Active, next: d.Next}
	for _, k := range d.Keys {
		r.keys = append(r.keys, newRootKey(k.Number, k.Key))
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrCorrupt, err)
	}
	return r, nil
}

func (d *keyringDocument) wipe() {
	for _, k := range d.Keys {
		clear(k.Key)
	}
}

// decodeStrict refuses unknown members and trailing bytes.
func decodeStrict(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("trailing bytes")
	}
	return nil
}
