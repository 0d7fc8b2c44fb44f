package trail

import (
	"bytes"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// The pump sees every event of the service, so it reads of each only what it needs, without
// decoding it. Members are found where they stand, at the top of the record: a name inside of
// requestParameters may be a client's.

// entry is what the pump and the deliveries need of an event.
type entry struct {
	account    []byte // recipientAccountId
	region     []byte // awsRegion
	time       time.Time
	management bool
	readOnly   bool
	source     []byte // eventSource
	name       []byte // eventName
	kind       []byte // eventType
	id         []byte // eventID

	extra     []byte // the value of additionalEventData
	extraFrom int    // where the member begins, with the comma before it
	extraTo   int    // where it ends
}

// readEntry reads a record. ok is false if it is no JSON object with the members that every
// event has.
func readEntry(record []byte) (e entry, ok bool) {
	e.management = true
	var when []byte
	ok = members(record, func(m member) {
		switch string(m.name) {
		case "recipientAccountId":
			e.account = text(m.value)
		case "awsRegion":
			e.region = text(m.value)
		case "eventTime":
			when = text(m.value)
		case "managementEvent":
			e.management = string(m.value) != "false"
		case "readOnly":
			e.readOnly = string(m.value) == "true"
		case "eventSource":
			e.source = text(m.value)
		case "eventName":
			e.name = text(m.value)
		case "eventType":
			e.kind = text(m.value)
		case "eventID":
			e.id = text(m.value)
		case "additionalEventData":
			e.extra, e.extraFrom, e.extraTo = m.value, m.from, m.to
		}
	})
	if !ok || len(e.account) == 0 || len(e.region) == 0 {
		return e, false
	}
	e.time, ok = parseTime(when)
	return e, ok
}

// timeForm is the form of eventTime.
const timeForm = "2006-01-02T15:04:05Z"

func parseTime(b []byte) (time.Time, bool) {
	if len(b) != len(timeForm) {
		return time.Time{}, false
	}
	t, err := time.Parse(timeForm, string(b))
	return t, err == nil
}

// text is what a JSON string says that needs no escapes: names, ids and times. Of others it
// is nil.
func text(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return nil
	}
	return value[1 : len(value)-1]
}

// isExplanation tells the members of additionalEventData that say why a call was allowed or
// denied.
func isExplanation(name []byte) bool {
	switch string(name) {
	case cloudtrail.AuthorizationField, cloudtrail.AuthorizationDetailField, cloudtrail.AuthorizationAccountField:
		return true
	}
	return false
}

// isOperatorOnly tells the members of additionalEventData that a record has only in the
// journal: why a call was allowed or denied, and from where a service called.
func isOperatorOnly(name []byte) bool {
	return isExplanation(name) || string(name) == "serviceAccessKeyId" || string(name) == "serviceSourceIPAddress"
}

// appendPublic appends the record as everybody may see it whom its account gives it to.
func (e *entry) appendPublic(b, record []byte) []byte {
	return e.appendWithout(b, record, isOperatorOnly)
}

// appendHistory appends the record as the history keeps it: with why the call was allowed or
// denied, if that tells of no other account than the record's.
func (e *entry) appendHistory(b, record []byte) []byte {
	own := false
	members(e.extra, func(m member) {
		own = own || string(m.name) == cloudtrail.AuthorizationAccountField && len(e.account) > 0 && string(text(m.value)) == string(e.account)
	})
	return e.appendWithout(b, record, func(name []byte) bool { return isOperatorOnly(name) && !(own && isExplanation(name)) })
}

// publicText is a record of the history as everybody may see it whom its account gives it to.
func publicText(record []byte) []byte {
	if !bytes.Contains(record, explanationKey) {
		return record
	}
	e, ok := readEntry(record)
	if !ok {
		return nil
	}
	return e.appendPublic(make([]byte, 0, len(record)), record)
}

// appendWithout appends the record without some members of additionalEventData.
func (e *entry) appendWithout(b, record []byte, left func(name []byte) bool) []byte {
	if e.extra == nil {
		return append(b, record...)
	}
	b = append(b, record[:e.extraFrom]...)
	kept := 0
	start := len(b)
	members(e.extra, func(m member) {
		if left(m.name) {
			return
		}
		if kept++; kept == 1 {
			b = append(b, `,"additionalEventData":{`...)
		} else {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, m.name...)
		b = append(b, '"', ':')
		b = append(b, m.value...)
	})
	if kept > 0 {
		b = append(b, '}')
	}
	rest := record[e.extraTo:]
	if start > 0 && b[len(b)-1] == '{' && len(rest) > 0 && rest[0] == ',' {
		rest = rest[1:] // it was the first member
	}
	return append(b, rest...)
}

// member is a member of a JSON object.
type member struct {
	name, value []byte // the name without its quotes, the value as it stands
	from, to    int    // with the comma before it, if there is one
}

// members calls f with the members of the object that b is. It returns false if b has not the
// form of an object; what is inside of the values is not looked at.
func members(b []byte, f func(member)) bool {
	i := space(b, 0)
	if i >= len(b) || b[i] != '{' {
		return false
	}
	i = space(b, i+1)
	if i < len(b) && b[i] == '}' {
		return space(b, i+1) == len(b)
	}
	from := i
	for {
		i = space(b, i)
		end, ok := str(b, i)
		if !ok {
			return false
		}
		name := b[i+1 : end-1]
		if i = space(b, end); i >= len(b) || b[i] != ':' {
			return false
		}
		i = space(b, i+1)
		end, ok = value(b, i)
		if !ok {
			return false
		}
		f(member{name, b[i:end], from, end})
		if i = space(b, end); i >= len(b) {
			return false
		}
		switch b[i] {
		case '}':
			return space(b, i+1) == len(b)
		case ',':
			from = i
			i++
		default:
			return false
		}
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// str is the end of the string that begins at i.
func str(b []byte, i int) (end int, ok bool) {
	if i >= len(b) || b[i] != '"' {
		return 0, false
	}
	for i++; i < len(b); i++ {
		quote := bytes.IndexByte(b[i:], '"')
		if quote < 0 {
			return 0, false
		}
		quote += i
		slashes := 0
		for quote-slashes > i && b[quote-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return quote + 1, true
		}
		i = quote
	}
	return 0, false
}

// value is the end of the value that begins at i.
func value(b []byte, i int) (end int, ok bool) {
	if i >= len(b) {
		return 0, false
	}
	switch b[i] {
	case '"':
		return str(b, i)
	case '{', '[':
		return nested(b, i)
	}
	start := i
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] > ' ' {
		i++
	}
	return i, i > start
}

// nested is the end of the object or array that begins at i.
func nested(b []byte, i int) (end int, ok bool) {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			if i, ok = str(b, i); !ok {
				return 0, false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
		}
		i++
	}
	return 0, false
}
