package clients

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/server"
)

// root is the principal that the first start's credentials belong to.
const root = "arn:aws:iam::000000000000:root"

// TestAWSCLI does every operation as a user at a shell does.
func TestAWSCLI(t *testing.T) {
	needFile(t, debianAWS)
	t.Parallel()
	box := startMailbox(t)
	s := start(t, "--smtp-url", box.URL, "--smtp-from", "alarms@kms.example", "--hsm-driver", hsmDriver(t))
	u := &used{names: map[string]bool{}}
	parts := map[string]func(*testing.T, cli){
		"keys": cliKeys, "states": cliStates, "aliases": cliAliases, "tags": cliTags, "policies": cliPolicies,
		"encrypt": cliEncrypt, "data keys": cliDataKeys, "errors": cliErrors, "sessions": cliSessions, "roles": cliRoles,
		"endpoints": cliEndpoints, "users": cliUsers, "access keys": cliAccessKeys, "groups": cliGroups, "account": cliAccount,
		"managed policies": cliManagedPolicies, "managed roles": cliManagedRoles, "providers": cliProviders, "simulate": cliSimulate,
		"organizations": cliOrganizations, "grants": cliGrants, "signing": cliSigning, "macs": cliMacs, "data key pairs": cliDataKeyPairs,
		"trails": cliTrails, "event history": cliLookup, "log groups": cliLogGroups, "log events": cliLogEvents, "metric filters": cliMetricFilters,
		"metrics": cliMetrics, "alarms": cliAlarms, "dashboards": cliDashboards, "topics": cliTopics, "rules": cliRules, "destinations": cliDestinations,
		"subscriptions": func(t *testing.T, c cli) { cliSubscriptions(t, c, box) },
		"HSMs":          cliCloudHSM,
		"import":        cliImport, "rotation": cliRotation, "multi-Region": cliMultiRegion, "key stores": cliKeyStores,
	}
	var ran sync.Map
	t.Run("part", func(t *testing.T) {
		for name, part := range parts {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				ran.Store(name, true)
				c := debianCLI(t, s)
				c.used = u
				part(t, c)
			})
		}
	})
	for name := range parts {
		if _, found := ran.Load(name); !found {
			return // go test was asked for some parts only
		}
	}
	for _, service := range server.Services(server.Parts{}) {
		for _, o := range service.Operations {
			if !u.names[service.Name+":"+o.Name] && !newerThanDebian[o.Name] && !newerThanDebian[service.Name+":"+o.Name] {
				t.Errorf("no part calls %s of %s", o.Name, service.Name)
			}
		}
	}
}

// hsmDriver is the path of keystead-hsm, "" on a machine that can't build it: only the part about
// HSMs needs it.
func hsmDriver(t *testing.T) string {
	if _, err := exec.LookPath("gcc"); err != nil {
		return ""
	}
	return hsmtest.Driver(t)
}

// newerThanDebian are the operations that Debian's AWS CLI does not know. The AWS SDK for
// JavaScript does them, in javascript/clients.test.js, or the one for Go, in gosdk_watch_test.go.
var newerThanDebian = map[string]bool{
	"Decapsulate": true, "DeriveSharedSecret": true, "Encapsulate": true, "GetKeyLastUsage": true, "ListKeyRotations": true, "RotateKeyOnDemand": true,
	"ListLogGroups": true, "UpdateEventBus": true,
	"cloudhsm:DeleteResourcePolicy": true, "cloudhsm:GetResourcePolicy": true, "cloudhsm:PutResourcePolicy": true,
}

