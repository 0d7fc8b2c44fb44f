package external

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	signedList = "host;x-amz-date"
	terminator = "aws4_request"
)

// signer signs with one credential on one day. Its MACs are pooled, because making one costs more
// than using it.
type signer struct {
	accessKeyID string
	secret      secret.Bytes
	region, day string
	scope       string // of the credential, after the access key id
	macs        sync.Pool
}

func newSigner(p *Proxy, day string) *signer {
	s := &signer{
		// The proxy's secret may be wiped when its record changes.
		accessKeyID: p.AccessKeyID, secret: secret.New(bytes.Clone(p.Secret.Expose())), region: p.Region, day: day,
		scope: day + "/" + p.Region + "/" + xks.SigningName + "/" + terminator,
	}
	key := append([]byte("AWS4"), p.Secret.Expose()...)
	for _, part := range [...]string{day, p.Region, xks.SigningName, terminator} {
		m := hmac.New(sha256.New, key)
		_, _ = io.WriteString(m, part)
		key = m.Sum(nil)
	}
	s.macs.New = func() any { return hmac.New(sha256.New, key) }
	return s
}

// is reports whether the signer is that of a proxy's credential and of a day.
func (s *signer) is(p *Proxy, day string) bool {
	return s != nil && s.day == day && s.region == p.Region && s.accessKeyID == p.AccessKeyID && s.secret.Equal(p.Secret)
}

// sign makes a signed request of a body. Its context and its Body are for the caller to set.
//
// Source: appendix A of the specification: the signed headers are host and x-amz-date, and there is
// no query.
func (pl *pool) sign(p *Proxy, path string, body []byte, now time.Time) *http.Request {
	stamp := now.UTC().Format("20060102T150405Z")
	s := pl.signer.Load()
	if day := stamp[:8]; !s.is(p, day) {
		s = newSigner(p, day)
		pl.signer.Store(s)
	}
	return &http.Request{
		Method: http.MethodPost,
		URL:    &url.URL{Scheme: "https", Host: pl.host, Path: path},
		Host:   pl.host,
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Authorization": {s.authorization(pl.host, path, stamp, body)},
			"Content-Type":  {xks.ContentType},
			"User-Agent":    {"keystead"},
			"X-Amz-Date":    {stamp},
		},
		GetBody:       func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
		ContentLength: int64(len(body)),
	}
}

// authorization is the Authorization header of a request. The host and the path have no character
// that would need encoding.
func (s *signer) authorization(host, path, stamp string, body []byte) string {
	var room [512]byte
	payload := sha256.Sum256(body)
	b := append(room[:0], "POST\n"...)
	b = append(append(b, path...), "\n\nhost:"...)
	b = append(append(b, host...), "\nx-amz-date:"...)
	b = append(append(b, stamp...), "\n\n"+signedList+"\n"...)
	b = hex.AppendEncode(b, payload[:])
	canonical := sha256.Sum256(b)

	b = append(b[:0], algorithm+"\n"...)
	b = append(append(b, stamp...), '\n')
	b = append(append(b, s.scope...), '\n')
	b = hex.AppendEncode(b, canonical[:])
	m := s.macs.Get().(hash.Hash)
	m.Reset()
	_, _ = m.Write(b)
	signature := m.Sum(room[:0])
	s.macs.Put(m)

	var text [512]byte
	h := append(text[:0], algorithm+" Credential="...)
	h = append(append(h, s.accessKeyID...), '/')
	h = append(append(h, s.scope...), ", SignedHeaders="+signedList+", Signature="...)
	return string(hex.AppendEncode(h, signature))
}
