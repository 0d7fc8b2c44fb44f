//go:build cgo

package driver

import (
	"bytes"
	"encoding/binary"
	"sync"
	"time"

	"github.com/miekg/pkcs11"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// handles remembers which handle a key has.
type handles struct {
	mu    sync.RWMutex
	known map[wire.KeyRef]known
}

type known struct {
	handle pkcs11.ObjectHandle
	seen   time.Time // when the key was last known to have this handle
}

// maxHandles bounds the memory of handles.
const maxHandles = 1 << 16

// trust is how long a handle is used without a look at the key. A handle says nothing about
// its key: after another program has destroyed the key, some tokens give its handle to the
// next one.
const trust = 10 * time.Second

func (h *handles) get(k wire.KeyRef) (known, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	v, ok := h.known[k]
	return v, ok
}

func (h *handles) set(k wire.KeyRef, handle pkcs11.ObjectHandle) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) >= maxHandles {
		h.known = map[wire.KeyRef]known{}
	}
	h.known[k] = known{handle, time.Now()}
}

// forget forgets all handles: logging out makes those of private keys invalid.
func (h *handles) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.known)
}

// withKey calls f with the handle of the key, and again after a search if the handle has
// become invalid.
func (t *token) withKey(s pkcs11.SessionHandle, k wire.KeyRef, f func(pkcs11.ObjectHandle) error) error {
	if v, ok := t.handles.get(k); ok && (time.Since(v.seen) < trust || t.still(s, k, v.handle)) {
		err := f(v.handle)
		if !isCode(err, pkcs11.CKR_KEY_HANDLE_INVALID, pkcs11.CKR_OBJECT_HANDLE_INVALID) {
			return err
		}
	}
	handle, err := t.search(s, k)
	if err != nil {
		return err
	}
	t.handles.set(k, handle)
	return f(handle)
}

// still reports whether the handle still has the key, and if so trusts it anew.
func (t *token) still(s pkcs11.SessionHandle, k wire.KeyRef, handle pkcs11.ObjectHandle) bool {
	values, err := t.p.GetAttributeValue(s, handle, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_ID, nil), pkcs11.NewAttribute(pkcs11.CKA_LABEL, nil),
	})
	if err != nil || len(values) != 2 ||
		k.ID != "" && !bytes.Equal(values[0].Value, []byte(k.ID)) ||
		k.Label != "" && !bytes.Equal(values[1].Value, []byte(k.Label)) {
		return false
	}
	t.handles.set(k, handle)
	return true
}

// number reads a CK_ULONG.
func number(v []byte) uint64 {
	switch len(v) {
	case 8:
		return binary.NativeEndian.Uint64(v)
	case 4:
		return uint64(binary.NativeEndian.Uint32(v))
	}
	return 0
}
