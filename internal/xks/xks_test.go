package xks_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/xks"
)

func decode(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestVector is the example of the specification for the integrity value and the associated data.
func TestVector(t *testing.T) {
	t.Parallel()
	aad, metadata := []byte("project=nile,department=marketing"), []byte("key_version=1")
	s := xks.Sealed{
		IV: decode(t, "HMrlRw85cAJUd5Ax"), Ciphertext: decode(t, "ghxkK1txeDNn3q8Y"), Tag: decode(t, "vBxN2ncH1oEkR8WVXpmyYQ=="), Metadata: metadata,
	}
	cdiv := decode(t, "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=")
	if got := xks.CDIV(aad, &s); !bytes.Equal(got[:], cdiv) || !xks.CheckCDIV(cdiv, aad, &s) {
		t.Errorf("CDIV is %x", got)
	}
	for _, wrong := range [][]byte{nil, {}, cdiv[:31], append(bytes.Clone(cdiv), 0), make([]byte, 32)} {
		if xks.CheckCDIV(wrong, aad, &s) {
			t.Errorf("%x passes", wrong)
		}
	}
	want := "0021" + hex.EncodeToString(aad) + "0d" + hex.EncodeToString(metadata)
	if got := hex.EncodeToString(xks.AppendAAD(nil, aad, metadata)); got != want {
		t.Errorf("the associated data is %s", got)
	}
	if got := xks.AppendAAD(nil, nil, nil); !bytes.Equal(got, []byte{0, 0, 0}) {
		t.Errorf("nothing at all is %x", got)
	}
	a, b := xks.AppendAAD(nil, []byte("ab"), []byte("c")), xks.AppendAAD(nil, []byte("a"), []byte("bc"))
	if bytes.Equal(a, b) {
		t.Error("a byte can move from one to the other")
	}
}

var metadata = xks.RequestMetadata{
	PrincipalARN: "arn:aws:iam::123456789012:user/Alice", SourceVPC: "vpc-1", SourceVPCE: "vpce-1",
	KeyARN: "arn:aws:kms:us-east-2:123456789012:/key/1234abcd-12ab-34cd-56ef-1234567890ab", Operation: "Encrypt",
	RequestID: `4112f4d6 "\` + "\n\u2028ü<>", ViaService: "ebs",
}

// TestRequests reads what was written, and has encoding/json read it too.
func TestRequests(t *testing.T) {
	t.Parallel()
	health := xks.AppendHealthRequest(nil, &metadata)
	if m, err := xks.ParseHealthRequest(health); err != nil || m != (xks.RequestMetadata{RequestID: metadata.RequestID, Operation: "Encrypt"}) {
		t.Errorf("health: %+v, %v", m, err)
	}
	about := xks.AppendMetadataRequest(nil, &metadata)
	if m, err := xks.ParseMetadataRequest(about); err != nil || m != metadata {
		t.Errorf("metadata: %+v, %v", m, err)
	}
	all := [][]byte{health, about}
	for _, aad := range [][]byte{nil, {}, []byte("aad")} {
		e := &xks.EncryptRequest{RequestMetadata: metadata, Plaintext: []byte("plaintext\n"), AAD: aad, CDIV: aad == nil}
		body := e.Append(nil)
		if got, err := xks.ParseEncryptRequest(body); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("encrypt: %+v, %v", got, err)
		}
		d := &xks.DecryptRequest{RequestMetadata: metadata, Sealed: xks.Sealed{IV: make([]byte, 12), Ciphertext: []byte("c"), Tag: make([]byte, 16), Metadata: aad}, AAD: aad}
		all = append(all, body, d.Append(nil))
		if got, err := xks.ParseDecryptRequest(d.Append(nil)); err != nil || !reflect.DeepEqual(got, d) {
			t.Errorf("decrypt: %+v, %v", got, err)
		}
	}
	for _, b := range all {
		var got struct {
			RequestMetadata struct {
				ID string `json:"kmsRequestId"`
			} `json:"requestMetadata"`
		}
		if err := json.Unmarshal(b, &got); err != nil || got.RequestMetadata.ID != metadata.RequestID || bytes.ContainsAny(b, "\n") {
			t.Errorf("%s: %v", b, err)
		}
	}
}

// TestRequestsOf has requests that somebody else wrote.
func TestRequestsOf(t *testing.T) {
	t.Parallel()
	const meta = `"requestMetadata":{"kmsRequestId":"","kmsOperation":"Future","awsPrincipalArn":"AWS Internal","kmsKeyArn":"?"}`
	const sealed = `"ciphertext":"AA==","initializationVector":"AAAAAAAAAAAAAAAA","authenticationTag":"AAAAAAAAAAAAAAAAAAAAAA==","encryptionAlgorithm":"AES_GCM"`
	replace := func(s, old, new string) string {
		if !strings.Contains(s, old) {
			t.Fatalf("%s has no %s", s, old)
		}
		return strings.Replace(s, old, new, 1)
	}
	encrypt := `{` + meta + `,"plaintext":"cGxhaW50ZXh0Cg==","encryptionAlgorithm":"AES_GCM"}`
	decrypt := `{` + meta + `,` + sealed + `}`
	for name, test := range map[string]struct {
		encrypt, decrypt string
		want             xks.ErrorName
	}{
		"as they are":       {encrypt, decrypt, ""},
		"spaces":            {" \t\r\n" + replace(encrypt, ":", " : ") + "\n", replace(decrypt, `,"cip`, "\n, \n"+`"cip`) + " ", ""},
		"future members":    {replace(encrypt, "{", `{"x":[{"y":"]}\""},1e9,null],`), replace(decrypt, "{", `{"x":{"requestMetadata":{}},"z":-1.5e3,`), ""},
		"escaped names":     {replace(encrypt, `"plaintext"`, `"pl\u0061intext"`), replace(decrypt, `"ciphertext"`, `"\u0063iphertext"`), ""},
		"escaped Base64":    {replace(encrypt, "cGxhaW50ZXh0Cg==", `\/\u002b\/\/`), replace(decrypt, `"AA=="`, `"\/+8="`), ""},
		"empty plaintext":   {replace(encrypt, "cGxhaW50ZXh0Cg==", ""), replace(decrypt, `"AA=="`, `""`), ""},
		"long IV":           {encrypt, replace(decrypt, `"AAAAAAAAAAAAAAAA"`, `"AAAAAAAAAAAAAAAAAAAAAA=="`), ""},
		"nothing":           {"", " ", xks.ValidationException},
		"empty object":      {"{}", "{}", xks.ValidationException},
		"array":             {"[" + encrypt + "]", "[" + decrypt + "]", xks.ValidationException},
		"text":              {`"x"`, `12`, xks.ValidationException},
		"two objects":       {encrypt + encrypt, decrypt + "{}", xks.ValidationException},
		"cut off":           {encrypt[:len(encrypt)-1], decrypt[:len(decrypt)-1], xks.ValidationException},
		"comment":           {replace(encrypt, "{", "{/**/"), replace(decrypt, "{", "{//\n"), xks.ValidationException},
		"comma at the end":  {replace(encrypt, `"AES_GCM"`, `"AES_GCM",`), replace(decrypt, `"AES_GCM"`, `"AES_GCM",`), xks.ValidationException},
		"no metadata":       {`{"plaintext":"","encryptionAlgorithm":"AES_GCM"}`, "{" + sealed + "}", xks.ValidationException},
		"empty metadata":    {`{"requestMetadata":{},"plaintext":"","encryptionAlgorithm":"AES_GCM"}`, `{"requestMetadata":{},` + sealed + "}", xks.ValidationException},
		"metadata of text":  {`{"requestMetadata":"","plaintext":"","encryptionAlgorithm":"AES_GCM"}`, `{"requestMetadata":[],` + sealed + "}", xks.ValidationException},
		"no id":             {replace(encrypt, `"kmsRequestId":"",`, ""), replace(decrypt, `"kmsRequestId":"",`, ""), xks.ValidationException},
		"no operation":      {replace(encrypt, `"kmsOperation"`, `"kmsoperation"`), replace(decrypt, `"Future"`, `""`), xks.ValidationException},
		"no principal":      {replace(encrypt, `"AWS Internal"`, `""`), replace(decrypt, `"awsPrincipalArn"`, `"x"`), xks.ValidationException},
		"no key":            {replace(encrypt, `"kmsKeyArn"`, `"x"`), replace(decrypt, `"?"`, `""`), xks.ValidationException},
		"number for text":   {replace(encrypt, `"Future"`, `1`), replace(decrypt, `"?"`, `null`), xks.ValidationException},
		"no algorithm":      {replace(encrypt, `,"encryptionAlgorithm":"AES_GCM"`, ""), replace(decrypt, `,"encryptionAlgorithm":"AES_GCM"`, ""), xks.ValidationException},
		"other algorithm":   {replace(encrypt, "AES_GCM", "AES_CBC"), replace(decrypt, "AES_GCM", "aes_gcm"), xks.ValidationException},
		"no text":           {replace(encrypt, `"plaintext"`, `"Plaintext"`), replace(decrypt, `"ciphertext"`, `"Ciphertext"`), xks.ValidationException},
		"null text":         {replace(encrypt, `"cGxhaW50ZXh0Cg=="`, `null`), replace(decrypt, `"AA=="`, `null`), xks.ValidationException},
		"twice":             {replace(encrypt, "}", `},"plaintext":"cGxhaW50ZXh0Cg=="`), replace(decrypt, "{", `{"ciphertext":"AA==",`), xks.ValidationException},
		"twice, escaped":    {replace(encrypt, "}", `},"pl\u0061intext":""`), replace(decrypt, "{", `{"\u0063iphertext":"AA==",`), xks.ValidationException},
		"URL alphabet":      {replace(encrypt, "cGxhaW50ZXh0Cg==", "-_8="), replace(decrypt, `"AA=="`, `"-_8="`), xks.ValidationException},
		"no padding":        {replace(encrypt, "Cg==", "Cg"), replace(decrypt, `"AA=="`, `"AA"`), xks.ValidationException},
		"spare bits":        {replace(encrypt, "Cg==", "Ch=="), replace(decrypt, `"AA=="`, `"AB=="`), xks.ValidationException},
		"line end":          {replace(encrypt, "Cg==", `Cg==\n`), replace(decrypt, `"AA=="`, `"AA\r\n=="`), xks.ValidationException},
		"broken UTF-8":      {replace(encrypt, "Future", "\xff"), replace(decrypt, "?", "\xc3"), xks.ValidationException},
		"other integrity":   {replace(encrypt, "}", `},"ciphertextDataIntegrityValueAlgorithm":"SHA_1"`), replace(decrypt, "Future", "\x00"), xks.ValidationException},
		"IV of 13 bytes":    {replace(encrypt, "{", `{"ciphertextDataIntegrityValueAlgorithm":null,`), replace(decrypt, `"AAAAAAAAAAAAAAAA"`, `"AAAAAAAAAAAAAAAAAA=="`), ""},
		"tag of 12 bytes":   {"", replace(decrypt, `"AAAAAAAAAAAAAAAAAAAAAA=="`, `"AAAAAAAAAAAAAAAA"`), ""},
		"21 bytes metadata": {"", replace(decrypt, "{", `{"ciphertextMetadata":"AAAAAAAAAAAAAAAAAAAAAAAAAAAA",`), ""},
		"many members":      {replace(encrypt, "{", "{"+members(100)), replace(decrypt, "{", "{"+members(100)), xks.ValidationException},
	} {
		_, err := xks.ParseEncryptRequest([]byte(test.encrypt))
		want := test.want
		switch name {
		case "IV of 13 bytes", "tag of 12 bytes", "21 bytes metadata":
			want = xks.ValidationException // of the encrypt half, which has another mistake
		}
		if nameOf(err) != want {
			t.Errorf("%s: encrypt: %v", name, err)
		}
		if want != test.want {
			want = xks.InvalidCiphertextException
		}
		if _, err := xks.ParseDecryptRequest([]byte(test.decrypt)); nameOf(err) != want {
			t.Errorf("%s: decrypt: %v", name, err)
		}
	}
}

func members(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"m` + string(rune(0x100+i)) + `":0,`)
	}
	return b.String()
}

// nameOf is the name of an *xks.Error, "" of no error.
func nameOf(err error) xks.ErrorName {
	if e, ok := errors.AsType[*xks.Error](err); ok {
		return e.Name
	}
	if err != nil {
		return "other: " + xks.ErrorName(err.Error())
	}
	return ""
}

// TestNoSecretsInErrors is about what a message of an error has in it: nothing of the values.
func TestNoSecretsInErrors(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"plaintext":"secret*","requestMetadata":{}}`, `{"requestMetadata":{"kmsRequestId":"1"},"plaintext":"c2VjcmV0"}`,
		`{"requestMetadata":{"kmsRequestId":"secret"},"encryptionAlgorithm":"secret"}`, `{"plaintext":["secret"]}`, `{"plaintext":"secret`,
	} {
		if _, err := xks.ParseEncryptRequest([]byte(body)); err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "c2Vj") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, want := range map[xks.ErrorName]struct {
		status    int
		retryable bool
	}{
		"ValidationException": {400, false}, "InvalidStateException": {400, false}, "InvalidCiphertextException": {400, false},
		"InvalidKeyUsageException": {400, false}, "AuthenticationFailedException": {401, false}, "AccessDeniedException": {403, false},
		"KeyNotFoundException": {404, false}, "InvalidUriPathException": {404, false}, "ThrottlingException": {429, true},
		"InternalException": {500, true}, "UnsupportedOperationException": {501, false}, "DependencyTimeoutException": {503, true},
	} {
		if !name.Known() || name.Status() != want.status || name.Retryable() != want.retryable {
			t.Errorf("%s: known %v, status %d, retryable %v", name, name.Known(), name.Status(), name.Retryable())
		}
	}
	if n := xks.ErrorName("KaputException"); n.Known() || n.Status() != http.StatusInternalServerError || n.Retryable() {
		t.Error("an unknown name is known")
	}
	long := strings.Repeat("ä\n\"", 500)
	e := &xks.Error{Name: xks.InternalException, Message: long}
	got, err := xks.ParseError(e.Append(nil))
	if err != nil || got.Name != e.Name || len(got.Message) != xks.MaxErrorMessage || strings.Trim(got.Message, `?"`) != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	if b := string((&xks.Error{Name: "X"}).Append(nil)); b != `{"errorName":"X"}` {
		t.Errorf("without a message: %s", b)
	}
}

func TestResponses(t *testing.T) {
	t.Parallel()
	h := xks.Health{FleetSize: 2, Vendor: "v\"", Model: "", EKMVendor: "e", EKMs: []xks.EKM{{"1", "m", xks.Degraded}, {"2", "", xks.Unavailable}}}
	if got, err := xks.ParseHealth(h.Append(nil)); err != nil || !reflect.DeepEqual(got, h) || got.Unavailable() {
		t.Errorf("health: %+v, %v", got, err)
	}
	if h := (xks.Health{EKMs: h.EKMs[1:]}); !h.Unavailable() {
		t.Error("one that is unavailable is not")
	}
	m := xks.KeyMetadata{Spec: "AES_256", Usage: []string{"ENCRYPT", "SIGN"}, Status: "DISABLED"}
	if got, err := xks.ParseKeyMetadata(m.Append(nil)); err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("key: %+v, %v", got, err)
	}
	for _, vendor := range [][]byte{nil, {}, make([]byte, 20)} {
		e := &xks.EncryptResponse{Sealed: xks.Sealed{IV: make([]byte, 16), Ciphertext: []byte{}, Tag: make([]byte, 16), Metadata: vendor}, CDIV: make([]byte, 32)}
		if got, err := xks.ParseEncryptResponse(e.Append(nil)); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("encrypt: %+v, %v", got, err)
		}
	}
	if got, err := xks.ParseDecryptResponse(xks.AppendDecryptResponse(nil, []byte("text"))); err != nil || string(got) != "text" {
		t.Errorf("decrypt: %q, %v", got, err)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/kms/xks/v1", "/prefix-1_A/kms/xks/v1", "/a/b/c/kms/xks/v1", "/kms/xks/v1/kms/xks/v1", "/health/kms/xks/v1"} {
		if err := xks.CheckPath(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, op := range []xks.Operation{xks.GetHealthStatus, xks.GetKeyMetadata, xks.Encrypt, xks.Decrypt} {
			id := "a.b-C_1"
			if op == xks.GetHealthStatus {
				id = ""
			}
			p, o, k, ok := xks.ParsePath(xks.Path(path, op, id))
			if p != path || o != op || k != id || !ok {
				t.Errorf("%s of %s: %q, %q, %q, %v", op, path, p, o, k, ok)
			}
		}
	}
	for _, path := range []string{
		"", "/", "/health", "/kms/xks/v1", "/kms/xks/v1/", "/kms/xks/v1/health/", "/kms/xks/v1//health", "/kms/xks/v2/health", "kms/xks/v1/health",
		"//kms/xks/v1/health", "/a b/kms/xks/v1/health", "/../kms/xks/v1/health", "/a%2f/kms/xks/v1/health", "/kms/xks/v1/keys/encrypt",
		"/kms/xks/v1/keys//encrypt", "/kms/xks/v1/keys/a/b/encrypt", "/kms/xks/v1/keys/../encrypt", "/kms/xks/v1/keys/./decrypt", "/kms/xks/v1/keys/a/Encrypt",
		"/kms/xks/v1/keys/a/sign", "/kms/xks/v1/key/a/encrypt", "/kms/xks/v1/keys/" + strings.Repeat("a", 129) + "/encrypt",
		"/" + strings.Repeat("a", 117) + "/kms/xks/v1/health", "/kms/xks/v1/keys/a/encrypt\n",
	} {
		if p, o, k, ok := xks.ParsePath(path); ok || p != "" || o != "" || k != "" {
			t.Errorf("%q is %q, %q, %q", path, p, o, k)
		}
	}
	long := strings.Repeat("a", 128)
	if err := xks.CheckURI("https://"+strings.Repeat("a", 60)+".example.com", "/kms/xks/v1", long); err != nil {
		t.Error(err)
	}
	if err := xks.CheckURI("https://"+long, "/"+long[:100]+"/kms/xks/v1", "a"); err == nil {
		t.Error("a URI that is too long passes")
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]bool{
		"https://proxy.example.com": true, "https://PROXY-1.example.com": true, "https://a.b": true,
		"": false, "http://proxy.example.com": false, "https://": false, "https://localhost": false, "https://proxy.example.com/": false,
		"https://proxy.example.com:443": false, "https://10.0.0.1": false, "https://[::1]": false, "https://user@proxy.example.com": false,
		"https://-a.example.com": false, "https://a..example.com": false, "https://a.example.com.": false, "https://a_b.example.com": false,
		"https://" + strings.Repeat("a", 64) + ".com": false, "https://" + strings.Repeat("a.", 60) + "com": false,
	} {
		if err := xks.CheckEndpoint(endpoint); (err == nil) != want {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
	if !xks.ValidAccessKeyID("BETWEEN2TENAND3TENCHARACTERS") || xks.ValidAccessKeyID("BETWEEN1TENAND3TENCHARACTERS") || xks.ValidAccessKeyID("SHORT") {
		t.Error("access key ids")
	}
	if !xks.ValidSecret("PleaseReplaceThisWithSomeSecretOfLength43To64") || xks.ValidSecret("short") || xks.ValidSecret(strings.Repeat("-", 43)) {
		t.Error("secrets")
	}
}
