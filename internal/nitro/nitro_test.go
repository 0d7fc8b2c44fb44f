package nitro_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/nitro"
	"github.com/keystead/keystead/internal/nitro/nitrotest"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// TestAWSRoot compares the root with the fingerprint that AWS publishes.
//
// Source: https://docs.aws.amazon.com/enclaves/latest/user/verify-root.html
func TestAWSRoot(t *testing.T) {
	root := nitro.AWSRoot()
	sum := sha256.Sum256(root.Raw)
	if got, want := hex.EncodeToString(sum[:]), "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b"; got != want {
		t.Errorf("the fingerprint is %s, want %s", got, want)
	}
	if err := root.CheckSignatureFrom(root); err != nil {
		t.Errorf("the root is not signed by itself: %v", err)
	}
}

// TestRealDocument verifies a document that the Nitro hypervisor made, at the time of then.
func TestRealDocument(t *testing.T) {
	b, err := os.ReadFile("testdata/enclave.cbor")
	if err != nil {
		t.Fatal(err)
	}
	made := time.UnixMilli(1731627989450).UTC()
	d, err := nitro.Verify(b, []*x509.Certificate{nitro.AWSRoot()}, made.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if d.ModuleID != "i-0f73a4b4cb74cc9f2-enc0192e4188fef781d" || !d.Time.Equal(made) || len(d.PCRs) != 16 || d.NitroTPMPCRs != nil {
		t.Errorf("the document says %q, %v, %d PCRs", d.ModuleID, d.Time, len(d.PCRs))
	}
	if !bytes.Equal(d.PCRs[0], make([]byte, 48)) || hex.EncodeToString(d.PCRs[4][:4]) != "9ab5a1ab" {
		t.Errorf("PCR0 is %x and PCR4 is %x", d.PCRs[0], d.PCRs[4])
	}
	if d.PublicKey != nil || len(d.UserData) != 32 || d.Nonce != nil {
		t.Errorf("public key %x, %d bytes of user data, nonce %x", d.PublicKey, len(d.UserData), d.Nonce)
	}
	if _, err := d.RecipientKey(); err == nil {
		t.Error("a document without a public key has a key for recipients")
	}
	if _, err := nitro.Verify(b, []*x509.Certificate{nitro.AWSRoot()}, time.Now()); err == nil {
		t.Error("the document of long ago is valid now")
	}
	for i := 0; i < len(b); i += 31 {
		broken := bytes.Clone(b)
		broken[i] ^= 1
		// Some bits say nothing: how long a length is encoded, or whether a signature's r is
		// less than the order.
		if d2, err := nitro.Verify(broken, []*x509.Certificate{nitro.AWSRoot()}, made); err == nil && !cmp.Equal(d, d2) {
			t.Errorf("with bit 0 of byte %d flipped the document says something else and is valid", i)
		}
	}
}

// maker makes documents, right and wrong, for one test.
type maker struct {
	testing.TB
	*nitrotest.Authority
}

func newMaker(t testing.TB) maker {
	a, err := nitrotest.NewAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	return maker{t, a}
}

// enclave is what a good document says.
func enclave(t testing.TB) *nitro.Document {
	return &nitro.Document{
		ModuleID: "i-1-enc1", Time: now, PublicKey: spki(t, rsaKey(t, 2048)),
		PCRs: map[int][]byte{0: bytes.Repeat([]byte{7}, 48), 1: make([]byte, 32), 31: make([]byte, 64)},
	}
}

func rsaKey(t testing.TB, bits int) *rsa.PublicKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return &k.PublicKey
}

func spki(t testing.TB, key any) []byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (m maker) signer() *nitrotest.Signer {
	s, err := m.Signer(now)
	if err != nil {
		m.Fatal(err)
	}
	return s
}

func (m maker) sign(s *nitrotest.Signer, payload any) []byte {
	b, err := s.Sign(payload)
	if err != nil {
		m.Fatal(err)
	}
	return b
}

