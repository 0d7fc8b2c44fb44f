package iam

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/keystead/keystead/internal/store"
)

// The access key id of a session has the session's account in it, at the place where AWS's
// have it: the 80 bits behind the prefix are one that is set, the account's 40, and 39 random
// ones. So the account of a session is known although nobody keeps a list of sessions.
const (
	sessionKeyPrefix = "ASIA"
	accountBits      = 40
	accountShift     = 7              // in the first six bytes
	accountMask      = 0x7fffffffff80 // likewise
	keyIDTop         = 1 << 47        // likewise
)

var keyIDEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// sessionKeyID makes an access key id for a session of the account.
func sessionKeyID(account string) (string, error) {
	n, err := strconv.ParseUint(account, 10, accountBits)
	if err != nil {
		return "", fmt.Errorf("make an access key id: %w", err)
	}
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	putUint48(b[:], uint48(b[:])&^accountMask|n<<accountShift|keyIDTop)
	return sessionKeyPrefix + keyIDEncoding.EncodeToString(b[:]), nil
}

// sessionKeyAccount is the reverse of sessionKeyID.
func sessionKeyAccount(id string) (account string, ok bool) {
	text, ok := strings.CutPrefix(id, sessionKeyPrefix)
	if !ok || len(text) != 16 {
		return "", false
	}
	b, err := keyIDEncoding.DecodeString(text)
	if err != nil || uint48(b)&keyIDTop == 0 {
		return "", false
	}
	account = fmt.Sprintf("%012d", uint48(b)&accountMask>>accountShift)
	return account, len(account) == 12
}

func uint48(b []byte) (n uint64) {
	for _, c := range b[:6] {
		n = n<<8 | uint64(c)
	}
	return n
}

func putUint48(b []byte, n uint64) {
	for i := range 6 {
		b[i] = byte(n >> (40 - 8*i))
	}
}

// AccessKeyAccount returns the account that an access key belongs to, or ErrNoAccessKey. It
// sees what any node has answered.
func (s *Service) AccessKeyAccount(ctx context.Context, id string) (string, error) {
	if account, ok := sessionKeyAccount(id); ok {
		err := s.dir.accountExists(ctx, account)
		if errors.Is(err, ErrNoEntity) {
			return "", ErrNoAccessKey
		}
		return account, err
	}
	if err := s.db.Sync(ctx); err != nil {
		return "", err
	}
	k, err := s.keys.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && k.account == "":
		return "", ErrNoAccessKey
	case err != nil:
		return "", fmt.Errorf("find access key: %w", err)
	}
	return k.account, nil
}
