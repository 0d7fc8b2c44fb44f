//go:build cgo

package driver

import (
	"fmt"
	"strings"
	"sync"

	"github.com/miekg/pkcs11"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// token is one token in its slot.
type token struct {
	p    *pkcs11.Ctx
	send func(*wire.Response) // a part of an answer
	slot uint
	name name
	pool *pool

	loginRequired bool

	// gate is held by who uses a session, and alone by who changes what all sessions share:
	// login and logout are of the whole process.
	gate sync.RWMutex
	user wire.User // who is logged in, as far as this process has seen to it

	ivs     ivMode
	handles handles
}

// name tells a token from another one that comes into the same slot.
type name struct{ label, serial string }

// selectorKey is a selector as a key of a map.
type selectorKey struct {
	label, serial string
	slot          uint
	hasSlot       bool
}

func keyOf(s wire.Selector) selectorKey {
	k := selectorKey{label: s.Label, serial: s.Serial}
	if s.Slot != nil {
		k.slot, k.hasSlot = *s.Slot, true
	}
	return k
}

// maxSelected bounds what is remembered of selectors.
const maxSelected = 1024

// token returns the token that the selector means.
func (d *driver) token(s wire.Selector) (*token, error) {
	d.mu.Lock()
	t := d.selected[keyOf(s)]
	d.mu.Unlock()
	if t != nil {
		return t, nil
	}
	info, err := d.find(s)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t = d.tokens[info.Slot]
	if n := (name{info.Label, info.Serial}); t == nil || t.name != n {
		if t != nil {
			t.pool.dropIdle()
		}
		t = &token{p: d.p, send: d.respond, slot: info.Slot, name: n, pool: newPool(d.p, info, d.sessions), loginRequired: info.LoginRequired}
		d.tokens[info.Slot] = t
	}
	if len(d.selected) >= maxSelected {
		clear(d.selected)
	}
	d.selected[keyOf(s)] = t
	return t, nil
}

// forget makes the next request look again which token is where.
func (d *driver) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.selected)
}

// find looks for the one token that the selector means.
func (d *driver) find(s wire.Selector) (wire.TokenInfo, error) {
	all, err := d.infos()
	if err != nil {
		return wire.TokenInfo{}, err
	}
	var found []wire.TokenInfo
	for _, info := range all {
		if matches(info, s) {
			found = append(found, info)
		}
	}
	switch len(found) {
	case 0:
		return wire.TokenInfo{}, noToken(fmt.Sprintf("there is no token with %s", words(s)))
	case 1:
		return found[0], nil
	}
	return wire.TokenInfo{}, noToken(fmt.Sprintf("there are %d tokens with %s", len(found), words(s)))
}

func matches(info wire.TokenInfo, s wire.Selector) bool {
	return info.Initialized &&
		(s.Label == "" || s.Label == info.Label) &&
		(s.Serial == "" || s.Serial == info.Serial) &&
		(s.Slot == nil || *s.Slot == info.Slot)
}

func words(s wire.Selector) string {
	var w []string
	if s.Label != "" {
		w = append(w, fmt.Sprintf("the label %q", s.Label))
	}
	if s.Serial != "" {
		w = append(w, fmt.Sprintf("the serial number %q", s.Serial))
	}
	if s.Slot != nil {
		w = append(w, fmt.Sprintf("the slot %d", *s.Slot))
	}
	if len(w) == 0 {
		return "any label"
	}
	return strings.Join(w, " and ")
}

// infos describes all tokens. One that can't be read is left out: it is another's, or
// broken, and must not hide the others.
func (d *driver) infos() ([]wire.TokenInfo, error) {
	slots, err := d.p.GetSlotList(true)
	if err != nil {
		return nil, in("C_GetSlotList", err)
	}
	var all []wire.TokenInfo
	for _, slot := range slots {
		if info, err := d.tokenInfo(slot); err == nil {
			all = append(all, info)
		}
	}
	return all, nil
}

func (d *driver) tokenInfo(slot uint) (wire.TokenInfo, error) {
	i, err := d.p.GetTokenInfo(slot)
	if err != nil {
		return wire.TokenInfo{}, in("C_GetTokenInfo", err)
	}
	return wire.TokenInfo{
		Slot:          slot,
		Label:         trim(i.Label),
		Serial:        trim(i.SerialNumber),
		Manufacturer:  trim(i.ManufacturerID),
		Model:         trim(i.Model),
		Firmware:      fmt.Sprintf("%d.%d", i.FirmwareVersion.Major, i.FirmwareVersion.Minor),
		Initialized:   i.Flags&pkcs11.CKF_TOKEN_INITIALIZED != 0,
		UserPINSet:    i.Flags&pkcs11.CKF_USER_PIN_INITIALIZED != 0,
		UserPINLocked: i.Flags&pkcs11.CKF_USER_PIN_LOCKED != 0,
		LoginRequired: i.Flags&pkcs11.CKF_LOGIN_REQUIRED != 0,
		MaxSessions:   lowest(i.MaxSessionCount, i.MaxRwSessionCount),
	}, nil
}

// unavailable is CK_UNAVAILABLE_INFORMATION.
const unavailable = ^uint(0)

// lowest is the lowest of the counts that say something. 0 is CK_EFFECTIVELY_INFINITE.
func lowest(counts ...uint) (low uint) {
	for _, n := range counts {
		if n != 0 && n != unavailable && (low == 0 || n < low) {
			low = n
		}
	}
	return low
}

func (d *driver) listTokens(r *wire.Response) (err error) {
	r.Tokens, err = d.infos()
	return err
}

// trim takes the padding from a text of the module: blanks by the standard, zeros by some.
func trim(s string) string { return strings.TrimRight(s, " \x00") }

// labelSize is the length of a token's label.
const labelSize = 32

// initialize makes a token of a free slot. A slot with a token is never touched: C_InitToken
// would destroy all keys in it.
func (d *driver) initialize(q *wire.Request) error {
	label := q.Key.Label
	if label == "" || len(label) > labelSize {
		return refused(fmt.Sprintf("the label of a token has 1 to %d bytes", labelSize))
	}
	all, err := d.infos()
	if err != nil {
		return err
	}
	var free *wire.TokenInfo
	for i, info := range all {
		switch {
		case info.Initialized && info.Label == label:
			return refused(fmt.Sprintf("there is a token with the label %q", label))
		case info.Initialized && q.Token.Slot != nil && *q.Token.Slot == info.Slot:
			return refused(fmt.Sprintf("the slot %d has a token, whose keys would be lost", info.Slot))
		case !info.Initialized && free == nil && (q.Token.Slot == nil || *q.Token.Slot == info.Slot):
			free = &all[i]
		}
	}
	if free == nil {
		return noToken("there is no free slot")
	}
	d.forget()
	return in("C_InitToken", d.p.InitToken(free.Slot, text(q.PIN), label))
}
