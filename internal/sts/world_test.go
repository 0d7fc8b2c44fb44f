package sts_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/keystore/software"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/oidc"
	"github.com/keystead/keystead/internal/server"
	"github.com/keystead/keystead/internal/sigv4"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/internal/sts"
)

// The accounts of a world.
const (
	home   = "111122223333"
	abroad = "444455556666"
)

// world is STS on the wire, over a store of its own, with what IAM would have made.
type world struct {
	t     *testing.T
	db    *store.DB
	clock *clock.Clock
	iam   *iam.Service
	url   string
	root  map[string]aws.Credentials // by account

	mu     sync.Mutex
	events []*cloudtrail.Event
}

// worlds runs a test on each engine.
func worlds(t *testing.T, test func(w *world)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) { test(newWorld(t, fresh(t))) })
}

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	sealer := storetest.Sealer(t)
	w := &world{t: t, clock: new(clock.Clock), root: map[string]aws.Credentials{}}
	w.db = storetest.Open(t, store.Options{URL: url, Sealer: sealer})
	w.iam = iam.New(w.db, w.clock, sealer)
	w.iam.SealMessagesBy(kms.New(kms.Options{
		DB: w.db, Principals: w.iam, Clock: w.clock, Software: software.New(w.db, 1<<20), Journal: w, Log: slog.New(slog.DiscardHandler),
		Sealer: sealer, CacheBytes: 1 << 20,
	}).SealerFor("authorization messages"))
	for _, account := range []string{home, abroad} {
		k := iam.NewAccessKey()
		must(t, "create account", w.iam.CreateAccount(t.Context(), account, k))
		w.root[account] = aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: string(k.Secret.Expose())}
	}
	handler, err := awsapi.New(awsapi.Options{
		Services: server.Services(server.Parts{STS: sts.New(w.iam, w.clock, oidc.New(oidc.Options{}))}),
		Auth:     door{sigv4.Verifier{Source: w.iam, Now: time.Now}, w}, Recorder: w, Clock: w.clock,
		EncodeDenied: w.iam.EncodeAuthorizationMessage,
	})
	must(t, "make the handler", err)
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	w.url = s.URL
	return w
}

func must(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// Ready implements awsapi.Recorder.
func (w *world) Ready() error { return nil }

// Record implements awsapi.Recorder.
func (w *world) Record(e *cloudtrail.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
	return nil
}

// recorded are the events since the last call of recorded, as they stand in the journal.
func (w *world) recorded() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, e := range w.events {
		list = append(list, string(e.AppendJSON(nil)))
	}
	w.events = nil
	return list
}

// door lets in who has a valid signature, and whom nobody needs to sign for.
type door struct {
	verifier sigv4.Verifier
	w        *world
}

func (d door) caller(r *http.Request) *iam.Caller {
	a := netip.MustParseAddrPort(r.RemoteAddr)
	return &iam.Caller{Region: "us-east-1", SourceIP: a.Addr(), UserAgent: r.UserAgent(), Time: d.w.clock.Now(), Event: new(cloudtrail.Event)}
}

func (d door) Authenticate(r *http.Request, body []byte, service string) (*iam.Caller, error) {
	res, err := d.verifier.Verify(r, body, service)
	if err != nil {
		return nil, err
	}
	c := d.caller(r)
	c.AccessKeyID = res.Credential.AccessKeyID
	err = d.w.iam.Identify(r.Context(), c, res.Credential.Owner.(*iam.Session))
	c.Event.Identity = c.Identity()
	return c, err
}

func (d door) AuthenticateUnsigned(r *http.Request, body []byte, service string) (*iam.Caller, error) {
	c, err := d.Authenticate(r, body, service)
	if e, ok := errors.AsType[*sigv4.Error](err); ok && e.Reason == sigv4.MissingToken {
		return d.caller(r), nil
	}
	return c, err
}

