package iam

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// The entities of an account. The key of an entity's record is "ACCOUNT/name", with the name
// in lower case: names differ in more than case. The caches of the Service follow them.
var (
	Users     = Entities[User]{"iam-user"}
	Groups    = Entities[Group]{"iam-group"}
	Roles     = Entities[Role]{"iam-role"}
	Policies  = Entities[ManagedPolicy]{"iam-policy"}
	Providers = Entities[Provider]{"iam-oidc-provider"}
)

// Errors of Entities.
var (
	ErrNoEntity     = errors.New("there is no such entity")
	ErrEntityExists = errors.New("the entity exists already")
)

// Tag is a tag of an entity or of a session.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// InlinePolicy is a policy that belongs to one user, group or role. Document is the text as
// it was put.
type InlinePolicy struct {
	Name     string `json:"name"`
	Document string `json:"document"`
}

// Holder is what users, groups and roles have in common.
type Holder struct {
	Name     string         `json:"name"`
	Path     string         `json:"path"` // "/" or "/a/b/"
	ID       string         `json:"id"`   // "AIDA…", "AGPA…", "AROA…"
	Created  time.Time      `json:"created"`
	Inline   []InlinePolicy `json:"inline,omitempty"`
	Attached []string       `json:"attached,omitempty"` // ARNs of managed policies, in the order of attachment
	Boundary string         `json:"boundary,omitempty"` // ARN of a managed policy; not of groups
	Tags     []Tag          `json:"tags,omitempty"`     // not of groups
}

// User is an IAM user.
type User struct {
	Holder
	Groups []string `json:"groups,omitempty"` // names
}

// Group is an IAM group.
type Group struct{ Holder }

// Role is an IAM role.
type Role struct {
	Holder
	Description string            `json:"description,omitempty"`
	Trust       string            `json:"trust"`              // the trust policy, as it was put
	TrustIDs    map[string]string `json:"trustIds,omitempty"` // the unique ids of the users and roles that it names
	MaxSession  int32             `json:"maxSession"`         // seconds
}

// ManagedPolicy is a customer managed policy.
type ManagedPolicy struct {
	Name        string          `json:"name"`
	Path        string          `json:"path"`
	ID          string          `json:"id"` // "ANPA…"
	Created     time.Time       `json:"created"`
	Updated     time.Time       `json:"updated"`
	Description string          `json:"description,omitempty"`
	Tags        []Tag           `json:"tags,omitempty"`
	Versions    []PolicyVersion `json:"versions"` // in the order in which they were made
	Default     string          `json:"default"`  // "v1"
	Next        int             `json:"next"`     // number of the next version
}

// PolicyVersion is a version of a managed policy.
type PolicyVersion struct {
	ID       string    `json:"id"` // "v1"
	Document string    `json:"document"`
	Created  time.Time `json:"created"`
}

// Provider is an OpenID Connect identity provider. Its name is its URL without "https://".
type Provider struct {
	URL         string    `json:"url"`
	ClientIDs   []string  `json:"clientIds,omitempty"`
	Thumbprints []string  `json:"thumbprints,omitempty"` // SHA-1 of certificates, 40 hexadecimal digits
	Created     time.Time `json:"created"`
	Tags        []Tag     `json:"tags,omitempty"`
}

// Entities is one kind of entity.
type Entities[T any] struct{ kind string }

// entityKey is the key of an entity's record.
func entityKey(account, name string) string { return account + "/" + strings.ToLower(name) }

// Get reads an entity inside a transaction, or returns ErrNoEntity. The result is the
// caller's own.
func (e Entities[T]) Get(tx *store.Tx, account, name string) (*T, error) {
	r, err := tx.Get(e.kind, entityKey(account, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoEntity
	}
	if err != nil {
		return nil, err
	}
	return e.decode(r)
}

// Insert adds an entity, or returns ErrEntityExists.
func (e Entities[T]) Insert(tx *store.Tx, account, name string, v *T) error {
	r, err := e.record(account, name, v)
	if err != nil {
		return err
	}
	if err := tx.Insert(r); errors.Is(err, store.ErrExists) {
		return ErrEntityExists
	} else if err != nil {
		return err
	}
	return nil
}

// Put replaces an entity that was read in the same transaction.
func (e Entities[T]) Put(tx *store.Tx, account, name string, v *T) error {
	r, err := e.record(account, name, v)
	if err != nil {
		return err
	}
	return tx.Upsert(r)
}

// Delete removes an entity, or returns ErrNoEntity.
func (e Entities[T]) Delete(tx *store.Tx, account, name string) error {
	err := tx.Delete(e.kind, entityKey(account, name))
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoEntity
	}
	return err
}

