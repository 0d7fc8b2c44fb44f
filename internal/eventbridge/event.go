package eventbridge

import (
	"bytes"
	"encoding/json"
	"time"
)

// Event is something that happened.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
type Event struct {
	ID         string // a UUID
	Source     string // "aws.kms"
	DetailType string
	Account    string
	Region     string
	Time       time.Time
	Resources  []string
	Detail     []byte // a JSON object

	// ReadOnly says that it is about a management event that only reads: just rules in the
	// state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS see it.
	ReadOnly bool
}

// timeFormat has seconds, as the events of AWS do.
const timeFormat = "2006-01-02T15:04:05Z"

// appendJSON appends the event as targets get it.
func (e *Event) appendJSON(b []byte) []byte {
	b = e.appendHead(b)
	b = append(b, `,"detail":`...)
	return append(append(b, e.Detail...), '}')
}

// appendHead appends the event without its detail and without the last brace.
func (e *Event) appendHead(b []byte) []byte {
	b = append(b, `{"version":"0","id":`...)
	b = appendString(b, e.ID)
	b = appendString(append(b, `,"detail-type":`...), e.DetailType)
	b = appendString(append(b, `,"source":`...), e.Source)
	b = appendString(append(b, `,"account":`...), e.Account)
	b = append(b, `,"time":"`...)
	b = e.Time.UTC().AppendFormat(b, timeFormat)
	b = appendString(append(b, `","region":`...), e.Region)
	b = append(b, `,"resources":[`...)
	for i, r := range e.Resources {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, r)
	}
	return append(b, ']')
}

// appendString appends a string of JSON, with no more escapes than needed: patterns look for
// texts as they are.
func appendString(b []byte, s string) []byte {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x80 {
			plain = false
			break
		}
	}
	if plain {
		return append(append(append(b, '"'), s...), '"')
	}
	return append(b, encode(s)...)
}

// encode is json.Marshal without escapes for HTML. v must be such that it encodes.
func encode(v any) []byte {
	var to bytes.Buffer
	e := json.NewEncoder(&to)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("eventbridge: it does not encode: " + err.Error())
	}
	return bytes.TrimSuffix(to.Bytes(), []byte("\n"))
}