func TestVerify(t *testing.T) {
	m := newMaker(t)
	s := m.signer()
	good := enclave(t)
	good.UserData, good.Nonce = []byte("data"), []byte{}
	tpm := enclave(t)
	tpm.PCRs, tpm.NitroTPMPCRs = nil, tpm.PCRs
	indefinite := func(d *nitro.Document) []byte { // as newer hypervisors encode the payload
		b := []byte{0xbf}
		for name, v := range s.Payload(d) {
			for _, item := range []any{name, v} {
				e, err := cbor.Marshal(item)
				if err != nil {
					t.Fatal(err)
				}
				b = append(b, e...)
			}
		}
		doc, err := s.SignBytes(append(b, 0xff))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	for name, c := range map[string]struct {
		document []byte
		want     *nitro.Document
		at       time.Time
	}{
		"an enclave":                   {m.sign(s, s.Payload(good)), good, now},
		"an instance with NitroTPM":    {m.sign(s, s.Payload(tpm)), tpm, now},
		"with the tag of COSE_Sign1":   {append([]byte{0xd2}, m.sign(s, s.Payload(good))...), good, now},
		"a payload of no fixed length": {indefinite(tpm), tpm, now},
		"five minutes old":             {m.sign(s, s.Payload(good)), good, now.Add(nitro.Freshness)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := nitro.Verify(c.document, []*x509.Certificate{nitro.AWSRoot(), m.Root}, c.at)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the document says something else (-want +got):\n%s", diff)
			}
			if _, err := got.RecipientKey(); err != nil {
				t.Errorf("the public key: %v", err)
			}
		})
	}
}