func cliKeys(t *testing.T, c cli) {
	made := c.answer("kms", "create-key", "--description", "für Akten 🗝")["KeyMetadata"].(map[string]any)
	id, arn := made["KeyId"].(string), made["Arn"].(string)
	if made["KeyState"] != "Enabled" || made["Enabled"] != true || made["MultiRegion"] != false || made["Description"] != "für Akten 🗝" {
		t.Errorf("the new key is %v", made)
	}
	alias := "alias/keys-" + id
	c.text("kms", "create-alias", "--alias-name", alias, "--target-key-id", arn)
	for _, name := range []string{id, arn, alias, strings.Replace(arn, "key/"+id, alias, 1)} {
		if got := c.query("KeyMetadata.Arn", "kms", "describe-key", "--key-id", name); got != arn {
			t.Errorf("describe-key --key-id %s: %s, want %s", name, got, arn)
		}
	}
	if got := c.query("Keys[?KeyId=='"+id+"'].KeyArn", "kms", "list-keys", "--page-size", "2"); got != arn {
		t.Errorf("list-keys has %q, want %s", got, arn)
	}
	c.text("kms", "update-key-description", "--key-id", id, "--description", "")
	if got := c.query("KeyMetadata.Description", "kms", "describe-key", "--key-id", id); got != "" {
		t.Errorf("the description is %q after it was emptied", got)
	}
}

// cliStates walks a key through disabled, pending deletion and back.
func cliStates(t *testing.T, c cli) {
	arn := c.query("KeyMetadata.Arn", "kms", "create-key")
	encrypt := []string{"kms", "encrypt", "--key-id", arn, "--plaintext", "aGk="}
	c.text("kms", "disable-key", "--key-id", arn)
	c.fails("DisabledException", arn+" is disabled.", encrypt...)
	c.text("kms", "enable-key", "--key-id", arn)
	c.text(encrypt...)

	gone := c.answer("kms", "schedule-key-deletion", "--key-id", arn, "--pending-window-in-days", "7")
	if gone["KeyId"] != arn || gone["KeyState"] != "PendingDeletion" || gone["PendingWindowInDays"] != 7.0 || gone["DeletionDate"] == nil {
		t.Errorf("schedule-key-deletion answers %v", gone)
	}
	c.fails("KMSInvalidStateException", arn+" is pending deletion.", encrypt...)
	if got := c.query("KeyId", "kms", "cancel-key-deletion", "--key-id", arn); got != arn {
		t.Errorf("cancel-key-deletion answers %s, want %s", got, arn)
	}
	if got := c.query("KeyMetadata.KeyState", "kms", "describe-key", "--key-id", arn); got != "Disabled" {
		t.Errorf("after cancel-key-deletion the key is %s, want Disabled", got)
	}
}

func cliAliases(t *testing.T, c cli) {
	first, second := c.newKey(), c.newKey()
	name := "alias/projects/" + first
	arn := "arn:aws:kms:us-east-1:000000000000:" + name
	c.text("kms", "create-alias", "--alias-name", name, "--target-key-id", first)
	c.fails("AlreadyExistsException", "An alias with the name "+arn+" already exists",
		"kms", "create-alias", "--alias-name", name, "--target-key-id", second)
	c.text("kms", "update-alias", "--alias-name", name, "--target-key-id", second)
	if got := c.query("Aliases[].AliasName", "kms", "list-aliases", "--key-id", second); got != name {
		t.Errorf("list-aliases of the second key: %q, want %s", got, name)
	}
	if got := c.query("Aliases[?AliasName=='"+name+"'].TargetKeyId", "kms", "list-aliases", "--page-size", "1"); got != second {
		t.Errorf("list-aliases: the target is %q, want %s", got, second)
	}
	c.text("kms", "delete-alias", "--alias-name", name)
	c.fails("NotFoundException", "Alias "+arn+" is not found.", "kms", "describe-key", "--key-id", name)
}

