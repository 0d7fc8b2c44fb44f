//go:build cgo

package driver

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"sync/atomic"

	"github.com/miekg/pkcs11"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// ivMode is who makes the IVs of a token, as the package comment tells.
type ivMode struct{ v atomic.Int32 }

const (
	ivOurs int32 = iota
	ivZeroed
	ivAppended
	lastIVMode
)

// ivCodes say that a module does not take the parameters of AES-GCM.
var ivCodes = []uint{
	pkcs11.CKR_MECHANISM_PARAM_INVALID, pkcs11.CKR_ARGUMENTS_BAD, pkcs11.CKR_DATA_INVALID,
}

func (t *token) encrypt(s pkcs11.SessionHandle, q *wire.Request, r *wire.Response) error {
	return t.withKey(s, q.Key, func(key pkcs11.ObjectHandle) (err error) {
		r.IV, r.Data, r.Tag, err = t.seal(s, key, q.AAD, q.Data)
		return err
	})
}

// seal encrypts with an IV made by whoever makes them for this token.
func (t *token) seal(s pkcs11.SessionHandle, key pkcs11.ObjectHandle, aad, plaintext []byte) (iv, ciphertext, tag []byte, err error) {
	mode := t.ivs.v.Load()
	iv, ciphertext, tag, err = t.sealAs(mode, s, key, aad, plaintext)
	if !isCode(err, ivCodes...) {
		return iv, ciphertext, tag, err
	}
	for m := range lastIVMode {
		if m == mode {
			continue
		}
		iv, ciphertext, tag, other := t.sealAs(m, s, key, aad, plaintext)
		if other == nil {
			t.ivs.v.Store(m)
			return iv, ciphertext, tag, nil
		}
	}
	return nil, nil, nil, err
}

func (t *token) sealAs(mode int32, s pkcs11.SessionHandle, key pkcs11.ObjectHandle, aad, plaintext []byte) (iv, ciphertext, tag []byte, err error) {
	var g gcm
	defer g.release()
	if mode != ivAppended {
		iv = make([]byte, ivSize)
	}
	if mode == ivOurs {
		_, _ = rand.Read(iv) // never fails
	}
	if err := t.p.EncryptInit(s, g.mechanism(iv, aad), key); err != nil {
		return nil, nil, nil, in("C_EncryptInit", err)
	}
	out, err := t.p.Encrypt(s, plaintext)
	if err != nil {
		return nil, nil, nil, in("C_Encrypt", err)
	}
	// An IV of the module's own may follow the tag in any mode (Luna, ProtectServer).
	switch n := len(out) - len(plaintext) - tagSize; n {
	case 0:
	case ivSize, 16:
		iv, out = out[len(out)-n:], out[:len(out)-n]
	default:
		return nil, nil, nil, refused(fmt.Sprintf("the module made %d bytes of %d", len(out), len(plaintext)))
	}
	if len(bytes.Trim(iv, "\x00")) == 0 {
		return nil, nil, nil, refused("the module made no initialization vector")
	}
	end := len(out) - tagSize
	return iv, out[:end:end], out[end:], nil
}

func (t *token) decrypt(s pkcs11.SessionHandle, q *wire.Request, r *wire.Response) error {
	if len(q.Tag) != tagSize || len(q.IV) != ivSize && len(q.IV) != 16 {
		return errNotOpened
	}
	sealed := append(q.Data, q.Tag...)
	return t.withKey(s, q.Key, func(key pkcs11.ObjectHandle) (err error) {
		r.Data, err = t.open(s, key, q.IV, q.AAD, sealed)
		if isVague(err) && t.works(s, key) {
			// The key and the token are well. If it fails again, that is the ciphertext's fault;
			// if not, the token had trouble for a moment.
			if r.Data, err = t.open(s, key, q.IV, q.AAD, sealed); isVague(err) {
				return errNotOpened
			}
		}
		if isRefusal(err) {
			return errNotOpened
		}
		return err
	})
}

