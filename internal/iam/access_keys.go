package iam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// KeyOwner says whose an access key is: a user's or, without a User, the root user's.
type KeyOwner struct {
	Account string
	User    string // the user's name
	UserID  string // its unique id
}

// KeyInfo is an access key without its secret.
type KeyInfo struct {
	KeyOwner
	ID      string
	Created time.Time
	Active  bool
}

// ref is the Ref of the owner's access keys.
func (o KeyOwner) ref() string {
	if o.User == "" {
		return o.Account + "/"
	}
	return o.Account + "/user/" + strings.ToLower(o.User) + "/"
}

// keysScanned is how many access keys of one owner are looked at. The API gives each two;
// operators may give the root user more.
const keysScanned = 100

// KeysOf lists the access keys of an owner inside a transaction, in the order of their ids.
func KeysOf(tx *store.Tx, o KeyOwner) ([]KeyInfo, error) {
	records, err := tx.ScanRef(accessKeyKind, store.Range{Prefix: o.ref(), Limit: keysScanned})
	if err != nil {
		return nil, err
	}
	return keyInfos(o, records)
}

// KeysOf lists the access keys of an owner, in the order of their ids.
func (s *Service) KeysOf(ctx context.Context, o KeyOwner) ([]KeyInfo, error) {
	records, err := s.db.ScanRef(ctx, accessKeyKind, store.Range{Prefix: o.ref(), Limit: keysScanned})
	if err != nil {
		return nil, err
	}
	return keyInfos(o, records)
}

// keyInfos leaves out what begins with the owner's Ref and is not the owner's: to the root
// user's the Refs of all users of the account do, behind its own.
func keyInfos(o KeyOwner, records []store.Record) ([]KeyInfo, error) {
	var list []KeyInfo
	for _, r := range records {
		if r.Ref != o.ref() {
			break
		}
		b, err := decodeKeyBody(r)
		if err != nil {
			return nil, err
		}
		list = append(list, b.info(r.Key))
	}
	return list, nil
}

// FindKey reads an access key. It returns ErrNoAccessKey if there is none, or if it is the
// key of a service.
func (s *Service) FindKey(ctx context.Context, id string) (KeyInfo, error) {
	r, err := s.db.Get(ctx, accessKeyKind, id)
	if errors.Is(err, store.ErrNotFound) {
		return KeyInfo{}, ErrNoAccessKey
	}
	if err != nil {
		return KeyInfo{}, err
	}
	b, err := decodeKeyBody(r)
	if err == nil && b.Service != "" {
		err = ErrNoAccessKey
	}
	return b.info(id), err
}

// InsertKey gives an owner the access key k.
func (s *Service) InsertKey(tx *store.Tx, o KeyOwner, k AccessKey) (KeyInfo, error) {
	b := accessKeyBody{
		Account: o.Account, User: o.User, UserID: o.UserID, Secret: string(k.Secret.Expose()), Created: s.clock.Now().Truncate(time.Second),
	}
	body, err := json.Marshal(b)
	if err != nil {
		return KeyInfo{}, err
	}
	return b.info(k.ID), tx.Insert(store.Record{Kind: accessKeyKind, Key: k.ID, Ref: o.ref(), Body: body})
}

// SetKeyActive lets an owner's access key be used, or not. It returns ErrNoAccessKey if the
// owner has no such key.
func SetKeyActive(tx *store.Tx, o KeyOwner, id string, active bool) error {
	return changeKey(tx, o, id, func(b *accessKeyBody) { b.Inactive = !active })
}

// DeleteKey revokes an owner's access key, and the sessions that were made with it. It
// returns ErrNoAccessKey if the owner has no such key.
func DeleteKey(tx *store.Tx, o KeyOwner, id string) error {
	r, err := tx.Get(accessKeyKind, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.Ref != o.ref() {
		return ErrNoAccessKey
	}
	if err != nil {
		return err
	}
	return deleteKey(tx, id)
}

// deleteKey removes an access key and what is known of its use.
func deleteKey(tx *store.Tx, id string) error {
	if err := tx.Delete(keyUseKind, id); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	err := tx.Delete(accessKeyKind, id)
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoAccessKey
	}
	return err
}

// RenameKeyOwner makes the access keys of a user follow it to a new name.
func RenameKeyOwner(tx *store.Tx, o KeyOwner, name string) error {
	keys, err := KeysOf(tx, o)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := changeKey(tx, o, k.ID, func(b *accessKeyBody) { b.User = name }); err != nil {
			return err
		}
	}
	return nil
}

func changeKey(tx *store.Tx, o KeyOwner, id string, f func(*accessKeyBody)) error {
	r, err := tx.Get(accessKeyKind, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.Ref != o.ref() {
		return ErrNoAccessKey
	}
	if err != nil {
		return err
	}
	b, err := decodeKeyBody(r)
	if err != nil {
		return err
	}
	f(&b)
	r.Ref = b.owner().ref()
	if r.Body, err = json.Marshal(b); err != nil {
		return err
	}
	return tx.Put(r)
}

func decodeKeyBody(r store.Record) (b accessKeyBody, err error) {
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return b, fmt.Errorf("decode access key record %s: %w", r.Key, err)
	}
	return b, nil
}

func (b *accessKeyBody) owner() KeyOwner { return KeyOwner{b.Account, b.User, b.UserID} }

func (b *accessKeyBody) info(id string) KeyInfo {
	return KeyInfo{b.owner(), id, b.Created, !b.Inactive}
}
