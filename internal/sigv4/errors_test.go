package sigv4_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/sigv4"
)

const mismatch = "The request signature we calculated does not match the signature you provided. " +
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

// edit changes the Authorization header.
func edit(from, to string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
	}
}

// resign signs once more, with other headers or another time than the SDK's.
func resign(signedHeaders, stamp string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("X-Amz-Date", stamp)
		signByHand(r, "{}", signedHeaders, stamp)
	}
}

// headerFailures change a request that is well signed in the header form.
var headerFailures = []struct {
	name   string
	change func(*http.Request)
	reason sigv4.Reason
	text   string // begins so
}{
	{"no Authorization", func(r *http.Request) { r.Header.Del("Authorization") }, sigv4.MissingToken, "Missing Authentication Token"},
	{"empty Authorization", func(r *http.Request) { r.Header.Set("Authorization", "") }, sigv4.MissingToken, "Missing Authentication Token"},
	{"two of them", func(r *http.Request) { r.Header.Add("Authorization", "x=y") }, sigv4.Incomplete, "Only one auth mechanism allowed"},
	{"header and query", func(r *http.Request) { r.URL.RawQuery = "X-Amz-Signature=x" }, sigv4.Incomplete, "Only one auth mechanism allowed"},
	{"bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer abc") }, sigv4.Incomplete,
		"'Bearer' not a valid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '"},
	{"space in the key id", edit("Credential=", "Credential= "), sigv4.Incomplete,
		"'AKIDEXAMPLE/20261121/us-east-1/kms/aws4_request' not a valid key=value pair (missing equal-sign) in Authorization header"},
	{"algorithm alone", func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256") }, sigv4.Incomplete,
		"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
			"Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization="},
	{"another algorithm", edit("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), sigv4.Incomplete, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'."},
	{"no credential", edit("Credential=", "credential="), sigv4.Incomplete, "Authorization header requires 'Credential' parameter. (Hashed"},
	{"no signature", edit("Signature=", "X="), sigv4.Incomplete, "Authorization header requires 'Signature' parameter. (Hashed"},
	{"no signed headers", edit("SignedHeaders=", "X="), sigv4.Incomplete, "Authorization header requires 'SignedHeaders' parameter. (Hashed"},
	{"two signatures", edit("Signature=", "Signature=0, Signature="), sigv4.Incomplete, "Authorization header has more than one 'Signature' parameter."},
	{"no date", func(r *http.Request) { r.Header.Del("X-Amz-Date") }, sigv4.Incomplete,
		"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed"},
	{"two dates", func(r *http.Request) { r.Header.Add("X-Amz-Date", "x") }, sigv4.Incomplete, "Date must be in ISO-8601 'basic format'. Got '20261121T123600Z,x'"},
	{"long date form", func(r *http.Request) { r.Header.Set("X-Amz-Date", "2026-11-21T12:36:00Z") }, sigv4.Incomplete,
		"Date must be in ISO-8601 'basic format'. Got '2026-11-21T12:36:00Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
	{"impossible date", func(r *http.Request) { r.Header.Set("X-Amz-Date", "20261321T123600Z") }, sigv4.Incomplete, "Date must be in ISO-8601"},
	{"four parts", edit("/kms/", "/"), sigv4.Incomplete, "Credential must have exactly 5 slash-delimited elements, " +
		"e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20261121/us-east-1/aws4_request'"},
	{"six parts", edit("/kms/", "/kms/x/"), sigv4.Incomplete, "Credential must have exactly 5 slash-delimited elements"},
	{"wrong service", edit("/kms/", "/sts/"), sigv4.WrongScope, "Credential should be scoped to correct service: 'kms'."},
	{"wrong region", edit("us-east-1", "Mars"), sigv4.WrongScope, "Credential should be scoped to a valid region."},
	{"region with an empty word", edit("us-east-1", "us--east-1"), sigv4.WrongScope, "Credential should be scoped to a valid region."},
	{"region of another server", edit("us-east-1", "us-west-2"), sigv4.WrongScope, "Credential should be scoped to a valid region."},
	{"region and service", edit("us-east-1/kms", "us_east_1/s3"), sigv4.WrongScope,
		"Credential should be scoped to a valid region. Credential should be scoped to correct service: 'kms'."},
	{"wrong terminator", edit("aws4_request", "aws3"), sigv4.WrongScope,
		"Credential should be scoped with a valid terminator: 'aws4_request', not 'aws3'."},
	{"wrong day", edit("/20261121/", "/20261120/"), sigv4.WrongScope, "Date in Credential scope does not match YYYYMMDD from ISO-8601 " +
		"version of date from HTTP: '20261120' != '20261121', from '20261121T123600Z'."},
	{"too old", resign("host;x-amz-date;x-amz-target", "20261121T123159Z"), sigv4.Expired,
		"Signature expired: 20261121T123159Z is now earlier than 20261121T123200Z (20261121T123700Z - 5 min.)"},
	{"too new", resign("host;x-amz-date;x-amz-target", "20261121T124201Z"), sigv4.Expired,
		"Signature not yet current: 20261121T124201Z is still later than 20261121T124200Z (20261121T123700Z + 5 min.)"},
	{"host not signed", resign("x-amz-date;x-amz-target", "20261121T123600Z"), sigv4.Mismatch,
		"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
	{"date not signed", resign("host;x-amz-target", "20261121T123600Z"), sigv4.Mismatch, "'X-Amz-Date' must be a 'SignedHeader'"},
	{"target not signed", resign("host;x-amz-date", "20261121T123600Z"), sigv4.Mismatch, "'X-Amz-Target' must be a 'SignedHeader'"},
	{"token not signed", func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "t") }, sigv4.Mismatch, "'X-Amz-Security-Token' must be a 'SignedHeader'"},
	{"hash not signed", func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", hashOf("{}")) }, sigv4.Mismatch, "'X-Amz-Content-Sha256' must be a 'SignedHeader'"},
	{"hash of another body", func(r *http.Request) {
		r.Header.Set("X-Amz-Content-Sha256", hashOf("[]"))
		signByHand(r, "{}", "host;x-amz-content-sha256;x-amz-date;x-amz-target", "20261121T123600Z")
	}, sigv4.Mismatch, mismatch},
	{"unsigned payload", func(r *http.Request) {
		r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		signByHand(r, "{}", "host;x-amz-content-sha256;x-amz-date;x-amz-target", "20261121T123600Z")
	}, sigv4.Mismatch, mismatch},
	{"signed headers out of order", resign("x-amz-date;host;x-amz-target", "20261121T123600Z"), sigv4.Mismatch, mismatch},
	{"signed header twice", resign("host;host;x-amz-date;x-amz-target", "20261121T123600Z"), sigv4.Mismatch, mismatch},
	{"signed header in capitals", resign("Content-Type;host;x-amz-date;x-amz-target", "20261121T123600Z"), sigv4.Mismatch, mismatch},
	{"signed header absent", resign("host;x-absent;x-amz-date;x-amz-target", "20261121T123600Z"), sigv4.Mismatch, mismatch},
	{"empty signed header name", resign(";host;x-amz-date;x-amz-target", "20261121T123600Z"), sigv4.Mismatch, mismatch},
	{"signature in capitals", func(r *http.Request) {
		before, after, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
		r.Header.Set("Authorization", before+"Signature="+strings.ToUpper(after))
	}, sigv4.Mismatch, mismatch},
	{"short signature", edit("Signature=", "Signature=0"), sigv4.Mismatch, mismatch},
	{"badly encoded query", func(r *http.Request) { r.URL.RawQuery = "a=%zz" }, sigv4.Mismatch, mismatch},
	{"cut encoding in the query", func(r *http.Request) { r.URL.RawQuery = "a=%4" }, sigv4.Mismatch, mismatch},
	{"endless query", func(r *http.Request) { r.URL.RawQuery = strings.Repeat("&a", 16<<10+1) }, sigv4.Incomplete, "The query string is longer than 32768 bytes."},
	{"unknown key", edit(keyID, "AKIDUNKNOWN"), sigv4.UnknownKey, "The security token included in the request is invalid."},
	{"implausible key", edit(keyID, "AKID!"), sigv4.UnknownKey, "The security token included in the request is invalid."},
	{"short key", edit(keyID, "A"), sigv4.UnknownKey, "The security token included in the request is invalid."},
	{"session without its token", edit(keyID, "ASIAEXAMPLE"), sigv4.BadSessionToken, "The security token included in the request is invalid."},
	{"session that ended", func(r *http.Request) {
		r.Header.Set("X-Amz-Security-Token", "expired")
		signByHand(r, "{}", "host;x-amz-date;x-amz-security-token;x-amz-target", "20261121T123600Z")
	}, sigv4.ExpiredToken, "The security token included in the request is expired"},
	{"broken source", edit(keyID, "AKIABROKEN"), other, "database is on fire"},
}

func TestHeaderFailures(t *testing.T) {
	v := newVerifier()
	v.ValidRegion = func(region string) bool { return region != "us-west-2" }
	for _, c := range headerFailures {
		r := newRequest("{}")
		sign(t, r, "{}")
		if _, err := v.Verify(r, []byte("{}"), "kms"); err != nil {
			t.Fatalf("the request is not good before it is changed: %v", err)
		}
		c.change(r)
		_, err := v.Verify(r, []byte("{}"), "kms")
		checkFailure(t, c.name, err, c.reason, c.text)
	}
}

// presignedFailures replace text in a well presigned URL's query.
var presignedFailures = []struct {
	name, from, to string
	reason         sigv4.Reason
	text           string
}{
	{"names in small letters", "X-Amz-", "x-amz-", sigv4.MissingToken, "Missing Authentication Token"},
	{"no algorithm", "X-Amz-Algorithm=", "x=", sigv4.Incomplete,
		"AWS query-string parameters must include 'X-Amz-Algorithm'. Re-examine the query-string parameters."},
	{"no date and signature", "X-Amz-Date=20261121T123600Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=", "X-Amz-SignedHeaders=host&x=", sigv4.Incomplete,
		"AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-Date'. " +
			"Re-examine the query-string parameters."},
	{"another algorithm", "AWS4-HMAC-SHA256", "AWS4-X", sigv4.Incomplete, "Unsupported AWS 'algorithm': 'AWS4-X'."},
	{"repeated", "X-Amz-Date=", "X-Amz-Date=1&X-Amz-Date=", sigv4.Incomplete, "AWS query-string parameters must not repeat 'X-Amz-Date'."},
	{"date in HTTP's form", "20261121T123600Z", "Sat%2C%2021%20Nov%202026%2012%3A36%3A00%20GMT", sigv4.Incomplete, "Date must be in ISO-8601 'basic format'. Got 'Sat, 21 Nov"},
	{"expires no number", "Expires=900", "Expires=soon", sigv4.Incomplete, "X-Amz-Expires should be a number"},
	{"expires negative", "Expires=900", "Expires=-1", sigv4.Incomplete, "X-Amz-Expires should be a number"},
	{"expires at once", "Expires=900", "Expires=0", sigv4.Incomplete, "X-Amz-Expires must be at least 1 second"},
	{"expires too late", "Expires=900", "Expires=604801", sigv4.Incomplete, "X-Amz-Expires must be less than a week (in seconds)"},
	{"expired", "Expires=900", "Expires=59", sigv4.Expired,
		"Signature expired: 20261121T123600Z is now earlier than 20261121T123601Z (20261121T123700Z - 59 sec.)"},
	{"expires changed", "Expires=900", "Expires=604800", sigv4.Mismatch, mismatch},
	{"four parts", "%2Fkms%2F", "%2F", sigv4.Incomplete, "Credential must have exactly 5 slash-delimited elements"},
	{"wrong service", "%2Fkms%2F", "%2Fsts%2F", sigv4.WrongScope, "Credential should be scoped to correct service: 'kms'."},
	{"unknown key", keyID, "AKIDUNKNOWN", sigv4.UnknownKey, "The security token included in the request is invalid."},
	{"token added", "X-Amz-Signature", "X-Amz-Security-Token=x&X-Amz-Signature", sigv4.BadSessionToken, "The security token included in the request is invalid."},
	{"host not signed", "SignedHeaders=host", "SignedHeaders=content-type", sigv4.Mismatch, "'Host' or ':authority' must be"},
}

func TestPresignedFailures(t *testing.T) {
	for _, c := range presignedFailures {
		r := newRequest("")
		r.Header = http.Header{}
		presign(t, r, "", keyID, "")
		if !strings.Contains(r.URL.RawQuery, c.from) {
			t.Fatalf("%s: no %s in %s", c.name, c.from, r.URL.RawQuery)
		}
		n := 1
		if c.reason == sigv4.MissingToken {
			n = -1
		}
		r.URL.RawQuery = strings.Replace(r.URL.RawQuery, c.from, c.to, n)
		_, err := newVerifier().Verify(r, nil, "kms")
		checkFailure(t, c.name, err, c.reason, c.text)
	}
}

func checkFailure(t *testing.T, name string, err error, want sigv4.Reason, text string) {
	t.Helper()
	if reason(err) != want {
		t.Errorf("%s: %v, want reason %d", name, err, want)
		return
	}
	got := err.Error()
	if e, ok := err.(*sigv4.Error); ok {
		got = e.Text(false)
	}
	if !strings.HasPrefix(got, text) {
		t.Errorf("%s:\n got  %s\n want %s", name, got, text)
	}
}

// TestSkew walks the edges of the time that a header signature is good for.
func TestSkew(t *testing.T) {
	r := newRequest("")
	sign(t, r, "")
	for _, c := range []struct {
		now  time.Duration // after it was signed
		want sigv4.Reason
	}{
		{-5*time.Minute - time.Second, sigv4.Expired}, {-5 * time.Minute, none}, {0, none},
		{5 * time.Minute, none}, {5*time.Minute + time.Second, sigv4.Expired},
	} {
		v := newVerifier()
		v.Now = func() time.Time { return signedAt.Add(c.now).In(time.FixedZone("", 3600)) }
		if _, err := v.Verify(r, nil, "kms"); reason(err) != c.want {
			t.Errorf("%v after signing: %v, want reason %d", c.now, err, c.want)
		}
	}
}

// TestWording checks how each protocol spells each reason.
func TestWording(t *testing.T) {
	for _, c := range []struct {
		reason      sigv4.Reason
		json, query string
		status      int
	}{
		{sigv4.MissingToken, "MissingAuthenticationTokenException", "MissingAuthenticationToken", 403},
		{sigv4.Incomplete, "IncompleteSignatureException", "IncompleteSignature", 400},
		{sigv4.WrongScope, "InvalidSignatureException", "SignatureDoesNotMatch", 403},
		{sigv4.Expired, "InvalidSignatureException", "SignatureDoesNotMatch", 403},
		{sigv4.Mismatch, "InvalidSignatureException", "SignatureDoesNotMatch", 403},
		{sigv4.UnknownKey, "UnrecognizedClientException", "InvalidClientTokenId", 403},
		{sigv4.BadSessionToken, "UnrecognizedClientException", "InvalidClientTokenId", 403},
		{sigv4.ExpiredToken, "ExpiredTokenException", "ExpiredToken", 403},
	} {
		e := &sigv4.Error{Reason: c.reason}
		if e.Code(false) != c.json || e.Code(true) != c.query || e.Status(false) != 400 || e.Status(true) != c.status {
			t.Errorf("reason %d: %s %d, %s %d; want %s 400, %s %d", c.reason,
				e.Code(false), e.Status(false), e.Code(true), e.Status(true), c.json, c.query, c.status)
		}
	}
	missing := &sigv4.Error{Reason: sigv4.MissingToken}
	if got := missing.Text(true); got != "Request is missing Authentication Token" {
		t.Errorf("query text %q", got)
	}
	if got := (&sigv4.Error{Reason: sigv4.Expired, Message: "m"}).Text(true); got != "m" {
		t.Errorf("text %q, want the message", got)
	}
}