func (t *token) open(s pkcs11.SessionHandle, key pkcs11.ObjectHandle, iv, aad, ciphertext []byte) ([]byte, error) {
	var g gcm
	defer g.release()
	if err := t.p.DecryptInit(s, g.mechanism(iv, aad), key); err != nil {
		return nil, in("C_DecryptInit", err)
	}
	plaintext, err := t.p.Decrypt(s, ciphertext)
	if err != nil {
		return nil, in(decryptFunction, err)
	}
	return plaintext, nil
}

const decryptFunction = "C_Decrypt"

// isRefusal reports whether err says that the ciphertext does not open.
func isRefusal(err error) bool {
	f, ok := err.(*failure)
	return ok && f.function == decryptFunction && isCode(err,
		pkcs11.CKR_ENCRYPTED_DATA_INVALID, pkcs11.CKR_ENCRYPTED_DATA_LEN_RANGE, aeadDecryptFailed,
		pkcs11.CKR_SIGNATURE_INVALID, pkcs11.CKR_DATA_INVALID, pkcs11.CKR_DATA_LEN_RANGE)
}

// aeadDecryptFailed is CKR_AEAD_DECRYPT_FAILED of PKCS #11 v3.0.
const aeadDecryptFailed = 0x42

// isVague reports whether err may say that the ciphertext does not open, or that something
// else is wrong. SoftHSM answers a wrong tag and a wrong AAD with CKR_GENERAL_ERROR; codes
// from CKR_VENDOR_DEFINED on mean what the vendor wants. Parameters are looked at when the
// operation begins, and an IV of 16 bytes is one that not every module takes.
func isVague(err error) bool {
	f, ok := err.(*failure)
	switch {
	case !ok:
		return false
	case f.function == decryptFunction:
		return f.code >= pkcs11.CKR_VENDOR_DEFINED || isCode(err, pkcs11.CKR_GENERAL_ERROR, pkcs11.CKR_FUNCTION_FAILED)
	}
	return isCode(err, pkcs11.CKR_MECHANISM_PARAM_INVALID, pkcs11.CKR_ARGUMENTS_BAD)
}

// works reports whether the key still opens what it seals. A key that must not seal can't
// show it; then a key that lives only in this session shows that the token works.
func (t *token) works(s pkcs11.SessionHandle, key pkcs11.ObjectHandle) bool {
	err := t.roundTrip(s, key)
	if !isCode(err, pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED) {
		return err == nil
	}
	key, err = t.p.GenerateKey(s, mechanism(pkcs11.CKM_AES_KEY_GEN), []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_AES),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, keyBytes),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, false),
		pkcs11.NewAttribute(pkcs11.CKA_ENCRYPT, true),
		pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, true),
	})
	if err != nil {
		return false
	}
	defer func() { _ = t.p.DestroyObject(s, key) }() // ends with the session at the latest
	return t.roundTrip(s, key) == nil
}

// errProbe says that a key did not open what it had sealed.
const errProbe = refused("the key does not open what it sealed")

func (t *token) roundTrip(s pkcs11.SessionHandle, key pkcs11.ObjectHandle) error {
	probe := make([]byte, keyBytes)
	_, _ = rand.Read(probe) // never fails
	iv, ciphertext, tag, err := t.seal(s, key, probe[:8], probe)
	if err != nil {
		return err
	}
	got, err := t.open(s, key, iv, probe[:8], append(ciphertext, tag...))
	if err == nil && !bytes.Equal(got, probe) {
		return errProbe
	}
	return err
}

// random returns bytes of the token's generator.
func (t *token) random(s pkcs11.SessionHandle, q *wire.Request, r *wire.Response) error {
	if q.N > wire.MaxData {
		return refused(fmt.Sprintf("at most %d random bytes at a time", wire.MaxData))
	}
	var err error
	if q.N > 0 {
		r.Data, err = t.p.GenerateRandom(s, int(q.N))
	}
	return in("C_GenerateRandom", err)
}
