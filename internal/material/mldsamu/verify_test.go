package mldsamu_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha3"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"filippo.io/mldsa/mldsacrypto"

	"github.com/keystead/keystead/internal/material/mldsamu"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

// read reads a file of circl's test data.
func read(t *testing.T, name string, into any) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cloudflare/circl").Output()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// mu is μ of a message that has its prefix already.
func mu(pk []byte, message ...[]byte) *[mldsamu.Size]byte {
	b := sha3.SumSHAKE256(pk, 64)
	for _, m := range message {
		b = append(b, m...)
	}
	return (*[mldsamu.Size]byte)(sha3.SumSHAKE256(b, mldsamu.Size))
}

// TestACVP: NIST's vectors of the internal interface, in which messages have no prefix.
func TestACVP(t *testing.T) {
	t.Parallel()
	var questions struct {
		TestGroups []struct {
			PK    hexBytes `json:"pk"`
			Tests []struct {
				TcID      int      `json:"tcId"`
				Message   hexBytes `json:"message"`
				Signature hexBytes `json:"signature"`
			} `json:"tests"`
		} `json:"testGroups"`
	}
	read(t, "sign/mldsa/testdata/ML-DSA-sigVer-FIPS204/prompt.json.gz", &questions)
	var expected struct {
		TestGroups []struct {
			Tests []struct {
				TcID       int  `json:"tcId"`
				TestPassed bool `json:"testPassed"`
			} `json:"tests"`
		} `json:"testGroups"`
	}
	read(t, "sign/mldsa/testdata/ML-DSA-sigVer-FIPS204/expectedResults.json.gz", &expected)
	passes := map[int]bool{}
	for _, g := range expected.TestGroups {
		for _, c := range g.Tests {
			passes[c.TcID] = c.TestPassed
		}
	}
	n := 0
	for _, g := range questions.TestGroups {
		for _, c := range g.Tests {
			if err := mldsamu.Verify(g.PK, mu(g.PK, c.Message), c.Signature); (err == nil) != passes[c.TcID] {
				t.Errorf("test %d, which passes: %t: %v", c.TcID, passes[c.TcID], err)
			}
			n++
		}
	}
	if n != 45 {
		t.Errorf("%d vectors", n)
	}
}

// TestWycheproof: the signatures that implementations are known to get wrong.
func TestWycheproof(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"44", "65", "87"} {
		var v struct {
			TestGroups []struct {
				PublicKey hexBytes `json:"publicKey"`
				Tests     []struct {
					TcID     int      `json:"tcId"`
					Msg, Ctx hexBytes `json:",omitempty"`
					Sig      hexBytes `json:"sig"`
					Result   string   `json:"result"`
				} `json:"tests"`
			} `json:"testGroups"`
		}
		read(t, "sign/schemes/testdata/wycheproof/mldsa_"+set+"_verify_test.json.gz", &v)
		n := 0
		for _, g := range v.TestGroups {
			for _, c := range g.Tests {
				if len(c.Ctx) > 255 {
					continue // it has no μ
				}
				err := mldsamu.Verify(g.PublicKey, mu(g.PublicKey, []byte{0, byte(len(c.Ctx))}, c.Ctx, c.Msg), c.Sig)
				if (err == nil) != (c.Result == "valid") {
					t.Errorf("ML-DSA-%s, test %d, which is %s: %v", set, c.TcID, c.Result, err)
				}
				n++
			}
		}
		if n < 60 {
			t.Errorf("ML-DSA-%s: only %d vectors", set, n)
		}
	}
}

// FuzzVerify compares with the library for messages, on whatever is called a signature.
func FuzzVerify(f *testing.F) {
	var keys []*mldsa.PrivateKey
	message := []byte("message")
	for i, set := range []mldsa.Parameters{mldsa.MLDSA44(), mldsa.MLDSA65(), mldsa.MLDSA87()} {
		k, err := mldsa.NewPrivateKey(set, bytes.Repeat([]byte{byte(i)}, 32))
		if err != nil {
			f.Fatal(err)
		}
		keys = append(keys, k)
		sig, err := k.SignDeterministic(mu(k.PublicKey().Bytes(), []byte{0, 0}, message)[:], mldsacrypto.MLDSAMu)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), sig)
		f.Add(uint8(i), sig[1:])
		changed := bytes.Clone(sig)
		changed[len(sig)-1]++ // the hints
		f.Add(uint8(i), changed)
	}
	f.Fuzz(func(t *testing.T, which uint8, sig []byte) {
		pk := keys[int(which)%len(keys)].PublicKey()
		err := mldsamu.Verify(pk.Bytes(), mu(pk.Bytes(), []byte{0, 0}, message), sig)
		want := mldsa.Verify(pk, message, sig, nil)
		if (err == nil) != (want == nil) {
			t.Errorf("%v, but %v", err, want)
		}
	})
}
