package sns

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/marker"
)

// pageSize is how many entries lists return at a time.
const pageSize = 100

// from reads where a page begins.
func from(next *string) (after string, err error) {
	if next == nil || *next == "" {
		return "", nil
	}
	m, ok := marker.Parse(*next)
	if !ok {
		return "", invalid("NextToken Reason: the token is not one that was returned")
	}
	return m.After, nil
}

func token(after string) *string { return new(marker.Marker{After: after}.String()) }

// newID makes a UUID that nobody can guess (RFC 9562, section 5.4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func isNoTopic(err error) bool {
	_, ok := errors.AsType[*types.NotFoundException](err)
	return ok
}
