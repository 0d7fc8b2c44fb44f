package xkstest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/xks"
)

// Key is an external key.
type Key struct {
	xks.KeyMetadata        // the zero value stands for an enabled AES-256 key that does both
	Vendor          []byte // the ciphertextMetadata of what it encrypts
	IVSize          int    // 0 is xks.IVSize

	aead cipher.AEAD
}

// SetKey makes an external key, or changes one and keeps its material.
func (p *Proxy) SetKey(id string, k Key) {
	p.t.Helper()
	if k.Spec == "" {
		k.KeyMetadata = xks.KeyMetadata{
			Spec: xks.KeySpecAES256, Usage: []string{xks.UsageEncrypt, xks.UsageDecrypt}, Status: xks.StatusEnabled,
		}
	}
	if k.IVSize == 0 {
		k.IVSize = xks.IVSize
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.keys[id]; old != nil && old.IVSize == k.IVSize {
		k.aead = old.aead
	} else {
		material := make([]byte, 32)
		_, _ = rand.Read(material) // never fails (crypto/rand)
		block, err := aes.NewCipher(material)
		if err != nil {
			p.t.Fatalf("xkstest: %v", err)
		}
		if k.aead, err = cipher.NewGCMWithNonceSize(block, k.IVSize); err != nil {
			p.t.Fatalf("xkstest: %v", err)
		}
	}
	p.keys[id] = &k
}

// DeleteKey deletes an external key.
func (p *Proxy) DeleteKey(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.keys, id)
}

// Exchange is a request and the answer to it.
type Exchange struct {
	Operation xks.Operation
	Key       string
	Metadata  xks.RequestMetadata
	Request   *http.Request
	Body      []byte // of the request

	Status int // of the answer
	Answer []byte

	w http.ResponseWriter
}

// Seen are the requests that the proxy answered honestly or gave to a Fault, the first 10,000.
func (p *Proxy) Seen() []Exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

const maxSeen = 10_000

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	if canned := p.canned.Load(); canned != nil {
		w.Header().Set("Content-Type", xks.ContentType)
		_, _ = w.Write(*canned)
		return
	}
	x := &Exchange{Request: r, Body: body, w: w}
	answer, err := p.answer(x)
	x.Status, x.Answer = http.StatusOK, answer
	if err != nil {
		e := err.(*xks.Error)
		x.Status, x.Answer = e.Name.Status(), e.Append(nil)
	}
	p.mu.Lock()
	if len(p.seen) < maxSeen {
		p.seen = append(p.seen, *x)
	}
	p.mu.Unlock()
	w.Header().Set("Content-Type", xks.ContentType)
	if f := p.fault.Load(); f != nil {
		(*f)(x)
		if x.w == nil {
			return // the fault has answered
		}
	}
	w.WriteHeader(x.Status)
	_, _ = w.Write(x.Answer)
}

// answer is the honest one. Its errors are *xks.Error.
func (p *Proxy) answer(x *Exchange) ([]byte, error) {
	path, op, id, ok := xks.ParsePath(x.Request.URL.Path)
	x.Operation, x.Key = op, id
	if !ok || path != p.Path {
		return nil, &xks.Error{Name: xks.InvalidURIPathException}
	}
	if err := p.authenticate(x); err != nil {
		return nil, &xks.Error{Name: xks.AuthenticationFailedException, Message: err.Error()}
	}
	if op == xks.GetHealthStatus {
		m, err := xks.ParseHealthRequest(x.Body)
		if err != nil {
			return nil, err
		}
		x.Metadata = m
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.health.Append(nil), nil
	}
	p.mu.Lock()
	k := p.keys[id]
	p.mu.Unlock()
	return x.use(k)
}

// use answers an operation with a key, nil if there is none.
func (x *Exchange) use(k *Key) ([]byte, error) {
	var encrypt *xks.EncryptRequest
	var decrypt *xks.DecryptRequest
	var err error
	usage := ""
	switch x.Operation {
	case xks.GetKeyMetadata:
		x.Metadata, err = xks.ParseMetadataRequest(x.Body)
	case xks.Encrypt:
		if encrypt, err = xks.ParseEncryptRequest(x.Body); err == nil {
			x.Metadata, usage = encrypt.RequestMetadata, xks.UsageEncrypt
		}
	case xks.Decrypt:
		if decrypt, err = xks.ParseDecryptRequest(x.Body); err == nil {
			x.Metadata, usage = decrypt.RequestMetadata, xks.UsageDecrypt
		}
	}
	switch {
	case err != nil:
		return nil, err
	case k == nil:
		return nil, &xks.Error{Name: xks.KeyNotFoundException}
	case x.Operation == xks.GetKeyMetadata:
		return k.KeyMetadata.Append(nil), nil
	case k.Status != xks.StatusEnabled:
		return nil, &xks.Error{Name: xks.InvalidStateException}
	case !slices.Contains(k.Usage, usage):
		return nil, &xks.Error{Name: xks.InvalidKeyUsageException}
	case encrypt != nil:
		return k.encrypt(encrypt).Append(nil), nil
	}
	return k.decrypt(decrypt)
}

func (k *Key) encrypt(r *xks.EncryptRequest) *xks.EncryptResponse {
	a := &xks.EncryptResponse{Sealed: xks.Sealed{IV: make([]byte, k.IVSize), Metadata: k.Vendor}}
	_, _ = rand.Read(a.IV) // never fails (crypto/rand)
	sealed := k.aead.Seal(nil, a.IV, r.Plaintext, xks.AppendAAD(nil, r.AAD, k.Vendor))
	a.Ciphertext, a.Tag = sealed[:len(r.Plaintext)], sealed[len(r.Plaintext):]
	if r.CDIV {
		sum := xks.CDIV(r.AAD, &a.Sealed)
		a.CDIV = sum[:]
	}
	return a
}

func (k *Key) decrypt(r *xks.DecryptRequest) ([]byte, error) {
	if len(r.IV) != k.IVSize {
		return nil, &xks.Error{Name: xks.InvalidCiphertextException}
	}
	plaintext, err := k.aead.Open(nil, r.IV, slices.Concat(r.Ciphertext, r.Tag), xks.AppendAAD(nil, r.AAD, r.Metadata))
	if err != nil {
		return nil, &xks.Error{Name: xks.InvalidCiphertextException}
	}
	return xks.AppendDecryptResponse(nil, plaintext), nil
}

// authenticate checks the signature.
func (p *Proxy) authenticate(x *Exchange) error {
	p.mu.Lock()
	now := p.now
	p.mu.Unlock()
	if now == nil {
		t, _ := time.Parse("20060102T150405Z", x.Request.Header.Get("X-Amz-Date"))
		now = func() time.Time { return t }
	}
	v := sigv4.Verifier{Source: (*source)(p), Now: now}
	_, err := v.Verify(x.Request, x.Body, xks.SigningName)
	return err
}

// source has the proxy's one credential.
type source Proxy

func (s *source) Credential(_ context.Context, id, _ string) (*sigv4.Credential, error) {
	if id != s.AccessKeyID {
		return nil, &sigv4.Error{Reason: sigv4.UnknownKey}
	}
	return s.credential, nil
}
