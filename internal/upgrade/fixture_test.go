package upgrade

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

var (
	bin  = flag.String("bin", "", "the program of the version whose fixture is to be made")
	name = flag.String("name", "", "of the fixture")
)

// TestFixture makes a fixture with the program that -bin names.
func TestFixture(t *testing.T) {
	if *bin == "" || *name == "" {
		t.Skip("makes a fixture only when -bin and -name are given")
	}
	dir := t.TempDir()
	m := maker{T: t, dir: dir, fixture: fixture{AccessKeyID: "AKIAFIXTUREFIXTURE00", SecretAccessKey: "a secret of a test and of nothing else", Region: "us-east-1"}}
	stop := m.start()
	m.symmetric()
	m.everySpec()
	out, err := exec.Command(*bin, "backup", "--data-dir", filepath.Join(dir, dataFiles), "-o", filepath.Join(dir, backupFile)).CombinedOutput()
	if err != nil {
		t.Fatalf("backup: %v: %s", err, out)
	}
	stop()
	b, err := json.MarshalIndent(m.fixture, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, expectFile), b, 0o600); err != nil {
		t.Fatal(err)
	}
	m.pack(filepath.Join("testdata", *name+".tar.gz"), dataFiles+"/keystead.db", dataFiles+"/root.key", backupFile, expectFile)
	t.Logf("%d calls", len(m.fixture.Calls))
}

type maker struct {
	*testing.T
	dir     string
	fixture fixture
	caller  caller
}

