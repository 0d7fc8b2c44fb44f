package admin_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// engines runs a test against a whole server, once on each engine.
func engines(t *testing.T, test func(t *testing.T, srv *keysteadtest.Server)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t))))
	})
}

// admin is a client of the server with shorthands for what must succeed.
type admin struct {
	*sdkiam.Client
	t       testing.TB
	srv     *keysteadtest.Server
	account string
}

// root is the root user of the server's first account.
func root(t testing.TB, srv *keysteadtest.Server) admin {
	return admin{sdkiam.NewFromConfig(srv.Config()), t, srv, srv.Account}
}

// newcomer is the root user of a new account.
func newcomer(t testing.TB, srv *keysteadtest.Server, account string) admin {
	return admin{sdkiam.NewFromConfig(srv.ConfigFor(srv.NewAccount(account))), t, srv, account}
}

// as is a client with other credentials.
func (a admin) as(c aws.Credentials) admin {
	return admin{sdkiam.NewFromConfig(a.srv.ConfigFor(c)), a.t, a.srv, a.account}
}

func must(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// user makes users without anything.
func (a admin) user(names ...string) {
	a.t.Helper()
	for _, name := range names {
		_, err := a.CreateUser(a.t.Context(), &sdkiam.CreateUserInput{UserName: &name})
		must(a.t, "CreateUser", err)
	}
}

func (a admin) userARN(pathAndName string) string {
	return "arn:aws:iam::" + a.account + ":user" + pathAndName
}

// outcome is what a call came to: "ok" or "Code: message".
func outcome(err error) string {
	var e smithy.APIError
	switch {
	case err == nil:
		return "ok"
	case !errors.As(err, &e):
		return "no answer of the service: " + err.Error()
	}
	return e.ErrorCode() + ": " + e.ErrorMessage()
}

func wantOutcome(t testing.TB, what string, err error, want string) {
	t.Helper()
	if got := outcome(err); got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

// wantStatus checks the HTTP status of a refusal.
func wantStatus(t testing.TB, what string, err error, want int) {
	t.Helper()
	var e *awshttp.ResponseError
	if !errors.As(err, &e) || e.HTTPStatusCode() != want {
		t.Errorf("%s: %v, want status %d %s", what, err, want, http.StatusText(want))
	}
}
