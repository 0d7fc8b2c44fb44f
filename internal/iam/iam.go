// Package iam knows who is calling: accounts, their access keys and the sessions that
// STS hands out, and decides what a caller may do. The one rule: whoever asks gets a
// Caller, or a Credential to verify a signature with, and never a secret access key.
// Begin with caller.go.
//
// Services that act for users (service.go, behalf.go) need trust, and get little of it. The
// operator decides which there are, and in which accounts and Regions. A service that calls
// for itself may do what a key's policy or a grant allows to it by name. One that calls for
// a principal may do what that principal may, as far as it is the use of keys: a service
// manages no keys, and calls nothing but KMS, for others. Whoever holds the access key of a
// service can name any principal of its accounts, so that a policy that must not trust a
// service asks for kms:ViaService or aws:ViaAWSService.
package iam

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/store"
)

// The kinds of records. The key of an account record is the account id; that of an access
// key record is the access key id, and its Ref is "ACCOUNT/".
const (
	accountKind   = "iam-account"
	accessKeyKind = "iam-access-key"
)

// Service keeps accounts and access keys. Its methods may be called at once.
type Service struct {
	db       *store.DB
	clock    *clock.Clock
	sealer   *seal.Sealer
	keys     *store.Cache[*accessKey]
	services *store.Cache[*ServicePrincipal]
	profiles *store.Cache[*LoginProfile]
	dir      *directory
	sessions sessions
	messages Sealer // of authorization messages
	uses     keyUses
	hasher   *hasher
	guesses  *guesses
}

// cacheBytes bounds the memory of cached access keys.
const cacheBytes = 16 << 20

// New returns a Service over db. Session tokens are sealed by sealer.
func New(db *store.DB, clk *clock.Clock, sealer *seal.Sealer) *Service {
	return &Service{
		db: db, clock: clk, sealer: sealer, dir: newDirectory(db),
		keys:     store.NewCache(db, accessKeyKind, cacheBytes, decodeAccessKey),
		services: store.NewCache(db, serviceKind, cacheBytes, decodeService),
		profiles: store.NewCache(db, loginProfileKind, cacheBytes/4, decodeLoginProfile),
		hasher:   newHasher(defaultHashCost), guesses: newGuesses(),
	}
}

// accessKeyBody is the body of an access key record. Its Ref is "ACCOUNT/" for the root
// user, "ACCOUNT/user/NAME/" for a user, and "service/NAME/" for a service.
type accessKeyBody struct {
	Account  string    `json:"account,omitempty"`
	Secret   string    `json:"secret"`
	Created  time.Time `json:"created"`            // this secret, not the access key
	User     string    `json:"user,omitempty"`     // the name of the user that it belongs to
	UserID   string    `json:"userId,omitempty"`   // its unique id
	Service  string    `json:"service,omitempty"`  // the service that it belongs to: "s3.amazonaws.com"
	Inactive bool      `json:"inactive,omitempty"` // it can't be used
}

// accessKey is a cached access key.
type accessKey struct {
	credential *sigv4.Credential // its owner is a Session without an end
	since      time.Time         // when it got its secret
	account    string
	inactive   bool
}

// accessKeySize is what a cached access key costs in memory, its derived keys included.
const accessKeySize = 2000

func decodeAccessKey(r store.Record) (*accessKey, int64, error) {
	var b accessKeyBody
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return nil, 0, fmt.Errorf("decode access key record %s: %w", r.Key, err)
	}
	owner := &Session{Principal: b.principal()}
	c := sigv4.NewCredential(r.Key, secret.FromString(b.Secret), owner)
	return &accessKey{c, b.Created, b.Account, b.Inactive}, accessKeySize, nil
}

// principal is the owner of the access key, as far as the key knows: Identify completes a
// user with what it is called today.
func (b *accessKeyBody) principal() Principal {
	switch {
	case b.Service != "":
		return servicePrincipal(b.Service)
	case b.User != "":
		return Principal{Type: TypeUser, ID: b.UserID, Account: b.Account, Name: b.User}
	}
	return rootPrincipal(b.Account)
}

// rootPrincipal is the root user of an account.
func rootPrincipal(account string) Principal {
	return Principal{Type: TypeRoot, ARN: AccountRoot("aws", account), ID: account, Account: account}
}

// servicePrincipal is a service that acts for itself.
func servicePrincipal(name string) Principal {
	return Principal{Type: TypeService, ARN: name, ID: name, Name: name}
}

// AccessKey is a new access key, on its way to the one who shall use it.
type AccessKey struct {
	ID     string
	Secret secret.Bytes
}

