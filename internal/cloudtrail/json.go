package cloudtrail

import (
	"strconv"
	"unicode/utf8"
)

// The version of CloudTrail's record format that AppendJSON writes.
const eventVersion = "1.11"

// CloudTrail cuts what is longer than this, and so do we; a record can then not grow
// beyond maxRecord by what a client sends.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
const (
	maxClientText = 1 << 10   // userAgent, errorMessage, clientProvidedHostHeader
	maxText       = 4 << 10   // any other string
	maxParameters = 100 << 10 // requestParameters, responseElements
	maxRecord     = 1 << 20
)

// AppendJSON appends the event as a CloudTrail record on one line, without a newline. The
// members have CloudTrail's order. Text that is not UTF-8 is mended, and what is too long
// is cut, so the result is valid whatever a client sent.
func (e *Event) AppendJSON(b []byte) []byte {
	start := len(b)
	b = e.appendWhole(b)
	if len(b)-start <= maxRecord {
		return b
	}
	small := *e
	small.Resources = e.Resources[:min(len(e.Resources), 16)]
	small.AdditionalEventData, small.ServiceEventDetails = nil, nil
	return small.appendWhole(b[:start])
}

func (e *Event) appendWhole(b []byte) []byte {
	b = append(b, `{"eventVersion":"`+eventVersion+`","userIdentity":`...)
	b = e.Identity.appendJSON(b, e.Identity.Session)
	b = append(b, `,"eventTime":"`...)
	b = e.Time.UTC().AppendFormat(b, timeFormat)
	b = append(b, '"')
	b = appendMember(b, "eventSource", e.Source)
	b = appendMember(b, "eventName", e.Name)
	b = appendMember(b, "awsRegion", e.Region)
	b = appendMember(b, "sourceIPAddress", e.SourceIPAddress)
	b = appendMember(b, "userAgent", clip(e.UserAgent, maxClientText))
	b = appendMember(b, "errorCode", e.ErrorCode)
	b = appendMember(b, "errorMessage", clip(e.ErrorMessage, maxClientText))
	b = appendObject(append(b, `,"requestParameters":`...), e.parameters())
	b = appendObject(append(b, `,"responseElements":`...), e.ResponseElements)
	b = e.appendAdditional(b)
	b = appendMember(b, "requestID", e.RequestID)
	b = appendMember(b, "eventID", e.ID)
	b = strconv.AppendBool(append(b, `,"readOnly":`...), e.ReadOnly)
	b = appendResources(b, e.Resources)
	b = appendMember(b, "eventType", e.eventType())
	b = strconv.AppendBool(append(b, `,"managementEvent":`...), e.category() == ManagementCategory)
	b = appendMember(b, "recipientAccountId", e.RecipientAccountID)
	b = appendMember(b, "sharedEventID", e.SharedEventID)
	b = appendMember(b, "vpcEndpointId", e.VPCEndpointID)
	b = appendMember(b, "vpcEndpointAccountId", e.VPCEndpointAccountID)
	b = appendFields(b, "serviceEventDetails", e.ServiceEventDetails)
	b = appendMember(b, "eventCategory", e.category())
	b = appendTLS(b, e.TLS)
	return append(b, '}')
}

func (e *Event) appendAdditional(b []byte) []byte {
	if len(e.Recipient) == 0 {
		return appendFields(b, "additionalEventData", e.AdditionalEventData)
	}
	b = append(appendName(b, "additionalEventData"), '{')
	b = appendFields(b, "recipient", e.Recipient)
	for _, f := range e.AdditionalEventData {
		b = appendString(appendName(b, f.Name), clip(f.Value, maxText))
	}
	return append(b, '}')
}

// parameters are the RequestParameters together with MoreParameters.
func (e *Event) parameters() []byte {
	if len(e.MoreParameters) == 0 {
		return e.RequestParameters
	}
	b := []byte{'{'}
	for _, p := range e.MoreParameters {
		b = append(appendName(b, p.Name), p.JSON...)
	}
	if len(e.RequestParameters) > len("{}") {
		return append(append(b, ','), e.RequestParameters[1:]...)
	}
	return append(b, '}')
}

// The form of eventTime and of creationDate.
const timeFormat = "2006-01-02T15:04:05Z"

// The categories of events.
const (
	ManagementCategory = "Management"
	DataCategory       = "Data"
)

func (e *Event) category() string {
	if e.Category == "" {
		return ManagementCategory
	}
	return e.Category
}