func cliTags(t *testing.T, c cli) {
	id := c.newKey("--tags", "TagKey=a,TagValue=1", "TagKey=b,TagValue=2")
	c.text("kms", "tag-resource", "--key-id", id, "--tags", "TagKey=b,TagValue=3", "TagKey=c,TagValue=")
	c.text("kms", "untag-resource", "--key-id", id, "--tag-keys", "a", "never there")
	got := c.query("sort_by(Tags,&TagKey)[].join('=',[TagKey,TagValue])", "kms", "list-resource-tags", "--key-id", id)
	if got != "b=3\tc=" {
		t.Errorf("the tags are %q, want b=3 and c=", got)
	}
	c.fails("TagException", "Duplicate tag keys",
		"kms", "tag-resource", "--key-id", id, "--tags", "TagKey=x,TagValue=1", "TagKey=x,TagValue=2")
}

func cliPolicies(t *testing.T, c cli) {
	id := c.newKey()
	if got := c.query("PolicyNames[]", "kms", "list-key-policies", "--key-id", id); got != "default" {
		t.Errorf("list-key-policies: %q, want default", got)
	}
	file := "policy-" + id + ".json"
	c.s.write(file, []byte(`{"Version":"2012-10-17","Id":"mine","Statement":{"Effect":"Allow","Principal":{"AWS":"`+root+`"},"Action":"kms:*","Resource":"*"}}`))
	c.text("kms", "put-key-policy", "--key-id", id, "--policy-name", "default", "--policy", "file://"+file)
	var stored map[string]any
	text := c.query("Policy", "kms", "get-key-policy", "--key-id", id, "--policy-name", "default")
	if err := json.Unmarshal([]byte(text), &stored); err != nil || stored["Id"] != "mine" {
		t.Errorf("get-key-policy: %q (%v)", text, err)
	}
	c.fails("MalformedPolicyDocumentException", "Missing required field Statement.",
		"kms", "put-key-policy", "--key-id", id, "--policy-name", "default", "--policy", "{}")
	c.fails("NotFoundException", "No such policy exists",
		"kms", "get-key-policy", "--key-id", id, "--policy-name", "other")
}

func cliEncrypt(t *testing.T, c cli) {
	first := c.newKey()
	secret := bytes.Repeat([]byte("0123456789abcdef"), 256) // 4 KiB, the most that Encrypt takes
	c.s.write("secret", secret)
	blob := c.query("CiphertextBlob", "kms", "encrypt", "--key-id", first, "--plaintext", "fileb://secret", "--encryption-context", "purpose=demo,owner=ä")
	c.s.write("secret.bin", decode64(t, blob))

	decrypt := []string{"kms", "decrypt", "--ciphertext-blob", "fileb://secret.bin", "--encryption-context"}
	if got := decode64(t, c.query("Plaintext", append(decrypt, "owner=ä,purpose=demo")...)); !bytes.Equal(got, secret) {
		t.Errorf("decrypt gives %d bytes that are not the plaintext", len(got))
	}
	c.fails("InvalidCiphertextException", "", append(decrypt, "owner=ä")...)

	second := c.query("KeyMetadata.Arn", "kms", "create-key")
	moved := c.answer("kms", "re-encrypt", "--ciphertext-blob", "fileb://secret.bin", "--source-encryption-context", "purpose=demo,owner=ä", "--destination-key-id", second)
	if moved["KeyId"] != second || !strings.HasSuffix(moved["SourceKeyId"].(string), first) {
		t.Errorf("re-encrypt answers KeyId %v, SourceKeyId %v", moved["KeyId"], moved["SourceKeyId"])
	}
	c.s.write("moved.bin", decode64(t, moved["CiphertextBlob"].(string)))
	decrypt = []string{"kms", "decrypt", "--ciphertext-blob", "fileb://moved.bin", "--key-id"}
	if got := c.query("KeyId", append(decrypt, second)...); got != second {
		t.Errorf("decrypt after re-encrypt: KeyId %s, want %s", got, second)
	}
	c.fails("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.", append(decrypt, first)...)
}

