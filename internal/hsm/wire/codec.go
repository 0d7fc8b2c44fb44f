package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// Append appends the message.
func (r *Request) Append(b []byte) []byte {
	b = binary.AppendUvarint(b, r.ID)
	b = append(b, byte(r.Op), byte(r.User), flagBits(&r.Again))
	b = appendDuration(b, r.Wait)
	b = appendString(b, r.Token.Label)
	b = appendString(b, r.Token.Serial)
	if r.Token.Slot == nil {
		b = append(b, 0)
	} else {
		b = binary.AppendUvarint(append(b, 1), uint64(*r.Token.Slot))
	}
	b = appendString(b, r.Key.ID)
	b = appendString(b, r.Key.Label)
	b = binary.AppendUvarint(b, uint64(r.N))
	for _, f := range [...][]byte{r.PIN, r.NewPIN, r.IV, r.AAD, r.Data, r.Tag} {
		b = appendBytes(b, f)
	}
	return b
}

// Parse reads a message into r. The byte fields point into b.
func (r *Request) Parse(b []byte) error {
	d := decoder{b: b}
	*r = Request{ID: d.uint(), Op: Op(d.byte()), User: User(d.byte())}
	d.flags(&r.Again)
	r.Wait = d.duration()
	r.Token.Label, r.Token.Serial = d.string(), d.string()
	switch d.byte() {
	case 0:
	case 1:
		r.Token.Slot = new(uint(d.uint()))
	default:
		d.bad = true
	}
	r.Key = KeyRef{ID: d.string(), Label: d.string()}
	r.N = uint(d.uint())
	for _, f := range [...]*[]byte{&r.PIN, &r.NewPIN, &r.IV, &r.AAD, &r.Data, &r.Tag} {
		*f = d.bytes()
	}
	if r.Op == 0 || r.Op >= lastOp || r.User >= lastUser {
		d.bad = true
	}
	return d.end()
}

// Append appends the message.
func (r *Response) Append(b []byte) []byte {
	b = binary.AppendUvarint(b, r.ID)
	b = append(b, byte(r.Status), flagBits(&r.More))
	b = appendDuration(b, r.Waited)
	b = appendString(b, r.Function)
	b = binary.AppendUvarint(b, uint64(r.Code))
	b = appendString(b, r.Text)
	for _, f := range [...][]byte{r.IV, r.Data, r.Tag} {
		b = appendBytes(b, f)
	}
	b = binary.AppendUvarint(b, uint64(len(r.Tokens)))
	for i := range r.Tokens {
		b = r.Tokens[i].append(b)
	}
	b = binary.AppendUvarint(b, uint64(len(r.Keys)))
	for i := range r.Keys {
		b = r.Keys[i].append(b)
	}
	return b
}

// Parse reads a message into r. The byte fields point into b.
func (r *Response) Parse(b []byte) error {
	d := decoder{b: b}
	*r = Response{ID: d.uint(), Status: Status(d.byte())}
	d.flags(&r.More)
	r.Waited = d.duration()
	r.Function, r.Code, r.Text = d.string(), uint(d.uint()), d.string()
	for _, f := range [...]*[]byte{&r.IV, &r.Data, &r.Tag} {
		*f = d.bytes()
	}
	for range d.count() {
		var t TokenInfo
		t.parse(&d)
		r.Tokens = append(r.Tokens, t)
	}
	for range d.count() {
		var k Key
		k.parse(&d)
		r.Keys = append(r.Keys, k)
	}
	if r.Status == 0 || r.Status >= lastStatus {
		d.bad = true
	}
	return d.end()
}

func (t *TokenInfo) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(t.Slot))
	for _, s := range [...]string{t.Label, t.Serial, t.Manufacturer, t.Model, t.Firmware} {
		b = appendString(b, s)
	}
	b = append(b, flagBits(t.flags()...))
	return binary.AppendUvarint(b, uint64(t.MaxSessions))
}

func (t *TokenInfo) parse(d *decoder) {
	t.Slot = uint(d.uint())
	for _, s := range [...]*string{&t.Label, &t.Serial, &t.Manufacturer, &t.Model, &t.Firmware} {
		*s = d.string()
	}
	d.flags(t.flags()...)
	t.MaxSessions = uint(d.uint())
}

func (k *Key) append(b []byte) []byte {
	b = appendBytes(b, k.ID)
	b = appendString(b, k.Label)
	b = binary.AppendUvarint(b, uint64(k.Bits))
	f := k.flags()
	return append(b, flagBits(f[:8]...), flagBits(f[8:]...))
}

func (k *Key) parse(d *decoder) {
	k.ID, k.Label, k.Bits = d.bytes(), d.string(), d.int()
	f := k.flags()
	d.flags(f[:8]...)
	d.flags(f[8:]...)
}

func appendBytes(b, field []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(field))), field...)
}

func appendString(b []byte, field string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(field))), field...)
}

const maxDuration = time.Hour

// appendDuration appends whole microseconds.
func appendDuration(b []byte, d time.Duration) []byte {
	return binary.AppendUvarint(b, uint64(min(max(0, d), maxDuration).Microseconds()))
}

// flagBits packs up to eight booleans, the first in the lowest bit.
func flagBits(flags ...*bool) (b byte) {
	for i, f := range flags {
		if *f {
			b |= 1 << i
		}
	}
	return b
}

// decoder takes fields from the front of b. After a malformed one it only returns zeros.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) end() error {
	if d.bad || len(d.b) > 0 {
		return fmt.Errorf("%w: not a message", ErrFrame)
	}
	return nil
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || n > 1 && d.b[n-1] == 0 { // each number has one form
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

// int reads a number that an int holds on every system.
func (d *decoder) int() int {
	n := d.uint()
	if n > math.MaxInt32 {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.bad = true
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) flags(flags ...*bool) {
	v := d.byte()
	for i, f := range flags {
		*f = v&(1<<i) != 0
	}
	if v>>len(flags) != 0 {
		d.bad = true
	}
}

func (d *decoder) bytes() []byte {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
	}
	if n == 0 || d.bad {
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) string() string { return string(d.bytes()) }

// duration reads whole microseconds, an hour of them at the most.
func (d *decoder) duration() time.Duration {
	n := d.uint()
	if n > uint64(maxDuration/time.Microsecond) {
		d.bad = true
		return 0
	}
	return time.Duration(n) * time.Microsecond
}

// count reads how many elements follow. Each has several bytes, so that a message can't
// claim more elements than it has bytes.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.bad = true
		return 0
	}
	return int(n)
}