// TestRefused has every way in which a document can be wrong.
func TestRefused(t *testing.T) {
	m := newMaker(t)
	stranger := newMaker(t)
	s := m.signer()
	d := enclave(t)
	with := func(name string, v any) []byte {
		p := s.Payload(d)
		p[name] = v
		return m.sign(s, p)
	}
	without := func(name string) []byte {
		p := s.Payload(d)
		delete(p, name)
		return m.sign(s, p)
	}
	message := func(change func(parts []any)) []byte {
		var parts []any
		must(t, cbor.Unmarshal(m.sign(s, s.Payload(d)), &parts))
		change(parts)
		b, err := cbor.Marshal(parts)
		must(t, err)
		return b
	}
	bundle := func(certificates ...[]byte) []byte { return with("cabundle", certificates) }
	type refusal struct {
		document []byte
		want     string
		at       time.Time
	}
	cases := map[string]refusal{
		"nothing":               {nil, "not a COSE_Sign1", now},
		"not CBOR":              {[]byte("not CBOR"), "not a COSE_Sign1", now},
		"JSON":                  {[]byte(`{"a":1}`), "not a COSE_Sign1", now},
		"trailing bytes":        {append(m.sign(s, s.Payload(d)), 0), "not a COSE_Sign1", now},
		"cut off":               {message(func([]any) {})[:1000], "not a COSE_Sign1", now},
		"another tag":           {append([]byte{0xd1}, m.sign(s, s.Payload(d))...), "not a COSE_Sign1", now},
		"the tag twice":         {append([]byte{0xd2, 0xd2}, m.sign(s, s.Payload(d))...), "not a COSE_Sign1", now},
		"deep nesting":          {bytes.Repeat([]byte{0x81}, 10000), "not a COSE_Sign1", now},
		"many elements":         {append([]byte{0x9a, 0xff, 0xff, 0xff, 0xff}, 1), "not a COSE_Sign1", now},
		"too long":              {make([]byte, 20000), "too long", now},
		"an unprotected header": {message(func(p []any) { p[1] = map[int]int{1: -35} }), "not a COSE_Sign1", now},
		"three elements":        {mustCBOR(t, []any{[]byte{0xa1, 1, 0x38, 0x22}, map[int]int{}, []byte{1}}), "not a COSE_Sign1", now},
		"no payload":            {message(func(p []any) { p[2] = nil }), "payload is empty", now},
		"a long payload":        {message(func(p []any) { p[2] = make([]byte, 16385) }), "payload is empty or too long", now},

		"algorithm ES256":      {message(func(p []any) { p[0] = mustCBOR(t, map[int]int{1: -7}) }), "not ES384", now},
		"algorithm none":       {message(func(p []any) { p[0] = []byte{} }), "not ES384", now},
		"a header more":        {message(func(p []any) { p[0] = mustCBOR(t, map[int]int{1: -35, 4: 1}) }), "not ES384", now},
		"the algorithm twice":  {message(func(p []any) { p[0] = []byte{0xa2, 1, 0x38, 0x22, 1, 0x38, 0x22} }), "not ES384", now},
		"a signature bit":      {message(func(p []any) { p[3].([]byte)[95] ^= 1 }), "signature is wrong", now},
		"a signature of zeros": {message(func(p []any) { p[3] = make([]byte, 96) }), "signature is wrong", now},
		"a short signature":    {message(func(p []any) { p[3] = p[3].([]byte)[1:] }), "length of ES384", now},
		"a DER signature":      {message(func(p []any) { p[3] = make([]byte, 104) }), "length of ES384", now},
		"another payload": {message(func(p []any) {
			p[2] = mustCBOR(t, s.Payload(&nitro.Document{ModuleID: "i-2", Time: now, PCRs: d.PCRs}))
		}), "signature is wrong", now},
		"an untyped payload":     {m.sign(s, []any{1}), "not an attestation document", now},
		"an unknown member":      {with("more", 1), "not an attestation document", now},
		"a member in other case": {with("PCRs", d.PCRs), "not an attestation document", now},
		"a duplicate member": {func() []byte {
			b := mustCBOR(t, s.Payload(d))
			b[0]++
			doc, err := s.SignBytes(append(b, append(mustCBOR(t, "nonce"), mustCBOR(t, []byte("x"))...)...))
			must(t, err)
			return doc
		}(), "not an attestation document", now},
		"a duplicate PCR": {with("pcrs", cbor.RawMessage(slices.Concat([]byte{0xa2, 0, 0x58, 48}, make([]byte, 48), []byte{0, 0x58, 48}, make([]byte, 48)))), "not an attestation document", now},
		"bytes after the payload": {func() []byte {
			doc, err := s.SignBytes(append(mustCBOR(t, s.Payload(d)), 0))
			must(t, err)
			return doc
		}(), "not an attestation document", now},

		"no module_id":            {without("module_id"), "module_id", now},
		"an empty module_id":      {with("module_id", ""), "module_id", now},
		"a long module_id":        {with("module_id", strings.Repeat("x", 257)), "module_id", now},
		"module_id as bytes":      {with("module_id", []byte("i-1")), "not an attestation document", now},
		"no digest":               {without("digest"), "digest", now},
		"another digest":          {with("digest", "SHA256"), "digest", now},
		"no timestamp":            {without("timestamp"), "timestamp", now},
		"a timestamp of zero":     {with("timestamp", 0), "timestamp", now},
		"a negative timestamp":    {with("timestamp", -1), "not an attestation document", now},
		"a vast timestamp":        {with("timestamp", uint64(1)<<63), "timestamp", now},
		"a timestamp as a string": {with("timestamp", "1"), "not an attestation document", now},
		"no PCRs":                 {without("pcrs"), "pcrs", now},
		"an empty map of PCRs":    {with("pcrs", map[int][]byte{}), "no PCRs", now},
		"both kinds of PCRs":      {with("nitrotpm_pcrs", d.PCRs), "either pcrs or", now},
		"PCR32":                   {with("pcrs", map[int][]byte{32: make([]byte, 48)}), "PCR32", now},
		"PCR-1":                   {with("pcrs", map[int][]byte{-1: make([]byte, 48)}), "not an attestation document", now},
		"a named PCR":             {with("pcrs", map[string][]byte{"0": make([]byte, 48)}), "not an attestation document", now},
		"a PCR of 47 bytes":       {with("pcrs", map[int][]byte{0: make([]byte, 47)}), "PCR0 has 47 bytes", now},
		"an oversized PCR":        {with("pcrs", map[int][]byte{0: make([]byte, 1000)}), "PCR0 has 1000 bytes", now},
		"an empty PCR":            {with("pcrs", map[int][]byte{0: {}}), "PCR0 has 0 bytes", now},
		"a null PCR":              {with("pcrs", map[int]any{0: nil}), "PCR0 has 0 bytes", now},
		"a PCR as text":           {with("pcrs", map[int]string{0: strings.Repeat("0", 48)}), "not an attestation document", now},
		"a PCR as numbers":        {with("pcrs", map[int][]int{0: make([]int, 16)}), "not an attestation document", now},
		"33 PCRs":                 {with("pcrs", numbered(33)), "not an attestation document", now},
		"an empty public key":     {with("public_key", []byte{}), "public_key", now},
		"a long public key":       {with("public_key", make([]byte, 1025)), "public_key", now},
		"long user data":          {with("user_data", make([]byte, 1025)), "user_data", now},
		"a long nonce":            {with("nonce", make([]byte, 1025)), "nonce", now},

		"no certificate":               {without("certificate"), "certificate is missing", now},
		"a long certificate":           {with("certificate", make([]byte, 1025)), "certificate is missing or too long", now},
		"a broken certificate":         {with("certificate", []byte("x")), "can't be read", now},
		"bytes after a certificate":    {with("certificate", append(bytes.Clone(s.Certificate), 0)), "can't be read", now},
		"no cabundle":                  {without("cabundle"), "cabundle", now},
		"an empty cabundle":            {bundle(), "cabundle", now},
		"a long cabundle":              {bundle(slices.Repeat([][]byte{{1}}, 7)...), "cabundle", now},
		"an empty one in cabundle":     {bundle(m.Root.Raw, nil), "of its cabundle is empty", now},
		"a broken one in cabundle":     {bundle(m.Root.Raw, []byte("x")), "can't be read", now},
		"cabundle without the root":    {bundle(s.Bundle[1]), "root that is not trusted", now},
		"cabundle without a link":      {bundle(m.Root.Raw), "no chain", now},
		"cabundle the wrong way":       {bundle(s.Bundle[1], s.Bundle[0]), "root that is not trusted", now},
		"cabundle with one too many":   {bundle(m.Root.Raw, s.Bundle[1], m.signer().Bundle[1]), "no chain", now},
		"cabundle with one twice":      {bundle(m.Root.Raw, s.Bundle[1], s.Bundle[1]), "no chain", now},
		"cabundle with the root twice": {bundle(m.Root.Raw, m.Root.Raw, s.Bundle[1]), "no chain", now},

		"a root that nobody trusts": {func() []byte { s := stranger.signer(); return stranger.sign(s, s.Payload(d)) }(), "root that is not trusted", now},
		"a trusted root before another's chain": {func() []byte {
			s := stranger.signer()
			s.Bundle[0] = m.Root.Raw
			return stranger.sign(s, s.Payload(d))
		}(), "no chain", now},

		"too old":                     {m.sign(s, s.Payload(d)), "more than 5m0s from now", now.Add(nitro.Freshness + time.Millisecond)},
		"an expired certificate":      {m.sign(s, s.Payload(d)), "expired", now.Add(4 * time.Hour)},
		"a certificate not valid yet": {m.sign(s, s.Payload(d)), "not valid yet", now.Add(-2 * time.Minute)},
	}
	// The leaf is not valid as early as a document of now would be one of the future.
	future := *d
	future.Time = now.Add(nitro.Freshness + time.Millisecond)
	cases["of the future"] = refusal{m.sign(s, s.Payload(&future)), "more than 5m0s from now", now}
	maps.Copy(cases, func() map[string]refusal {
		found := map[string]refusal{}
		for name, c := range m.wrongCertificates() {
			found[name] = refusal{m.sign(c.signer, c.signer.Payload(d)), c.want, now}
		}
		return found
	}())
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := nitro.Verify(c.document, []*x509.Certificate{nitro.AWSRoot(), m.Root}, c.at)
			if err == nil {
				t.Fatalf("it is valid, and says %+v", got)
			}
			if got != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %q, want an error that says %q", got, err, c.want)
			}
		})
	}
}

