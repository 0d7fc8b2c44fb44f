package awsapi_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
)

// world is a handler with everything around it made up.
type world struct {
	*awsapi.Handler
	auth     *doorman
	recorder *clerk
	clock    clock.Clock
	logs     bytes.Buffer
	mu       sync.Mutex
	seen     []awsapi.Observation
}

func newWorld(t testing.TB, services ...awsapi.Service) *world {
	t.Helper()
	w := &world{auth: &doorman{}, recorder: &clerk{}}
	var err error
	w.Handler, err = awsapi.New(awsapi.Options{
		Services: services,
		Auth:     w.auth,
		Recorder: w.recorder,
		Clock:    &w.clock,
		Logger:   slog.New(slog.NewTextHandler(&w.logs, nil)),
		Observe: func(o awsapi.Observation) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.seen = append(w.seen, o)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// json sends body as the operation of KMS.
func (w *world) json(operation, body string) *httptest.ResponseRecorder {
	return w.send(jsonRequest("TrentService."+operation, body))
}

func (w *world) send(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	return answer
}

func jsonRequest(target, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://kms.example/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("User-Agent", "tester/1")
	return r
}

func formRequest(form string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://sts.example/", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return r
}

// doorman lets everybody in, unless it has an error.
type doorman struct {
	err     error
	mu      sync.Mutex
	service string
	body    []byte
}

func (d *doorman) Authenticate(_ *http.Request, body []byte, service string) (*iam.Caller, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.service, d.body = service, bytes.Clone(body)
	if d.err != nil {
		return nil, d.err
	}
	return &iam.Caller{
		Principal: iam.Principal{Type: "Root", ARN: "arn:aws:iam::111122223333:root", Account: "111122223333"},
		Region:    "eu-west-1",
		Event:     &cloudtrail.Event{Identity: cloudtrail.Identity{Type: "Root", AccountID: "111122223333"}},
	}, nil
}

// AuthenticateUnsigned lets in whoever shows no signature.
func (d *doorman) AuthenticateUnsigned(r *http.Request, body []byte, service string) (*iam.Caller, error) {
	if r.Header.Get("Authorization") != "" {
		return d.Authenticate(r, body, service)
	}
	return &iam.Caller{Region: "eu-west-1", Event: new(cloudtrail.Event)}, nil
}

// refusal is an authentication failure in two protocols' words.
type refusal struct{}

func (refusal) Error() string { return "refused" }
func (refusal) Code(query bool) string {
	if query {
		return "SignatureDoesNotMatch"
	}
	return "InvalidSignatureException"
}
func (refusal) Status(query bool) int {
	if query {
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}
func (refusal) Text(bool) string { return "The signature does not match." }

// clerk keeps events, unless it has an error.
type clerk struct {
	notReady, fails error
	mu              sync.Mutex
	events          []*cloudtrail.Event
}

func (c *clerk) Ready() error { return c.notReady }

func (c *clerk) Record(e *cloudtrail.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fails == nil {
		c.events = append(c.events, e)
	}
	return c.fails
}

// last is the only event since the last call of last.
func (c *clerk) last(t *testing.T) *cloudtrail.Event {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.events) != 1 {
		t.Fatalf("%d events, want 1", len(c.events))
	}
	e := c.events[0]
	c.events = nil
	return e
}

// kmsService is a KMS in which encryption is easy to see through. Its DescribeKey fails
// with whatever err is.
func kmsService(err *error) awsapi.Service {
	return awsapi.Service{
		Name: "kms", TargetPrefix: "TrentService", JSONVersion: "1.1",
		MaxBody: 1 << 20, InternalCode: "KMSInternalException",
		Constraints: models.KMS,
		Status:      map[string]int{"KeyUnavailableException": 503},
		Unlogged:    map[string]bool{"grantTokens": true, "recipient": true, "grantToken": true},
		EmptyResponse: func(e *cloudtrail.Event) []byte {
			return []byte(`{"keyId":"` + e.Resources[0].ARN + `"}`)
		},
		Operations: []awsapi.Operation{
			awsapi.Op("DescribeKey", true, func(ctx context.Context, _ *iam.Caller, _ *kms.DescribeKeyInput) (*kms.DescribeKeyOutput, error) {
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				return nil, *err
			}),
			awsapi.Op("EnableKey", false, func(_ context.Context, c *iam.Caller, _ *kms.EnableKeyInput) (*kms.EnableKeyOutput, error) {
				c.Event.Resources = []cloudtrail.Resource{{ARN: keyARN, Type: "AWS::KMS::Key"}}
				return nil, nil
			}),
			awsapi.Op("Encrypt", true, func(_ context.Context, _ *iam.Caller, in *kms.EncryptInput) (*kms.EncryptOutput, error) {
				if in.EncryptionAlgorithm == "" {
					in.EncryptionAlgorithm = "SYMMETRIC_DEFAULT"
				}
				return &kms.EncryptOutput{
					CiphertextBlob: append([]byte("ct:"), in.Plaintext...), KeyId: aws.String(keyARN), EncryptionAlgorithm: in.EncryptionAlgorithm,
				}, nil
			}),
			awsapi.Op("ListKeys", true, func(context.Context, *iam.Caller, *kms.ListKeysInput) (*kms.ListKeysOutput, error) {
				panic("list of keys lost")
			}),
			awsapi.Op("ScheduleKeyDeletion", false, func(_ context.Context, _ *iam.Caller, in *kms.ScheduleKeyDeletionInput) (*kms.ScheduleKeyDeletionOutput, error) {
				return &kms.ScheduleKeyDeletionOutput{KeyId: in.KeyId, PendingWindowInDays: aws.Int32(7)}, nil
			}),
		},
		Missing: awsapi.MissingFrom(awsapi.OperationsOf((*kms.Client)(nil)),
			[]awsapi.Operation{{Name: "DescribeKey"}, {Name: "EnableKey"}, {Name: "Encrypt"}, {Name: "ListKeys"}, {Name: "ScheduleKeyDeletion"}}),
	}
}

// stsService knows who you are, and fails all roles with err.
func stsService(err *error) awsapi.Service {
	s := awsapi.Service{
		Name: "sts", QueryVersion: "2011-06-15", XMLNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
		MaxBody: 64 << 10, Names: models.STSNames, Constraints: models.STS,
		Status: map[string]int{"AccessDenied": http.StatusForbidden},
		Operations: []awsapi.Operation{
			awsapi.Op("AssumeRole", true, func(context.Context, *iam.Caller, *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
				return nil, *err
			}),
			awsapi.Op("GetCallerIdentity", true, func(_ context.Context, c *iam.Caller, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
				return &sts.GetCallerIdentityOutput{Account: &c.Principal.Account, Arn: &c.Principal.ARN, UserId: aws.String("<id> & \"more\"")}, nil
			}),
		},
	}
	s.Missing = awsapi.MissingFrom(awsapi.OperationsOf((*sts.Client)(nil)), s.Operations)
	return s
}

// echoService has every operation of an SDK's client, and answers by calling answer.
func echoService(s awsapi.Service, client any, answer func(name string, in any, out reflect.Type) any) awsapi.Service {
	s.Operations, s.Missing, s.Constraints = nil, nil, nil
	for _, name := range awsapi.OperationsOf(client) {
		method := reflect.ValueOf(client).MethodByName(name).Type()
		in, out := method.In(1).Elem(), method.Out(0).Elem()
		s.Operations = append(s.Operations, awsapi.OpOf(name, false, in, out, func(_ context.Context, c *iam.Caller, v any) (any, error) {
			c.Event.Resources = []cloudtrail.Resource{{ARN: keyARN}}
			return answer(name, v, out), nil
		}))
	}
	return s
}

var errLost = errors.New("the disk is on fire")
