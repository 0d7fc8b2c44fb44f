package xksproxy

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/xks"
)

// keyKind is the kind of the records of external keys. Their key is PREFIX/ID: an id has no slash.
const keyKind = "xks-key"

// kept is what the database has of an external key.
type kept struct {
	Backend  string    // in which it was made
	Label    string    `json:",omitempty"` // CKA_LABEL in an HSM
	CKAID    []byte    `json:",omitempty"` // CKA_ID in an HSM
	Usage    []string  `json:",omitempty"` // nil: both
	Disabled bool      `json:",omitempty"`
	Created  time.Time // by the wall clock
	Material []byte    `json:",omitempty"` // of a software key; of a KMS's the wrapped data key

	secret secret.Bytes // Material, in the cache
}

// external is an external key as a request finds it: what the configuration says of it and what
// the database has.
type external struct {
	prefix, id string
	declared   *Key  // nil if the configuration does not name it
	kept       *kept // nil if it was not made here
}

func recordKey(prefix, id string) string { return prefix + "/" + id }

func (k *external) record() string { return recordKey(k.prefix, k.id) }

func (k *external) material() secret.Bytes { return k.kept.secret }

// label and ckaID name the key in an HSM; one of them is "". The configuration goes before the
// database.
func (k *external) names() (label, ckaID string) {
	switch {
	case k.declared != nil && k.declared.Label != "":
		return k.declared.Label, ""
	case k.declared != nil && k.declared.CKAID != "":
		b, _ := hex.DecodeString(k.declared.CKAID) // checked with the configuration
		return "", string(b)
	case k.kept != nil && len(k.kept.CKAID) > 0:
		return "", string(k.kept.CKAID)
	case k.kept != nil:
		return k.kept.Label, ""
	}
	return "", ""
}

func (k *external) disabled() bool {
	return k.declared != nil && k.declared.Disabled || k.kept != nil && k.kept.Disabled
}

// allows reports whether neither the configuration nor the database takes a usage from the key.
func (k *external) allows(usage string) bool {
	return (k.declared == nil || k.declared.Usage == nil || slices.Contains(k.declared.Usage, usage)) &&
		(k.kept == nil || k.kept.Usage == nil || slices.Contains(k.kept.Usage, usage))
}

// newKeyCache caches the records of keys.
func newKeyCache(db *store.DB) *store.Cache[*kept] {
	return store.NewCache(db, keyKind, 16<<20, func(r store.Record) (*kept, int64, error) {
		k, err := decodeKept(r)
		return k, int64(512 + len(r.Body)), err
	})
}

func decodeKept(r store.Record) (*kept, error) {
	k := new(kept)
	if err := json.Unmarshal(r.Body, k); err != nil {
		return nil, fmt.Errorf("decode external key %q: %w", r.Key, err)
	}
	k.secret, k.Material = secret.New(k.Material), nil
	return k, nil
}

func (k *kept) encode(key string) (store.Record, error) {
	out := *k
	out.Material = k.secret.Expose()
	b, err := json.Marshal(&out)
	return store.Record{Kind: keyKind, Key: key, Body: b}, err
}

// Errors of Keys.
var (
	ErrKeyExists  = errors.New("the external key exists already")
	ErrNoKey      = errors.New("there is no such external key")
	ErrKeyEnabled = errors.New("the external key is enabled: disable it first, and see whether somebody misses it")
)

// NewKey says what key to make.
type NewKey struct {
	Prefix, ID string
	Usage      []string // nil: both
	Label      string   // in an HSM; default PREFIX/ID
	CKAID      string   // in an HSM, in hexadecimal digits; with Existing
	Existing   bool     // the HSM has it already, under Label or CKAID
}

// Listed is an external key in a list.
type Listed struct {
	Prefix, ID, Backend, Label string
	CKAID                      string
	Usage                      []string
	Disabled                   bool
	Created                    time.Time // zero if it is only in the configuration
}

// CreateKey makes an external key in its store's backend.
func (p *Proxy) CreateKey(ctx context.Context, n NewKey) (Listed, error) {
	t, err := p.storeAt(n.Prefix)
	if err != nil {
		return Listed{}, err
	}
	if !xks.ValidKeyID(n.ID) {
		return Listed{}, fmt.Errorf("%q is not 1 to 128 characters of A-Z a-z 0-9 - . _", n.ID)
	}
	id, err := hex.DecodeString(n.CKAID)
	if err != nil {
		return Listed{}, errors.New("CKA_ID is not in hexadecimal digits")
	}
	k := &external{prefix: n.Prefix, id: n.ID, kept: &kept{
		Backend: t.Backend, Label: n.Label, CKAID: id, Usage: n.Usage, Created: time.Now().UTC().Truncate(time.Second),
	}}
	if _, err := p.db.Get(ctx, keyKind, k.record()); !errors.Is(err, store.ErrNotFound) {
		if err == nil {
			err = ErrKeyExists
		}
		return Listed{}, err
	}
	if n.Existing {
		err = p.existing(ctx, t, k)
	} else {
		k.kept.secret, err = t.backend.create(ctx, k)
	}
	if err != nil {
		return Listed{}, fmt.Errorf("make the key in backend %s: %w", t.Backend, err)
	}
	r, err := k.kept.encode(k.record())
	if err != nil {
		return Listed{}, err
	}
	err = p.db.Update(ctx, func(tx *store.Tx) error { return tx.Insert(r) })
	if err == nil {
		return list(k), nil
	}
	if errors.Is(err, store.ErrExists) {
		err = ErrKeyExists
	}
	if !n.Existing { // somebody was faster, or the caller or the database is away: the material belongs to nobody
		err = errors.Join(err, t.backend.destroy(context.WithoutCancel(ctx), k))
	}
	return Listed{}, err
}

