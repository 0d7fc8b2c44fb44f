package kms

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/keystead/keystead/internal/seal"
)

// grantToken is what a grant token says. It gives no permission by itself: a node that has
// not seen the revision looks for it before it decides. So a token works at once on every
// node, and does nothing when its grant is gone.
type grantToken struct {
	path     string // of the key: "REGION/KEY ID"
	id       string // of the grant
	revision int64  // of the change feed, that made the grant
}

// tokenPurpose separates the seals of grant tokens from all others.
const tokenPurpose = "kms grant token"

// tokenVersion begins the sealed bytes: version(1) ‖ revision(8) ‖ the record's key.
const tokenVersion = 1

func (t grantToken) bytes() []byte {
	b := binary.BigEndian.AppendUint64([]byte{tokenVersion}, uint64(t.revision))
	return append(b, t.path+"/"+t.id...)
}

func parseGrantToken(b []byte) (t grantToken, ok bool) {
	const header = 9
	if len(b) < header || b[0] != tokenVersion {
		return t, false
	}
	t.revision = int64(binary.BigEndian.Uint64(b[1:]))
	if t.path, t.id, ok = splitGrantKey(string(b[header:])); !ok || t.revision < 0 {
		return grantToken{}, false
	}
	if _, _, ok = parseGrantID(t.id); !ok {
		return grantToken{}, false
	}
	return t, true
}

// seal makes the text that callers see, another one each time.
func (t grantToken) seal(s *seal.Sealer) (string, error) {
	sealed, err := s.Seal(tokenPurpose, t.bytes(), nil)
	if err != nil {
		return "", fmt.Errorf("seal grant token: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// openGrantToken reverses seal.
func openGrantToken(s *seal.Sealer, text string) (grantToken, error) {
	sealed, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return grantToken{}, errGrantToken()
	}
	b, err := s.Open(tokenPurpose, sealed, nil)
	if err != nil {
		return grantToken{}, errGrantToken()
	}
	t, ok := parseGrantToken(b)
	if !ok {
		return grantToken{}, errGrantToken()
	}
	return t, nil
}
