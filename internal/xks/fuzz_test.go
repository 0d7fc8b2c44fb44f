package xks_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/keystead/keystead/internal/xks"
)

// FuzzRequests reads requests: what is taken is JSON, has what must be there, and reads the same when
// it is written again.
func FuzzRequests(f *testing.F) {
	e := xks.EncryptRequest{RequestMetadata: metadata, Plaintext: []byte("p"), AAD: []byte("a"), CDIV: true}
	d := xks.DecryptRequest{RequestMetadata: metadata, Sealed: xks.Sealed{IV: make([]byte, 12), Ciphertext: []byte("c"), Tag: make([]byte, 16), Metadata: []byte("m")}, AAD: []byte("a")}
	for _, b := range [][]byte{e.Append(nil), d.Append(nil), xks.AppendHealthRequest(nil, &metadata), xks.AppendMetadataRequest(nil, &metadata)} {
		f.Add(b)
		f.Add(b[:len(b)-1])
		f.Add(bytes.ReplaceAll(b, []byte(":"), []byte(" :\n")))
	}
	f.Add([]byte(`{"x":[1,{"y":"\\\""}],"requestMetadata":{"kmsRequestId":"\ud800","kmsOperation":"\u0000"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := xks.ParseHealthRequest(b); err == nil {
			again(t, b, m.Operation != "", xks.AppendMetadataRequest(nil, &m), xks.ParseHealthRequest)
		}
		if m, err := xks.ParseMetadataRequest(b); err == nil {
			again(t, b, m.Operation != "" && m.PrincipalARN != "", xks.AppendMetadataRequest(nil, &m), xks.ParseMetadataRequest)
		}
		if r, err := xks.ParseEncryptRequest(b); err == nil {
			again(t, b, r.KeyARN != "" && len(r.Plaintext) <= len(b), r.Append(nil), xks.ParseEncryptRequest)
		}
		if r, err := xks.ParseDecryptRequest(b); err == nil {
			fits := len(r.Tag) == 16 && len(r.Metadata) <= 20 && (len(r.IV) == 12 || len(r.IV) == 16)
			again(t, b, r.KeyARN != "" && fits, r.Append(nil), xks.ParseDecryptRequest)
		}
	})
}

// FuzzResponses does the same with answers.
func FuzzResponses(f *testing.F) {
	h := xks.Health{FleetSize: 1, Vendor: "v", EKMs: []xks.EKM{{"1", "m", xks.Active}, {"2", "m", xks.Degraded}}}
	m := xks.KeyMetadata{Spec: "AES_256", Usage: []string{"ENCRYPT", "DECRYPT"}, Status: "ENABLED"}
	e := xks.EncryptResponse{Sealed: xks.Sealed{IV: make([]byte, 16), Ciphertext: []byte("c"), Tag: make([]byte, 16)}, CDIV: make([]byte, 32)}
	for _, b := range [][]byte{
		h.Append(nil), m.Append(nil), e.Append(nil), xks.AppendDecryptResponse(nil, []byte("p")),
		(&xks.Error{Name: xks.InternalException, Message: "m"}).Append(nil),
		[]byte(`{"xksProxyFleetSize":1e3}`), []byte(`{"keyUsage":[]}`), []byte(`{"plaintext":"\/\/=="}`), []byte(`{"errorName":"\ud83d"}`), []byte(`<html>`),
	} {
		f.Add(b)
		f.Add(b[:len(b)-1])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := xks.ParseHealth(b); err == nil {
			again(t, b, h.FleetSize > 0 && len(h.EKMs) > 0 && len(h.EKMs) <= 10, h.Append(nil), xks.ParseHealth)
		}
		if m, err := xks.ParseKeyMetadata(b); err == nil {
			again(t, b, len(m.Usage) <= 10, m.Append(nil), xks.ParseKeyMetadata)
		}
		if r, err := xks.ParseEncryptResponse(b); err == nil {
			fits := len(r.Tag) == 16 && len(r.Metadata) <= 20 && (len(r.IV) == 12 || len(r.IV) == 16) && (r.CDIV == nil || len(r.CDIV) == 32)
			again(t, b, fits, r.Append(nil), xks.ParseEncryptResponse)
		}
		if p, err := xks.ParseDecryptResponse(b); err == nil {
			again(t, b, p != nil, xks.AppendDecryptResponse(nil, p), xks.ParseDecryptResponse)
		}
		if e, err := xks.ParseError(b); err == nil {
			again(t, b, e.Name != "" && len(e.Message) <= xks.MaxErrorMessage, e.Append(nil), xks.ParseError)
		}
	})
}

// again checks that b, which was taken, is JSON and right, and that what was written of it is taken and
// written the same.
func again[T any](t *testing.T, b []byte, right bool, written []byte, parse func([]byte) (T, error)) {
	t.Helper()
	if !json.Valid(b) || !json.Valid(written) || bytes.IndexByte(written, '\n') >= 0 {
		t.Fatalf("%q, written as %q, is not JSON of one line", b, written)
	}
	if !right {
		t.Fatalf("%q is taken", b)
	}
	one, err := parse(written)
	if err != nil {
		t.Fatalf("%q, written as %q: %v", b, written, err)
	}
	two, err := parse(b)
	if err != nil || !equalJSON(one, two) {
		t.Fatalf("%q reads as %+v, and written again as %+v", b, two, one)
	}
}

// equalJSON compares without the difference between nil and empty.
func equalJSON(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

// FuzzPaths reads paths: what is taken is what Path makes.
func FuzzPaths(f *testing.F) {
	for _, p := range []string{"/kms/xks/v1/health", "/p/kms/xks/v1/keys/k/encrypt", "/p/kms/xks/v1/keys/k/metadata", "/kms/xks/v1/keys/../decrypt", "//", ""} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		path, op, key, ok := xks.ParsePath(p)
		if ok && (xks.Path(path, op, key) != p || xks.CheckPath(path) != nil || (op == xks.GetHealthStatus) != (key == "")) {
			t.Fatalf("%q is %q, %q, %q", p, path, op, key)
		}
	})
}
