package xksproxy

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestCurl has an independent client sign: curl, as the public test client uses it.
func TestCurl(t *testing.T) {
	t.Parallel()
	if out, err := exec.Command("curl", "--help", "all").CombinedOutput(); err != nil || !strings.Contains(string(out), "--aws-sigv4") {
		if os.Getenv("KEYSTEAD_TEST_REQUIRE") != "" {
			t.Fatalf("no curl that can sign: %v", err)
		}
		t.Skip("no curl that can sign")
	}
	s := start(t, config("software: {}", ""))
	s.key(NewKey{ID: "foo"})
	const request = `{"requestMetadata":{"kmsRequestId":"1","kmsOperation":"Encrypt","awsPrincipalArn":"a","kmsKeyArn":"k"},"encryptionAlgorithm":"AES_GCM",`
	for _, c := range []struct {
		name, target, body, secret string
		more                       []string
		want                       []string
	}{
		{"health", "health", `{"requestMetadata":{"kmsRequestId":"1","kmsOperation":"KmsHealthCheck"}}`, testSecret, nil, []string{`"healthStatus":"ACTIVE"`, "HTTP/2 200"}},
		{"HTTP/1.1", "health", `{"requestMetadata":{"kmsRequestId":"1","kmsOperation":"KmsHealthCheck"}}`, testSecret, []string{"--http1.1"}, []string{`"healthStatus":"ACTIVE"`, "HTTP/1.1 200 OK"}},
		{"encrypt", "keys/foo/encrypt", request + `"plaintext":"SGVsbG8gV29ybGQh","ciphertextDataIntegrityValueAlgorithm":"SHA_256"}`, testSecret, nil, []string{`"ciphertext":`, `"ciphertextDataIntegrityValue":`, "HTTP/2 200"}},
		{"a large body", "keys/foo/encrypt", request + `"plaintext":"` + b64(make([]byte, 4096)) + `","additionalAuthenticatedData":"` + b64(make([]byte, 8192)) + `"}`, testSecret, nil, []string{`"ciphertext":`}},
		{"no plaintext", "keys/foo/encrypt", request + `"x":1}`, testSecret, nil, []string{"ValidationException", "HTTP/2 400"}},
		{"a wrong secret", "health", "{}", "Invalid" + testSecret, nil, []string{"AuthenticationFailedException", "HTTP/2 401"}},
		{"another path", "keys/foo/x", "{}", testSecret, nil, []string{"InvalidUriPathException", "HTTP/2 404"}},
		{"GET", "health", "", testSecret, []string{"-X", "GET"}, []string{"HTTP/2 405", "allow: POST"}},
	} {
		cmd := exec.Command("curl", append([]string{
			s.proxy.URL() + prefix + "/kms/xks/v1/" + c.target, "--silent", "--show-error", "-i", "--max-time", "60", "--cacert", s.proxy.CAFile(),
			"-H", "Content-Type:application/json", "--aws-sigv4", "aws:amz:us-east-1:kms-xks-proxy",
			"--user", fmt.Sprintf("%s:%s", testID, c.secret), "--data-binary", "@-",
		}, c.more...)...)
		cmd.Stdin = strings.NewReader(c.body)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", c.name, err, out)
		}
		for _, want := range c.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: no %q in %s", c.name, want, out)
			}
		}
	}
}
