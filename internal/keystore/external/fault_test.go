package external_test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// TestAnswers is about answers that are not what was asked for. Whatever a proxy answers, the client
// works with it again as soon as it is honest.
func TestAnswers(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	forOther, err := s.encrypt(t.Context(), "plaintexT", "other data")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("something else"))
	for name, f := range map[string]xkstest.Fault{
		"status 201":           xkstest.Status(201),
		"status 204":           xkstest.Status(204),
		"status 206":           xkstest.Status(206),
		"status 500":           xkstest.Status(500),
		"redirect":             xkstest.Redirect("https://" + xkstest.Host + "/elsewhere"),
		"redirect to itself":   xkstest.Redirect("/prefix-1/kms/xks/v1/keys/key-1/encrypt"),
		"nothing":              xkstest.Answer(200, ""),
		"HTML":                 xkstest.Answer(200, "<html>200 OK</html>"),
		"HTML of an error":     xkstest.Answer(502, "<html>Bad Gateway</html>"),
		"text of an error":     xkstest.Answer(403, "AccessDeniedException"),
		"error without a name": xkstest.Answer(500, `{"errorMessage":"x"}`),
		"error with no name":   xkstest.Answer(500, `{"errorName":""}`),
		"error of a number":    xkstest.Answer(500, `{"errorName":500}`),
		"unknown error":        xkstest.Answer(500, `{"errorName":"KaputException"}`),
		"error in other case":  xkstest.Answer(400, `{"errorname":"ValidationException"}`),
		"array":                xkstest.Answer(200, `[]`),
		"null":                 xkstest.Answer(200, `null`),
		"empty object":         xkstest.Answer(200, `{}`),
		"cut JSON":             func(x *xkstest.Exchange) { x.Answer = x.Answer[:len(x.Answer)-1] },
		"two values":           func(x *xkstest.Exchange) { x.Answer = append(x.Answer, x.Answer...) },
		"garbage behind":       func(x *xkstest.Exchange) { x.Answer = append(x.Answer, 'x') },
		"deep":                 xkstest.Answer(200, strings.Repeat("[", 20_000)),
		"100 KB":               xkstest.Large(100_000),
		"100 KB, no length": func(x *xkstest.Exchange) {
			xkstest.Headers("Transfer-Encoding", "chunked")(x)
			xkstest.Large(100_000)(x)
		},
		"truncated":            xkstest.Truncated,
		"compressed":           xkstest.Headers("Content-Encoding", "gzip"),
		"large header":         xkstest.Headers("X-Large", strings.Repeat("x", 20_000)),
		"no ciphertext":        xkstest.Sealed(func(r *xks.EncryptResponse) { r.Ciphertext = nil }),
		"longer ciphertext":    xkstest.Sealed(func(r *xks.EncryptResponse) { r.Ciphertext = append(r.Ciphertext, r.Tag...) }),
		"IV of 11 bytes":       xkstest.Sealed(func(r *xks.EncryptResponse) { r.IV = r.IV[1:] }),
		"IV of 13 bytes":       xkstest.Sealed(func(r *xks.EncryptResponse) { r.IV = append(r.IV, 0) }),
		"tag of 12 bytes":      xkstest.Sealed(func(r *xks.EncryptResponse) { r.Tag = r.Tag[:12] }),
		"tag of 32 bytes":      xkstest.Sealed(func(r *xks.EncryptResponse) { r.Tag = append(r.Tag, r.Tag...) }),
		"metadata of 21 bytes": xkstest.Sealed(func(r *xks.EncryptResponse) { r.Metadata = make([]byte, 21) }),
		"no integrity value":   xkstest.Sealed(func(r *xks.EncryptResponse) { r.CDIV = nil }),
		"integrity of 31":      xkstest.Sealed(func(r *xks.EncryptResponse) { r.CDIV = r.CDIV[1:] }),
		"other integrity":      xkstest.Sealed(func(r *xks.EncryptResponse) { r.CDIV = sum[:] }),
		"changed ciphertext":   xkstest.Sealed(func(r *xks.EncryptResponse) { r.Ciphertext[0] ^= 1 }),
		"changed tag":          xkstest.Sealed(func(r *xks.EncryptResponse) { r.Tag[15] ^= 1 }),
		"changed IV":           xkstest.Sealed(func(r *xks.EncryptResponse) { r.IV[0] ^= 1 }),
		"added metadata":       xkstest.Sealed(func(r *xks.EncryptResponse) { r.Metadata = []byte("x") }),
		"other request": xkstest.Sealed(func(r *xks.EncryptResponse) {
			cdiv := xks.CDIV([]byte("other data"), &forOther)
			r.Sealed, r.CDIV = forOther, cdiv[:]
		}),
		"bad Base64":        func(x *xkstest.Exchange) { x.Answer = []byte(strings.Replace(string(x.Answer), `":"`, `":"*`, 1)) },
		"answer to Decrypt": xkstest.Answer(200, `{"plaintext":"cGxhaW50ZXh0"}`),
	} {
		s.proxy.Set(f)
		_, err := s.encrypt(t.Context(), "plaintext", "aad")
		if cause(err) != external.Malformed {
			t.Errorf("%s: %v, want Malformed", name, err)
		}
		if o := s.last(); o.ErrorName != external.Unreachable || !o.Retryable {
			t.Errorf("%s: observed %q, retryable: %v", name, o.ErrorName, o.Retryable)
		}
		s.proxy.Set(nil)
		if _, err := s.encrypt(t.Context(), "plaintext", "aad"); err != nil {
			t.Errorf("honest after %s: %v", name, err)
		}
	}
}

