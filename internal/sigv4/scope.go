package sigv4

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	timeLayout = "20060102T150405Z" // ISO 8601's basic format
	dateLayout = "20060102"
	terminator = "aws4_request"

	// maxSkew is how far the signer's clock may be from ours.
	maxSkew = 5 * time.Minute
)

// Scope reads the Region and service of a request's credential scope, without any check of
// the signature: good for routing to the service that will verify it, and no more.
func Scope(r *http.Request) (region, service string, ok bool) {
	s := newScratch()
	defer s.release()
	var a authorization
	if err := a.parse(r, s); err != nil {
		return "", "", false
	}
	return a.region, a.service, true
}

func (a *authorization) parseCredential(credential string) error {
	rest := credential
	parts := [...]*string{&a.accessKeyID, &a.date, &a.region, &a.service}
	for _, part := range parts {
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			return badCredential(credential)
		}
		*part, rest = rest[:i], rest[i+1:]
	}
	if strings.IndexByte(rest, '/') >= 0 {
		return badCredential(credential)
	}
	a.terminator = rest
	return nil
}

func badCredential(credential string) error {
	return incomplete("Credential must have exactly 5 slash-delimited elements, " +
		"e.g. keyid/date/region/service/term, got '" + clip(credential) + "'")
}

// parseTime reads X-Amz-Date, or a Date in HTTP's form.
func (a *authorization) parseTime(stamp string) error {
	if len(stamp) == len(timeLayout) {
		if t, err := time.Parse(timeLayout, stamp); err == nil {
			a.timestamp, a.time = stamp, t
			return nil
		}
	}
	t, err := http.ParseTime(stamp)
	if err != nil || a.presigned || t.Year() < 1000 || t.Year() > 9999 {
		return badDate(stamp)
	}
	a.time = t.UTC()
	a.timestamp = a.time.Format(timeLayout)
	return nil
}

func badDate(stamp string) error {
	return incomplete("Date must be in ISO-8601 'basic format'. Got '" + clip(stamp) +
		"'. See http://en.wikipedia.org/wiki/ISO_8601")
}

// checkScope tells whether the credential scope fits the request. AWS puts all complaints
// into one message.
func (a *authorization) checkScope(service string, validRegion func(string) bool) error {
	var wrong string
	if !plausibleRegion(a.region) || validRegion != nil && !validRegion(a.region) {
		wrong += "Credential should be scoped to a valid region. "
	}
	if a.service != service {
		wrong += "Credential should be scoped to correct service: '" + service + "'. "
	}
	if a.terminator != terminator {
		wrong += "Credential should be scoped with a valid terminator: '" + terminator + "', not '" + clip(a.terminator) + "'. "
	}
	if day := a.timestamp[:len(dateLayout)]; a.date != day {
		wrong += fmt.Sprintf("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "+
			"'%s' != '%s', from '%s'. ", clip(a.date), day, a.timestamp)
	}
	if wrong != "" {
		return &Error{WrongScope, strings.TrimRight(wrong, " ")}
	}
	return nil
}

// plausibleRegion knows a Region by its shape: words of small letters, two at least, and a
// number, between hyphens.
func plausibleRegion(s string) bool {
	if len(s) < 6 || len(s) > 32 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	hyphens := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '-':
			if hyphens++; s[i-1] == '-' {
				return false
			}
		case (c < 'a' || c > 'z') && (c < '0' || c > '9'):
			return false
		}
	}
	last := s[len(s)-1]
	return hyphens >= 2 && '0' <= last && last <= '9'
}

// checkTime tells whether the signature is neither too old nor from the future.
func (a *authorization) checkTime(now time.Time) error {
	window := maxSkew
	if a.presigned {
		window = a.expires
	}
	now = now.UTC()
	if earliest := now.Add(-window); a.time.Before(earliest) {
		return &Error{Expired, fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %s)",
			a.timestamp, earliest.Format(timeLayout), now.Format(timeLayout), span(window))}
	}
	if latest := now.Add(maxSkew); a.time.After(latest) {
		return &Error{Expired, fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %s)",
			a.timestamp, latest.Format(timeLayout), now.Format(timeLayout), span(maxSkew))}
	}
	return nil
}

// span prints a duration as AWS does: "5 min."
func span(d time.Duration) string {
	if d%time.Minute != 0 {
		return fmt.Sprintf("%d sec.", d/time.Second)
	}
	return fmt.Sprintf("%d min.", d/time.Minute)
}
