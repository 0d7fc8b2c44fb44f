package kms_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

const (
	ours   = "000000000000"
	theirs = "111122223333"
)

// people are the users and roles of a server, who are made beside it, in its database.
type people struct {
	user // the root user of the account ours
	srv  *keysteadtest.Server
	db   *store.DB
	iam  *iam.Service
}

// peopled runs a test against a whole server with two accounts, once on each engine.
func peopled(t *testing.T, test func(t *testing.T, p *people)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url := fresh(t)
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(url), keysteadtest.WithAttestationRoot(platform().Root))
		srv.NewAccount(theirs)
		key := sealer(t, srv)
		db := storetest.Open(t, store.Options{URL: url, Sealer: key})
		test(t, &people{root(t, srv), srv, db, iam.New(db, new(clock.Clock), key)})
	})
}

// at is the same in another test.
func (p *people) at(t testing.TB) *people {
	u := p.user
	u.t = t
	return &people{u, p.srv, p.db, p.iam}
}

// write changes the database, and returns when the server has seen it.
func (p *people) write(f func(tx *store.Tx) error) {
	p.t.Helper()
	must(p.t, "write", p.db.Update(p.t.Context(), f))
	_, err := p.DescribeKey(p.t.Context(), &kms.DescribeKeyInput{KeyId: new("alias/none")}) // reads the change feed
	if !strings.HasPrefix(outcome(err), "NotFoundException") {
		p.t.Fatalf("DescribeKey of nothing: %v", err)
	}
}

// who says more of a user or role than its name.
type who func(h *iam.Holder, s *iam.Session)

// by gives a user or role an identity policy.
func by(document string) who {
	return func(h *iam.Holder, _ *iam.Session) {
		h.Inline = append(h.Inline, iam.InlinePolicy{Name: "p", Document: document})
	}
}

// bounded gives a user or role the permissions boundary of a name.
func bounded(arn string) who { return func(h *iam.Holder, _ *iam.Session) { h.Boundary = arn } }

// limited gives the session a policy.
func limited(document string) who {
	return func(_ *iam.Holder, s *iam.Session) { s.Policy = document }
}

// newUser makes a user of an account, in place of one of that name, and returns a client with
// its credentials.
func (p *people) newUser(account, name string, of ...who) user {
	p.t.Helper()
	u := iam.User{Holder: iam.Holder{Name: name, Path: "/", ID: iam.NewID("AIDA")}}
	s := iam.Session{Principal: iam.Principal{Type: iam.TypeUser, ID: u.ID, Account: account, Name: name}}
	for _, f := range of {
		f(&u.Holder, &s)
	}
	p.write(func(tx *store.Tx) error { return iam.Users.Put(tx, account, name, &u) })
	return p.session(s)
}

// newRole makes a role, in place of one of that name, and returns a client with the
// credentials of a session "s" of it.
func (p *people) newRole(account, name string, of ...who) user {
	p.t.Helper()
	r := iam.Role{Holder: iam.Holder{Name: name, Path: "/", ID: iam.NewID("AROA")}, Trust: allow(account, "sts:AssumeRole")}
	r.Trust = strings.Replace(r.Trust, `,"Resource":"*"`, "", 1)
	arn := "arn:aws:sts::" + account + ":assumed-role/" + name + "/s"
	s := iam.Session{Principal: iam.Principal{
		Type: iam.TypeAssumedRole, ARN: arn, ID: r.ID + ":s", Account: account, Name: name, Role: roleARN(account, name), RoleID: r.ID,
	}}
	for _, f := range of {
		f(&r.Holder, &s)
	}
	p.write(func(tx *store.Tx) error { return iam.Roles.Put(tx, account, name, &r) })
	return p.session(s)
}

func (p *people) session(s iam.Session) user {
	p.t.Helper()
	s.Created = time.Now()
	s.Expires = s.Created.Add(30 * day)
	k, token, err := p.iam.NewSession(s, 0)
	must(p.t, "NewSession", err)
	c := aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: string(k.Secret.Expose()), SessionToken: token}
	return user{kms.NewFromConfig(p.srv.ConfigFor(c)), p.t, p.srv.Region, s.Principal.Account}
}

// permit changes the identity policies of a user; none takes them away.
func (p *people) permit(account, name string, documents ...string) {
	p.t.Helper()
	p.write(func(tx *store.Tx) error {
		u, err := iam.Users.Get(tx, account, name)
		if err != nil {
			return err
		}
		u.Inline = nil
		for _, d := range documents {
			u.Inline = append(u.Inline, iam.InlinePolicy{Name: "p", Document: d})
		}
		return iam.Users.Put(tx, account, name, u)
	})
}

// deleteUser takes a user away.
func (p *people) deleteUser(account, name string) {
	p.t.Helper()
	p.write(func(tx *store.Tx) error { return iam.Users.Delete(tx, account, name) })
}

// managed makes a managed policy and returns its ARN.
func (p *people) managed(account, name, document string) string {
	p.t.Helper()
	p.write(func(tx *store.Tx) error {
		err := iam.Policies.Insert(tx, account, name, &iam.ManagedPolicy{
			Name: name, Path: "/", ID: iam.NewID("ANPA"), Versions: []iam.PolicyVersion{{ID: "v1", Document: document}}, Default: "v1", Next: 2,
		})
		if errors.Is(err, iam.ErrEntityExists) {
			return nil
		}
		return err
	})
	return iam.PolicyARN(account, "/", name)
}

func userARN(account, name string) string { return iam.UserARN(account, "/", name) }
func roleARN(account, name string) string { return iam.RoleARN(account, "/", name) }

// document is a policy of statements.
func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// statement is one of an identity policy. A condition "" is none.
func statement(effect, action, resource, condition string) string {
	return `{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + resource + `"` + conditional(condition) + `}`
}

// keyStatement is one of a key policy.
func keyStatement(effect, principal, action, condition string) string {
	return `{"Effect":"` + effect + `","Principal":{"AWS":"` + principal + `"},"Action":"` + action + `","Resource":"*"` + conditional(condition) + `}`
}

func conditional(condition string) string {
	if condition == "" {
		return ""
	}
	return `,"Condition":` + condition
}

// allowAll is an identity policy that allows everything in KMS.
var allowAll = document(statement("Allow", "kms:*", "*", ""))

// keyOf makes a key with a policy, which may lock its maker out.
func (u user) keyWith(policy string) string {
	u.t.Helper()
	out, err := u.CreateKey(u.t.Context(), &kms.CreateKeyInput{Policy: &policy, BypassPolicyLockoutSafetyCheck: true})
	must(u.t, "CreateKey", err)
	return *out.KeyMetadata.KeyId
}
