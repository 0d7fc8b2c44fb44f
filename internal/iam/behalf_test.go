package iam_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

const (
	alice      = "arn:aws:iam::111122223333:user/a/Alice"
	clerk      = "arn:aws:iam::111122223333:role/a/Clerk"
	clerkX     = "arn:aws:sts::111122223333:assumed-role/Clerk/x"
	serviceKey = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// serviceCaller is a service that has signed a call.
func serviceCaller(t testing.TB, s *iam.Service, name string) *iam.Caller {
	t.Helper()
	c := &iam.Caller{AccessKeyID: "AKIASERVICE", Region: "us-east-1", UserAgent: "storage/1", Time: time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)}
	p := iam.Principal{Type: iam.TypeService, ARN: name, ID: name, Name: name}
	if err := s.Identify(t.Context(), c, &iam.Session{Principal: p}); err != nil {
		t.Fatalf("Identify %s: %v", name, err)
	}
	return c
}

func createService(t testing.TB, s *iam.Service, p iam.ServicePrincipal) iam.AccessKey {
	t.Helper()
	k := iam.NewAccessKey()
	if err := s.CreateService(t.Context(), p, k); err != nil {
		t.Fatalf("create service %s: %v", p.Name, err)
	}
	return k
}

// keyPolicy is a key's policy from its one statement.
func keyPolicy(t testing.TB, statement string) *decision.Policy {
	t.Helper()
	doc, err := policy.Parse([]byte(`{"Version": "2012-10-17", "Statement": ` + statement + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return &decision.Policy{Document: doc, Name: "the key policy"}
}

// The key policies of the cases.
const (
	toAccount = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}`
	toService = `{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}`
	viaS3     = `{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {
		"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": "111122223333"}}}`
	viaAnyService = `{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*", "Condition": {
		"Bool": {"aws:ViaAWSService": "true"}, "ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}}}`
	noAddress  = `{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*", "Condition": {"Null": {"aws:SourceIp": "true"}}}`
	isService  = `{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "kms:*", "Resource": "*", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}, "StringEquals": {"aws:PrincipalServiceName": "s3.amazonaws.com"}, "ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": "s3.amazonaws.com"}}}`
	fromBucket = `{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "kms:*", "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket-*"}, "StringEquals": {"aws:SourceAccount": "111122223333", "aws:SourceOrgID": "o-keystead00"}}}`
)

// TestActFor has the rules of the pages "Forward access sessions", "kms:ViaService" and
// "AWS global condition context keys".
func TestActFor(t *testing.T) {
	t.Parallel()
	s := populated(t)
	createService(t, s, iam.ServicePrincipal{Name: "s3.amazonaws.com"})
	createService(t, s, iam.ServicePrincipal{Name: "sqs.amazonaws.com"})
	createService(t, s, iam.ServicePrincipal{Name: "near.amazonaws.com", Accounts: []string{theirs}})
	createService(t, s, iam.ServicePrincipal{Name: "far.amazonaws.com", Regions: []string{"eu-central-1"}})
	bucket := iam.Behalf{SourceARN: "arn:aws:s3:::bucket-1", SourceAccount: mine}
	for _, c := range []struct {
		name, service, action, policy string
		behalf                        iam.Behalf
		want                          string
	}{
		{"a user may by its own policies", "s3", "Encrypt", toAccount, iam.Behalf{Principal: alice},
			"allowed by statement 1 of inline policy encrypt of user Alice, which may decide by statement 1 of the key policy"},
		{"a user may not what it may not by itself", "s3", "Decrypt", toAccount, iam.Behalf{Principal: alice}, "denied because no identity-based policy allows it"},
		{"a role", "s3", "Encrypt", toAccount, iam.Behalf{Principal: clerk},
			"allowed by statement 1 of inline policy encrypt of role Clerk, which may decide by statement 1 of the key policy"},
		{"a session of a role", "s3", "Encrypt", toAccount, iam.Behalf{Principal: clerkX},
			"allowed by statement 1 of inline policy encrypt of role Clerk, which may decide by statement 1 of the key policy"},
		{"the root user", "s3", "Decrypt", toAccount, iam.Behalf{Principal: "arn:aws:iam::111122223333:root"}, "allowed by statement 1 of the key policy"},
		{"kms:ViaService and kms:CallerAccount", "s3", "Decrypt", viaS3, iam.Behalf{Principal: alice}, "allowed by statement 1 of the key policy"},
		{"kms:ViaService of another service", "sqs", "Decrypt", viaS3, iam.Behalf{Principal: alice}, "denied because no resource-based policy allows it"},
		{"kms:CallerAccount of another account", "s3", "Decrypt", viaS3, iam.Behalf{Principal: "arn:aws:iam::444455556666:root"}, "denied because no resource-based policy allows it"},
		{"aws:ViaAWSService and aws:CalledVia", "s3", "Decrypt", viaAnyService, iam.Behalf{Principal: alice}, "allowed by statement 1 of the key policy"},
		{"no aws:SourceIp", "s3", "Decrypt", noAddress, iam.Behalf{Principal: alice}, "allowed by statement 1 of the key policy"},
		{"a service is not its principal", "s3", "Decrypt", toService, iam.Behalf{Principal: alice}, "denied because no resource-based policy allows it"},
		{"nor is a principal its service", "s3", "Decrypt", viaS3, iam.Behalf{}, "denied because no resource-based policy allows it"},
		{"a service for itself", "s3", "Decrypt", toService, iam.Behalf{}, "allowed by statement 1 of the key policy"},
		{"another service for itself", "sqs", "Decrypt", toService, iam.Behalf{}, "denied because no resource-based policy allows it"},
		{"an account lets no service decide", "s3", "Decrypt", toAccount, iam.Behalf{}, "denied because no resource-based policy allows it"},
		{"aws:PrincipalIsAWSService and its name", "s3", "Decrypt", isService, iam.Behalf{}, "allowed by statement 1 of the key policy"},
		{"aws:SourceArn and aws:SourceAccount", "s3", "Decrypt", fromBucket, bucket, "allowed by statement 1 of the key policy"},
		{"aws:SourceArn of another resource", "s3", "Decrypt", fromBucket, iam.Behalf{SourceARN: "arn:aws:s3:::other", SourceAccount: mine}, "denied because no resource-based policy allows it"},
		{"aws:SourceAccount of another account", "s3", "Decrypt", fromBucket, iam.Behalf{SourceARN: "arn:aws:s3:::bucket-1", SourceAccount: theirs}, "denied because no resource-based policy allows it"},
		{"no aws:SourceArn", "s3", "Decrypt", fromBucket, iam.Behalf{}, "denied because no resource-based policy allows it"},
		{"nothing is managed for others", "s3", "PutKeyPolicy", toAccount, iam.Behalf{Principal: "arn:aws:iam::111122223333:root"},
			`denied by statement 1 ("UseOfKeysOnly") of the limits of service s3.amazonaws.com`},
		{"data key pairs are use", "s3", "GenerateDataKeyPairWithoutPlaintext", toAccount, iam.Behalf{Principal: "arn:aws:iam::111122223333:root"}, "allowed by statement 1 of the key policy"},
		{"a service of other accounts", "near", "Encrypt", toAccount, iam.Behalf{Principal: alice},
			`denied by statement 2 ("KeysOfOtherAccounts") of the limits of service near.amazonaws.com`},
		{"a service of other accounts for itself", "near", "Decrypt", strings.ReplaceAll(toService, "s3", "near"), iam.Behalf{},
			`denied by statement 2 ("KeysOfOtherAccounts") of the limits of service near.amazonaws.com`},
		{"a service of other Regions", "far", "Encrypt", toAccount, iam.Behalf{Principal: alice},
			`denied by statement 2 ("OtherRegions") of the limits of service far.amazonaws.com`},
	} {
		caller := serviceCaller(t, s, c.service+".amazonaws.com")
		if c.behalf != (iam.Behalf{}) {
			if err := s.ActFor(t.Context(), caller, c.behalf); err != nil {
				t.Errorf("%s: ActFor: %v", c.name, err)
				continue
			}
		}
		result, err := caller.Decide(&iam.Access{Action: "kms:" + c.action, ARN: serviceKey, Account: mine, Policy: keyPolicy(t, c.policy)})
		if err != nil || result.String() != c.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", c.name, result.String(), err, c.want)
		}
	}
}

