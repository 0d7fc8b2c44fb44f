package awsapi_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// render writes an answer as it is on the wire, with its request ID made the same each time.
func render(answer *httptest.ResponseRecorder) string {
	r := answer.Result()
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", r.StatusCode)
	var lines []string
	for name, values := range r.Header {
		lines = append(lines, fmt.Sprintf("%s: %s\n", name, strings.Join(values, ", ")))
	}
	slices.Sort(lines)
	fmt.Fprintf(&b, "%s\n%s\n", strings.Join(lines, ""), answer.Body)
	return uuid.ReplaceAllString(b.String(), "REQUEST-ID")
}

// TestAnswers has everything that a client may be told, byte for byte.
func TestAnswers(t *testing.T) {
	var failure error
	w := newWorld(t, kmsService(&failure), stsService(&failure))
	var got strings.Builder
	show := func(name string, answer *httptest.ResponseRecorder) {
		fmt.Fprintf(&got, "== %s\n%s\n", name, render(answer))
	}
	fails := func(err error) { failure = err }

	show("success", w.json("Encrypt", `{"KeyId":"alias/a","Plaintext":"aGVsbG8="}`))
	show("success without output", w.json("EnableKey", `{"KeyId":"k"}`))
	old := jsonRequest("com.amazonaws.kms.TrentService.EnableKey", `{"KeyId":"k"}`)
	old.Header.Set("Content-Type", "application/x-amz-json-1.0; charset=utf-8")
	show("JSON 1.0 and a long target", w.send(old))
	show("unknown operation", w.json("EncryptAll", `{}`))
	show("unknown target", w.send(jsonRequest("Encrypt", `{}`)))
	show("missing operation", w.json("Sign", `{}`))
	show("not JSON", w.json("Encrypt", `{"KeyId":`))
	show("empty body", w.json("Encrypt", ``))
	show("wrong type", w.json("Encrypt", `{"KeyId":{}}`))
	show("constraint", w.json("Encrypt", `{"Plaintext":""}`))
	show("empty enum", w.json("Encrypt", `{"KeyId":"k","Plaintext":"AA==","EncryptionAlgorithm":""}`))
	show("too large", w.json("Encrypt", strings.Repeat(" ", 1<<20+1)))

	fails(&types.NotFoundException{Message: aws.String(`Key 'x' does not "exist"`)})
	show("service error", w.json("DescribeKey", `{"KeyId":"k"}`))
	fails(fmt.Errorf("open: %w", &types.InvalidCiphertextException{}))
	show("service error without a text, wrapped", w.json("DescribeKey", `{"KeyId":"k"}`))
	fails(&smithy.GenericAPIError{Code: "AccessDeniedException", Message: "User: x is not authorized"})
	show("access denied", w.json("DescribeKey", `{"KeyId":"k"}`))
	fails(&types.KeyUnavailableException{})
	show("service error with a status of its own", w.json("DescribeKey", `{"KeyId":"k"}`))
	fails(&types.DependencyTimeoutException{Message: aws.String("slow")})
	show("server fault", w.json("DescribeKey", `{"KeyId":"k"}`))
	fails(errLost)
	show("internal error", w.json("DescribeKey", `{"KeyId":"k"}`))
	show("panic", w.json("ListKeys", `{}`))

	const version = "&Version=2011-06-15"
	const role = "&RoleArn=arn:aws:iam::111122223333:role/r&RoleSessionName=me"
	show("query", w.send(formRequest("Action=GetCallerIdentity"+version)))
	show("query, presigned", w.send(httptest.NewRequest(http.MethodGet, "/?Action=GetCallerIdentity"+version+"&X-Amz-Signature=0", nil)))
	show("query, unknown action", w.send(formRequest("Action=Get<Me>"+version)))
	show("query, no version", w.send(formRequest("Action=GetCallerIdentity")))
	show("query, no action", w.send(formRequest("Version=2011-06-15")))
	show("query, malformed", w.send(formRequest("Action=%zz")))
	show("query, a parameter twice", w.send(formRequest("Action=GetCallerIdentity&Action=GetCallerIdentity"+version)))
	show("query, wrong type", w.send(formRequest("Action=AssumeRole&DurationSeconds=long"+role+version)))
	show("query, constraint", w.send(formRequest("Action=AssumeRole&DurationSeconds=1"+role+version)))
	show("query, missing operation", w.send(formRequest("Action=GetSessionToken"+version)))
	show("query, too large", w.send(formRequest("Action=GetCallerIdentity&X="+strings.Repeat("x", 64<<10)+version)))
	fails(&smithy.GenericAPIError{Code: "AccessDenied", Message: "User: x is not authorized to perform: sts:AssumeRole"})
	show("query, access denied", w.send(formRequest("Action=AssumeRole"+role+version)))
	fails(errLost)
	show("query, internal error", w.send(formRequest("Action=AssumeRole"+role+version)))

	plain := jsonRequest("TrentService.Encrypt", `{}`)
	plain.Header.Set("Content-Type", "application/json")
	show("wrong content type", w.send(plain))
	get := jsonRequest("TrentService.Encrypt", `{}`)
	get.Method = http.MethodGet
	show("wrong method", w.send(get))
	show("nothing at all", w.send(httptest.NewRequest(http.MethodGet, "/", nil)))

	w.auth.err = refusal{}
	show("refused", w.json("Encrypt", `{"KeyId":"k","Plaintext":"AA=="}`))
	show("query, refused", w.send(formRequest("Action=GetCallerIdentity"+version)))
	w.auth.err = errLost
	show("authentication broken", w.json("Encrypt", `{"KeyId":"k","Plaintext":"AA=="}`))

	golden(t, "testdata/answers.golden", got.String())
}

// golden compares with a file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s: (-want +got)\n%s", file, d)
	}
}
