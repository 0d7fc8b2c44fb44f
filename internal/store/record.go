package store

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a record, in bytes. What is indexed together must fit into a third of a page
// of PostgreSQL.
const (
	MaxKind = 64
	MaxKey  = 1024
	MaxRef  = 1024
	MaxBody = 16 << 20
)

// Record is what the store keeps. Kind, Key and Ref are UTF-8 without the characters U+0000
// (PostgreSQL can't keep it) and U+10FFFF (which marks the end of a range), and are ordered
// by their bytes. They are stored in clear: nothing secret belongs there.
type Record struct {
	Kind    string    // what it is; not empty
	Key     string    // unique in its kind, path-like; not empty
	Ref     string    // second index value; "" means that ScanRef does not find the record
	Due     time.Time // for DueBefore; cut to microseconds, in UTC; the zero time means never
	Version int64     // the revision that wrote the record; set by the store
	Body    []byte    // stored sealed
}

func (r *Record) validate() error {
	if len(r.Body) > MaxBody {
		return fmt.Errorf("%w: its body is too large", ErrInvalid)
	}
	return r.validateColumns()
}

func (r *Record) validateColumns() error {
	switch {
	case r.Kind == "" || r.Key == "":
		return fmt.Errorf("%w: it needs a kind and a key", ErrInvalid)
	case len(r.Kind) > MaxKind || len(r.Key) > MaxKey || len(r.Ref) > MaxRef:
		return fmt.Errorf("%w: its kind, key or ref is too long", ErrInvalid)
	case !orderly(r.Kind) || !orderly(r.Key) || !orderly(r.Ref):
		return fmt.Errorf("%w: its kind, key or ref has a character that is not allowed", ErrInvalid)
	}
	return nil
}

// orderly reports whether both engines can keep s, and sort it by its bytes.
func orderly(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsAny(s, "\x00\U0010FFFF")
}

// purpose separates the keys that seal records from all other uses of the root key.
const purpose = "store/record"

// seal returns the body as it is stored.
func (db *DB) seal(r *Record) ([]byte, error) {
	sealed, err := db.sealer.Seal(purpose, r.Body, r.associated())
	if err != nil {
		return nil, fmt.Errorf("seal %s %q: %w", r.Kind, r.Key, err)
	}
	return sealed, nil
}

// open replaces the sealed body by what was sealed. It fails if anything in the row is not
// as the store wrote it.
func (db *DB) open(r *Record) error {
	body, err := db.sealer.Open(purpose, r.Body, r.associated())
	if err != nil {
		return fmt.Errorf("open %s %q: %w", r.Kind, r.Key, err)
	}
	r.Body = body
	return nil
}

// associated encodes all of the record but its body so that no two records have the same
// encoding: strings with their lengths in front, numbers in 8 bytes.
func (r *Record) associated() []byte {
	ad := make([]byte, 0, 3*binary.MaxVarintLen16+len(r.Kind)+len(r.Key)+len(r.Ref)+17)
	for _, s := range [...]string{r.Kind, r.Key, r.Ref} {
		ad = binary.AppendUvarint(ad, uint64(len(s)))
		ad = append(ad, s...)
	}
	if r.Due.IsZero() {
		ad = append(ad, 0)
	} else {
		ad = append(ad, 1)
		ad = binary.BigEndian.AppendUint64(ad, uint64(r.Due.UnixMicro()))
	}
	return binary.BigEndian.AppendUint64(ad, uint64(r.Version))
}
