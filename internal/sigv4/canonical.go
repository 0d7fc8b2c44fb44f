package sigv4

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// canonicalRequest writes the canonical request into s.bytes.
func (s *scratch) canonicalRequest(r *http.Request, body []byte, a *authorization) error {
	path := r.URL.EscapedPath()
	if path != "" && path[0] != '/' {
		return &Error{Reason: Mismatch}
	}
	b := append(s.bytes[:0], r.Method...)
	b = append(b, '\n')
	b = appendPath(b, path)
	b = append(b, '\n')
	b = s.appendQuery(b)
	b = append(b, '\n')
	b, err := appendHeaders(b, r, a.signedHeaders)
	s.bytes = b
	if err != nil {
		return err
	}
	b = append(b, '\n')
	b = append(b, a.signedHeaders...)
	b = append(b, '\n')
	sum := sha256.Sum256(body)
	hash := len(b)
	b = hex.AppendEncode(b, sum[:])
	s.bytes = b
	if claimed := r.Header["X-Amz-Content-Sha256"]; len(claimed) > 0 &&
		(len(claimed) > 1 || claimed[0] != string(b[hash:])) {
		return &Error{Reason: Mismatch}
	}
	return nil
}

// stringToSign replaces the canonical request in s.bytes by the string to sign.
func (s *scratch) stringToSign(a *authorization) {
	sum := sha256.Sum256(s.bytes)
	b := append(s.bytes[:0], algorithm+"\n"...)
	b = append(b, a.timestamp...)
	b = append(b, '\n')
	for _, part := range [...]string{a.date, a.region, a.service} {
		b = append(b, part...)
		b = append(b, '/')
	}
	b = append(b, terminator+"\n"...)
	b = hex.AppendEncode(b, sum[:])
	clear(s.bytes[min(len(b), len(s.bytes)):])
	s.bytes = b
}

// appendPath writes the path as services other than S3 want it: without empty and dot
// segments, and encoded once more than it came.
func appendPath(b []byte, path string) []byte {
	start := len(b)
	directory := strings.HasSuffix(path, "/")
	for rest := path; rest != ""; {
		var segment string
		segment, rest, _ = strings.Cut(rest, "/")
		switch segment {
		case "", ".":
		case "..":
			b = b[:max(start, start+bytes.LastIndexByte(b[start:], '/'))]
		default:
			b = append(b, '/')
			for i := range len(segment) {
				b = appendEncoded(b, segment[i])
			}
		}
	}
	if len(b) == start || directory {
		b = append(b, '/')
	}
	return b
}

// mustBeSigned are the headers that decide what a request means, as http.Header and as the
// list of signed headers spell them.
var mustBeSigned = [...]struct{ key, name string }{
	{"X-Amz-Date", "x-amz-date"},
	{"X-Amz-Target", "x-amz-target"},
	{"X-Amz-Security-Token", "x-amz-security-token"},
	{"X-Amz-Content-Sha256", "x-amz-content-sha256"},
	{"X-Keystead-Principal", "x-keystead-principal"},
	{"X-Keystead-Session-Token", "x-keystead-session-token"},
	{"X-Keystead-Source-Account", "x-keystead-source-account"},
	{"X-Keystead-Source-Arn", "x-keystead-source-arn"},
}

// checkSigned tells whether the signature covers what it must.
func checkSigned(h http.Header, list string) error {
	if !listed(list, "host") && !listed(list, ":authority") {
		return &Error{Mismatch, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}
	}
	for _, m := range mustBeSigned {
		if len(h[m.key]) > 0 && !listed(list, m.name) {
			return &Error{Mismatch, "'" + m.key + "' must be a 'SignedHeader' in the AWS Authorization."}
		}
	}
	return nil
}

func listed(list, name string) bool {
	for more := true; more; {
		var n string
		if n, list, more = strings.Cut(list, ";"); n == name {
			return true
		}
	}
	return false
}

// appendHeaders writes the signed headers, a line each. The list must be in the canonical
// order, and each header must be there: an absent one is not the same as an empty one.
func appendHeaders(b []byte, r *http.Request, list string) ([]byte, error) {
	for before, more := "", true; more; {
		var name string
		name, list, more = strings.Cut(list, ";")
		if name <= before {
			return b, &Error{Reason: Mismatch}
		}
		before = name
		b = append(b, name...)
		b = append(b, ':')
		var ok bool
		if b, ok = appendHeader(b, r, name); !ok {
			return b, &Error{Reason: Mismatch}
		}
		b = append(b, '\n')
	}
	return b, nil
}

// appendHeader writes the values of a header, joined by commas. It reports whether the
// request has it.
func appendHeader(b []byte, r *http.Request, name string) ([]byte, bool) {
	if name == "host" || name == ":authority" {
		return appendFolded(b, r.Host), true
	}
	var scratch [64]byte
	values, ok := r.Header[string(headerKey(scratch[:0], name))]
	if !ok && name == "content-length" && r.ContentLength >= 0 {
		return strconv.AppendInt(b, r.ContentLength, 10), true // net/http may keep it here alone
	}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendFolded(b, v)
	}
	return b, ok
}

// headerKey writes a header's name in http.Header's form. What is not in small letters
// comes out as a name that no header has.
func headerKey(b []byte, name string) []byte {
	upper := true
	for i := range len(name) {
		c := name[i]
		switch {
		case 'A' <= c && c <= 'Z':
			return b[:0]
		case upper && 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		}
		upper = c == '-'
		b = append(b, c)
	}
	return b
}

// appendFolded writes a value without spaces around it, and one for each run of spaces.
func appendFolded(b []byte, v string) []byte {
	v = strings.Trim(v, " ")
	for {
		i := strings.Index(v, "  ")
		if i < 0 {
			return append(b, v...)
		}
		b = append(b, v[:i+1]...)
		v = strings.TrimLeft(v[i:], " ")
	}
}