// start runs the program until stop is called.
func (m *maker) start() (stop func()) {
	const listen = "127.0.0.1:18479"
	c := exec.Command(*bin, "serve", "--data-dir", filepath.Join(m.dir, dataFiles), "--listen", listen)
	c.Env = append(os.Environ(), "KEYSTEAD_ROOT_ACCESS_KEY_ID="+m.fixture.AccessKeyID, "KEYSTEAD_ROOT_SECRET_ACCESS_KEY="+m.fixture.SecretAccessKey)
	if err := c.Start(); err != nil {
		m.Fatal(err)
	}
	m.Cleanup(func() { _ = c.Process.Kill() })
	m.caller = caller{"http://" + listen, m.fixture.AccessKeyID, m.fixture.SecretAccessKey}
	for tries := 0; ; tries++ {
		res, err := http.Get(m.caller.url + "/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		if tries == 100 {
			m.Fatalf("the program does not get ready: %v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil {
			m.Fatalf("the program ended badly: %v", err)
		}
	}
}

// try makes a call and returns nil if the version does not have it.
func (m *maker) try(region, operation string, in map[string]any) map[string]any {
	m.Helper()
	out, err := m.caller.call(context.Background(), region, operation, in)
	for _, missing := range []string{"not supported", "UnknownOperation", "is not found."} {
		if err != nil && strings.Contains(err.Error(), missing) {
			return nil
		}
	}
	if err != nil {
		m.Fatalf("%s: %v", operation, err)
	}
	return out
}

// expect makes a call, and has its answer, of which the members are named, expected for ever.
func (m *maker) expect(region, operation string, in map[string]any, members ...string) {
	m.Helper()
	out := m.try(region, operation, in)
	call := expectedCall{Region: region, Operation: operation, Input: in, Output: map[string]any{}}
	for _, name := range members {
		if call.Output[name] = out[name]; out[name] == nil {
			m.Fatalf("%s answers without %s: %v", operation, name, out)
		}
	}
	m.fixture.Calls = append(m.fixture.Calls, call)
}

func (m *maker) key(region string, in map[string]any) string {
	m.Helper()
	out := m.try(region, "CreateKey", in)
	if out == nil {
		return ""
	}
	return out["KeyMetadata"].(map[string]any)["KeyId"].(string)
}

func blob(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// symmetric makes symmetric keys with all that belongs to them.
func (m *maker) symmetric() {
	const region = "us-east-1"
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"kms:*","Resource":"*"}}`
	key := m.key(region, map[string]any{"Description": "described", "Policy": policy, "Tags": []map[string]any{{"TagKey": "team", "TagValue": "a"}}})
	m.try(region, "CreateAlias", map[string]any{"AliasName": "alias/kept", "TargetKeyId": key})
	grant := m.try(region, "CreateGrant", map[string]any{"KeyId": key, "GranteePrincipal": "arn:aws:iam::000000000000:root", "Operations": []string{"Decrypt"}, "Name": "kept"})
	m.expect(region, "GetKeyPolicy", map[string]any{"KeyId": key}, "Policy")
	m.expect(region, "ListResourceTags", map[string]any{"KeyId": key}, "Tags")
	if grant != nil {
		m.expect(region, "ListGrants", map[string]any{"KeyId": key}, "Grants")
	}
	ec := map[string]any{"purpose": "fixture", "": "empty"}
	decryptable := func(key string) {
		out := m.try(region, "Encrypt", map[string]any{"KeyId": key, "Plaintext": blob("kept"), "EncryptionContext": ec})
		m.expect(region, "Decrypt", map[string]any{"CiphertextBlob": out["CiphertextBlob"], "EncryptionContext": ec}, "Plaintext", "KeyId", "KeyMaterialId")
		data := m.try(region, "GenerateDataKey", map[string]any{"KeyId": key, "KeySpec": "AES_256"})
		m.expect(region, "Decrypt", map[string]any{"CiphertextBlob": data["CiphertextBlob"]}, "Plaintext")
	}
	decryptable(key)
	if m.try(region, "RotateKeyOnDemand", map[string]any{"KeyId": key}) != nil {
		decryptable(key)
		m.expect(region, "ListKeyRotations", map[string]any{"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"}, "Rotations")
	}
	if m.try(region, "DescribeKey", map[string]any{"KeyId": "alias/aws/s3"}) != nil {
		m.expect(region, "DescribeKey", map[string]any{"KeyId": "alias/aws/s3"}, "KeyMetadata")
	}
	m.expect(region, "DescribeKey", map[string]any{"KeyId": "alias/kept"}, "KeyMetadata")
	disabled := m.key(region, map[string]any{})
	m.try(region, "DisableKey", map[string]any{"KeyId": disabled})
	m.expect(region, "DescribeKey", map[string]any{"KeyId": disabled}, "KeyMetadata")

	multi := m.key(region, map[string]any{"MultiRegion": true})
	if multi == "" {
		return
	}
	const other = "eu-west-1"
	out := m.try(region, "Encrypt", map[string]any{"KeyId": multi, "Plaintext": blob("kept")})
	if m.try(region, "ReplicateKey", map[string]any{"KeyId": multi, "ReplicaRegion": other}) != nil {
		time.Sleep(5 * time.Second) // until the replica is there
		m.expect(other, "Decrypt", map[string]any{"CiphertextBlob": out["CiphertextBlob"]}, "Plaintext")
		m.expect(other, "DescribeKey", map[string]any{"KeyId": multi}, "KeyMetadata")
	}
}

// everySpec makes a key of every spec and usage that the version has.
func (m *maker) everySpec() {
	const region = "us-east-1"
	for _, spec := range material.Specs {
		for _, usage := range spec.Usages {
			if spec.Family == material.Symmetric {
				continue
			}
			key := m.key(region, map[string]any{"KeySpec": spec.Name, "KeyUsage": usage})
			if key == "" {
				continue
			}
			if spec.Asymmetric() {
				m.expect(region, "GetPublicKey", map[string]any{"KeyId": key}, "PublicKey")
			}
			for _, a := range spec.Algorithms(usage) {
				m.use(region, key, usage, a)
			}
		}
	}
}

// use has something done with a key, and expects that it can be undone.
func (m *maker) use(region, key string, usage types.KeyUsageType, a string) {
	switch usage {
	case types.KeyUsageTypeEncryptDecrypt:
		out := m.try(region, "Encrypt", map[string]any{"KeyId": key, "Plaintext": blob("kept"), "EncryptionAlgorithm": a})
		m.expect(region, "Decrypt", map[string]any{"KeyId": key, "CiphertextBlob": out["CiphertextBlob"], "EncryptionAlgorithm": a}, "Plaintext")
	case types.KeyUsageTypeSignVerify:
		in := map[string]any{"KeyId": key, "Message": blob(strings.Repeat("m", 64)), "MessageType": "RAW", "SigningAlgorithm": a}
		if !material.TakesMessage(types.SigningAlgorithmSpec(a), types.MessageTypeRaw) {
			in["MessageType"] = "DIGEST"
		}
		in["Signature"] = m.try(region, "Sign", in)["Signature"]
		m.expect(region, "Verify", in, "SignatureValid")
	case types.KeyUsageTypeGenerateVerifyMac:
		m.expect(region, "GenerateMac", map[string]any{"KeyId": key, "Message": blob("kept"), "MacAlgorithm": a}, "Mac")
	case types.KeyUsageTypeKeyAgreement:
		public := m.try(region, "GetPublicKey", map[string]any{"KeyId": key})["PublicKey"]
		m.expect(region, "DeriveSharedSecret", map[string]any{"KeyId": key, "PublicKey": public, "KeyAgreementAlgorithm": a}, "SharedSecret")
	case types.KeyUsageTypeEncapsulateDecapsulate:
		if out := m.try(region, "Encapsulate", map[string]any{"KeyId": key, "EncapsulationAlgorithm": a}); out != nil {
			m.expect(region, "Decapsulate", map[string]any{
				"KeyId": key, "SharedSecretCiphertextBlob": out["SharedSecretCiphertextBlob"], "EncapsulationAlgorithm": a,
			}, "SharedSecret")
		}
	}
}

func (m *maker) pack(path string, files ...string) {
	f, err := os.Create(path)
	if err != nil {
		m.Fatal(err)
	}
	z, _ := gzip.NewWriterLevel(f, gzip.BestCompression) // the level is valid
	w := tar.NewWriter(z)
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join(m.dir, filepath.FromSlash(file)))
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: file, Mode: 0o600, Size: int64(len(b)), Format: tar.FormatUSTAR})
		}
		if err == nil {
			_, err = w.Write(b)
		}
		if err != nil {
			m.Fatal(err)
		}
	}
	for _, c := range []interface{ Close() error }{w, z, f} {
		if err := c.Close(); err != nil {
			m.Fatal(err)
		}
	}
}
