package awsapi_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// allocates fails if f allocates more often than it used to.
func allocates(t *testing.T, what string, most float64, f func()) {
	t.Helper()
	if n := testing.AllocsPerRun(200, f); n > most {
		t.Errorf("%s: %v allocations, want at most %v", what, n, most)
	}
}

func TestAllocations(t *testing.T) {
	in := codec(t, &kms.EncryptInput{}, models.KMS["Encrypt"])
	out := codec(t, &kms.EncryptOutput{}, nil)
	body := encryptBody(4096)
	// The input, two for the key's name, the plaintext, and what a map of two costs.
	allocates(t, "decode", 10, func() {
		var v kms.EncryptInput
		if err := in.DecodeJSON(body, &v); err != nil {
			t.Fatal(err)
		}
	})
	var v kms.EncryptInput
	if err := in.DecodeJSON(body, &v); err != nil {
		t.Fatal(err)
	}
	allocates(t, "validate", 1, func() { in.Validate(&v) })
	scratch := make([]byte, 0, 1024)
	allocates(t, "audit", 1, func() { in.Audit(&scratch, &v) })
	answer := &kms.EncryptOutput{CiphertextBlob: make([]byte, 4200), KeyId: aws.String(keyARN), EncryptionAlgorithm: "SYMMETRIC_DEFAULT"}
	buf := make([]byte, 0, 16<<10)
	allocates(t, "encode", 0, func() { buf = out.AppendJSON(buf[:0], answer) })

	samples := codec(t, &cloudwatch.PutMetricDataInput{}, nil)
	packed := samples.AppendCBOR(nil, twentySamples())
	// The input, its list, and of each sample the two strings, the number, the time and the list.
	allocates(t, "decode CBOR", 300, func() {
		var v cloudwatch.PutMetricDataInput
		if err := samples.DecodeCBOR(packed, &v); err != nil {
			t.Fatal(err)
		}
	})
	batch := twentySamples()
	allocates(t, "encode CBOR", 20, func() { buf = samples.AppendCBOR(buf[:0], batch) })
}

// quick is a handler with nothing around it: what it takes is what the wire layer takes.
func quick(t testing.TB) *awsapi.Handler {
	caller := iam.Caller{Principal: iam.Principal{Account: "111122223333"}, Region: "us-east-1"}
	ciphertext := make([]byte, 103)
	h, err := awsapi.New(awsapi.Options{
		Services: []awsapi.Service{{
			Name: "kms", TargetPrefix: "TrentService", MaxBody: 1 << 20, Constraints: map[string][]awsapi.Constraint{"Encrypt": models.KMS["Encrypt"]},
			Operations: []awsapi.Operation{awsapi.Op("Encrypt", true, func(_ context.Context, _ *iam.Caller, in *kms.EncryptInput) (*kms.EncryptOutput, error) {
				return &kms.EncryptOutput{CiphertextBlob: ciphertext, KeyId: in.KeyId}, nil
			})},
		}},
		Auth:     open{caller},
		Recorder: void{},
		Clock:    &clock.Clock{},
		Logger:   slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type open struct{ caller iam.Caller }

func (o open) AuthenticateUnsigned(r *http.Request, b []byte, service string) (*iam.Caller, error) {
	return o.Authenticate(r, b, service)
}

func (o open) Authenticate(*http.Request, []byte, string) (*iam.Caller, error) {
	c := o.caller
	return &c, nil
}

type void struct{}

func (void) Record(*cloudtrail.Event) error { return nil }
func (void) Ready() error                   { return nil }

// sink is a ResponseWriter that can be used again.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

// repeat makes a request that can be served again and again.
func repeat(body []byte) (*http.Request, func()) {
	r := jsonRequest("TrentService.Encrypt", "")
	reader := bytes.NewReader(body)
	r.ContentLength = int64(len(body))
	r.Body = io.NopCloser(reader)
	return r, func() { reader.Reset(body) }
}

func TestHandlerAllocations(t *testing.T) {
	h := quick(t)
	r, again := repeat(encryptBody(32))
	s := &sink{header: http.Header{}}
	allocates(t, "ServeHTTP", 30, func() {
		again()
		h.ServeHTTP(s, r)
	})
	if s.status != http.StatusOK {
		t.Errorf("status %d", s.status)
	}
}

// BenchmarkHandler is one Encrypt but for HTTP, signature, cryptography and journal. The
// targets are under 4 µs for 32 bytes, under 10 µs for 4 KiB.
func BenchmarkHandler(b *testing.B) {
	for _, size := range []int{32, 4096} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			h := quick(b)
			r, again := repeat(encryptBody(size))
			s := &sink{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				again()
				h.ServeHTTP(s, r)
			}
		})
	}
}