func cliDataKeys(t *testing.T, c cli) {
	id := c.newKey()
	made := c.answer("kms", "generate-data-key", "--key-id", id, "--key-spec", "AES_256", "--encryption-context", "file=1")
	key := decode64(t, made["Plaintext"].(string))
	c.s.write("data-key.bin", decode64(t, made["CiphertextBlob"].(string)))
	back := c.query("Plaintext", "kms", "decrypt", "--ciphertext-blob", "fileb://data-key.bin", "--encryption-context", "file=1")
	if got := decode64(t, back); len(key) != 32 || !bytes.Equal(got, key) {
		t.Errorf("the data key of %d bytes comes back as %d other bytes", len(key), len(got))
	}
	made = c.answer("kms", "generate-data-key-without-plaintext", "--key-id", id, "--number-of-bytes", "48")
	if _, found := made["Plaintext"]; found || made["CiphertextBlob"] == nil {
		t.Errorf("generate-data-key-without-plaintext answers %v", made)
	}
	c.s.write("sealed.bin", decode64(t, made["CiphertextBlob"].(string)))
	if got := decode64(t, c.query("Plaintext", "kms", "decrypt", "--ciphertext-blob", "fileb://sealed.bin")); len(got) != 48 {
		t.Errorf("the data key made without plaintext has %d bytes, want 48", len(got))
	}
	if got := decode64(t, c.query("Plaintext", "kms", "generate-random", "--number-of-bytes", "1024")); len(got) != 1024 {
		t.Errorf("generate-random gives %d bytes, want 1024", len(got))
	}
}

func cliErrors(t *testing.T, c cli) {
	id := c.newKey()
	c.fails("ValidationException", "1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]",
		"kms", "generate-data-key", "--key-id", id, "--key-spec", "AES_512")
	c.fails("ValidationException", "1 validation error detected: Value '3' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value greater than or equal to 7",
		"kms", "schedule-key-deletion", "--key-id", id, "--pending-window-in-days", "3")
	c.fails("NotFoundException", "Invalid keyId 'nothing'", "kms", "enable-key", "--key-id", "nothing")
	c.fails("InvalidCiphertextException", "", "kms", "decrypt", "--ciphertext-blob", "AQIDAA==")
	c.fails("UnsupportedOperationException", "KeySpec SM2 is not supported in this Region.",
		"kms", "create-key", "--key-spec", "SM2", "--key-usage", "SIGN_VERIFY")

	// An operation that is not built yet.
	if _, errs, status := c.run("events", "list-archives"); status != statusService || !strings.Contains(errs, "(UnsupportedOperationException)") {
		t.Errorf("list-archives: exit status %d, %s", status, errs)
	}
	// With wrong credentials nothing works, and each protocol says so in its own words.
	const invalid = "The security token included in the request is invalid."
	c.env = []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wrong"}
	c.fails("UnrecognizedClientException", invalid, "kms", "list-keys")
	c.fails("InvalidClientTokenId", invalid, "sts", "get-caller-identity")
}

func cliSessions(t *testing.T, c cli) {
	made := c.answer("sts", "get-session-token", "--duration-seconds", "900")["Credentials"].(map[string]any)
	token := made["SessionToken"].(string)
	session := c
	session.env = []string{
		"AWS_ACCESS_KEY_ID=" + made["AccessKeyId"].(string),
		"AWS_SECRET_ACCESS_KEY=" + made["SecretAccessKey"].(string),
		"AWS_SESSION_TOKEN=" + token,
	}
	if who := session.answer("sts", "get-caller-identity"); who["Account"] != "000000000000" || who["Arn"] != root {
		t.Errorf("the session's caller is %v", who)
	}
	session.text("kms", "encrypt", "--key-id", session.newKey(), "--plaintext", "aGk=")
	session.env[2] = "AWS_SESSION_TOKEN=" + token[:len(token)/2] + "A" + token[len(token)/2+1:]
	if _, errs, status := session.run("kms", "list-keys"); status != statusService || !strings.Contains(errs, "(UnrecognizedClientException)") {
		t.Errorf("with an altered session token: exit status %d, %s", status, errs)
	}
}

