package sigv4_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/keystead/keystead/internal/sigv4"
)

// signByHand signs a request to a path and query that are canonical already, with header
// lists and dates that the SDK would not make.
func signByHand(r *http.Request, body, signedHeaders, stamp string) {
	signature := signatureByHand(r, body, signedHeaders, stamp, stamp[:8]+"/us-east-1/kms/aws4_request")
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s/us-east-1/kms/aws4_request, SignedHeaders=%s, Signature=%s",
		keyID, stamp[:8], signedHeaders, signature))
}

func signatureByHand(r *http.Request, body, signedHeaders, stamp, scope string) string {
	var canonical strings.Builder
	fmt.Fprintf(&canonical, "%s\n%s\n%s\n", r.Method, r.URL.Path, r.URL.RawQuery)
	for name := range strings.SplitSeq(signedHeaders, ";") {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" || name == ":authority" {
			value = r.Host
		}
		fmt.Fprintf(&canonical, "%s:%s\n", name, value)
	}
	fmt.Fprintf(&canonical, "\n%s\n%s", signedHeaders, hashOf(body))
	key := []byte("AWS4" + secretKey)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+stamp+"\n"+scope+"\n"+hashOf(canonical.String())))
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// none stands for no error in tables of Reasons, other for an error that is not an *Error.
const (
	none  sigv4.Reason = 254
	other sigv4.Reason = 255
)

func reason(err error) sigv4.Reason {
	if err == nil {
		return none
	}
	if e, ok := errors.AsType[*sigv4.Error](err); ok {
		return e.Reason
	}
	return other
}