// TestActForLimits: neither the principal nor the source may be outside of the accounts of
// a service, whosever the key is.
func TestActForLimits(t *testing.T) {
	t.Parallel()
	s := populated(t)
	createService(t, s, iam.ServicePrincipal{Name: "near.amazonaws.com", Accounts: []string{theirs}})
	for name, b := range map[string]iam.Behalf{
		"PrincipalsOfOtherAccounts": {Principal: alice},
		"SourcesInOtherAccounts":    {SourceAccount: mine},
	} {
		caller := serviceCaller(t, s, "near.amazonaws.com")
		if err := s.ActFor(t.Context(), caller, b); err != nil {
			t.Fatal(err)
		}
		open := keyPolicy(t, `{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}`)
		result, err := caller.Decide(&iam.Access{Action: "kms:Encrypt", ARN: serviceKey, Account: theirs, Policy: open})
		if err != nil || result.By.Sid != name {
			t.Errorf("%s: %s, %v", name, result.String(), err)
		}
	}
}

// TestActForNobody has what no caller may say; it stays who it is.
func TestActForNobody(t *testing.T) {
	t.Parallel()
	s := populated(t)
	createService(t, s, iam.ServicePrincipal{Name: "s3.amazonaws.com"})
	for name, b := range map[string]iam.Behalf{
		"no ARN":                        {Principal: "alice"},
		"an account's number":           {Principal: mine},
		"another service":               {Principal: "sqs.amazonaws.com"},
		"everybody":                     {Principal: "*"},
		"no such user":                  {Principal: "arn:aws:iam::111122223333:user/a/Bob"},
		"another path":                  {Principal: "arn:aws:iam::111122223333:user/Alice"},
		"another case":                  {Principal: "arn:aws:iam::111122223333:user/a/alice"},
		"no such account":               {Principal: "arn:aws:iam::999999999999:root"},
		"another partition":             {Principal: "arn:aws-cn:iam::111122223333:user/a/Alice"},
		"a root user's other partition": {Principal: "arn:aws-cn:iam::111122223333:root"},
		"a Region":                      {Principal: "arn:aws:iam:us-east-1:111122223333:root"},
		"another service's resource":    {Principal: "arn:aws:s3::111122223333:root"},
		"a group":                       {Principal: "arn:aws:iam::111122223333:group/x"},
		"a session without a name":      {Principal: "arn:aws:sts::111122223333:assumed-role/Clerk"},
		"a session with a path":         {Principal: "arn:aws:sts::111122223333:assumed-role/Clerk/x/y"},
		"a session of another case":     {Principal: "arn:aws:sts::111122223333:assumed-role/clerk/x"},
		"principal and source":          {Principal: alice, SourceARN: "arn:aws:s3:::bucket"},
		"principal and source account":  {Principal: alice, SourceAccount: mine},
		"a token that is none":          {Principal: alice, SessionToken: "AAAA"},
		"a token alone":                 {SessionToken: "AAAA"},
		"nothing":                       {},
		"a source that is no ARN":       {SourceARN: "bucket"},
		"a source of two accounts":      {SourceARN: "arn:aws:sqs:us-east-1:444455556666:queue", SourceAccount: mine},
		"no such source account":        {SourceAccount: "999999999999"},
		"a source account of letters":   {SourceAccount: "account"},
	} {
		if name == "nothing" {
			continue // no header, no call of ActFor
		}
		caller := serviceCaller(t, s, "s3.amazonaws.com")
		err := s.ActFor(t.Context(), caller, b)
		if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != "AccessDeniedException" {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
		if caller.Principal.Type != iam.TypeService || caller.Via != nil || caller.AccessKeyID != "AKIASERVICE" {
			t.Errorf("%s: the caller became %+v", name, caller.Principal)
		}
	}
	user, err := s.CallerFor(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	err = s.ActFor(t.Context(), user, iam.Behalf{Principal: alice})
	if e, ok := errors.AsType[smithy.APIError](err); !ok || !strings.Contains(e.ErrorMessage(), "is no service principal") {
		t.Errorf("a user that calls on its own behalf: %v", err)
	}
}

// TestActForToken: with its token, a session has its own limits and its own end.
func TestActForToken(t *testing.T) {
	t.Parallel()
	sealer, err := seal.Create(t.Context(), seal.File(filepath.Join(t.TempDir(), "root.key")))
	if err != nil {
		t.Fatal(err)
	}
	clk := new(clock.Clock)
	s := iam.New(storetest.Open(t, store.Options{URL: storetest.SQLite(t), Sealer: sealer}), clk, sealer)
	createAccount(t, s, mine)
	createService(t, s, iam.ServicePrincipal{Name: "s3.amazonaws.com"})
	root := "arn:aws:iam::" + mine + ":root"
	session := iam.Session{
		Principal: iam.Principal{Type: iam.TypeRoot, ARN: root, ID: mine, Account: mine},
		Created:   clk.Now(), Expires: clk.Now().Add(time.Hour), Policy: allowEncrypt,
	}
	k, token, err := s.NewSession(session, 0)
	if err != nil {
		t.Fatal(err)
	}
	caller := serviceCaller(t, s, "s3.amazonaws.com")
	b := iam.Behalf{Principal: root, SessionToken: token}
	if err := s.ActFor(t.Context(), caller, b); err != nil {
		t.Fatal(err)
	}
	if caller.AccessKeyID != k.ID || caller.Identity().AccessKeyID != k.ID {
		t.Errorf("the access key is %s, want %s", caller.AccessKeyID, k.ID)
	}
	for action, want := range map[string]bool{"kms:Encrypt": true, "kms:Decrypt": false} {
		r, err := caller.Decide(&iam.Access{Action: action, ARN: serviceKey, Account: mine, Policy: keyPolicy(t, toAccount)})
		if err != nil || r.Allowed != want {
			t.Errorf("%s with a session policy that allows Encrypt: %s, %v", action, r.String(), err)
		}
	}
	refused := func(what string, b iam.Behalf) {
		t.Helper()
		if _, ok := errors.AsType[smithy.APIError](s.ActFor(t.Context(), serviceCaller(t, s, "s3.amazonaws.com"), b)); !ok {
			t.Errorf("%s was not refused", what)
		}
	}
	refused("a token of somebody else", iam.Behalf{Principal: "arn:aws:iam::444455556666:root", SessionToken: token})
	clk.Advance(time.Hour)
	refused("a token that has ended", b)
}

// TestServiceIdentity has the golden form of userIdentity.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func TestServiceIdentity(t *testing.T) {
	t.Parallel()
	s := populated(t)
	createService(t, s, iam.ServicePrincipal{Name: "s3.amazonaws.com"})
	for _, c := range []struct{ name, principal, want string }{
		{"the service itself", "", `{"type":"AWSService","invokedBy":"s3.amazonaws.com"}`},
		{"a user", alice, `{"type":"IAMUser","principalId":"AIDAAAAAAAAAAAAAAAAAA","arn":"` + alice + `","accountId":"111122223333","userName":"Alice","invokedBy":"s3.amazonaws.com"}`},
		{"a root user", "arn:aws:iam::111122223333:root", `{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","invokedBy":"s3.amazonaws.com"}`},
		{"a role", clerk, `{"type":"AssumedRole","principalId":"AROAAAAAAAAAAAAAAAAAA:s3.amazonaws.com","arn":"arn:aws:sts::111122223333:assumed-role/Clerk/s3.amazonaws.com","accountId":"111122223333",` +
			`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAAAAAAAAAAAAAAAAAA","arn":"` + clerk + `","accountId":"111122223333","userName":"Clerk"},` +
			`"attributes":{"creationDate":"2026-05-20T12:00:00Z","mfaAuthenticated":"false"}},"invokedBy":"s3.amazonaws.com"}`},
	} {
		caller := serviceCaller(t, s, "s3.amazonaws.com")
		if c.principal != "" {
			if err := s.ActFor(t.Context(), caller, iam.Behalf{Principal: c.principal}); err != nil {
				t.Fatal(err)
			}
		}
		e := cloudtrail.Event{Identity: caller.Identity()}
		if got := string(e.AppendJSON(nil)); !strings.Contains(got, `"userIdentity":`+c.want+`,"eventTime"`) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if address, userAgent := caller.Origin(); address != "s3.amazonaws.com" || userAgent != "s3.amazonaws.com" {
			t.Errorf("%s: the call came from %s, %s", c.name, address, userAgent)
		}
	}
}

// TestServiceGone: a service that was deleted is nobody, whatever access keys it had.
func TestServiceGone(t *testing.T) {
	t.Parallel()
	s := populated(t)
	k := createService(t, s, iam.ServicePrincipal{Name: "s3.amazonaws.com"})
	if err := s.DeleteService(t.Context(), "s3.amazonaws.com"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Credential(t.Context(), k.ID, ""); !isUnknownKey(err) {
		t.Errorf("its access key: %v", err)
	}
	p := iam.Principal{Type: iam.TypeService, ARN: "s3.amazonaws.com", ID: "s3.amazonaws.com", Name: "s3.amazonaws.com"}
	if err := s.Identify(t.Context(), new(iam.Caller), &iam.Session{Principal: p}); !isUnknownKey(err) {
		t.Errorf("the service: %v", err)
	}
}

func isUnknownKey(err error) bool {
	e, ok := errors.AsType[*sigv4.Error](err)
	return ok && e.Reason == sigv4.UnknownKey
}

// FuzzActFor: whatever a service says, it becomes the principal that it named, or stays
// itself.
func FuzzActFor(f *testing.F) {
	for _, seed := range []string{
		alice, clerk, clerkX, "arn:aws:iam::111122223333:root", mine, "", "arn:", "arn:::::", "arn:aws:iam::111122223333:user/a/alice", "arn:aws:sts::111122223333:assumed-role/Clerk/",
		"arn:aws:sts::111122223333:assumed-role//x", "arn:aws:iam::111122223333:role/a/Clerk\x00", "s3.amazonaws.com",
	} {
		f.Add(seed, "", "", "")
		f.Add("", seed, mine, "")
	}
	f.Add(alice, "", "", "AAAA")
	sealer, err := seal.Create(f.Context(), seal.File(filepath.Join(f.TempDir(), "root.key")))
	if err != nil {
		f.Fatal(err)
	}
	s := populatedOver(f, storetest.Open(f, store.Options{URL: storetest.SQLite(f), Sealer: sealer}), sealer)
	createService(f, s, iam.ServicePrincipal{Name: "s3.amazonaws.com"})
	f.Fuzz(func(t *testing.T, principal, source, account, token string) {
		c := serviceCaller(t, s, "s3.amazonaws.com")
		err := s.ActFor(t.Context(), c, iam.Behalf{Principal: principal, SessionToken: token, SourceARN: source, SourceAccount: account})
		if _, refused := errors.AsType[smithy.APIError](err); err != nil && !refused {
			t.Fatalf("an error from inside: %v", err)
		}
		switch {
		case err != nil || principal == "":
			if c.Principal.Type != iam.TypeService || c.Via != nil {
				t.Errorf("the service became %+v (%v)", c.Principal, err)
			}
		case c.Via == nil || c.Principal.ARN != principal && c.Principal.Role != principal:
			t.Errorf("for %q it became %+v", principal, c.Principal)
		}
	})
}