func (e *Event) eventType() string {
	if e.Type == "" {
		return "AwsApiCall"
	}
	return e.Type
}

// appendJSON takes the session apart from the identity, because an issuer has none.
func (i *Identity) appendJSON(b []byte, s *SessionContext) []byte {
	b = append(b, '{')
	b = appendMember(b, "type", i.Type)
	b = appendMember(b, "principalId", i.PrincipalID)
	b = appendMember(b, "arn", i.ARN)
	b = appendMember(b, "accountId", i.AccountID)
	b = appendMember(b, "accessKeyId", i.AccessKeyID)
	b = appendMember(b, "userName", i.UserName)
	b = appendMember(b, "identityProvider", i.Provider)
	if s != nil {
		b = s.appendJSON(appendName(b, "sessionContext"))
	}
	b = appendMember(b, "invokedBy", i.InvokedBy)
	return append(b, '}')
}

func (s *SessionContext) appendJSON(b []byte) []byte {
	b = append(b, '{')
	if s.Issuer != nil {
		b = s.Issuer.appendJSON(appendName(b, "sessionIssuer"), nil)
	}
	if s.Provider != "" {
		b = append(appendName(b, "webIdFederationData"), '{')
		b = appendMember(b, "federatedProvider", s.Provider)
		b = append(b, `,"attributes":{}}`...)
	}
	b = append(appendName(b, "attributes"), `{"creationDate":"`...)
	b = s.CreationDate.UTC().AppendFormat(b, timeFormat)
	b = append(b, `","mfaAuthenticated":"`...) // a string, as CloudTrail writes it
	b = strconv.AppendBool(b, s.MFAAuthenticated)
	b = append(b, `"}`...)
	b = appendMember(b, "sourceIdentity", s.SourceIdentity)
	return append(b, '}')
}

func appendResources(b []byte, resources []Resource) []byte {
	if resources == nil {
		return b
	}
	b = append(appendName(b, "resources"), '[')
	for i, r := range resources {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		b = appendMember(b, "accountId", r.AccountID)
		b = appendMember(b, "type", r.Type)
		b = appendMember(b, "ARN", r.ARN)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendTLS(b []byte, t *TLSDetails) []byte {
	if t == nil || *t == (TLSDetails{}) {
		return b
	}
	b = append(appendName(b, "tlsDetails"), '{')
	b = appendMember(b, "tlsVersion", t.Version)
	b = appendMember(b, "cipherSuite", t.Cipher)
	b = appendMember(b, "clientProvidedHostHeader", clip(t.HostHeader, maxClientText))
	b = appendMember(b, "keyExchange", t.KeyExchange)
	return append(b, '}')
}

func appendFields(b []byte, name string, fields []Field) []byte {
	if len(fields) == 0 {
		return b
	}
	b = append(appendName(b, name), '{')
	for _, f := range fields {
		b = appendString(appendName(b, f.Name), clip(f.Value, maxText))
	}
	return append(b, '}')
}

// appendObject appends JSON that the event came with. Line breaks between its members
// become spaces, because a record is one line.
func appendObject(b, raw []byte) []byte {
	if len(raw) == 0 {
		return append(b, "null"...)
	}
	if len(raw) > maxParameters {
		b = append(b, `{"omitted":true,"originalSize":`...)
		b = strconv.AppendInt(b, int64(len(raw)), 10)
		return append(b, `,"reason":"larger than 100 KB"}`...)
	}
	start := len(b)
	b = append(b, raw...)
	for i, c := range b[start:] {
		if c < ' ' {
			b[start+i] = ' '
		}
	}
	return b
}

// appendMember leaves the member out if the value is empty.
func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendString(appendName(b, name), clip(value, maxText))
}

func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, `":`...)
}

// plain has the bytes that stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0 // s[:done] is in b
	for i := 0; i < len(s); {
		if plain[s[i]] {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r >= utf8.RuneSelf && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		b = appendEscaped(append(b, s[done:i]...), r)
		i += size
		done = i
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}

// appendEscaped appends a character that can't stand in a string as it is; RuneError
// stands for a byte that is not UTF-8.
func appendEscaped(b []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	switch {
	case r == '"' || r == '\\':
		return append(b, '\\', byte(r))
	case r < ' ':
		return append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
	default:
		return utf8.AppendRune(b, utf8.RuneError)
	}
}

// clip cuts s to at most n bytes, at the end of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
