package sigv4

import (
	"strconv"
	"time"
)

// maxExpires is AWS's limit for presigned requests, seven days.
const maxExpires = 7 * 24 * time.Hour

// presignedParameters are the members of the query form. Their names are matched as they
// are, after decoding.
type presignedParameters struct {
	algorithm, credential, date, expires, signedHeaders, signature, token string
}

func (p *presignedParameters) field(name []byte) *string {
	switch string(name) {
	case "X-Amz-Algorithm":
		return &p.algorithm
	case "X-Amz-Credential":
		return &p.credential
	case "X-Amz-Date":
		return &p.date
	case "X-Amz-Expires":
		return &p.expires
	case "X-Amz-SignedHeaders":
		return &p.signedHeaders
	case "X-Amz-Signature":
		return &p.signature
	case "X-Amz-Security-Token":
		return &p.token
	}
	return nil
}

// parseQuery reads the query form.
func (a *authorization) parseQuery(s *scratch) error {
	var p presignedParameters
	for _, q := range s.pairs {
		field := p.field(s.name(q))
		if field == nil {
			continue
		}
		if *field != "" {
			return incomplete("AWS query-string parameters must not repeat '" + string(s.name(q)) + "'.")
		}
		*field = decodeCanonical(s.value(q))
	}
	if missing := p.missing(); missing != "" {
		return incomplete(missing + "Re-examine the query-string parameters.")
	}
	if p.algorithm != algorithm {
		return incomplete("Unsupported AWS 'algorithm': '" + clip(p.algorithm) + "'.")
	}
	a.presigned = true
	a.signedHeaders, a.signature, a.sessionToken = p.signedHeaders, p.signature, p.token
	if err := a.parseCredential(p.credential); err != nil {
		return err
	}
	if err := a.parseExpires(p.expires); err != nil {
		return err
	}
	return a.parseTime(p.date)
}

func (p *presignedParameters) missing() (text string) {
	for _, m := range [...]struct{ name, value string }{
		{"X-Amz-Algorithm", p.algorithm}, {"X-Amz-Credential", p.credential}, {"X-Amz-Signature", p.signature},
		{"X-Amz-SignedHeaders", p.signedHeaders}, {"X-Amz-Date", p.date},
	} {
		if m.value == "" {
			text += "AWS query-string parameters must include '" + m.name + "'. "
		}
	}
	return text
}

// parseExpires reads the seconds that the signature is good for: as long as in the header
// form, if it doesn't say.
func (a *authorization) parseExpires(s string) error {
	if s == "" {
		a.expires = maxSkew
		return nil
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return incomplete("X-Amz-Expires should be a number")
	}
	a.expires = time.Duration(n) * time.Second
	switch {
	case n == 0:
		return incomplete("X-Amz-Expires must be at least 1 second")
	case a.expires > maxExpires:
		return incomplete("X-Amz-Expires must be less than a week (in seconds); that is, " +
			"the given X-Amz-Expires must be less than 604800 seconds")
	}
	return nil
}