// TestOtherAnswers is the same for the other operations.
func TestOtherAnswers(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	sealed, err := s.encrypt(t.Context(), "plaintext", "")
	if err != nil {
		t.Fatal(err)
	}
	health := func(text string) string {
		return `{"xksProxyFleetSize":1,"xksProxyVendor":"v","xksProxyModel":"m","ekmVendor":"e","ekmFleetDetails":` + text + `}`
	}
	for op, bodies := range map[xks.Operation][]string{
		xks.Decrypt: {`{"plaintext":"cGxhaW50ZXh0eA=="}`, `{"plaintext":"cGxhaW50ZXg="}`, `{"plaintext":""}`, `{"plaintext":null}`, `{"plaintext":"cGxhaW50ZXh0\n"}`, `{}`},
		xks.GetKeyMetadata: {
			`{"keySpec":"AES_256","keyUsage":["ENCRYPT","DECRYPT"]}`, `{"keySpec":"AES_256","keyUsage":"ENCRYPT","keyStatus":"ENABLED"}`,
			`{"keySpec":256,"keyUsage":[],"keyStatus":"ENABLED"}`, `{"keySpec":"AES_256","keyUsage":[],"keyStatus":"enabled"}`,
			`{"keySpec":"AES_256","keyUsage":["1","2","3","4","5","6","7","8","9","10","11"],"keyStatus":"ENABLED"}`,
			`{"keySpec":"AES_256","keySpec":"AES_128","keyUsage":["ENCRYPT","DECRYPT"],"keyStatus":"ENABLED"}`,
		},
		xks.GetHealthStatus: {
			health(`[]`), health(`null`), health(`[{"id":"1","model":"m"}]`), health(`[{"id":"1","model":"m","healthStatus":"OK"}]`),
			health(`[` + strings.Repeat(`{"id":"1","model":"m","healthStatus":"ACTIVE"},`, 10) + `{"id":"1","model":"m","healthStatus":"ACTIVE"}]`),
			strings.Replace(health(`[{"id":"1","model":"m","healthStatus":"ACTIVE"}]`), ":1,", ":0,", 1),
			strings.Replace(health(`[{"id":"1","model":"m","healthStatus":"ACTIVE"}]`), ":1,", ":1.5,", 1),
		},
	} {
		for _, body := range bodies {
			s.proxy.Set(xkstest.Answer(200, body))
			var err error
			switch op {
			case xks.Decrypt:
				_, err = s.Decrypt(t.Context(), s.to, call, xkstest.KeyID, sealed, nil)
			case xks.GetKeyMetadata:
				_, err = s.Metadata(t.Context(), s.to, call, xkstest.KeyID)
			default:
				_, err = s.Health(t.Context(), s.to, call)
			}
			if cause(err) != external.Malformed {
				t.Errorf("%s: %s: %v", op, body, err)
			}
		}
	}
}