// All lists an account's entities of the kind in the order of their names, inside a
// transaction.
func (e Entities[T]) All(tx *store.Tx, account string) ([]*T, error) {
	records, err := tx.Scan(e.kind, store.Range{Prefix: account + "/"})
	if err != nil {
		return nil, err
	}
	return e.decodeAll(records)
}

// List lists an account's entities of the kind in the order of their names. Synchronize
// first (store.DB.Sync is not needed: it reads the database).
func (e Entities[T]) List(ctx context.Context, db *store.DB, account string) ([]*T, error) {
	records, err := db.Scan(ctx, e.kind, store.Range{Prefix: account + "/"})
	if err != nil {
		return nil, err
	}
	return e.decodeAll(records)
}

// Page lists up to limit of an account's entities of the kind, in the order of their names,
// from the one that follows the name after.
func (e Entities[T]) Page(ctx context.Context, db *store.DB, account, after string, limit int) ([]*T, error) {
	r := store.Range{Prefix: account + "/", Limit: limit}
	if after != "" {
		r.After = entityKey(account, after)
	}
	records, err := db.Scan(ctx, e.kind, r)
	if err != nil {
		return nil, err
	}
	return e.decodeAll(records)
}

// eachAtOnce is how many entities Each holds in memory.
const eachAtOnce = 100

// Each hands all entities of the kind that an account has to f, in the order of their names.
func (e Entities[T]) Each(ctx context.Context, db *store.DB, account string, f func(*T)) error {
	r := store.Range{Prefix: account + "/", Limit: eachAtOnce}
	for {
		records, err := db.Scan(ctx, e.kind, r)
		if err != nil {
			return err
		}
		list, err := e.decodeAll(records)
		if err != nil {
			return err
		}
		for _, v := range list {
			f(v)
		}
		if len(records) < eachAtOnce {
			return nil
		}
		r.After = records[len(records)-1].Key
	}
}

// Find reads an entity outside of a transaction, or returns ErrNoEntity.
func (e Entities[T]) Find(ctx context.Context, db *store.DB, account, name string) (*T, error) {
	r, err := db.Get(ctx, e.kind, entityKey(account, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoEntity
	}
	if err != nil {
		return nil, err
	}
	return e.decode(r)
}

func (e Entities[T]) decodeAll(records []store.Record) ([]*T, error) {
	list := make([]*T, len(records))
	for i, r := range records {
		v, err := e.decode(r)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func (e Entities[T]) decode(r store.Record) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(r.Body, v); err != nil {
		return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	return v, nil
}

func (e Entities[T]) record(account, name string, v *T) (store.Record, error) {
	body, err := json.Marshal(v)
	return store.Record{Kind: e.kind, Key: entityKey(account, name), Body: body}, err
}

// NewID makes a unique id: the prefix of its kind and 17 letters and digits.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func NewID(prefix string) string { return prefix + rand.Text()[:17] }

// UserARN is the ARN of a user.
func UserARN(account, path, name string) string {
	return "arn:aws:iam::" + account + ":user" + path + name
}

// GroupARN is the ARN of a group.
func GroupARN(account, path, name string) string {
	return "arn:aws:iam::" + account + ":group" + path + name
}

// RoleARN is the ARN of a role.
func RoleARN(account, path, name string) string {
	return "arn:aws:iam::" + account + ":role" + path + name
}

// PolicyARN is the ARN of a customer managed policy.
func PolicyARN(account, path, name string) string {
	return "arn:aws:iam::" + account + ":policy" + path + name
}

// ProviderARN is the ARN of an OpenID Connect provider, from its URL without "https://".
func ProviderARN(account, name string) string {
	return "arn:aws:iam::" + account + ":oidc-provider/" + name
}

// SplitName takes the resource part of an entity's ARN apart: "user/a/b/alice" is "user",
// "/a/b/" and "alice".
func SplitName(resource string) (kind, path, name string) {
	first, last := strings.IndexByte(resource, '/'), strings.LastIndexByte(resource, '/')
	if first < 0 {
		return resource, "", ""
	}
	return resource[:first], resource[first : last+1], resource[last+1:]
}
