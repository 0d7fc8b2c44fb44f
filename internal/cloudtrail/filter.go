package cloudtrail

import (
	"slices"
	"strings"
	"time"
)

// Filter chooses records. A zero field chooses all.
type Filter struct {
	Since        time.Time // from this time on
	Until        time.Time // before this time
	EventName    string
	Key          string // a key's id or ARN, or an alias ("alias/x" or its ARN)
	PrincipalARN string
	AccessKeyID  string
	ErrorCode    string
	RequestID    string
	EventID      string
	Region       string
	AccountID    string // the recipient or the caller
}

// Match says whether f chooses r.
func (f Filter) Match(r *Record) bool {
	is := func(want, got string) bool { return want == "" || want == got }
	return !r.Time.Before(f.Since) &&
		(f.Until.IsZero() || r.Time.Before(f.Until)) &&
		is(f.EventName, r.Name) &&
		is(f.PrincipalARN, r.PrincipalARN) &&
		is(f.AccessKeyID, r.AccessKeyID) &&
		is(f.ErrorCode, r.ErrorCode) &&
		is(f.RequestID, r.RequestID) &&
		is(f.EventID, r.EventID) &&
		is(f.Region, r.Region) &&
		(is(f.AccountID, r.AccountID) || f.AccountID == r.caller) &&
		(f.Key == "" || slices.ContainsFunc(r.Keys, func(name string) bool { return f.isKey(r, name) }))
}

// isKey says whether name, as it stands in r, is the key of the filter. One of the two may
// be an ARN and the other not: a name in a request means one of the call's own Region.
func (f Filter) isKey(r *Record, name string) bool {
	switch {
	case name == f.Key:
		return true
	case resourceName(name) != resourceName(f.Key) || isARN(name) && isARN(f.Key):
		return false
	case isARN(f.Key):
		parts := strings.SplitN(f.Key, ":", 6)
		return len(parts) == 6 && parts[3] == r.Region && (parts[4] == r.AccountID || parts[4] == r.caller)
	default:
		return true
	}
}

func isARN(s string) bool { return strings.HasPrefix(s, "arn:") }

// resourceName is the last part of an ARN, as it is used without one: a key's id, or an
// alias with its prefix.
func resourceName(s string) string {
	if isARN(s) {
		s = s[strings.LastIndexByte(s, ':')+1:]
	}
	return strings.TrimPrefix(s, "key/")
}

// needles are texts that every record has which f chooses. Looking for them is much
// cheaper than decoding the record.
func (f Filter) needles() [][]byte {
	var n [][]byte
	for _, s := range []string{f.EventName, f.PrincipalARN, f.AccessKeyID, f.ErrorCode,
		f.RequestID, f.Region, f.AccountID, resourceName(f.Key)} {
		quoted := appendString(nil, s)
		if text := quoted[1 : len(quoted)-1]; string(text) == s && s != "" {
			n = append(n, text)
		}
	}
	return n
}
