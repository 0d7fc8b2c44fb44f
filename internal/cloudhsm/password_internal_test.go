package cloudhsm

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"testing"
	"time"

	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// TestOldPassword has a node that was logged in while the password changed. From the operator it
// takes the password of now, and no other.
func TestOldPassword(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx := t.Context()
		old, next, now := secret.FromString(userPassword), secret.FromString("nobodyKnowsThis"), secret.FromString("theNewPassword")
		holds := func(n *rig, p secret.Bytes) error {
			holding, stop := context.WithCancel(ctx)
			defer stop()
			return n.Hold(holding, r.ref, p, stop)
		}
		r.must("Login", r.Login(ctx, r.ref, old, next))
		busy := r.node()
		for range 3 {
			_, err := busy.session("nobodyKnowsThis").Random(ctx, 1)
			r.must("work on another node", err)
		}
		r.must("Logout", r.Logout(ctx, r.ref, nil))
		for name, p := range map[string]secret.Bytes{"the one before": old, "any": secret.FromString("notThePassword")} {
			if err := holds(busy, p); !errors.Is(err, errRefused) {
				t.Errorf("%s: %v", name, err)
			}
		}
		r.must("Hold with the right one", holds(busy, next))
		r.must("ChangePassword", r.ChangePassword(ctx, r.ref, KMSUser, secret.FromString(officerPassword), now))
		if err := holds(busy, next); !errors.Is(err, errRefused) {
			t.Errorf("the password that the officer has changed: %v", err)
		}
		r.must("Hold with the officer's", holds(busy, now))
		if _, err := busy.session("nobodyKnowsThis").Random(ctx, 1); !errors.Is(err, ErrUnreachable) {
			t.Errorf("a session goes on with the login of the operator: %v", err)
		}
	})
}

// TestLoginsOverlap has an operator whose login has lapsed, because its process was stopped, and who
// ends while another one is logged in; and a key store that connects while the officer waits to change
// the password.
func TestLoginsOverlap(t *testing.T) {
	onSQLite(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx, right, officer := t.Context(), secret.FromString(userPassword), secret.FromString(officerPassword)
		_, endFirst, err := r.node().OperatorSession(ctx, r.ref, right)
		r.must("the first operator", err)
		r.Clock.Advance(loginLength)
		_, endSecond, err := r.node().OperatorSession(ctx, r.ref, right)
		r.must("the second operator", err)
		endFirst()
		if err := r.Login(ctx, r.ref, right, secret.Bytes{}); codeOf(err) != kmstypes.ConnectionErrorCodeTypeUserLoggedIn {
			t.Errorf("a key store beside the second operator: %v", err)
		}
		endSecond()

		unlock, err := r.lock(ctx, r.ref)
		r.must("lock", err)
		done, late := make(chan error), r.node()
		go func() { done <- late.ChangePassword(ctx, r.ref, KMSUser, officer, secret.FromString("theNewPassword")) }()
		for len(late.turn(r.ref)) == 0 { // until it waits for the lock of the other node
			runtime.Gosched()
		}
		r.must("hold", r.hold(ctx, r.ref, keyStoreLogin()))
		unlock()
		if err := <-done; !errors.Is(err, errHeld) {
			t.Errorf("the officer changes the password of a connected key store: %v", err)
		}
	})
}

