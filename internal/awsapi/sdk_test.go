package awsapi_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/keystead/keystead/internal/awsapi"
)

func kmsClient(t *testing.T, h http.Handler) *kms.Client {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return kms.New(kms.Options{
		BaseEndpoint: &srv.URL, Region: "eu-west-1", Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
}

func stsClient(t *testing.T, h http.Handler) *sts.Client {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return sts.New(sts.Options{
		BaseEndpoint: &srv.URL, Region: "eu-west-1", Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
}

// TestKMSClient lets the SDK's own client call every operation of KMS, with every member
// set: what it sends is what the operation gets, and the other way around.
func TestKMSClient(t *testing.T) {
	e := &echo{r: rand.New(rand.NewPCG(3, 4))}
	s := echoService(kmsService(nil), (*kms.Client)(nil), e.answer)
	e.check(t, kmsClient(t, newWorld(t, s)))
}

// TestSTSClient does the same for the query protocol.
func TestSTSClient(t *testing.T) {
	e := &echo{r: rand.New(rand.NewPCG(5, 6))}
	s := echoService(stsService(nil), (*sts.Client)(nil), e.answer)
	e.check(t, stsClient(t, newWorld(t, s)))
}

// echo is a service that remembers what it got, and answers at random.
type echo struct {
	r       *rand.Rand
	in, out any
}

func (e *echo) answer(_ string, in any, out reflect.Type) any {
	e.in = in
	v := reflect.New(out)
	randomize(e.r, v.Elem(), 6)
	e.out = v.Interface()
	return e.out
}

func (e *echo) check(t *testing.T, client any) {
	for _, name := range awsapi.OperationsOf(client) {
		if unsendable[name] {
			continue
		}
		t.Run(name, func(t *testing.T) {
			method := reflect.ValueOf(client).MethodByName(name)
			in := reflect.New(method.Type().In(1).Elem())
			randomize(e.r, in.Elem(), 6)
			if id := in.Elem().FieldByName("EndpointId"); id.IsValid() {
				id.SetZero() // it becomes a part of the host's name
			}
			results := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
			if err, _ := results[1].Interface().(error); err != nil {
				t.Fatal(err)
			}
			sameMembers(t, "input", in.Interface(), e.in)
			sameMembers(t, "output", e.out, results[0].Interface())
		})
	}
}

// sameMembers compares two structs of the SDK, but for what isn't part of the message.
func sameMembers(t *testing.T, what string, want, got any) {
	t.Helper()
	metadata := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".ResultMetadata" }, cmp.Ignore())
	if d := cmp.Diff(want, got, metadata, cmp.Exporter(func(reflect.Type) bool { return true })); d != "" {
		t.Errorf("%s: (-sent +got)\n%s", what, d)
	}
}

// TestClientErrors: the SDK's clients find the types of errors, their texts and the request ID.
func TestClientErrors(t *testing.T) {
	var failure error
	w := newWorld(t, kmsService(&failure), stsService(&failure))

	failure = &types.NotFoundException{Message: aws.String("Key 'k' does not exist")}
	_, err := kmsClient(t, w).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("k")})
	var notFound *types.NotFoundException
	if !errors.As(err, &notFound) || notFound.ErrorMessage() != "Key 'k' does not exist" {
		t.Errorf("got %v", err)
	}
	if id := w.recorder.last(t).RequestID; !strings.Contains(err.Error(), id) {
		t.Errorf("%v lacks the request ID %s", err, id)
	}

	failure = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "User: x"}
	_, err = kmsClient(t, w).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("k")})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "AccessDeniedException" || api.ErrorMessage() != "User: x" {
		t.Errorf("got %v", err)
	}
	w.recorder.last(t)

	failure = &smithy.GenericAPIError{Code: "AccessDenied", Message: "User: <x>"}
	_, err = stsClient(t, w).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::111122223333:role/r"), RoleSessionName: aws.String("me"),
	})
	if !errors.As(err, &api) || api.ErrorCode() != "AccessDenied" || api.ErrorMessage() != "User: <x>" {
		t.Errorf("got %v", err)
	}
	if id := w.recorder.last(t).RequestID; !strings.Contains(err.Error(), id) {
		t.Errorf("%v lacks the request ID %s", err, id)
	}
}

// TestFalseAndZero: the SDK's own serializers leave out what clients want to read.
func TestFalseAndZero(t *testing.T) {
	c := codec(t, &kms.ListKeysOutput{}, nil)
	if got := string(c.AppendJSON(nil, &kms.ListKeysOutput{Keys: []types.KeyListEntry{}})); got != `{"Keys":[],"Truncated":false}` {
		t.Errorf("got %s", got)
	}
	m := codec(t, &types.KeyMetadata{}, nil)
	if got := string(m.AppendJSON(nil, &types.KeyMetadata{KeyId: aws.String("k")})); got != `{"KeyId":"k","Enabled":false}` {
		t.Errorf("got %s", got)
	}
}