// TestAWSCLIRestart finds after a restart what was there before it, and a key whose
// waiting period ends is gone for good.
func TestAWSCLIRestart(t *testing.T) {
	needFile(t, debianAWS)
	t.Parallel()
	s := start(t, "--test-clock")
	c := debianCLI(t, s)
	id := c.newKey("--description", "stays")
	c.text("kms", "create-alias", "--alias-name", "alias/stays", "--target-key-id", id)
	s.write("secret.bin", decode64(t, c.query("CiphertextBlob", "kms", "encrypt", "--key-id", "alias/stays", "--plaintext", "aGk=")))

	s.restart()
	c = debianCLI(t, s)
	decrypt := []string{"kms", "decrypt", "--ciphertext-blob", "fileb://secret.bin"}
	if got := c.query("[Plaintext,KeyId]", decrypt...); !strings.HasPrefix(got, "aGk=\t") || !strings.HasSuffix(got, id) {
		t.Errorf("decrypt after a restart: %q", got)
	}
	arn := c.query("KeyId", "kms", "schedule-key-deletion", "--key-id", id, "--pending-window-in-days", "7")
	s.advance(7*24*time.Hour + time.Minute)
	c.fails("NotFoundException", "Key '"+arn+"' does not exist", "kms", "describe-key", "--key-id", id)
	c.fails("NotFoundException", "Alias arn:aws:kms:us-east-1:000000000000:alias/stays is not found.", "kms", "describe-key", "--key-id", "alias/stays")
	if _, errs, status := c.run(decrypt...); status != statusService {
		t.Errorf("decrypt with a deleted key: exit status %d, %s", status, errs)
	}
}

// TestAWSCLITLS trusts the authority that --tls auto makes, and nothing works without.
func TestAWSCLITLS(t *testing.T) {
	needFile(t, debianAWS)
	t.Parallel()
	s := start(t, "--tls", "auto")
	if !strings.HasPrefix(s.URL, "https://") {
		t.Fatalf("the server answers on %s", s.URL)
	}
	ca := filepath.Join(s.dataDir(), "tls", "ca.pem")
	if got := debianCLI(t, s, "AWS_CA_BUNDLE="+ca).query("Arn", "sts", "get-caller-identity"); got != root {
		t.Errorf("the caller is %q", got)
	}
	if out, errs, status := debianCLI(t, s).run("kms", "list-keys"); status != statusClient || !strings.Contains(errs, "SSL validation failed") {
		t.Errorf("without AWS_CA_BUNDLE: exit status %d, %s%s", status, out, errs)
	}
}

// TestNewAWSCLI leaves the endpoint to the environment, if there is an AWS CLI that takes
// it from there.
func TestNewAWSCLI(t *testing.T) {
	path, version := newCLI()
	if path == "" {
		t.Skip("there is no AWS CLI on the path that understands AWS_ENDPOINT_URL; this one is optional")
	}
	t.Logf("AWS CLI %s", version)
	t.Parallel()
	s := start(t)
	c := cli{t: t, s: s, argv: []string{path}, env: []string{"PATH=" + os.Getenv("PATH")}}
	id := c.newKey()
	s.write("secret", []byte("attack at dawn"))
	s.write("secret.bin", decode64(t, c.query("CiphertextBlob", "kms", "encrypt", "--key-id", id, "--plaintext", "fileb://secret")))
	decrypt := []string{"kms", "decrypt", "--ciphertext-blob", "fileb://secret.bin"}
	if got := decode64(t, c.query("Plaintext", decrypt...)); string(got) != "attack at dawn" {
		t.Errorf("decrypt gives %q", got)
	}
	c.text("kms", "disable-key", "--key-id", id)
	if _, errs, status := c.run(decrypt...); status == 0 || !strings.Contains(errs, "(DisabledException)") {
		t.Errorf("decrypt with a disabled key: exit status %d, %s", status, errs)
	}
	if got := c.query("Arn", "sts", "get-caller-identity"); got != root {
		t.Errorf("the caller is %q", got)
	}
}