// declare makes a service with a declared cluster.
func declare(t *testing.T, db *store.DB, conf hsm.Config, rotate bool, tokens ...string) *rig {
	t.Helper()
	ref := ClusterRef{"111122223333", "us-east-1", "cluster-22222222222"}
	r := &rig{t: t, ref: ref, Service: New(Options{
		DB: db, Clock: new(clock.Clock), Log: slog.New(slog.DiscardHandler), Dir: t.TempDir(), Driver: conf.Driver,
		Declared: []Declared{{
			ID: ref.ID, Account: ref.Account, Region: ref.Region, Module: conf.Module, Env: conf.Env, Tokens: tokens,
			PINFormat: PasswordOnly, RotatePassword: rotate, MinimumHSMs: 1, TrustAnchor: "anchor",
		}},
	})}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// onSQLite is engines for what the database has nothing to do with.
func onSQLite(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Parallel()
	test(t, storetest.Open(t, store.Options{URL: storetest.SQLite(t), Sealer: storetest.Sealer(t)}))
}

// TestLogoutOvertakesLogin ends the login of a node while a session has the password already. In
// the end nobody is logged in at the vendor's HSM.
func TestLogoutOvertakesLogin(t *testing.T) {
	onSQLite(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		conf := hsmtest.SoftHSM(t)
		setUp := hsm.New(conf)
		hsmtest.Token(t, setUp, "token")
		if err := setUp.Close(); err != nil {
			t.Fatal(err)
		}
		r := declare(t, db, conf, false, "token")
		asked, told := make(chan struct{}), make(chan struct{})
		refusal, times := errors.New("the key store is not connected"), 0
		x := r.Session(r.ref, func(context.Context) (secret.Bytes, error) {
			if times++; times > 1 {
				return secret.Bytes{}, refusal
			}
			close(asked)
			<-told
			return secret.FromString(hsmtest.UserPIN), nil
		})
		done := make(chan error, 2)
		go func() {
			_, err := x.Random(ctx, 1)
			done <- err
		}()
		<-asked
		go func() { done <- r.Logout(ctx, r.ref, nil) }()
		for open := 1; open > 0; runtime.Gosched() {
			r.mu.Lock()
			open = len(r.connections)
			r.mu.Unlock()
		}
		close(told)
		// What the session was about to do may come just before the end, or not be done any more.
		if err := errors.Join(<-done, <-done); err != nil && !errors.Is(err, refusal) {
			t.Errorf("the session: %v", err)
		}
		_, err := r.modules[r.ref].Token(hsm.Selector{Label: "token"}).Keys(ctx, hsm.Filter{})
		if code(err) != ckrUserNotLoggedIn {
			t.Errorf("somebody is logged in: %v", err)
		}
		// One that nobody uses for long is logged out too: later nobody knows of it.
		y := r.session(hsmtest.UserPIN)
		if _, err := y.Random(ctx, 1); err != nil {
			t.Fatal(err)
		}
		for _, conn := range r.connections {
			conn.used.Store(time.Now().Add(-2 * idle).Unix())
		}
		r.must("closeIdle", r.closeIdle(ctx))
		if _, err := r.modules[r.ref].Token(hsm.Selector{Label: "token"}).Keys(ctx, hsm.Filter{}); code(err) != ckrUserNotLoggedIn {
			t.Errorf("somebody is logged in after a long time: %v", err)
		}
		if _, err := y.Random(ctx, 1); err != nil {
			t.Errorf("and later: %v", err)
		}
	})
}

// TestRotationOfTokens changes the password of two tokens: one can't be reached at first, or a kill
// comes between them.
func TestRotationOfTokens(t *testing.T) {
	onSQLite(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		conf := hsmtest.SoftHSM(t)
		setUp := hsm.New(conf)
		hsmtest.Token(t, setUp, "one")
		r := declare(t, db, conf, true, "one", "two")
		first, second, third := secret.FromString(hsmtest.UserPIN), secret.FromString("theSecondPassword"), secret.FromString("theThirdPassword")
		if err := r.Login(ctx, r.ref, first, second); codeOf(err) != kmstypes.ConnectionErrorCodeTypeNetworkErrors {
			t.Errorf("one token can't be reached: %v", err)
		}
		hsmtest.Token(t, setUp, "two")
		if err := setUp.Close(); err != nil {
			t.Fatal(err)
		}
		again := declare(t, db, conf, true, "one", "two")
		r.must("Login when both are there", again.Login(ctx, r.ref, first, second))
		for i := range 2 {
			killed := declare(t, db, conf, true, "one", "two")
			c := killed.cluster()
			r.must("change one", killed.connect(c, c.HSMs[i]).take(ctx, second, third))
			r.must("close", killed.Close())
			n := declare(t, db, conf, true, "one", "two")
			r.must("Login after the kill", n.Login(ctx, r.ref, second, third))
			for _, u := range c.HSMs {
				if err := n.connect(c, u).take(ctx, third, secret.Bytes{}); err != nil {
					t.Errorf("%s has another password: %v", u.token, err)
				}
			}
			second, third = third, second
		}
	})
}

