package admin_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/cloudtrail"
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

// everything is a policy that allows all actions on all resources.
const everything = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`

// accessKey makes an access key for a user.
func (a admin) accessKey(user string) aws.Credentials {
	a.t.Helper()
	out, err := a.CreateAccessKey(a.t.Context(), &sdkiam.CreateAccessKeyInput{UserName: &user})
	must(a.t, "CreateAccessKey", err)
	return aws.Credentials{AccessKeyID: *out.AccessKey.AccessKeyId, SecretAccessKey: *out.AccessKey.SecretAccessKey}
}

// group makes groups without anything.
func (a admin) group(names ...string) {
	a.t.Helper()
	for _, name := range names {
		_, err := a.CreateGroup(a.t.Context(), &sdkiam.CreateGroupInput{GroupName: &name})
		must(a.t, "CreateGroup", err)
	}
}

// join puts a user into groups.
func (a admin) join(user string, groups ...string) {
	a.t.Helper()
	for _, g := range groups {
		_, err := a.AddUserToGroup(a.t.Context(), &sdkiam.AddUserToGroupInput{GroupName: &g, UserName: &user})
		must(a.t, "AddUserToGroup", err)
	}
}

// allow gives a user an inline policy with this document.
func (a admin) allow(user, document string) {
	a.t.Helper()
	_, err := a.PutUserPolicy(a.t.Context(), &sdkiam.PutUserPolicyInput{UserName: &user, PolicyName: new("given"), PolicyDocument: &document})
	must(a.t, "PutUserPolicy", err)
}

// whoAmI is the ARN that STS tells of credentials, or the code of its error.
func (a admin) whoAmI(c aws.Credentials) string {
	out, err := sts.NewFromConfig(a.srv.ConfigFor(c)).GetCallerIdentity(a.t.Context(), &sts.GetCallerIdentityInput{})
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	must(a.t, "GetCallerIdentity", err)
	return *out.Arn
}

// events reads the records of an operation from the journal of a server.
func events(t testing.TB, srv *keysteadtest.Server, name string) []string {
	t.Helper()
	var found []string
	for r, err := range cloudtrail.ReadJournal(t.Context(), filepath.Join(srv.DataDir, "journal"), cloudtrail.ReadOptions{Filter: cloudtrail.Filter{EventName: name}}) {
		must(t, "read the journal", err)
		found = append(found, string(r.JSON))
	}
	return found
}
