package kms_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// imports has the operations of imported key material, some of which expires within the week.
// It returns the names of the ids.
func imports(t *testing.T, u user) []string {
	ctx := t.Context()
	key, mac := u.external(""), u.external(types.KeySpecHmac256)
	i, j := u.importer(key), u.importer(mac)
	first, second := randomBytes(32), randomBytes(32)
	a, b := u.materialID(key, append([]byte(nil), first...)), u.materialID(key, append([]byte(nil), second...))
	tomorrow := until(time.Now().Add(day))
	try(t, ctx, u.GetParametersForImport, &kms.GetParametersForImportInput{
		KeyId: &key, WrappingAlgorithm: types.AlgorithmSpecRsaesPkcs1V15, WrappingKeySpec: types.WrappingKeySpecRsa2048,
	})
	try(t, ctx, u.ImportKeyMaterial, i.request(first, tomorrow, described("of mine")))
	try(t, ctx, u.ImportKeyMaterial, i.request(first, asExisting, named(a), tomorrow))
	try(t, ctx, u.ImportKeyMaterial, i.request(second, asNew))
	try(t, ctx, u.ImportKeyMaterial, i.request(second, asNew))
	try(t, ctx, u.ImportKeyMaterial, j.request(randomBytes(32), until(time.Now().Add(2*day))))
	try(t, ctx, u.ImportKeyMaterial, j.request(randomBytes(32)))
	try(t, ctx, u.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &key, KeyMaterialId: &b})
	try(t, ctx, u.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &key, KeyMaterialId: &b})
	return []string{key, "IMPORTED KEY", mac, "IMPORTED MAC KEY", a, "FIRST IMPORT", b, "SECOND IMPORT"}
}
