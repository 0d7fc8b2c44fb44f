//go:build cgo

package driver

import (
	"cmp"
	"fmt"

	"github.com/miekg/pkcs11"

	"github.com/keystead/keystead/internal/hsm/wire"
)

const keyBytes = 32

// generate makes an AES key that can't leave the token.
func (t *token) generate(s pkcs11.SessionHandle, q *wire.Request) error {
	if q.Key.ID == "" {
		return refused("a key needs an id")
	}
	switch _, err := t.search(s, wire.KeyRef{ID: q.Key.ID}); err {
	case errNoKey:
	case nil:
		return errExists
	default:
		return err
	}
	handle, err := t.p.GenerateKey(s, mechanism(pkcs11.CKM_AES_KEY_GEN), newKey(q.Key, true))
	if isCode(err, templateCodes...) {
		handle, err = t.p.GenerateKey(s, mechanism(pkcs11.CKM_AES_KEY_GEN), newKey(q.Key, false))
	}
	if err != nil {
		return in("C_GenerateKey", err)
	}
	k := t.describe(s, handle)
	if k.Sensitive && !k.Extractable {
		return nil
	}
	if err := t.p.DestroyObject(s, handle); err != nil {
		return in("C_DestroyObject", err)
	}
	return refused("the module made a key that can leave the token; it was destroyed")
}

// templateCodes say that a module does not take a template.
var templateCodes = []uint{
	pkcs11.CKR_TEMPLATE_INCONSISTENT, pkcs11.CKR_TEMPLATE_INCOMPLETE,
	pkcs11.CKR_ATTRIBUTE_TYPE_INVALID, pkcs11.CKR_ATTRIBUTE_VALUE_INVALID, pkcs11.CKR_ATTRIBUTE_READ_ONLY,
}

// newKey is the template of a new key: the attributes that AWS KMS gives its keys in a
// cluster, where the module allows that a key both wraps and encrypts.
func newKey(k wire.KeyRef, wrap bool) []*pkcs11.Attribute {
	a := append(aesKeys(),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, keyBytes),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_ENCRYPT, true),
		pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, true),
		pkcs11.NewAttribute(pkcs11.CKA_ID, k.ID),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, k.Label))
	if wrap {
		a = append(a,
			pkcs11.NewAttribute(pkcs11.CKA_WRAP, true),
			pkcs11.NewAttribute(pkcs11.CKA_UNWRAP, true),
			pkcs11.NewAttribute(pkcs11.CKA_SIGN, false),
			pkcs11.NewAttribute(pkcs11.CKA_VERIFY, false))
	}
	return a
}

func mechanism(m uint) []*pkcs11.Mechanism { return []*pkcs11.Mechanism{pkcs11.NewMechanism(m, nil)} }

func aesKeys() []*pkcs11.Attribute {
	return append(secretKeys(), pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_AES))
}

func secretKeys() []*pkcs11.Attribute {
	return []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
	}
}

// named adds the id and label of k to a template.
func named(a []*pkcs11.Attribute, k wire.KeyRef) []*pkcs11.Attribute {
	if k.ID != "" {
		a = append(a, pkcs11.NewAttribute(pkcs11.CKA_ID, k.ID))
	}
	if k.Label != "" {
		a = append(a, pkcs11.NewAttribute(pkcs11.CKA_LABEL, k.Label))
	}
	return a
}

// findBatch is how many handles are taken from a search at a time.
const findBatch = 256

// each calls f with batches of the objects that match, until f returns false.
func (t *token) each(s pkcs11.SessionHandle, template []*pkcs11.Attribute, f func([]pkcs11.ObjectHandle) bool) error {
	if err := t.p.FindObjectsInit(s, template); err != nil {
		return in("C_FindObjectsInit", err)
	}
	for {
		found, _, err := t.p.FindObjects(s, findBatch)
		if err != nil {
			_ = t.p.FindObjectsFinal(s) // the search failed; nothing depends on its end
			return in("C_FindObjects", err)
		}
		if len(found) == 0 || !f(found) {
			return in("C_FindObjectsFinal", t.p.FindObjectsFinal(s))
		}
	}
}

// search looks for the one AES key of that name. Two of the same name are an error: a key
// must not be chosen by chance.
func (t *token) search(s pkcs11.SessionHandle, k wire.KeyRef) (pkcs11.ObjectHandle, error) {
	if k.ID == "" && k.Label == "" {
		return 0, errNoKey
	}
	var found []pkcs11.ObjectHandle
	err := t.each(s, named(aesKeys(), k), func(batch []pkcs11.ObjectHandle) bool {
		found = append(found, batch...)
		return len(found) < 2
	})
	switch {
	case err != nil:
		return 0, err
	case len(found) == 0:
		return 0, cmp.Or(t.mustLogin(s), error(errNoKey))
	case len(found) > 1:
		return 0, refused(fmt.Sprintf("more than one key has the id %q and the label %q", k.ID, k.Label))
	}
	return found[0], nil
}