// existing makes sure that the key is there.
func (p *Proxy) existing(ctx context.Context, t *tenant, k *external) error {
	if label, ckaID := k.names(); label == "" && ckaID == "" {
		return errors.New("say which key of the HSM it is, by its label or CKA_ID")
	}
	a, err := t.backend.attributes(ctx, k, true)
	if err == nil && a.spec != xks.KeySpecAES256 {
		err = fmt.Errorf("it is %s, not %s", a.spec, xks.KeySpecAES256)
	}
	return err
}

// SetKeyDisabled disables or enables an external key.
func (p *Proxy) SetKeyDisabled(ctx context.Context, prefix, id string, disabled bool) error {
	return p.changeKey(ctx, prefix, id, func(tx *store.Tx, r store.Record, k *kept) error {
		k.Disabled = disabled
		changed, err := k.encode(r.Key)
		if err != nil {
			return err
		}
		changed.Version = r.Version
		return tx.Put(changed)
	})
}

// DeleteKey deletes a disabled external key for good, whatever was encrypted under it. With
// destroy, its material in an HSM goes too; otherwise it stays there. Material is destroyed where it
// was made, whichever backend the store has by now.
func (p *Proxy) DeleteKey(ctx context.Context, prefix, id string, destroy bool) error {
	var gone *kept
	backends := p.setup.Load().backends
	err := p.changeKey(ctx, prefix, id, func(tx *store.Tx, r store.Record, k *kept) error {
		if !k.Disabled {
			return ErrKeyEnabled
		}
		if destroy && backends[k.Backend] == nil {
			return fmt.Errorf("the external key was made in backend %q, which the configuration does not have: its material can't be destroyed", k.Backend)
		}
		gone = k
		return tx.Erase(keyKind, r.Key)
	})
	if err != nil {
		return err
	}
	err = p.db.Scrub(ctx)
	if destroy {
		err = errors.Join(err, backends[gone.Backend].destroy(ctx, &external{prefix: prefix, id: id, kept: gone}))
	}
	return err
}

func (p *Proxy) changeKey(ctx context.Context, prefix, id string, change func(*store.Tx, store.Record, *kept) error) error {
	return p.db.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Get(keyKind, recordKey(prefix, id))
		if errors.Is(err, store.ErrNotFound) {
			return ErrNoKey
		}
		if err != nil {
			return err
		}
		k, err := decodeKept(r)
		if err != nil {
			return err
		}
		return change(tx, r, k)
	})
}

// ListKeys lists the external keys of all stores: those of the database, and those that only the
// configuration names.
func (p *Proxy) ListKeys(ctx context.Context) ([]Listed, error) {
	records, err := p.db.Scan(ctx, keyKind, store.Range{})
	if err != nil {
		return nil, err
	}
	setup := p.setup.Load()
	var all []Listed
	known := map[string]bool{}
	for _, r := range records {
		k, err := decodeKept(r)
		if err != nil {
			return nil, err
		}
		known[r.Key] = true
		i := strings.LastIndexByte(r.Key, '/')
		e := &external{prefix: r.Key[:i], id: r.Key[i+1:], kept: k}
		if t := setup.stores[e.prefix+xks.PathSuffix]; t != nil {
			e.declared = t.keys[e.id]
		}
		all = append(all, list(e))
	}
	for _, t := range setup.stores {
		for _, d := range t.keys {
			if e := (&external{prefix: t.Prefix, id: d.ID, declared: d}); !known[e.record()] {
				l := list(e)
				l.Backend = t.Backend
				all = append(all, l)
			}
		}
	}
	slices.SortFunc(all, func(a, b Listed) int {
		return strings.Compare(recordKey(a.Prefix, a.ID), recordKey(b.Prefix, b.ID))
	})
	return all, nil
}

func list(k *external) Listed {
	l := Listed{Prefix: k.prefix, ID: k.id, Disabled: k.disabled()}
	var ckaID string
	l.Label, ckaID = k.names()
	l.CKAID = hex.EncodeToString([]byte(ckaID))
	for _, u := range softwareAttributes.usage {
		if k.allows(u) {
			l.Usage = append(l.Usage, u)
		}
	}
	if k.kept != nil {
		l.Backend, l.Created = k.kept.Backend, k.kept.Created
	}
	return l
}

func (p *Proxy) storeAt(prefix string) (*tenant, error) {
	t := p.setup.Load().stores[prefix+xks.PathSuffix]
	if t == nil {
		return nil, fmt.Errorf("the configuration has no store with the prefix %q", prefix)
	}
	return t, nil
}
