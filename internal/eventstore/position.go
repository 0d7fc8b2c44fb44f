package eventstore

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// ErrPosition means that Query.After is not a position that Page returned.
var ErrPosition = errors.New("not a position of a page")

const positionVersion = 1

// behindAll is greater than the id of any log.
const behindAll = "~"

// String is the position as callers see it: binary in base64.
func (p place) String() string {
	b := binary.AppendVarint([]byte{positionVersion}, p.time)
	b = binary.AppendUvarint(b, p.seq)
	return base64.RawURLEncoding.EncodeToString(append(b, p.id...))
}

// parsePlace reads a position. It takes only what String writes.
func parsePlace(text string) (place, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return place{}, ErrPosition
	}
	p := parser{b: b}
	version := p.byte()
	at := place{time: p.varint(), seq: p.uint64()}
	at.id = string(p.b)
	if p.err != nil || version != positionVersion || len(at.id) > 64 || at.String() != text {
		return place{}, ErrPosition
	}
	return at, nil
}