// mustLogin returns an error if the session shows no private objects because nobody is logged
// in (any more): a key that is not shown must not be taken for one that is not there.
func (t *token) mustLogin(s pkcs11.SessionHandle) error {
	info, err := t.p.GetSessionInfo(s)
	switch {
	case err != nil:
		return in("C_GetSessionInfo", err)
	case t.loginRequired && (info.State == pkcs11.CKS_RO_PUBLIC_SESSION || info.State == pkcs11.CKS_RW_PUBLIC_SESSION):
		return in("C_FindObjects", pkcs11.Error(pkcs11.CKR_USER_NOT_LOGGED_IN))
	}
	return nil
}

func (t *token) destroy(s pkcs11.SessionHandle, q *wire.Request) error {
	k := wire.KeyRef{ID: q.Key.ID}
	handle, err := t.search(s, k)
	if err != nil {
		return err
	}
	t.handles.forget()
	return in("C_DestroyObject", t.p.DestroyObject(s, handle))
}

// keys sends what the token has of secret keys, in as many responses as it takes.
func (t *token) keys(s pkcs11.SessionHandle, q *wire.Request, r *wire.Response) error {
	if err := t.mustLogin(s); err != nil {
		return err
	}
	var all []pkcs11.ObjectHandle
	err := t.each(s, named(secretKeys(), q.Key), func(batch []pkcs11.ObjectHandle) bool {
		all = append(all, batch...)
		return true
	})
	if err != nil {
		return err
	}
	size := 0
	for _, handle := range all {
		k := t.describe(s, handle)
		n := len(k.ID) + len(k.Label) + 64
		if n > wire.MaxData {
			continue // somebody else's: none of ours has such a name
		}
		if size += n; size > wire.MaxData {
			t.more(q, r)
			size = n
		}
		r.Keys = append(r.Keys, k)
	}
	return nil
}

// more sends a part of the answer.
func (t *token) more(q *wire.Request, r *wire.Response) {
	t.send(&wire.Response{ID: q.ID, Status: wire.OK, More: true, Keys: r.Keys})
	r.Keys = nil
}

// describe reads the attributes of a key. What can't be read stays empty: a key that
// somebody else made must not make a list fail.
func (t *token) describe(s pkcs11.SessionHandle, handle pkcs11.ObjectHandle) (k wire.Key) {
	fields := []struct {
		attribute uint
		set       func([]byte)
	}{
		{pkcs11.CKA_ID, func(v []byte) { k.ID = v }},
		{pkcs11.CKA_LABEL, func(v []byte) { k.Label = string(v) }},
		{pkcs11.CKA_KEY_TYPE, func(v []byte) { k.AES = number(v) == pkcs11.CKK_AES }},
		{pkcs11.CKA_VALUE_LEN, func(v []byte) { k.Bits = int(min(number(v), 1<<16)) * 8 }},
		{pkcs11.CKA_ENCRYPT, boolean(&k.Encrypt)},
		{pkcs11.CKA_DECRYPT, boolean(&k.Decrypt)},
		{pkcs11.CKA_SIGN, boolean(&k.Sign)},
		{pkcs11.CKA_VERIFY, boolean(&k.Verify)},
		{pkcs11.CKA_WRAP, boolean(&k.Wrap)},
		{pkcs11.CKA_UNWRAP, boolean(&k.Unwrap)},
		{pkcs11.CKA_DERIVE, boolean(&k.Derive)},
		{pkcs11.CKA_SENSITIVE, boolean(&k.Sensitive)},
		{pkcs11.CKA_ALWAYS_SENSITIVE, boolean(&k.AlwaysSensitive)},
		{pkcs11.CKA_EXTRACTABLE, boolean(&k.Extractable)},
		{pkcs11.CKA_NEVER_EXTRACTABLE, boolean(&k.NeverExtractable)},
		{pkcs11.CKA_LOCAL, boolean(&k.Local)},
		{pkcs11.CKA_PRIVATE, boolean(&k.Private)},
	}
	template := make([]*pkcs11.Attribute, len(fields))
	for i, f := range fields {
		template[i] = pkcs11.NewAttribute(f.attribute, nil)
	}
	values, err := t.p.GetAttributeValue(s, handle, template)
	for i, f := range fields {
		switch {
		case err == nil:
			f.set(values[i].Value)
		default: // one of them failed: ask for each
			if v, err := t.p.GetAttributeValue(s, handle, template[i:i+1]); err == nil {
				f.set(v[0].Value)
			}
		}
	}
	return k
}

func boolean(b *bool) func([]byte) {
	return func(v []byte) { *b = len(v) > 0 && v[0] != 0 }
}