// TestErrors is about errors of the specification, whose status does not matter.
func TestErrors(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	for name, want := range map[xks.ErrorName]struct {
		cause     external.Cause
		retryable bool
	}{
		"ValidationException": {external.Validation, false}, "InvalidStateException": {external.InvalidState, false},
		"InvalidCiphertextException": {external.InvalidCiphertext, false}, "InvalidKeyUsageException": {external.InvalidKeyUsage, false},
		"AuthenticationFailedException": {external.AuthenticationFailed, false}, "AccessDeniedException": {external.AccessDenied, false},
		"KeyNotFoundException": {external.KeyNotFound, false}, "InvalidUriPathException": {external.InvalidURIPath, false},
		"UnsupportedOperationException": {external.Unsupported, false}, "ThrottlingException": {external.Throttling, true},
		"InternalException": {external.Internal, true}, "DependencyTimeoutException": {external.DependencyTimeout, true},
	} {
		for _, status := range []int{name.Status(), 200, 418, 503} {
			s.proxy.Set(xkstest.Answer(status, ` {"errorName":"`+string(name)+`","errorMessage":["no","text"],"more":{}} `))
			if _, err := s.encrypt(t.Context(), "p", "a"); cause(err) != want.cause {
				t.Errorf("%s with status %d: %v", name, status, err)
			}
			if o := s.last(); o.ErrorName != string(name) || o.Retryable != want.retryable {
				t.Errorf("%s: observed %q, retryable: %v", name, o.ErrorName, o.Retryable)
			}
		}
	}
}

// TestTLS is about what is no TLS connection to the proxy, and what is.
func TestTLS(t *testing.T) {
	t.Parallel()
	names := func(all ...string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.DNSNames = all }
	}
	stranger := xkstest.NewAuthority(t)
	for name, test := range map[string]struct {
		tls         func(*tls.Config)
		certificate func(*x509.Certificate)
		want        external.Cause
	}{
		"honest":         {},
		"wildcard":       {certificate: names("*.xks.example.com")},
		"other wildcard": {certificate: names("*.example.com"), want: external.NoTLS},
		"other name":     {certificate: names("other.xks.example.com"), want: external.NoTLS},
		"common name":    {certificate: names(), want: external.NoTLS},
		"expired":        {certificate: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, want: external.NoTLS},
		"not yet valid":  {certificate: func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }, want: external.NoTLS},
		"for clients":    {certificate: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, want: external.NoTLS},
		"stranger":       {tls: func(c *tls.Config) { c.Certificates = []tls.Certificate{stranger.Issue(t, nil)} }, want: external.NoTLS},
		"TLS 1.1":        {tls: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, want: external.NoTLS},
		"TLS 1.2":        {tls: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }},
		"TLS 1.3":        {tls: func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }},
		"AES-256 of 1.2": {tls: func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
		}},
		"AES-128 of 1.2": {tls: func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
		}, want: external.NoTLS},
		"HTTP/2 only":         {tls: func(c *tls.Config) { c.NextProtos = []string{"h2"} }},
		"HTTP/1.1 only":       {tls: func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }},
		"no ALPN":             {tls: func(c *tls.Config) { c.NextProtos = nil }},
		"other ALPN":          {tls: func(c *tls.Config) { c.NextProtos = []string{"h3"} }, want: external.NoTLS},
		"wants a certificate": {tls: func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }, want: external.NoTLS},
		"wants a certificate, 1.2": {tls: func(c *tls.Config) {
			c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12
		}, want: external.NoTLS},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, nil)
			if test.tls != nil {
				s.proxy.TLS(test.tls)
			}
			if test.certificate != nil {
				s.proxy.Certificate(test.certificate)
			}
			_, err := s.encrypt(t.Context(), "p", "a")
			if cause(err) != test.want || test.want == 0 && err != nil {
				t.Errorf("got %v", err)
			}
			if o := s.last(); (o.Certificate != nil) != (test.want == 0) {
				t.Errorf("certificate %v was observed", o.Certificate)
			}
		})
	}
}

