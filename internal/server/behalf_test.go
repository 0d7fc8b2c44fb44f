package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/keysteadtest"
)

// behalfCall is a DescribeKey of a service, or of somebody who claims to be one, in its
// pieces.
type behalfCall struct {
	name      string
	as        aws.Credentials
	signed    http.Header // in addition to what is always there
	unsigned  http.Header // added after signing
	query     string
	presigned bool
	service   string // "" for kms
	want      string // of the answer
	recorded  bool   // in the journal, with that error
}

// TestHeaderSmuggling tries to get the headers of services past the signature.
func TestHeaderSmuggling(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	made, err := srv.KMS().CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	arn := *made.KeyMetadata.Arn
	s3 := srv.NewService("s3")
	root := aws.Credentials{AccessKeyID: srv.AccessKeyID, SecretAccessKey: srv.SecretAccessKey}
	const who = "arn:aws:iam::000000000000:root"
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Add(pairs[i], pairs[i+1])
		}
		return h
	}
	principal := header("X-Keystead-Principal", who)
	for _, c := range []behalfCall{
		{name: "signed", as: s3, signed: principal, want: arn},
		{name: "in small letters", as: s3, signed: http.Header{"x-keystead-principal": {who}}, want: arn},
		{name: "signed, presigned form", as: s3, signed: principal, presigned: true, want: arn},
		{name: "no header", as: s3, want: "User: s3.amazonaws.com is not authorized", recorded: true},
		{name: "not signed", as: s3, unsigned: principal, want: "'X-Keystead-Principal' must be a 'SignedHeader'"},
		{name: "not signed, presigned form", as: s3, unsigned: principal, presigned: true, want: "'X-Keystead-Principal' must be a 'SignedHeader'"},
		{name: "not signed, of a user", as: root, unsigned: principal, want: "'X-Keystead-Principal' must be a 'SignedHeader'"},
		{name: "a source that is not signed", as: s3, unsigned: header("X-Keystead-Source-Arn", "arn:aws:s3:::b"), want: "must be a 'SignedHeader'"},
		{name: "a source account that is not signed", as: s3, unsigned: header("X-Keystead-Source-Account", "000000000000"), want: "must be a 'SignedHeader'"},
		{name: "a token that is not signed", as: s3, signed: principal, unsigned: header("X-Keystead-Session-Token", "AAAA"), want: "must be a 'SignedHeader'"},
		{name: "of a user", as: root, signed: principal, want: who + " is no service principal", recorded: true},
		{name: "a source of a user", as: root, signed: header("X-Keystead-Source-Arn", "arn:aws:s3:::b"), want: "is no service principal", recorded: true},
		{name: "a second value after signing", as: s3, signed: principal, unsigned: principal, want: "InvalidSignatureException"},
		{name: "two values", as: s3, signed: header("X-Keystead-Principal", who, "X-Keystead-Principal", who), want: "must have one value", recorded: true},
		{name: "two values in one", as: s3, signed: header("X-Keystead-Principal", who+","+who), want: "there is no such principal", recorded: true},
		{name: "two values with a space", as: s3, signed: header("X-Keystead-Principal", who+", "+who), want: "must have one value", recorded: true},
		{name: "no value", as: s3, signed: header("X-Keystead-Principal", ""), want: "must have one value", recorded: true},
		{name: "a name that is none", as: s3, signed: header("X-Keystead-Principle", who), want: `There is no header`, recorded: true},
		{name: "a name that is none, not signed, of a user", as: root, unsigned: header("X-Keystead-Principle", who), want: `There is no header`, recorded: true},
		{name: "in the query", as: s3, query: "X-Keystead-Principal=" + who, want: "are headers, not parameters", recorded: true},
		{name: "in the query, in small letters and encoded", as: s3, query: "x%2dkeystead-principal=" + who, want: "are headers, not parameters", recorded: true},
		{name: "in the query of a user, presigned form", as: root, query: "X-Keystead-Principal=" + who, presigned: true, want: "are headers, not parameters", recorded: true},
		{name: "to another service", as: s3, signed: principal, service: "sts", want: "in calls of KMS only", recorded: true},
		{name: "nobody", as: s3, signed: header("X-Keystead-Principal", "arn:aws:iam::000000000000:user/nobody"), want: "there is no such principal", recorded: true},
		{name: "principal and source", as: s3, signed: header("X-Keystead-Principal", who, "X-Keystead-Source-Arn", "arn:aws:s3:::b"), want: "has no source", recorded: true},
	} {
		before := len(refusals(t, srv))
		if got := c.send(t, srv, arn); !strings.Contains(got, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		after := refusals(t, srv)
		if recorded := len(after) > before; recorded != c.recorded {
			t.Errorf("%s: recorded is %v, want %v", c.name, recorded, c.recorded)
		}
		if c.recorded && !strings.Contains(unescape(after[len(after)-1]), strings.TrimSuffix(c.want, "\\")) {
			t.Errorf("%s: the record is %s", c.name, after[len(after)-1])
		}
	}
}

func (c behalfCall) send(t *testing.T, srv *keysteadtest.Server, key string) string {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"KeyId": key})
	kind, service := "application/x-amz-json-1.1", "kms"
	if c.service == "sts" {
		body, kind, service = []byte("Action=GetCallerIdentity&Version=2011-06-15"), "application/x-www-form-urlencoded", c.service
	}
	r, err := http.NewRequest(http.MethodPost, srv.URL+"/?"+c.query, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if service == "kms" {
		r.Header.Set("X-Amz-Target", "TrentService.DescribeKey")
	}
	for name, values := range c.signed {
		r.Header[name] = append(r.Header[name], values...)
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if c.presigned {
		var url string
		var h http.Header
		url, h, err = v4.NewSigner().PresignHTTP(t.Context(), c.as, r, hash, service, "us-east-1", time.Now(),
			func(o *v4.SignerOptions) { o.DisableHeaderHoisting = true })
		signed, e := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
		if e != nil {
			t.Fatal(e)
		}
		signed.Header = h
		signed.Header.Set("Content-Type", kind)
		r = signed
	} else {
		err = v4.NewSigner().SignHTTP(t.Context(), c.as, r, hash, service, "us-east-1", time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range c.unsigned {
		r.Header[name] = append(r.Header[name], values...)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return unescape(string(answer))
}

func unescape(s string) string {
	return strings.NewReplacer(`\u0027`, "'", "&#39;", "'", "&apos;", "'").Replace(s)
}

// refusals are the records of calls that failed.
func refusals(t *testing.T, srv *keysteadtest.Server) []string {
	t.Helper()
	var list []string
	for r, err := range cloudtrail.ReadJournal(t.Context(), filepath.Join(srv.DataDir, "journal"), cloudtrail.ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(r.JSON, []byte(`"errorCode"`)) {
			list = append(list, string(r.JSON))
		}
	}
	return list
}