// TestModuleThatCantRotate has modules that do not change passwords, or not as they say.
func TestModuleThatCantRotate(t *testing.T) {
	onSQLite(t, func(t *testing.T, db *store.DB) {
		ctx, good, next := t.Context(), secret.FromString("good"), secret.FromString("next")
		for name, c := range map[string]struct {
			faults []string
			want   kmstypes.ConnectionErrorCodeType
		}{
			"not supported":          {[]string{"C_SetPIN 0x54"}, kmstypes.ConnectionErrorCodeTypeInternalError},
			"not allowed":            {[]string{"C_SetPIN 0xA2"}, kmstypes.ConnectionErrorCodeTypeInvalidCredentials},
			"says yes, does nothing": {[]string{"setpin lies"}, kmstypes.ConnectionErrorCodeTypeInternalError},
			"crashes before":         {[]string{"C_SetPIN crash"}, kmstypes.ConnectionErrorCodeTypeNetworkErrors},
			"dies afterwards":        {[]string{"setpin exit"}, kmstypes.ConnectionErrorCodeTypeNetworkErrors},
		} {
			conf, faults := hsmtest.Faulty(t)
			r := declare(t, db, conf, true, "faulty")
			hsmtest.SetFaults(t, faults, c.faults...)
			if err := r.Login(ctx, r.ref, good, next); codeOf(err) != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
			// Whatever it was: with both passwords the way goes on, and without a change too.
			hsmtest.SetFaults(t, faults)
			r.must(name+": Login again", r.Login(ctx, r.ref, good, next))
			r.must("Logout", r.Logout(ctx, r.ref, nil))
			kept := declare(t, db, conf, false, "faulty")
			r.must(name+": Login with the new one", kept.Login(ctx, r.ref, next, secret.Bytes{}))
			r.must("Logout", kept.Logout(ctx, r.ref, nil))
		}
	})
}

// TestDeclaredFailures has a vendor's module that makes keys which can't be used, or dies over it.
func TestDeclaredFailures(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		conf, faults := hsmtest.Faulty(t)
		r := declare(t, db, conf, false, "faulty")
		x := r.session("good")
		for i, c := range []struct {
			name    string
			faults  []string
			want    error
			remains bool
		}{
			{"initialization vectors of 16 bytes", []string{"keys good", "iv appended", "ivlen 16"}, ErrIV, false},
			{"a key that does not decrypt", []string{"keys good", "C_Decrypt 5"}, nil, false},
			{"a crash over it", []string{"C_GenerateKey crash"}, hsm.ErrDriver, true},
			{"a key that can't be removed", []string{"keys good", "C_Decrypt 5", "C_DestroyObject 6"}, nil, true},
		} {
			id, label := keyID(byte(i)), keyARN(c.name)
			hsmtest.SetFaults(t, faults, c.faults...)
			if err := x.Generate(ctx, id, label); err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
			if m := r.material(label); m.Destroyed.IsZero() != c.remains {
				t.Errorf("%s: it is known %+v", c.name, m)
			}
			hsmtest.SetFaults(t, faults, "keys good")
			if err := x.Destroy(ctx, id); err != nil && !errors.Is(err, ErrNoKey) {
				t.Errorf("%s: Destroy: %v", c.name, err)
			}
			if m := r.material(label); m.Destroyed.IsZero() {
				t.Errorf("%s: in the end is known %+v", c.name, m)
			}
		}
		hsmtest.SetFaults(t, faults, "keys good")
		r.must("Generate", x.Generate(ctx, keyID(9), "arn"))
		hsmtest.SetFaults(t, faults, "keys good", "iv appended", "ivlen 16")
		if s, err := x.Encrypt(ctx, keyID(9), nil, []byte("text")); !errors.Is(err, ErrIV) {
			t.Errorf("a ciphertext that there is no room for: %+v, %v", s, err)
		}
	})
}