// TestProtocols is about which version of HTTP is spoken, and that each has one connection for many
// calls.
func TestProtocols(t *testing.T) {
	t.Parallel()
	for proto, alpn := range map[string]string{"HTTP/2.0": "h2", "HTTP/1.1": "http/1.1"} {
		s := newScene(t, nil)
		s.proxy.TLS(func(c *tls.Config) { c.NextProtos = []string{alpn} })
		for range 3 {
			if _, err := s.encrypt(t.Context(), "p", "a"); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range s.proxy.Seen() {
			if x.Request.Proto != proto || x.Request.Host != xkstest.Host {
				t.Errorf("%s to %s, want %s", x.Request.Proto, x.Request.Host, proto)
			}
		}
		if n := s.proxy.Connections(); n != 1 {
			t.Errorf("%s: %d connections", proto, n)
		}
		s.proxy.Set(xkstest.Reset)
		if _, err := s.encrypt(t.Context(), "p", "a"); cause(err) != external.Unreached {
			t.Errorf("%s: a reset in the middle: %v", proto, err)
		}
		s.proxy.Set(nil)
		if _, err := s.encrypt(t.Context(), "p", "a"); err != nil {
			t.Errorf("%s: after a reset: %v", proto, err)
		}
	}
}

// TestClientCertificate is about a certificate that changes while the client runs.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	var own tls.Certificate
	s := newScene(t, func(o *external.Options) {
		o.ClientCertificate = func() (*tls.Certificate, error) { return &own, nil }
	})
	own = s.proxy.CA.Issue(t, func(c *x509.Certificate) { c.Subject.CommonName = "cks.kms.eu-central-1.amazonaws.com" })
	want := ""
	s.proxy.TLS(func(c *tls.Config) {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, s.proxy.CA.Pool()
		c.VerifyConnection = func(state tls.ConnectionState) error {
			if name := state.PeerCertificates[0].Subject.CommonName; want != "" && name != want {
				return errors.New("not KMS")
			}
			return nil
		}
	})
	if _, err := s.Health(t.Context(), s.to, call); err != nil {
		t.Fatal(err)
	}
	want = "cks.kms.us-east-1.amazonaws.com"
	s.proxy.CloseConnections()
	if _, err := s.Health(t.Context(), s.to, call); cause(err) != external.NoTLS {
		t.Errorf("another name: %v", err)
	}
	own = s.proxy.CA.Issue(t, func(c *x509.Certificate) { c.Subject.CommonName = want })
	if _, err := s.Health(t.Context(), s.to, call); err != nil {
		t.Errorf("the new certificate: %v", err)
	}
}

// TestNoHTTP is about what is behind TLS and is not HTTP, or hardly.
func TestNoHTTP(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		says string
		want external.Cause
	}{
		"silence, closed":  {"", external.Unreached},
		"another protocol": {"220 mail.example.com ESMTP\r\n", external.Malformed},
		"bad status":       {"HTTP/1.1 OK\r\n\r\n", external.Malformed},
		"bad length":       {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", external.Malformed},
		"two lengths":      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", external.Malformed},
		"endless 1xx":      {strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 1000), external.Malformed},
		"endless header":   {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20), external.Malformed},
		"cut header":       {"HTTP/1.1 200 OK\r\nContent-Le", external.Malformed},
		"cut body":         {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ci", external.Malformed},
		"cut chunk":        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"ci", external.Malformed},
		"bad chunk":        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", external.Malformed},
		"huge length":      {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n{", external.Malformed},
		"switches":         {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", external.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ca := xkstest.NewAuthority(t)
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, nil)}})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						defer c.Close()
						_, _ = c.Read(make([]byte, 4096))
						_, _ = io.WriteString(c, test.says)
					}()
				}
			}()
			c := external.New(external.Options{Roots: ca.Pool(), Hosts: map[string][]string{xkstest.Host: {l.Addr().String()}}, Timeout: patient})
			defer c.Close()
			p := &external.Proxy{Endpoint: xkstest.Endpoint, Path: xks.PathSuffix, Region: "us-east-1"}
			if _, err := c.Encrypt(t.Context(), p, call, "k", []byte("p"), nil); cause(err) != test.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestNoConnection is about addresses.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	nobody := closed.Listener.Addr().String()
	closed.Close()
	s := newScene(t, nil)
	for name, addresses := range map[string][]string{"one": {nobody}, "two": {nobody, nobody}} {
		c := external.New(external.Options{Roots: s.proxy.CA.Pool(), Hosts: map[string][]string{xkstest.Host: addresses}, Timeout: patient, Observe: s.observe})
		if _, err := c.Health(t.Context(), s.to, call); cause(err) != external.Unreached {
			t.Errorf("%s closed: %v", name, err)
		}
		if o := s.last(); o.ErrorName != external.Unreachable || !o.Retryable || o.Latency >= patient || o.Certificate != nil {
			t.Errorf("%s closed: observed %+v", name, o)
		}
	}
	c := external.New(external.Options{
		Roots: s.proxy.CA.Pool(), Timeout: patient,
		Hosts: map[string][]string{strings.ToUpper(xkstest.Host): {nobody, s.proxy.Address}},
	})
	defer c.Close()
	for range 4 {
		s.proxy.CloseConnections()
		if _, err := c.Health(t.Context(), s.to, call); err != nil {
			t.Errorf("one of two addresses is closed: %v", err)
		}
	}
	// A name without an entry is looked up; ".invalid" has no addresses.
	p := *s.to
	p.Endpoint = "https://proxy.xks.invalid"
	if _, err := c.Health(t.Context(), &p, call); cause(err) != external.Unreached {
		t.Errorf("a name without address: %v", err)
	}
}

