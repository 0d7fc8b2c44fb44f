package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const algorithm = "AWS4-HMAC-SHA256"

// maxQuery bounds the query in bytes, because sorting a long one costs more than sending it.
const maxQuery = 32 << 10

// authorization is what a request says about its signature, in either form.
type authorization struct {
	accessKeyID, date, region, service string // the credential, a scope after the first part
	terminator                         string
	signedHeaders, signature           string
	timestamp                          string // as in the string to sign
	time                               time.Time
	sessionToken                       string
	presigned                          bool
	expires                            time.Duration // of the query form
}

// parse reads whichever form the request has. A query, if there is one, is left in s.
func (a *authorization) parse(r *http.Request, s *scratch) error {
	switch raw := r.URL.RawQuery; {
	case len(raw) > maxQuery:
		return incomplete("The query string is longer than " + strconv.Itoa(maxQuery) + " bytes.")
	case raw != "" && !s.parseQuery(raw):
		return &Error{Reason: Mismatch}
	}
	headers := r.Header["Authorization"]
	inQuery := s.hasSignature()
	switch {
	case len(headers) > 1 || len(headers) == 1 && inQuery:
		return incomplete("Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, " +
			"Signature query string parameter or the Authorization header should be specified")
	case inQuery:
		return a.parseQuery(s)
	case len(headers) == 0 || headers[0] == "":
		return &Error{Reason: MissingToken}
	}
	return a.parseHeaders(headers[0], r.Header)
}

func (a *authorization) parseHeaders(value string, h http.Header) error {
	credential, err := a.parseAuthorization(value)
	if err != nil {
		return err
	}
	stamps := h["X-Amz-Date"]
	missing := ""
	if credential == "" {
		missing += "Authorization header requires 'Credential' parameter. "
	}
	if a.signature == "" {
		missing += "Authorization header requires 'Signature' parameter. "
	}
	if a.signedHeaders == "" {
		missing += "Authorization header requires 'SignedHeaders' parameter. "
	}
	if len(stamps) == 0 {
		if stamps = h["Date"]; len(stamps) == 0 {
			missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
		}
	}
	if missing != "" {
		return incomplete(missing + "(Hashed with SHA-256 and encoded with Base64) Authorization=" + digest(value))
	}
	if err := a.parseCredential(credential); err != nil {
		return err
	}
	if len(stamps) > 1 {
		return badDate(strings.Join(stamps, ","))
	}
	a.sessionToken = h.Get("X-Amz-Security-Token")
	return a.parseTime(stamps[0])
}

// parseAuthorization reads the header's parts, which commas or spaces separate, and
// returns the credential as it stands there.
func (a *authorization) parseAuthorization(value string) (credential string, err error) {
	name, rest, _ := strings.Cut(strings.TrimLeft(value, " "), " ")
	for rest != "" {
		var part string
		part, rest = cutPart(rest)
		if part == "" {
			continue
		}
		key, v, ok := strings.Cut(part, "=")
		if !ok && name != algorithm {
			part = name // what follows may be another scheme's secret
		}
		if !ok {
			return "", incomplete(fmt.Sprintf("'%s' not a valid key=value pair (missing equal-sign) in Authorization header "+
				"(hashed with SHA-256 and encoded with Base64): '%s'.", clip(part), digest(value)))
		}
		field := &credential
		switch key {
		case "Credential":
		case "SignedHeaders":
			field = &a.signedHeaders
		case "Signature":
			field = &a.signature
		default:
			continue
		}
		if *field != "" {
			return "", incomplete("Authorization header has more than one '" + key + "' parameter.")
		}
		*field = v
	}
	if name != algorithm {
		return "", incomplete("Unsupported AWS 'algorithm': '" + clip(name) + "'.")
	}
	return credential, nil
}

// cutPart splits at the first comma or space.
func cutPart(s string) (part, rest string) {
	if i := strings.IndexAny(s, ", "); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

func incomplete(message string) error { return &Error{Incomplete, message} }

// digest names a header without showing it.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// clip keeps an answer from growing with what the request sent.
func clip(s string) string { return s[:min(len(s), 128)] }