type wrongCertificate struct {
	signer *nitrotest.Signer
	want   string
}

// wrongCertificates are signers whose certificates are not what they should be.
func (m maker) wrongCertificates() map[string]wrongCertificate {
	template := func(change func(c *x509.Certificate)) *x509.Certificate {
		c := &x509.Certificate{Subject: pkix.Name{CommonName: rand.Text()}, NotBefore: now.Add(-time.Minute), NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature}
		change(c)
		return c
	}
	issue := func(a *nitrotest.Authority, c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
		cert, key, err := a.Issue(c)
		must(m, err)
		return cert, key
	}
	leaf := func(change func(c *x509.Certificate)) *nitrotest.Signer {
		c, key := issue(m.Authority, template(change))
		return &nitrotest.Signer{Certificate: c.Raw, Bundle: [][]byte{m.Root.Raw}, Key: key}
	}
	through := func(change func(c *x509.Certificate)) *nitrotest.Signer {
		c, key := issue(m.Authority, template(change))
		l, k := issue(&nitrotest.Authority{Root: c, Key: key}, template(func(*x509.Certificate) {}))
		return &nitrotest.Signer{Certificate: l.Raw, Bundle: [][]byte{m.Root.Raw, c.Raw}, Key: k}
	}
	one := func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "one name"} }
	issuer, key := issue(m.Authority, template(func(c *x509.Certificate) { one(c); c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }))
	l, k := issue(&nitrotest.Authority{Root: issuer, Key: key}, template(one))
	namesakes := &nitrotest.Signer{Certificate: l.Raw, Bundle: [][]byte{m.Root.Raw, issuer.Raw}, Key: k}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(m, err)
	of := func(key any) *nitrotest.Signer {
		c, err := m.Certify(template(func(*x509.Certificate) {}), key, m.Key)
		must(m, err)
		return &nitrotest.Signer{Certificate: c.Raw, Bundle: [][]byte{m.Root.Raw}, Key: m.signer().Key}
	}
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	must(m, err)
	costly, err := m.Certify(template(func(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }), &p521.PublicKey, m.Key)
	must(m, err)
	below, err := (&nitrotest.Authority{Root: costly, Key: p521}).Certify(template(func(*x509.Certificate) {}), &k.PublicKey, p521)
	must(m, err)
	return map[string]wrongCertificate{
		"an issuer of P-521":         {&nitrotest.Signer{Certificate: below.Raw, Bundle: [][]byte{m.Root.Raw, costly.Raw}, Key: k}, "of its cabundle is not for a P-384 key"},
		"a leaf named as its issuer": {namesakes, "no chain"},
		"a leaf of P-256":            {of(&p256.PublicKey), "not for a P-384 key"},
		"a leaf of RSA":              {of(rsaKey(m, 2048)), "not for a P-384 key"},
		"a leaf without key usage":   {leaf(func(c *x509.Certificate) { c.KeyUsage = 0 }), "not one for signatures"},
		"a leaf for certificates":    {leaf(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign }), "not one for signatures"},
		"a leaf of an authority":     {leaf(func(c *x509.Certificate) { c.IsCA = true }), "not one for signatures"},
		"an expired leaf":            {leaf(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Second) }), "expired"},
		"an issuer no authority":     {through(func(*x509.Certificate) {}), "no chain"},
		"an issuer of signatures":    {through(func(c *x509.Certificate) { c.IsCA = true }), "no chain"},
		"an issuer without usage":    {through(func(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, 0 }), "not one of an authority"},
		"an expired issuer": {through(func(c *x509.Certificate) {
			c.IsCA, c.KeyUsage, c.NotAfter = true, x509.KeyUsageCertSign, now.Add(-time.Second)
		}), "expired"},
		"a path longer than allowed": {m.longPath(template), "no chain"},
	}
}

