package clients

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/hsm/hsmtest"
)

// cliKeyStores makes a cluster of HSMs with the commands of the user guide, a key store in it with
// those of KMS's developer guide, and a key whose material never leaves the HSMs.
//
// Sources: https://docs.aws.amazon.com/cloudhsm/latest/userguide/getting-started.html;
// https://docs.aws.amazon.com/kms/latest/developerguide/create-keystore.html
func cliKeyStores(t *testing.T, c cli) {
	hsmtest.Library(t)
	hsmtest.Driver(t)
	cluster := cliCluster(c)
	create := func(name string) string {
		t.Helper()
		return c.query("CustomKeyStoreId", "kms", "create-custom-key-store", "--custom-key-store-name", name, "--cloud-hsm-cluster-id", cluster,
			"--key-store-password", userPassword, "--trust-anchor-certificate", "file://customerCA.crt")
	}
	state := func(id, state string) {
		t.Helper()
		eventually(t, "key store "+id+" is "+state, func() bool {
			return c.query("CustomKeyStores[0].ConnectionState", "kms", "describe-custom-key-stores", "--custom-key-store-id", id) == state
		})
	}
	first := create("First")
	c.text("kms", "update-custom-key-store", "--custom-key-store-id", first, "--new-custom-key-store-name", "Renamed")
	if got := c.query("CustomKeyStores[0].CustomKeyStoreId", "kms", "describe-custom-key-stores", "--custom-key-store-name", "Renamed"); got != first {
		t.Errorf("the key store is found as %s, want %s", got, first)
	}
	c.text("kms", "delete-custom-key-store", "--custom-key-store-id", first)

	store := create("HSMs")
	state(store, "DISCONNECTED")
	c.text("kms", "connect-custom-key-store", "--custom-key-store-id", store)
	state(store, "CONNECTED")
	key := c.answer("kms", "create-key", "--origin", "AWS_CLOUDHSM", "--custom-key-store-id", store)["KeyMetadata"].(map[string]any)
	arn := key["Arn"].(string)
	if key["CustomKeyStoreId"] != store || key["CloudHsmClusterId"] != cluster || key["Origin"] != "AWS_CLOUDHSM" || key["KeyState"] != "Enabled" {
		t.Errorf("the key is %v", key)
	}
	c.s.write("store.bin", decode64(t, c.query("CiphertextBlob", "kms", "encrypt", "--key-id", arn, "--plaintext", "aGk=", "--encryption-context", "a=b")))
	decrypt := []string{"kms", "decrypt", "--ciphertext-blob", "fileb://store.bin", "--encryption-context", "a=b", "--query", "Plaintext", "--output", "text"}
	if got := c.text(decrypt...); got != "aGk=" {
		t.Errorf("decrypt gives %q", got)
	}
	if n := len(decode64(t, c.query("Plaintext", "kms", "generate-random", "--number-of-bytes", "40", "--custom-key-store-id", store))); n != 40 {
		t.Errorf("the HSMs give %d random bytes", n)
	}
	c.s.write("kmsuser", []byte(userPassword+"\n"))

	c.text("kms", "disconnect-custom-key-store", "--custom-key-store-id", store)
	state(store, "DISCONNECTED")
	if got := c.query("KeyMetadata.KeyState", "kms", "describe-key", "--key-id", arn); got != "Unavailable" {
		t.Errorf("without its key store the key is %s", got)
	}
	c.fails("KMSInvalidStateException", arn+" is unavailable.", decrypt[:6]...)
	if _, errs, _ := c.run("kms", "delete-custom-key-store", "--custom-key-store-id", store); !strings.Contains(errs, "CustomKeyStoreHasCMKsException") {
		t.Errorf("a key store with a key is deleted: %s", errs)
	}
	// Nobody but KMS knows the password now; the officer gives the user another, and KMS is told.
	c.s.operator("hsm", "users", "change-password", cluster, "kmsuser", "--admin-password-file", "officer", "--password-file", "kmsuser")
	c.text("kms", "update-custom-key-store", "--custom-key-store-id", store, "--key-store-password", userPassword)
	if got := c.s.operator("hsm", "keys", cluster, "--password-file", "kmsuser"); !strings.Contains(got, arn) {
		t.Errorf("the operator sees the keys\n%s", got)
	}
	c.text("kms", "connect-custom-key-store", "--custom-key-store-id", store)
	state(store, "CONNECTED")
	if got := c.text(decrypt...); got != "aGk=" {
		t.Errorf("after another connection, decrypt gives %q", got)
	}
}