// Errors of the operations on accounts and access keys.
var (
	ErrAccountExists = errors.New("the account exists already")
	ErrNoAccount     = errors.New("there is no such account")
	ErrNoAccessKey   = errors.New("there is no such access key")
	ErrAccountID     = errors.New("an account id has 12 digits")
	ErrAccessKey     = errors.New("an access key id has 16 to 128 letters and digits, a secret access key at least 16 characters")
)

var (
	accountPattern   = regexp.MustCompile(`^[0-9]{12}$`)
	accessKeyPattern = regexp.MustCompile(`^[A-Za-z0-9_]{16,128}$`)
)

// NewAccessKey makes a random access key with an id in the form of AWS's.
func NewAccessKey() AccessKey { return newAccessKey("AKIA") }

func newAccessKey(prefix string) AccessKey {
	b := make([]byte, 30)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return AccessKey{prefix + rand.Text()[:16], secret.FromString(base64.StdEncoding.EncodeToString(b))}
}

// CreateAccount makes an account, whose root user has the access key k.
func (s *Service) CreateAccount(ctx context.Context, id string, k AccessKey) error {
	if !accountPattern.MatchString(id) {
		return ErrAccountID
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		body, err := json.Marshal(account{Created: s.clock.Now()})
		if err != nil {
			return err
		}
		if err := tx.Insert(store.Record{Kind: accountKind, Key: id, Body: body}); errors.Is(err, store.ErrExists) {
			return ErrAccountExists
		} else if err != nil {
			return err
		}
		return s.insertAccessKey(tx, id, k)
	})
}

// SetRootAccessKey gives the root user of an account the access key k beside those that it
// has. If the id is in use for this account already, the secret is replaced.
func (s *Service) SetRootAccessKey(ctx context.Context, id string, k AccessKey) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Get(accountKind, id); errors.Is(err, store.ErrNotFound) {
			return ErrNoAccount
		} else if err != nil {
			return err
		}
		old, err := tx.Get(accessKeyKind, k.ID)
		if errors.Is(err, store.ErrNotFound) {
			return s.insertAccessKey(tx, id, k)
		}
		if err != nil {
			return err
		}
		return s.replaceAccessKey(tx, old, id, k)
	})
}

func (s *Service) replaceAccessKey(tx *store.Tx, old store.Record, account string, k AccessKey) error {
	var b accessKeyBody
	if err := json.Unmarshal(old.Body, &b); err != nil {
		return fmt.Errorf("decode access key record %s: %w", old.Key, err)
	}
	if b.owner() != (KeyOwner{Account: account}) {
		return fmt.Errorf("access key %s belongs to another account, to a user or to a service", k.ID)
	}
	if secret.FromString(b.Secret).Equal(k.Secret) {
		return nil
	}
	r, err := s.accessKeyRecord(account, k)
	if err != nil {
		return err
	}
	r.Version = old.Version
	return tx.Put(r)
}

func (s *Service) insertAccessKey(tx *store.Tx, account string, k AccessKey) error {
	r, err := s.accessKeyRecord(account, k)
	if err != nil {
		return err
	}
	return tx.Insert(r)
}

func (s *Service) accessKeyRecord(account string, k AccessKey) (store.Record, error) {
	if !accessKeyPattern.MatchString(k.ID) || k.Secret.Len() < 16 {
		return store.Record{}, ErrAccessKey
	}
	body, err := json.Marshal(accessKeyBody{Account: account, Secret: string(k.Secret.Expose()), Created: s.clock.Now()})
	return store.Record{Kind: accessKeyKind, Key: k.ID, Ref: account + "/", Body: body}, err
}

// AccessKeys lists the ids of an account's access keys.
func (s *Service) AccessKeys(ctx context.Context, account string) ([]string, error) {
	if _, err := s.db.Get(ctx, accountKind, account); errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoAccount
	} else if err != nil {
		return nil, err
	}
	return s.accessKeyIDs(ctx, account+"/")
}

// accessKeyIDs lists the ids of the access keys of an owner, by the Ref of their records or
// the beginning of it.
func (s *Service) accessKeyIDs(ctx context.Context, ref string) ([]string, error) {
	records, err := s.db.ScanRef(ctx, accessKeyKind, store.Range{Prefix: ref})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.Key
	}
	return ids, nil
}

// DeleteAccessKey revokes an access key, and the sessions that it made with it.
func (s *Service) DeleteAccessKey(ctx context.Context, id string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		return deleteKey(tx, id)
	})
}

// Accounts lists the ids of all accounts.
func (s *Service) Accounts(ctx context.Context) ([]string, error) {
	const page = 1000
	var ids []string
	for after := ""; ; {
		records, err := s.db.Scan(ctx, accountKind, store.Range{After: after, Limit: page})
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			ids = append(ids, r.Key)
			after = r.Key
		}
		if len(records) < page {
			return ids, nil
		}
	}
}
