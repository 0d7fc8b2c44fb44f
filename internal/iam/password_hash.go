package iam

import (
	"context"
	"crypto/fips140"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/crypto/argon2"
)

// Errors of what is done with passwords.
var (
	// ErrBusy says that too many passwords are being verified at this moment.
	ErrBusy = errors.New("too many passwords are being verified")
	// ErrNoPasswords says that there are no passwords in this mode.
	ErrNoPasswords = errors.New("passwords are not available in FIPS mode")
	errHash        = errors.New("the hash of a password is not in its form")
)

// Passwords reports whether users can have passwords: Argon2id is not one of the algorithms that
// FIPS 140-3 knows.
func Passwords() bool { return !fips140.Enabled() }

// hashCost is what one password costs whoever verifies it, or guesses it.
type hashCost struct {
	time, memory uint32 // memory in KiB
	threads      uint8
}

// defaultHashCost is the second recommendation of RFC 9106, section 4.
var defaultHashCost = hashCost{time: 3, memory: 64 << 10, threads: 4}

// cheapHashCost is for tests, which verify many passwords on busy machines.
var cheapHashCost = hashCost{time: 1, memory: 64, threads: 1}

// HashCheaply makes new hashes of passwords cost next to nothing, to guess as well: for tests. It
// must be called before anything else.
func (s *Service) HashCheaply() { s.hasher = newHasher(cheapHashCost) }

const (
	hashSize, saltSize = 32, 16

	hashesAtOnce  = 2  // each takes the memory of its cost
	hashesWaiting = 14 // sign-ins that may wait for their turn; further ones are refused at once
)

// hasher makes and verifies the hashes of passwords, few at once, because each takes much
// memory and time.
type hasher struct {
	cost  hashCost
	turns chan struct{} // one for each hash at once
	queue chan struct{} // of those who have not shown yet who they are
	decoy func() string // the hash of nobody's password
}

func newHasher(cost hashCost) *hasher {
	h := &hasher{cost: cost, turns: make(chan struct{}, hashesAtOnce), queue: make(chan struct{}, hashesAtOnce+hashesWaiting)}
	h.decoy = sync.OnceValue(func() string { return h.encode([]byte(rand.Text())) })
	return h
}

// turn waits for leave to compute, for somebody who is signed in. The caller must call done.
func (h *hasher) turn(ctx context.Context) (done func(), err error) {
	if !Passwords() {
		return nil, ErrNoPasswords
	}
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// strangerTurn is turn for somebody who may be anybody: it does not wait behind many others.
func (h *hasher) strangerTurn(ctx context.Context) (done func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	release, err := h.turn(ctx)
	if err != nil {
		<-h.queue
		return nil, err
	}
	return func() { release(); <-h.queue }, nil
}

// hash makes the text that a password is kept as.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return h.encode([]byte(password)), nil
}

const hashForm = "$argon2id$v=%d$m=%d,t=%d,p=%d$"

// encode makes the usual text of an Argon2id hash, with a new salt.
func (h *hasher) encode(password []byte) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	c := h.cost
	sum := argon2.IDKey(password, salt, c.time, c.memory, c.threads, hashSize)
	encoding := base64.RawStdEncoding
	return fmt.Sprintf(hashForm, argon2.Version, c.memory, c.time, c.threads) + encoding.EncodeToString(salt) + "$" + encoding.EncodeToString(sum)
}

// matches says whether a password is the one of a hash. It needs a turn.
func matches(hash string, password []byte) (bool, error) {
	var c hashCost
	var version int
	var rest string
	if n, err := fmt.Sscanf(hash, hashForm+"%s", &version, &c.memory, &c.time, &c.threads, &rest); err != nil || n != 5 || version != argon2.Version {
		return false, errHash
	}
	const salted = 22 // characters of a salt
	if len(rest) < salted+1 || c.time < 1 || c.threads < 1 || c.memory > 1<<20 || c.time > 64 {
		return false, errHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(rest[:salted])
	if err != nil {
		return false, errHash
	}
	sum, err := base64.RawStdEncoding.DecodeString(rest[salted+1:])
	if err != nil || len(sum) != hashSize {
		return false, errHash
	}
	got := argon2.IDKey(password, salt, c.time, c.memory, c.threads, hashSize)
	return subtle.ConstantTimeCompare(got, sum) == 1, nil
}
