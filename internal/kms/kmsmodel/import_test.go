package kmsmodel

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material/materialtest"
)

var importing = []operation{
	{3, (*world).getParametersForImport}, {40, (*world).importKeyMaterial}, {8, (*world).deleteImportedKeyMaterial},
}

func imports(k *key) bool { return k.external() && !k.pendingDeletion() }

// useForImport is use for the operations that take keys with Origin EXTERNAL only. That a key of
// another origin is pending deletion does not matter then.
func (m *model) useForImport(op string, at target) (*key, *failure) {
	k, f := m.find(at.region, at.name, false)
	if f != nil {
		return nil, f
	}
	if f := m.check(op, k); k.external() || f != nil && !k.pendingDeletion() {
		return k, f
	}
	return k, k.notValid()
}

func (w *world) importKeyMaterial() {
	at := w.target("ImportKeyMaterial", func(k *key) bool {
		return imports(k) && slices.ContainsFunc(w.tokens, func(t *token) bool { return t.of(k) })
	})
	k, want := w.m.useForImport("ImportKeyMaterial", at)
	t := w.token(k)
	if t == nil {
		if w.one(3) {
			w.getParametersForImport()
		}
		return
	}
	i := &arrival{token: t, wrapped: true}
	in := &kms.ImportKeyMaterialInput{KeyId: &at.name, ImportToken: t.bytes}
	w.validity(in)
	if k != nil {
		w.choose(k, i, in)
	} else {
		i.bytes = w.some(32)
	}
	if !t.of(k) { // which may be unable to carry it
		i.bytes = i.bytes[:min(len(i.bytes), 64)]
	}
	in.EncryptedKeyMaterial = materialtest.Wrap(w.t, t.public, t.algorithm, i.bytes)
	switch w.IntN(25) {
	case 0:
		in.ImportToken = w.some(100)
		i.token = nil
	case 1:
		in.EncryptedKeyMaterial = w.some(300)
		i.wrapped = false
	}
	if want == nil {
		want = w.m.accepts(k, i, in)
	}
	out := call(w, at.region, w.s.ImportKeyMaterial, in, k, want)
	if out == nil {
		return
	}
	mat := k.take(i, in)
	expected := &kms.ImportKeyMaterialOutput{KeyId: new(k.arn())}
	if k.symmetric() {
		w.learn(k, mat, out.KeyMaterialId)
		expected.KeyMaterialId = &mat.id
		name := k.id + string(i.bytes)
		if known, found := w.ids[name]; found && known != mat.id {
			w.differ(k, "the key material id of the same key material was %s and is now %s", known, mat.id)
		}
		w.ids[name] = mat.id
	}
	w.same(k, "ImportKeyMaterial", expected, out)
}

// arrival is material that is to be imported.
type arrival struct {
	token    *token // nil for none of the service
	wrapped  bool   // under the token's key
	bytes    []byte
	wellMade bool   // of the key's spec
	public   []byte // of a key pair
}

// validity chooses when the material shall expire.
func (w *world) validity(in *kms.ImportKeyMaterialInput) {
	until := w.m.now.Add(time.Duration(1+w.IntN(60*24*40)) * time.Minute)
	switch w.IntN(24) {
	case 0: // no date
	case 1:
		in.ValidTo = new(w.m.now.Add(-time.Minute * time.Duration(w.IntN(2))))
	case 2:
		in.ValidTo = new(w.m.now.Add(365*day + time.Millisecond*time.Duration(w.IntN(2))))
	case 3:
		in.ExpirationModel, in.ValidTo = types.ExpirationModelTypeKeyMaterialDoesNotExpire, &until
	case 4, 5, 6, 7, 8, 9, 10, 11, 12:
		in.ValidTo = &until
		if w.one(2) {
			in.ExpirationModel = types.ExpirationModelTypeKeyMaterialExpires
		}
	default:
		in.ExpirationModel = types.ExpirationModelTypeKeyMaterialDoesNotExpire
	}
}

// choose chooses what is imported into k, and what the caller says of it.
func (w *world) choose(k *key, i *arrival, in *kms.ImportKeyMaterialInput) {
	i.wellMade = true
	known := func(m *material) bool { _, here := m.here[k.region]; return here }
	missing := slices.DeleteFunc(slices.Clone(k.materials), known)
	switch n := w.IntN(12); {
	case n == 0 && len(k.materials) > 0, n < 8 && k.external() && len(missing) == 0 && len(k.materials) > 0 && !k.symmetric():
		i.bytes = pick(w, k.materials...).bytes
	case n < 8 && len(missing) > 0:
		i.bytes = pick(w, missing...).bytes
	case n == 8:
		i.bytes, i.wellMade = w.some(7), false
	default:
		i.bytes, i.public = w.newMaterial(k.spec)
	}
	if i.bytes == nil { // of another origin
		i.bytes = w.some(32)
	}
	if k.symmetric() || w.one(20) {
		in.ImportType = pick(w, "", "", types.ImportTypeNewKeyMaterial, types.ImportTypeExistingKeyMaterial)
		if w.one(6) {
			in.KeyMaterialId = new(strings.Repeat("0a", 32))
			if len(k.materials) > 0 && !w.one(5) {
				if id := pick(w, k.materials...).id; id != "" {
					in.KeyMaterialId = &id
				}
			}
		}
		if w.one(5) {
			in.KeyMaterialDescription = new(w.text())
		}
	}
}

