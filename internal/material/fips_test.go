package material_test

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// TestFIPS runs TestApproved in the modes of GODEBUG=fips140. The mode "only", which has the
// module refuse what is outside of it, proves what Beyond says.
func TestFIPS(t *testing.T) {
	if fips140.Enabled() {
		t.Skip("runs the others in the mode")
	}
	for _, s := range material.Specs {
		if refused := material.Refused(s, ""); refused != "" {
			t.Errorf("%s is refused without the mode: %s", s.Name, refused)
		}
	}
	for _, mode := range []string{"on", "only"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run", "^TestApproved$", "-test.v")
			cmd.Env = append(os.Environ(), "GODEBUG=fips140="+mode)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// beyondModule are all specs and algorithms outside of the module.
var beyondModule = map[string]bool{
	"ECC_SECG_P256K1": true, "ML_DSA_44": true, "ML_DSA_65": true, "ML_DSA_87": true, "ML_KEM_512": true,
	"RSAES_OAEP_SHA_1": true,
}

// TestApproved does all that keys can do.
func TestApproved(t *testing.T) {
	for _, s := range material.Specs {
		if (material.Beyond(s, "") != "") != beyondModule[string(s.Name)] {
			t.Errorf("%s: %q", s.Name, material.Beyond(s, ""))
		}
		if fips140.Enabled() && material.Refused(s, "") != material.Beyond(s, "") {
			t.Errorf("%s is beyond the module, and not refused", s.Name)
		}
		if material.Beyond(s, "") != "" {
			continue
		}
		var k material.Key
		if s.Family == material.RSA {
			k = parsed[material.Key](t, s.Name, storedKey(t, s.Name))
		} else {
			k = generated[material.Key](t, s.Name)
			k = parsed[material.Key](t, s.Name, k.Secret().Expose())
		}
		for _, u := range s.Usages {
			for _, a := range s.Algorithms(u) {
				beyond := material.Beyond(s, a)
				if (beyond != "") != beyondModule[a] {
					t.Errorf("%s %s: %q", s.Name, a, beyond)
				}
				// Without the mode all works, and in mode "on" what is beyond does too.
				refused := beyond != "" && fips140.Enforced()
				if err := useOnce(k, u, a); (err != nil) != refused {
					t.Errorf("%s %s: %v", s.Name, a, err)
				}
			}
		}
	}
	if fips140.Enabled() {
		generated[material.Key](t, types.KeySpecRsa2048)
	}
}

func useOnce(k material.Key, u types.KeyUsageType, algorithm string) error {
	switch k := k.(type) {
	case material.Decapsulator:
		_, c, err := k.Encapsulate()
		if err != nil {
			return err
		}
		_, err = k.Decapsulate(c)
		return err
	case material.Authenticator:
		k.MAC([]byte("a message"))
		return nil
	case material.Asymmetric:
		switch u {
		case types.KeyUsageTypeEncryptDecrypt:
			return encryptOnce(k.(material.Decrypter), types.EncryptionAlgorithmSpec(algorithm))
		case types.KeyUsageTypeKeyAgreement:
			_, err := k.(material.Agreer).Agree(k.PublicKey())
			return err
		default:
			return signOnce(k.(material.Signer), types.SigningAlgorithmSpec(algorithm))
		}
	}
	return sealOnce(k)
}

func sealOnce(k material.Key) error {
	c, err := material.Encrypt(k.Secret(), material.NewKeyID(), material.ID{}, []byte("a plaintext"), nil)
	if err != nil {
		return err
	}
	b, err := material.ParseBlob(c)
	if err != nil {
		return err
	}
	_, err = b.Open(k.Secret(), nil)
	return err
}

func encryptOnce(k material.Decrypter, a types.EncryptionAlgorithmSpec) error {
	c, err := k.Encrypt(a, []byte("a plaintext"))
	if err != nil {
		return err
	}
	_, err = k.Decrypt(a, c)
	return err
}

func signOnce(k material.Signer, a types.SigningAlgorithmSpec) error {
	for _, m := range types.MessageType("").Values() {
		if !material.TakesMessage(a, m) {
			continue
		}
		message := make([]byte, max(1, material.MessageSize(a, m)))
		s, err := k.Sign(a, m, message)
		if err != nil {
			return err
		}
		if err := k.Verify(a, m, message, s); err != nil {
			return err
		}
	}
	return nil
}