// longPath is a signer below an authority that may have no authority below it.
func (m maker) longPath(template func(func(*x509.Certificate)) *x509.Certificate) *nitrotest.Signer {
	s := &nitrotest.Signer{Bundle: [][]byte{m.Root.Raw}}
	a := m.Authority
	for range 2 {
		c, key, err := a.Issue(template(func(c *x509.Certificate) { c.IsCA, c.KeyUsage, c.MaxPathLenZero = true, x509.KeyUsageCertSign, true }))
		must(m, err)
		a = &nitrotest.Authority{Root: c, Key: key}
		s.Bundle = append(s.Bundle, c.Raw)
	}
	c, key, err := a.Issue(template(func(*x509.Certificate) {}))
	must(m, err)
	s.Certificate, s.Key = c.Raw, key
	return s
}

func TestRecipientKey(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	of := func(bits uint, e int) []byte {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return spki(t, &rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: e})
	}
	even := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}
	for name, c := range map[string]struct {
		der  []byte
		want string
	}{
		"an even modulus":    {spki(t, even), "even modulus"},
		"none":               {nil, "no public key"},
		"not DER":            {[]byte("x"), "not a DER-encoded"},
		"PEM":                {pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: of(2048, 65537)}), "not a DER-encoded"},
		"PKCS#1":             {x509.MarshalPKCS1PublicKey(rsaKey(t, 2048)), "not a DER-encoded"},
		"trailing bytes":     {append(of(2048, 65537), 0), "not a DER-encoded"},
		"an ECDSA key":       {spki(t, &p384.PublicKey), "not an RSA key"},
		"a weak key":         {of(1024, 65537), "has 1024 bits"},
		"almost long enough": {of(2047, 65537), "has 2047 bits"},
		"2048 bits":          {of(2048, 65537), ""},
		"4096 bits":          {of(4096, 65537), ""},
		"too long":           {of(4097, 65537), "has 4097 bits"},
		"exponent 3":         {of(2048, 3), "exponent"},
		"an even exponent":   {of(2048, 65538), "exponent"},
	} {
		t.Run(name, func(t *testing.T) {
			d := nitro.Document{PublicKey: c.der}
			key, err := d.RecipientKey()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want an error that says %q", key, err, c.want)
			}
		})
	}
}

