package kms_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/wycheproof"
)

// readCircl reads a file of vectors that circl ships.
func readCircl(t *testing.T, name string, into any) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cloudflare/circl").Output()
	must(t, "where is circl", err)
	f, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), name))
	must(t, "read vectors", err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, name, err)
	must(t, name, json.NewDecoder(z).Decode(into))
}

// keyGenVectors are NIST's ACVP vectors: the public key of a seed.
func keyGenVectors(t *testing.T) []vectorFile {
	type file struct {
		TestGroups []struct {
			ParameterSet string
			Tests        []struct {
				TcID              int
				Seed, D, Z        wycheproof.Hex // d and z of ML-KEM, the seed of ML-DSA
				PublicKey, EK, PK wycheproof.Hex
			}
		}
	}
	var files []vectorFile
	for name, usage := range map[string]types.KeyUsageType{
		"kem/mlkem/testdata/ML-KEM-keyGen-FIPS203": types.KeyUsageTypeEncapsulateDecapsulate, "sign/mldsa/testdata/ML-DSA-keyGen-FIPS204": types.KeyUsageTypeSignVerify,
	} {
		var questions, results file
		readCircl(t, name+"/prompt.json.gz", &questions)
		readCircl(t, name+"/expectedResults.json.gz", &results)
		f := vectorFile{name: filepath.Base(name), count: 75}
		for i, g := range questions.TestGroups {
			spec := types.KeySpec(strings.ReplaceAll(g.ParameterSet, "-", "_"))
			for j, c := range g.Tests {
				want := results.TestGroups[i].Tests[j]
				f.vectors = append(f.vectors, vector{spec, usage, bytes.Join([][]byte{c.Seed, c.D, c.Z}, nil), func(t *testing.T, u user, key string) {
					if got := u.publicKey(key); want.TcID != c.TcID || !bytes.HasSuffix(got, append(want.EK, want.PK...)) {
						t.Errorf("%s, %d: another public key", spec, c.TcID)
					}
				}})
			}
		}
		files = append(files, f)
	}
	return files
}

// mldsaVectors verify Wycheproof's signatures by keys from their seeds: those without a context
// as they are, and all by way of μ.
func mldsaVectors(t *testing.T) (files []vectorFile) {
	const a = types.SigningAlgorithmSpecMlDsaShake256
	for _, f := range []struct {
		name  string
		spec  types.KeySpec
		count int
	}{
		{"mldsa_44_sign_seed_test", types.KeySpecMlDsa44, 58}, {"mldsa_65_seed_sign_test", types.KeySpecMlDsa65, 62}, {"mldsa_87_sign_seed_test", types.KeySpecMlDsa87, 53},
	} {
		var in struct {
			TestGroups []struct {
				PrivateSeed wycheproof.Hex
				Tests       []struct {
					TcID              int
					Msg, Ctx, Mu, Sig wycheproof.Hex
					Result            string
				}
			}
		}
		readCircl(t, "sign/schemes/testdata/wycheproof/"+f.name+".json.gz", &in)
		file := vectorFile{name: f.name, count: f.count}
		for _, g := range in.TestGroups {
			for _, c := range g.Tests {
				if len(g.PrivateSeed) != 32 || c.Result != "valid" {
					continue // there is no key, or no signature
				}
				file.vectors = append(file.vectors, vector{f.spec, types.KeyUsageTypeSignVerify, g.PrivateSeed, func(t *testing.T, u user, key string) {
					mu := c.Mu
					if mu == nil {
						mu = externalMu(t, u.publicKey(key), c.Ctx, c.Msg)
					}
					wantOutcome(t, fmt.Sprint(c.TcID, " by μ"), u.verify(key, a, types.MessageTypeExternalMu, mu, c.Sig), "ok")
					bad := bytes.Clone(mu)
					bad[0] ^= 1
					wantOutcome(t, fmt.Sprint(c.TcID, " by another μ"), u.verify(key, a, types.MessageTypeExternalMu, bad, c.Sig), wrongSignature)
					if n := len(c.Msg); len(c.Ctx) == 0 && n > 0 && n <= 4096 {
						wantOutcome(t, fmt.Sprint(c.TcID), u.verify(key, a, types.MessageTypeRaw, c.Msg, c.Sig), "ok")
					}
				}})
			}
		}
		files = append(files, file)
	}
	return files
}

// ecdsaVectors are those of RFC 6979, appendix A.2.5 to A.2.7, whose keys are private ones. We sign
// with random nonces, so that the signatures are only verified.
func ecdsaVectors(t *testing.T) (files []vectorFile) {
	for _, f := range []struct {
		spec       types.KeySpec
		curve      elliptic.Curve
		a          types.SigningAlgorithmSpec
		d          string
		signatures map[string][2]string // r and s by the message
	}{
		{types.KeySpecEccNistP256, elliptic.P256(), types.SigningAlgorithmSpecEcdsaSha256, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721", map[string][2]string{
			"sample": {"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716", "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
			"test":   {"f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367", "19f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"},
		}},
		{types.KeySpecEccNistP384, elliptic.P384(), types.SigningAlgorithmSpecEcdsaSha384, "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5", map[string][2]string{
			"sample": {"94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46", "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"},
			"test":   {"8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb0542a7f0812998da8f1dd3ca3cf023db", "ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e06a739f040649a667bf3b828246baa5a5"},
		}},
		{types.KeySpecEccNistP521, elliptic.P521(), types.SigningAlgorithmSpecEcdsaSha512, "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538", map[string][2]string{
			"sample": {"c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa", "617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a"},
			"test":   {"13e99020abf5cee7525d16b69b229652ab6bdf2affcaef38773b4b7d08725f10cdb93482fdcc54edcee91eca4166b2a7c6265ef0ce2bd7051b7cef945babd47ee6d", "1fbd0013c674aa79cb39849527916ce301c66ea7ce8b80682786ad60f98f7e78a19ca69eff5c57400e3b3a0ad66ce0978214d13baf4e9ac60752f7b155e2de4dce3"},
		}},
	} {
		d, err := hex.DecodeString(f.d)
		must(t, "read a key", err)
		k, err := ecdsa.ParseRawPrivateKey(f.curve, d)
		must(t, "read a key", err)
		pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
		must(t, "write a key", err)
		file := vectorFile{name: "RFC 6979 " + string(f.spec), count: 2}
		for message, rs := range f.signatures {
			file.vectors = append(file.vectors, vector{f.spec, types.KeyUsageTypeSignVerify, pkcs8, func(t *testing.T, u user, key string) {
				var sig struct{ R, S *big.Int }
				sig.R, _ = new(big.Int).SetString(rs[0], 16)
				sig.S, _ = new(big.Int).SetString(rs[1], 16)
				for i, want := range []string{"ok", wrongSignature} {
					sig.S.Add(sig.S, big.NewInt(int64(i)))
					der, err := asn1.Marshal(sig)
					must(t, "write a signature", err)
					wantOutcome(t, message, u.verify(key, f.a, types.MessageTypeRaw, []byte(message), der), want)
					wantOutcome(t, message+" as a digest", u.verify(key, f.a, types.MessageTypeDigest, digestOf(f.a, []byte(message)), der), want)
				}
			}})
		}
		files = append(files, file)
	}
	return files
}
