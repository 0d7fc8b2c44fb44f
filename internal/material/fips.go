package material

import (
	"crypto/fips140"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// beyond are the algorithms outside of the module whose specs are inside. SP 800-56B lets OAEP
// have any approved hash, and SP 800-131A leaves SHA-1 approved there until 2030, but the module
// counts none of its uses as approved.
var beyond = map[string]string{
	string(types.EncryptionAlgorithmSpecRsaesOaepSha1): "the module does not count SHA-1 as approved",
	string(types.AlgorithmSpecRsaAesKeyWrapSha1):       "the module does not count SHA-1 as approved",
}

// Beyond says why a key spec, or the algorithm of it, is outside of the FIPS 140-3 module of
// the program; "" if both are inside. An empty algorithm asks for the spec alone. That a module
// that is a certified version runs at all is for the operator to see to.
//
// Source: https://go.dev/doc/security/fips140
func Beyond(s *Spec, algorithm string) string {
	if s.beyond != "" {
		return s.beyond
	}
	return beyond[algorithm]
}

// Refused is Beyond where the program runs in FIPS 140-3 mode, and "" elsewhere. The mode of
// GODEBUG=fips140=on stops nobody from what is outside of the module, so all who make, import or
// use keys must ask.
func Refused(s *Spec, algorithm string) string {
	if !fips140.Enabled() {
		return ""
	}
	return Beyond(s, algorithm)
}