func TestParseRoots(t *testing.T) {
	m := newMaker(t)
	s := m.signer()
	certificate := func(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }
	for name, c := range map[string]struct {
		pem  []byte
		want int
	}{
		"one":             {certificate(m.Root.Raw), 1},
		"two":             {append(certificate(m.Root.Raw), certificate(nitro.AWSRoot().Raw)...), 2},
		"nothing":         {nil, 0},
		"text":            {[]byte("text"), 0},
		"text behind":     {append(certificate(m.Root.Raw), "text"...), 0},
		"a key":           {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), 0},
		"broken":          {certificate([]byte("x")), 0},
		"an intermediate": {certificate(s.Bundle[1]), 0},
		"a leaf":          {certificate(s.Certificate), 0},
	} {
		t.Run(name, func(t *testing.T) {
			roots, err := nitro.ParseRoots(c.pem)
			if len(roots) != c.want || (err == nil) != (c.want > 0) {
				t.Errorf("got %d roots, %v, want %d", len(roots), err, c.want)
			}
		})
	}
}

// FuzzVerify throws bytes at the verifier, at a time when all certificates have
// expired, so that there is no arithmetic of curves in the way of syntax.
func FuzzVerify(f *testing.F) {
	b, err := os.ReadFile("testdata/enclave.cbor")
	must(f, err)
	m := newMaker(f)
	s := m.signer()
	tpm := enclave(f)
	tpm.PCRs, tpm.NitroTPMPCRs = nil, tpm.PCRs
	f.Add(b)
	f.Add(append([]byte{0xd2}, b...))
	f.Add(bytes.Replace(b, []byte{0xa9, 0x69}, []byte{0xbf, 0x69}, 1))
	f.Add(m.sign(s, s.Payload(tpm)))
	f.Add([]byte{0x84, 0x44, 0xa1, 0x01, 0x38, 0x22, 0xa0, 0x41, 0xbf, 0x40})
	roots := []*x509.Certificate{nitro.AWSRoot()}
	long := time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC) // after every certificate's end
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := nitro.Verify(b, roots, long); err == nil || d != nil {
			t.Errorf("the document is valid when no certificate is: %+v", d)
		}
	})
}

func numbered(n int) map[int][]byte {
	m := map[int][]byte{}
	for i := range n {
		m[i] = make([]byte, 48)
	}
	return m
}

func mustCBOR(t testing.TB, v any) []byte {
	b, err := cbor.Marshal(v)
	must(t, err)
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
