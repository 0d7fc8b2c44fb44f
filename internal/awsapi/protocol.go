package awsapi

import (
	"net/http"
	"reflect"
	"strings"
)

// protocol is one way to put operations on HTTP. A new one needs an implementation of
// this interface and a line in Handler.protocol.
type protocol interface {
	// locate reads the request's body and finds the operation that the request names.
	locate(c *call) *fault
	decode(c *call, in reflect.Value) error
	appendOutput(b []byte, c *call, out reflect.Value) []byte
	appendError(b []byte, c *call, f *fault) []byte
	// contentType is that of answers, in the form of a header's value.
	contentType(c *call) []string
	words() vocabulary
	query() bool // sigv4's errors are spelled as the query protocols do
	String() string
}

// protocol chooses by the headers alone, as AWS does.
func (h *Handler) protocol(r *http.Request) protocol {
	media := mediaType(r)
	post := r.Method == http.MethodPost
	isJSON := media == mediaJSON10 || media == mediaJSON11
	switch {
	case post && r.Header.Get(smithyProtocol) == smithyRPCv2:
		return rpcV2CBOR{}
	case isJSON && post:
		return awsJSON{}
	case r.Header.Get("X-Amz-Target") != "" && post:
		return noProtocol{target: true}
	case media == "application/x-www-form-urlencoded" && post,
		(post || r.Method == http.MethodGet) && strings.Contains(r.URL.RawQuery, "Action="):
		return awsQuery{}
	}
	return noProtocol{}
}

// mediaType is the request's Content-Type without parameters.
func mediaType(r *http.Request) string {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// noProtocol answers requests that follow none, with what AWS's front end sends.
type noProtocol struct {
	target bool // there is an X-Amz-Target, though
}

func (p noProtocol) locate(*call) *fault {
	if p.target {
		return &fault{code: "UnknownOperationException", status: http.StatusNotFound}
	}
	return &fault{
		code:    accessDenied,
		message: "Unable to determine service/operation name to be authorized",
		status:  http.StatusForbidden,
	}
}

func (noProtocol) appendError(b []byte, _ *call, f *fault) []byte {
	if f.message == "" {
		return append(append(append(b, '<'), f.code...), "/>\n"...)
	}
	b = append(appendTag(b, "<", f.code), "\n  "...)
	b = append(appendTextElement(b, "Message", f.message), '\n')
	return append(appendTag(b, "</", f.code), '\n')
}

func (noProtocol) decode(*call, reflect.Value) error                      { return notJSON }
func (noProtocol) appendOutput(b []byte, _ *call, _ reflect.Value) []byte { return b }
func (noProtocol) contentType(*call) []string                             { return contentXML }
func (noProtocol) words() vocabulary                                      { return awsJSON{}.words() }
func (noProtocol) query() bool                                            { return false }
func (noProtocol) String() string                                         { return "none" }

var contentXML = []string{"text/xml"}
