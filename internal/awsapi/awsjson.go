package awsapi

import (
	"net/http"
	"reflect"
	"strings"
)

const (
	mediaJSON10 = "application/x-amz-json-1.0"
	mediaJSON11 = "application/x-amz-json-1.1"
)

var (
	contentJSON10 = []string{mediaJSON10}
	contentJSON11 = []string{mediaJSON11}
)

// awsJSON is awsJson1.0 and awsJson1.1, which differ in the content type alone.
type awsJSON struct{}

func (awsJSON) locate(c *call) *fault {
	target := lastTwo(c.r.Header.Get("X-Amz-Target"))
	c.op = c.h.targets[target]
	if c.op == nil {
		return &fault{code: awsJSON{}.words().unknownOperation, status: http.StatusBadRequest}
	}
	return c.readBody(c.op.service.MaxBody)
}

// lastTwo keeps the last two dotted parts: some clients send
// "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents".
func lastTwo(target string) string {
	if i := strings.LastIndexByte(target, '.'); i > 0 {
		return target[strings.LastIndexByte(target[:i], '.')+1:]
	}
	return target
}

func (awsJSON) decode(c *call, in reflect.Value) error {
	return decodeJSON(c.op.in, c.body, in)
}

func (awsJSON) appendOutput(b []byte, c *call, out reflect.Value) []byte {
	return appendJSON(b, c.op.out, out)
}

// appendError writes no message at all if there is none, and a capital Message for
// AccessDeniedException, as the service does.
func (awsJSON) appendError(b []byte, _ *call, f *fault) []byte {
	b = append(b, `{"__type":`...)
	b = appendQuoted(b, f.code)
	if f.message != "" {
		name := `,"message":`
		if f.code == accessDenied {
			name = `,"Message":`
		}
		b = append(b, name...)
		b = appendQuoted(b, f.message)
	}
	return append(b, '}')
}

func (awsJSON) contentType(c *call) []string {
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), mediaJSON10) {
		return contentJSON10
	}
	return contentJSON11
}

func (awsJSON) words() vocabulary {
	return vocabulary{
		unknownOperation: "UnknownOperationException",
		malformed:        "SerializationException",
		invalid:          "ValidationException",
		tooLarge:         "RequestEntityTooLargeException",
	}
}

func (awsJSON) query() bool    { return false }
func (awsJSON) String() string { return "awsJson" }