// newEndingScene has a connection to a proxy whose certificate ends in an hour, by the clock of the
// service.
func newEndingScene(t *testing.T) (*scene, *clock.Clock) {
	t.Helper()
	c := clock.At(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	s := newScene(t, func(o *external.Options) { o.Clock = c })
	s.proxy.Certificate(func(cert *x509.Certificate) { cert.NotAfter = c.Now().Add(time.Hour) })
	if _, err := s.Health(t.Context(), s.to, call); err != nil {
		t.Fatal(err)
	}
	return s, c
}

// TestCertificateEnds is about a connection that is older than its certificate, by the clock of the
// service.
func TestCertificateEnds(t *testing.T) {
	t.Parallel()
	s, c := newEndingScene(t)
	c.Advance(2 * time.Hour)
	if _, err := s.Health(t.Context(), s.to, call); cause(err) != external.NoTLS {
		t.Errorf("after the certificate's end: %v", err)
	}
	s.proxy.Certificate(nil)
	if _, err := s.Health(t.Context(), s.to, call); err != nil {
		t.Errorf("with a new one: %v", err)
	}
}

// TestCertificateEndsMeanwhile: a connection that is never idle, because calls on it overlap, outlives
// its certificate no more than another.
func TestCertificateEndsMeanwhile(t *testing.T) {
	t.Parallel()
	s, c := newEndingScene(t)
	gate, begun := make(chan struct{}), make(chan struct{})
	s.proxy.Set(func(x *xkstest.Exchange) {
		close(begun)
		xkstest.Hang(gate)(x)
	})
	var long sync.WaitGroup
	long.Go(func() {
		if _, err := s.encrypt(t.Context(), "p", "a"); err != nil {
			t.Errorf("the call that was under way: %v", err)
		}
	})
	<-begun
	s.proxy.Set(nil)
	c.Advance(2 * time.Hour)
	if _, err := s.Health(t.Context(), s.to, call); cause(err) != external.NoTLS {
		t.Errorf("after the certificate's end: %v", err)
	}
	close(gate)
	long.Wait()
}

// TestRestart is about a proxy that goes and comes back between calls: no call fails.
func TestRestart(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	for range 5 {
		if _, err := s.encrypt(t.Context(), "p", "a"); err != nil {
			t.Fatal(err)
		}
		s.proxy.CloseConnections()
	}
	s.proxy.Stop()
	if _, err := s.encrypt(t.Context(), "p", "a"); cause(err) != external.Unreached {
		t.Errorf("stopped: %v", err)
	}
	s.proxy.Start()
	if _, err := s.encrypt(t.Context(), "p", "a"); err != nil {
		t.Errorf("started again: %v", err)
	}
}