// as is a client with credentials; without any it signs nothing.
func (w *world) as(c aws.Credentials) *sdksts.Client {
	conf := aws.Config{Region: "us-east-1", BaseEndpoint: &w.url, Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	if c.AccessKeyID != "" {
		conf.Credentials = credentials.StaticCredentialsProvider{Value: c}
	}
	return sdksts.NewFromConfig(conf)
}

func (w *world) update(f func(tx *store.Tx) error) {
	w.t.Helper()
	must(w.t, "update", w.db.Update(w.t.Context(), f))
}

// user makes a user with a policy, and an access key.
func (w *world) user(account, name, document string) aws.Credentials {
	w.t.Helper()
	u := &iam.User{Holder: iam.Holder{Name: name, Path: "/", ID: iam.NewID("AIDA"), Created: w.clock.Now()}}
	if document != "" {
		u.Inline = []iam.InlinePolicy{{Name: "p", Document: document}}
	}
	k := iam.NewAccessKey()
	w.update(func(tx *store.Tx) error {
		if err := iam.Users.Insert(tx, account, name, u); err != nil {
			return err
		}
		body, err := json.Marshal(map[string]any{
			"account": account, "secret": string(k.Secret.Expose()), "created": w.clock.Now(), "user": name, "userId": u.ID,
		})
		if err != nil {
			return err
		}
		return tx.Insert(store.Record{Kind: "iam-access-key", Key: k.ID, Ref: account + "/user/" + name + "/", Body: body})
	})
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: string(k.Secret.Expose())}
}

// role makes a role. change, if it is not nil, changes it first.
func (w *world) role(account, name, trust string, change func(r *iam.Role)) (arn string) {
	w.t.Helper()
	r := &iam.Role{Holder: iam.Holder{Name: name, Path: "/", ID: iam.NewID("AROA"), Created: w.clock.Now()}, Trust: trust, MaxSession: 3600}
	doc, err := policy.Parse([]byte(trust))
	must(w.t, "parse the trust policy", err)
	var missing string
	r.TrustIDs, missing, err = w.iam.PrincipalIDs(w.t.Context(), doc.Principals())
	must(w.t, "look up principals "+missing, err)
	if change != nil {
		change(r)
	}
	w.update(func(tx *store.Tx) error { return iam.Roles.Insert(tx, account, name, r) })
	return iam.RoleARN(account, r.Path, r.Name)
}

// caller is who calls with credentials.
func (w *world) caller(c aws.Credentials) (*iam.Caller, error) {
	found, err := w.iam.Credential(w.t.Context(), c.AccessKeyID, c.SessionToken)
	if err != nil {
		return nil, err
	}
	caller := &iam.Caller{Time: w.clock.Now(), Region: "us-east-1", AccessKeyID: c.AccessKeyID}
	return caller, w.iam.Identify(w.t.Context(), caller, found.Owner.(*iam.Session))
}

// may says whether an action without a resource is allowed to who has the credentials.
func (w *world) may(c aws.Credentials, action string) bool {
	w.t.Helper()
	caller, err := w.caller(c)
	must(w.t, "identify", err)
	got, err := caller.Decide(&iam.Access{Action: action, ARN: "*", Account: caller.Principal.Account})
	must(w.t, "decide", err)
	return got.Allowed
}

// assume assumes a role, which must work.
func (w *world) assume(c aws.Credentials, role string, change func(in *sdksts.AssumeRoleInput)) aws.Credentials {
	w.t.Helper()
	in := &sdksts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")}
	if change != nil {
		change(in)
	}
	out, err := w.as(c).AssumeRole(context.Background(), in)
	must(w.t, "AssumeRole "+role, err)
	return plain(out.Credentials)
}

func plain(c *types.Credentials) aws.Credentials {
	return aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}
}

const (
	everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	accountMay = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}`
)

// statement is a document of one statement.
func statement(members string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + members + `}]}`
}