// cliCluster makes an active cluster of two HSMs and the user of key stores.
func cliCluster(c cli) (cluster string) {
	c.t.Helper()
	cluster = c.query("Cluster.ClusterId", "cloudhsmv2", "create-cluster", "--hsm-type", "hsm2m.medium",
		"--subnet-ids", "subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
	filter := []string{"cloudhsmv2", "describe-clusters", "--filters", "clusterIds=" + cluster}
	await := func(state, hsms string) {
		c.t.Helper()
		eventually(c.t, "the cluster is "+state, func() bool {
			return c.query("Clusters[0].[State, join('+', sort(Hsms[].State))]", filter...) == state+"\t"+hsms
		})
	}
	await("UNINITIALIZED", "")
	c.text("cloudhsmv2", "create-hsm", "--cluster-id", cluster, "--availability-zone", "us-east-1a")
	await("UNINITIALIZED", "ACTIVE")
	c.s.write("ClusterCsr.csr", []byte(c.query("Clusters[0].Certificates.ClusterCsr", filter...)))
	c.shell(signClusterCSR)
	c.text("cloudhsmv2", "initialize-cluster", "--cluster-id", cluster, "--signed-cert", "file://CustomerHsmCertificate.crt", "--trust-anchor", "file://customerCA.crt")
	await("INITIALIZED", "ACTIVE")
	c.s.activate(cluster)
	c.text("cloudhsmv2", "create-hsm", "--cluster-id", cluster, "--availability-zone", "us-east-1b")
	await("ACTIVE", "ACTIVE+ACTIVE")
	return cluster
}

// TestExternalKeyStore has a service and a proxy as two processes, and SoftHSM behind the proxy.
// The AWS CLI makes a key store with them, uses a key, and deletes both.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html
func TestExternalKeyStore(t *testing.T) {
	needFile(t, debianAWS)
	t.Parallel()
	p := startProxy(t, "one")
	s := startWithProxy(t, p.address, p.ca(), "--test-clock")
	c := debianCLI(t, s)
	store := c.query("CustomKeyStoreId", "kms", "create-custom-key-store", "--custom-key-store-name", "External", "--custom-key-store-type", "EXTERNAL_KEY_STORE",
		"--xks-proxy-connectivity", "PUBLIC_ENDPOINT", "--xks-proxy-uri-endpoint", "https://"+proxyHost, "--xks-proxy-uri-path", proxyPrefix+"/kms/xks/v1",
		"--xks-proxy-authentication-credential", "AccessKeyId="+proxyAccessKey+",RawSecretAccessKey="+proxySecret)
	state := func(state string) {
		t.Helper()
		eventually(t, "the key store is "+state, func() bool {
			return c.query("CustomKeyStores[0].ConnectionState", "kms", "describe-custom-key-stores", "--custom-key-store-id", store) == state
		})
	}
	c.text("kms", "connect-custom-key-store", "--custom-key-store-id", store)
	state("CONNECTED")
	create := []string{"kms", "create-key", "--origin", "EXTERNAL_KEY_STORE", "--custom-key-store-id", store, "--xks-key-id"}
	arn := c.query("KeyMetadata.Arn", append(create, "one")...)
	for id, code := range map[string]string{"none": "XksKeyNotFoundException", "one": "XksKeyAlreadyInUseException"} {
		if _, errs, _ := c.run(append(create, id)...); !strings.Contains(errs, code) {
			t.Errorf("another key of the external key %q: %s", id, errs)
		}
	}
	if got := c.query("KeyMetadata.XksKeyConfiguration.Id", "kms", "describe-key", "--key-id", arn); got != "one" {
		t.Errorf("the key is of the external key %q", got)
	}
	made := c.answer("kms", "generate-data-key", "--key-id", arn, "--key-spec", "AES_256", "--encryption-context", "a=b")
	s.write("data-key.bin", decode64(t, made["CiphertextBlob"].(string)))
	decrypt := []string{"kms", "decrypt", "--ciphertext-blob", "fileb://data-key.bin", "--encryption-context"}
	if got := decode64(t, c.query("Plaintext", append(decrypt, "a=b")...)); !bytes.Equal(got, decode64(t, made["Plaintext"].(string))) {
		t.Error("the data key comes back as another")
	}
	if _, errs, _ := c.run(append(decrypt, "a=c")...); !strings.Contains(errs, "KMSInvalidStateException") {
		t.Errorf("with another encryption context: %s", errs)
	}
	p.run(program, "xks-proxy", "key", "disable", "--config", "proxy.yaml", "one")
	eventually(t, "the disabled external key is not used", func() bool {
		_, errs, _ := c.run(append(decrypt, "a=b")...)
		return strings.Contains(errs, "KMSInvalidStateException") && strings.Contains(errs, "not enabled")
	})
	p.run(program, "xks-proxy", "key", "enable", "--config", "proxy.yaml", "one")
	eventually(t, "the external key is used again", func() bool {
		_, _, status := c.run(append(decrypt, "a=b")...)
		return status == 0
	})
	c.text("kms", "disconnect-custom-key-store", "--custom-key-store-id", store)
	state("DISCONNECTED")
	c.fails("KMSInvalidStateException", "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.", append(decrypt, "a=b")...)
	c.text("kms", "schedule-key-deletion", "--key-id", arn, "--pending-window-in-days", "7")
	s.advance(8 * 24 * time.Hour)
	c.text("kms", "delete-custom-key-store", "--custom-key-store-id", store)
	if got := c.query("CustomKeyStores", "kms", "describe-custom-key-stores"); got != "" {
		t.Errorf("the key store is still there: %s", got)
	}
}

// TestBoto3ExternalKeyStore runs testdata/key_stores_test.py.
func TestBoto3ExternalKeyStore(t *testing.T) {
	needFile(t, debianPython)
	out, err := exec.Command(debianPython, "-c", "import boto3").CombinedOutput()
	need(t, "boto3: "+string(out), err)
	t.Parallel()
	p := startProxy(t, "one", "two")
	s := startWithProxy(t, p.address, p.ca())
	script, err := filepath.Abs("testdata/key_stores_test.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(debianPython, "-W", "ignore::ResourceWarning", script, "--verbose")
	cmd.Dir = s.dir
	cmd.Env = s.env("PROXY_ENDPOINT=https://"+proxyHost, "PROXY_PATH="+proxyPrefix+"/kms/xks/v1", "PROXY_ACCESS_KEY_ID="+proxyAccessKey, "PROXY_SECRET="+proxySecret)
	if out, err = cmd.CombinedOutput(); err != nil {
		t.Errorf("%v", err)
	}
	t.Logf("%s", out)
}