// accepts says whether the key takes what arrives.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html
func (m *model) accepts(k *key, i *arrival, in *kms.ImportKeyMaterialInput) *failure {
	isNew := in.ImportType == types.ImportTypeNewKeyMaterial
	expires := in.ExpirationModel != types.ExpirationModelTypeKeyMaterialDoesNotExpire
	switch {
	case expires && in.ValidTo == nil:
		return invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
	case expires && !in.ValidTo.After(m.now):
		return invalid("ValidTo must be in the future")
	case expires && in.ValidTo.After(m.now.Add(365*day)), !expires && in.ValidTo != nil:
		return invalid(unsaid)
	case !k.symmetric() && (in.ImportType != "" || in.KeyMaterialId != nil || in.KeyMaterialDescription != nil):
		return invalid(unsaid)
	case isNew && in.KeyMaterialId != nil:
		return invalid(unsaid)
	case isNew && !k.isPrimary():
		return unsupported(unsaid)
	case in.KeyMaterialDescription != nil && !k.isPrimary():
		return invalid(unsaid)
	case i.token == nil || !i.token.of(k):
		return fail("InvalidImportTokenException", "")
	case !m.now.Before(i.token.until):
		return fail("ExpiredImportTokenException", "")
	case !i.wrapped:
		return invalidCiphertext
	case !i.wellMade:
		return incorrectMaterial
	}
	known := k.material(i.bytes)
	if in.ImportType == "" {
		isNew = len(k.materials) == 0 && k.isPrimary()
	}
	switch {
	case isNew && known != nil, !isNew && known == nil, !isNew && in.KeyMaterialId != nil && *in.KeyMaterialId != known.id:
		return incorrectMaterial
	case isNew && in.KeyMaterialId != nil:
		return invalid(unsaid)
	case isNew && k.pending != nil:
		return fail("KMSInvalidStateException", "New key material (id: %s) cannot be imported into KMS key %s, because another key material (id: %s) is pending rotation.", anyID, k.arn(), k.pending.id)
	}
	return nil
}

var incorrectMaterial = fail("IncorrectKeyMaterialException", "")

// material is the one of these bytes; nil if the key never had it.
func (s *set) material(b []byte) *material {
	for _, m := range s.materials {
		if bytes.Equal(m.bytes, b) {
			return m
		}
	}
	return nil
}

// take takes what has arrived.
func (k *key) take(i *arrival, in *kms.ImportKeyMaterialInput) *material {
	mat := k.material(i.bytes)
	if mat == nil {
		mat = &material{bytes: i.bytes, here: map[string]time.Time{}}
		k.materials = append(k.materials, mat)
		if k.current == nil {
			k.current, k.public = mat, i.public
		} else {
			k.pending = mat
		}
	}
	mat.here[k.region] = time.Time{}
	if in.ValidTo != nil {
		mat.here[k.region] = *in.ValidTo
	}
	if in.KeyMaterialDescription != nil {
		mat.description = *in.KeyMaterialDescription
	}
	if k.state == types.KeyStatePendingImport && k.complete() {
		k.state = types.KeyStateEnabled
	}
	return mat
}

func (w *world) deleteImportedKeyMaterial() {
	at := w.target("DeleteImportedKeyMaterial", imports)
	k, want := w.m.useForImport("DeleteImportedKeyMaterial", at)
	in := &kms.DeleteImportedKeyMaterialInput{KeyId: &at.name}
	var mat *material
	if k != nil {
		mat = k.current
		if k.symmetric() && len(k.materials) > 0 && w.one(2) {
			if m := pick(w, k.materials...); m.id != "" {
				mat, in.KeyMaterialId = m, &m.id
			}
		}
		if w.one(20) {
			in.KeyMaterialId = new(strings.Repeat("0a", 32))
			if want == nil {
				want = fail("NotFoundException", unsaid)
			}
		}
	}
	out := call(w, at.region, w.s.DeleteImportedKeyMaterial, in, k, want)
	if out == nil {
		return
	}
	expected := &kms.DeleteImportedKeyMaterialOutput{KeyId: new(k.arn())}
	if mat != nil {
		if k.symmetric() {
			expected.KeyMaterialId = new(mat.id)
		}
		k.lose(mat)
	}
	w.same(k, "DeleteImportedKeyMaterial", expected, out)
}
