package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/fips140"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/crypto/argon2"

	"github.com/keystead/keystead/internal/secret"
)

// passphrase keeps the keyring in a file, encrypted under a key that Argon2id makes from a
// passphrase: who has the disk but not the passphrase has nothing.
type passphrase struct {
	rootFile
	phrase secret.Bytes
	cost   cost // of a new file

	mu  sync.Mutex
	key *wrappingKey // of the last file read or written; nil before. Argon2id runs once for it
}

// Passphrase keeps the root keys in a file encrypted under a passphrase.
func Passphrase(path string, phrase secret.Bytes) Provider {
	return &passphrase{rootFile: rootFile(path), phrase: phrase, cost: defaultCost}
}

// cost is what stands in the file about its Argon2id call.
type cost struct {
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memoryKiB"`
	Threads uint8  `json:"threads"`
	Salt    []byte `json:"salt"`
}

// defaultCost is the second recommendation of RFC 9106, section 4: it fits machines of any size.
var defaultCost = cost{Time: 3, Memory: 64 << 10, Threads: 4}

// check keeps a file from making us compute for hours, take all memory, or panic.
func (c cost) check() error {
	if c.Time < 1 || c.Time > 64 || c.Memory < 8<<10 || c.Memory > 1<<20 ||
		c.Threads < 1 || c.Threads > 64 || len(c.Salt) != saltSize {
		return fmt.Errorf("%w: its Argon2id parameters are out of range", ErrCorrupt)
	}
	return nil
}

func (c cost) equal(o cost) bool {
	return c.Time == o.Time && c.Memory == o.Memory && c.Threads == o.Threads && slices.Equal(c.Salt, o.Salt)
}

// passphraseDocument is the body of the file: the keyring as JSON, encrypted by AES-256-GCM
// (nonce first) under the Argon2id key.
type passphraseDocument struct {
	Argon2id cost   `json:"argon2id"`
	Sealed   []byte `json:"sealed"`
}

// wrappingKey is the key that encrypts the keyring. It is a rootKey for the locked memory.
type wrappingKey struct {
	cost cost
	root *rootKey
}

func (p *passphrase) Name() string { return "passphrase " + string(p.rootFile) }

func (p *passphrase) Exists() (bool, error) { return p.exists() }

func (p *passphrase) Load(context.Context) (*Keyring, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, err := p.loadLocked()
	if err != nil {
		return nil, p.wrap(err)
	}
	return r, nil
}

func (p *passphrase) loadLocked() (*Keyring, error) {
	content, err := p.read()
	if err != nil {
		return nil, err
	}
	body, err := decodeDocument(content, protectionPassphrase)
	if err != nil {
		return nil, err
	}
	var d passphraseDocument
	if err := decodeStrict(body, &d); err != nil {
		return nil, ErrCorrupt
	}
	if err := d.Argon2id.check(); err != nil {
		return nil, err
	}
	key, err := p.wrappingKeyLocked(d.Argon2id)
	if err != nil {
		return nil, err
	}
	aead, err := key.aead()
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, d.Sealed, nil)
	if err != nil {
		return nil, fmt.Errorf("does not open: %w", ErrPassphrase)
	}
	defer clear(plain)
	r, err := decodeKeyring(plain)
	if err != nil {
		return nil, err
	}
	p.key = key
	return r, nil
}

func (p *passphrase) Save(_ context.Context, r *Keyring) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, err := p.savingKeyLocked()
	if err != nil {
		return p.wrap(err)
	}
	content, err := key.encode(r)
	if err != nil {
		return fmt.Errorf("encode root keys: %w", err)
	}
	if err := p.replace(content, func() error { return mayFollow(r, p.exists, p.loadLocked) }); err != nil {
		return p.wrap(err)
	}
	p.key = key
	return nil
}

// savingKeyLocked keeps to the last file's key, and makes one for a new file.
func (p *passphrase) savingKeyLocked() (*wrappingKey, error) {
	if p.key != nil {
		return p.key, nil
	}
	c := p.cost
	c.Salt = make([]byte, saltSize)
	rand.Read(c.Salt)
	return p.wrappingKeyLocked(c)
}

func (k *wrappingKey) encode(r *Keyring) ([]byte, error) {
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	d := encodeKeyring(r)
	defer d.wipe()
	plain, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return encodeDocument(protectionPassphrase, passphraseDocument{k.cost, aead.Seal(nil, nil, plain, nil)})
}

// wrappingKeyLocked runs Argon2id, unless the last file had the same parameters.
func (p *passphrase) wrappingKeyLocked(c cost) (*wrappingKey, error) {
	switch {
	case p.key != nil && p.key.cost.equal(c):
		return p.key, nil
	case fips140.Enabled():
		return nil, errors.New("needs Argon2id, which FIPS 140 mode does not allow: use the file provider")
	case p.phrase.Len() == 0:
		return nil, fmt.Errorf("does not open: %w: it is empty", ErrPassphrase)
	}
	b := argon2.IDKey(p.phrase.Expose(), c.Salt, c.Time, c.Memory, c.Threads, rootKeySize)
	defer clear(b)
	return &wrappingKey{c, newRootKey(0, b)}, nil
}

// aead is not used for other bytes than a keyring's, so a random nonce has room enough.
func (k *wrappingKey) aead() (cipher.AEAD, error) {
	b := k.root.derive("root-keys", nil)
	defer clear(b)
	block, err := aes.NewCipher(b)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
