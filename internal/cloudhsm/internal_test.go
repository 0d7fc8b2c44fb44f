package cloudhsm

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

const (
	officerPassword = "officerPassword"
	userPassword    = "userPassword"
)

// rig is a cluster of real HSMs without a server around it.
type rig struct {
	*Service
	t   *testing.T
	ref ClusterRef
}

// node is a Service over the same database and folder, as another process has it.
func (r *rig) node() *rig {
	s := New(r.Options)
	r.t.Cleanup(func() { _ = s.Close() })
	return &rig{s, r.t, r.ref}
}

// newRig makes an active cluster with three HSMs in three zones, and kmsuser.
func newRig(t *testing.T, db *store.DB) *rig {
	t.Helper()
	r := &rig{t: t, ref: ClusterRef{"111122223333", "us-east-1", newID("cluster-")}}
	r.Service = New(Options{
		DB: db, Clock: clock.At(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)), Log: slog.New(slog.DiscardHandler),
		Dir: t.TempDir(), Driver: hsmtest.Driver(t), SoftHSM: hsmtest.Library(t),
	})
	t.Cleanup(func() { _ = r.Close() })
	c := &cluster{ClusterRef: r.ref, State: types.ClusterStateUninitialized, HSMType: "hsm2m.medium", Mode: types.ClusterModeFips, Retention: 90, Created: r.now()}
	var err error
	if c.Identity, err = newIdentity(r.ref.ID); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		c.Subnets = append(c.Subnets, subnet{zone("us-east-1", i), newEC2ID("subnet-")})
		u, err := c.newUnit(c.Subnets[i].Zone, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.HSMs = append(c.HSMs, u)
	}
	r.must("insert", db.Update(t.Context(), func(tx *store.Tx) error { return r.insertCluster(tx, c) }))
	r.must("make the HSMs", r.progress(t.Context(), r.ref))
	_, err = r.update(t.Context(), r.ref, func(_ *store.Tx, c *cluster) error {
		c.State, c.Identity.Certificate = types.ClusterStateInitialized, "certificate of "+c.ID
		return nil
	})
	r.must("initialize", err)
	r.must("activate", r.Activate(t.Context(), r.ref, secret.FromString(officerPassword)))
	r.must("create kmsuser", r.CreateUser(t.Context(), r.ref, KMSUser, secret.FromString(officerPassword), secret.FromString(userPassword)))
	return r
}

func (r *rig) must(what string, err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatalf("%s: %v", what, err)
	}
}

func (r *rig) session(password string) *Session {
	return r.Session(r.ref, func(context.Context) (secret.Bytes, error) { return secret.FromString(password), nil })
}

func (r *rig) cluster() *cluster {
	r.t.Helper()
	r.must("sync", r.DB.Sync(r.t.Context()))
	c, err := r.find(r.read(r.t.Context()), r.ref)
	r.must("find", err)
	return c
}

// holders are the HSMs that have the key, asked one by one with processes of their own.
func (r *rig) holders(id, password string) (have []string) {
	r.t.Helper()
	n := r.node()
	c := n.cluster()
	x := n.session(password)
	for _, u := range c.HSMs {
		err := x.on(r.t.Context(), c, u, n.connect(c, u), func(t *hsm.Token) error {
			found, err := t.Keys(r.t.Context(), Filter{ID: id})
			if len(found) > 0 {
				have = append(have, u.ID)
			}
			return err
		})
		r.must("keys of "+u.ID, err)
	}
	return have
}

func keyID(n byte) string { return hex.EncodeToString(bytes.Repeat([]byte{n}, 32)) }

func engines(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, storetest.Open(t, store.Options{URL: fresh(t), Sealer: storetest.Sealer(t)}))
	})
}

// TestInterruptedChange leaves changes as a kill does, after each of their steps. Another process
// then undoes a key that nobody was told of, and finishes a destruction that has begun.
func TestInterruptedChange(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx := t.Context()
		for i, steps := range []int{0, 1, 2, 3} {
			made, kept := keyID(byte(2*i+1)), keyID(byte(2*i+2))
			x := r.session(userPassword)
			r.interrupt(x, opGenerate, made, steps)
			n := r.node()
			r.must("progress", n.progress(ctx, r.ref))
			if have := r.holders(made, userPassword); len(have) > 0 {
				t.Errorf("a key whose making was interrupted after %d steps is on %v", steps, have)
			}
			if c := r.cluster(); c.Change != nil || len(c.serving()) != 3 {
				t.Errorf("after %d steps: %+v, serving %d", steps, c.Change, len(c.serving()))
			}
			if _, known, err := r.BackupsWithKey(ctx, "label of "+made); known || err != nil {
				t.Errorf("a key that never was is known: %v", err)
			}

			r.must("Generate", x.Generate(ctx, kept, "label of "+kept))
			r.interrupt(x, opDestroy, kept, steps)
			r.must("progress", r.node().progress(ctx, r.ref))
			want := 3
			if steps > 0 {
				want = 0
			}
			if have := r.holders(kept, userPassword); len(have) != want {
				t.Errorf("a key whose destruction was interrupted after %d steps is on %d HSMs, want %d", steps, len(have), want)
			}
			if c := r.cluster(); c.Change != nil || len(c.serving()) != 3 {
				t.Errorf("destroyed after %d steps: %+v, serving %d", steps, c.Change, len(c.serving()))
			}
		}
	})
}

// interrupt begins a change and stops after some of its steps: it is written down, made on the
// first HSM, its files are written down, the second HSM has it.
func (r *rig) interrupt(x *Session, op, id string, steps int) {
	r.t.Helper()
	ctx := r.t.Context()
	unlock, err := r.lock(ctx, r.ref)
	r.must("lock", err)
	defer unlock()
	first := r.cluster().HSMs[0]
	c, token, err := x.prepare(ctx, r.cluster(), op, first, id, "label of "+id)
	r.must("prepare", err)
	if steps < 1 {
		return
	}
	files, err := x.changeFirst(ctx, c, first, token, func(t *hsm.Token) error {
		if op == opDestroy {
			return t.Destroy(ctx, id)
		}
		return t.GenerateAES(ctx, id, "label of "+id)
	})
	r.must("change the first HSM", err)
	if steps < 2 {
		return
	}
	_, err = r.note(ctx, c, files)
	r.must("note", err)
	if steps < 3 {
		return
	}
	second, err := r.token(r.ref, c.HSMs[1])
	r.must("second token", err)
	if op == opDestroy {
		r.must("remove", removeObjects(second, files))
	} else {
		r.must("add", addObjects(token, second, files))
	}
}

// TestHSMAway takes an HSM away while keys are made and destroyed and the password changes. It
// serves again when it has caught up.
func TestHSMAway(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx := t.Context()
		x := r.session(userPassword)
		before, during := keyID(1), keyID(2)
		r.must("Generate", x.Generate(ctx, before, "before"))
		sealed, err := x.Encrypt(ctx, before, nil, []byte("text"))
		r.must("Encrypt", err)

		away := r.unitDir(r.ref, r.cluster().HSMs[1])
		bringBack := r.takeAway(away)
		r.must("Generate with two of three", x.Generate(ctx, during, "during"))
		c := r.cluster()
		if u := c.HSMs[1]; !u.Behind || u.shape(c).State != types.HsmStateDegraded || len(c.serving()) != 2 {
			t.Errorf("the HSM that is away: %+v", u)
		}
		r.must("Destroy with two of three", x.Destroy(ctx, before))
		r.must("Login", r.Login(ctx, r.ref, secret.FromString(userPassword), secret.FromString("anotherPassword")))
		y := r.session("anotherPassword")
		for range 6 {
			if _, err := y.Encrypt(ctx, during, nil, []byte("text")); err != nil {
				t.Errorf("Encrypt: %v", err)
			}
			if _, err := y.Decrypt(ctx, before, sealed, nil); !errors.Is(err, ErrNoKey) {
				t.Errorf("Decrypt with a destroyed key: %v", err)
			}
		}
		// A second one goes: what is left is too little for a new key, and enough to use keys.
		second := r.unitDir(r.ref, r.cluster().HSMs[2])
		bringSecondBack := r.takeAway(second)
		if err := y.Generate(ctx, keyID(3), "three"); !errors.Is(err, ErrTooFewHSMs) {
			t.Errorf("Generate with one HSM: %v", err)
		}
		if _, err := y.Encrypt(ctx, during, nil, []byte("text")); err != nil {
			t.Errorf("Encrypt with one HSM: %v", err)
		}
		bringSecondBack()
		bringBack()
		r.must("progress", r.progress(ctx, r.ref))
		if c := r.cluster(); len(c.serving()) != 3 {
			t.Fatalf("serving: %d", len(c.serving()))
		}
		if have := r.holders(during, "anotherPassword"); len(have) != 3 {
			t.Errorf("the key that was made meanwhile is on %v", have)
		}
		if have := r.holders(before, "anotherPassword"); len(have) != 0 {
			t.Errorf("the key that was destroyed meanwhile is on %v", have)
		}
		// One whose disk is lost is made anew.
		r.must("lose it", os.RemoveAll(away))
		r.must("Generate", y.Generate(ctx, keyID(4), "four"))
		r.must("progress", r.progress(ctx, r.ref))
		if have := r.holders(keyID(4), "anotherPassword"); len(have) != 3 {
			t.Errorf("after a loss the key is on %v", have)
		}
	})
}

// TestInterruptedHSM kills the process when a new HSM is complete, and nobody knows of it. Until the
// job comes back to it, a key is destroyed and another one is made.
func TestInterruptedHSM(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx := t.Context()
		x := r.session(userPassword)
		gone, made := keyID(1), keyID(2)
		r.must("Generate", x.Generate(ctx, gone, "gone"))
		c, err := r.update(ctx, r.ref, func(_ *store.Tx, c *cluster) error {
			u, err := c.newUnit(c.Subnets[0].Zone, nil)
			c.HSMs = append(c.HSMs, u)
			return err
		})
		r.must("add an HSM", err)
		fill, err := r.filling(ctx, c)
		r.must("filling", err)
		r.must("build", r.build(c, c.HSMs[3], fill))
		r.must("Destroy", x.Destroy(ctx, gone))
		r.must("Generate", x.Generate(ctx, made, "made"))
		r.must("progress", r.node().progress(ctx, r.ref))
		if have := r.holders(made, userPassword); len(have) != 4 {
			t.Errorf("the key that was made meanwhile is on %v", have)
		}
		r.must("Generate", x.Generate(ctx, keyID(3), "three")) // which makes all HSMs equal first
		if have := r.holders(gone, userPassword); len(have) != 0 {
			t.Errorf("the key that was destroyed meanwhile is on %v", have)
		}
	})
}

// TestHSMThatLeaves makes a key and changes the password while an HSM waits for its deletion. It has
// neither, and is no model for one that is behind or new.
func TestHSMThatLeaves(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx := t.Context()
		change := func(f func(*cluster) error) {
			t.Helper()
			_, err := r.update(ctx, r.ref, func(_ *store.Tx, c *cluster) error { return f(c) })
			r.must("update", err)
		}
		change(func(c *cluster) error { c.HSMs[0].State = types.HsmStateDeleteInProgress; return nil })
		r.must("Generate", r.session(userPassword).Generate(ctx, keyID(1), "one"))
		r.must("Login", r.Login(ctx, r.ref, secret.FromString(userPassword), secret.FromString("anotherPassword")))
		change(func(c *cluster) error {
			u, err := c.newUnit(c.Subnets[1].Zone, nil)
			c.HSMs = append(c.HSMs, u)
			c.fallBehind([]string{c.HSMs[1].ID})
			return err
		})
		r.must("progress", r.progress(ctx, r.ref))
		if c := r.cluster(); len(c.HSMs) != 3 || len(c.serving()) != 3 {
			t.Fatalf("%d of %d HSMs serve", len(c.serving()), len(c.HSMs))
		}
		if have := r.holders(keyID(1), "anotherPassword"); len(have) != 3 {
			t.Errorf("the key is on %v", have)
		}
	})
}

// takeAway makes the folder of an HSM unreadable, until back is called.
func (r *rig) takeAway(dir string) (back func()) {
	r.t.Helper()
	tokens := filepath.Join(dir, "tokens")
	r.must("take it away", os.Rename(tokens, tokens+".away"))
	r.must("take it away", os.WriteFile(tokens, nil, 0o600))
	return func() {
		r.must("bring it back", os.Remove(tokens))
		r.must("bring it back", os.Rename(tokens+".away", tokens))
	}
}

// TestInterruptedPassword changes the password on one HSM alone, as a kill leaves it.
func TestInterruptedPassword(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx := t.Context()
		old, next := secret.FromString(userPassword), secret.FromString("nobodyKnowsThis")
		for i := range 3 {
			c := r.cluster()
			n := r.node()
			r.must("change one", n.connect(c, c.HSMs[i]).take(ctx, old, next))
			r.must("close", n.Close())
			r.must("Login", r.node().Login(ctx, r.ref, old, next))
			if err := r.node().Login(ctx, r.ref, old, secret.Bytes{}); codeOf(err) != kmstypes.ConnectionErrorCodeTypeInvalidCredentials {
				t.Errorf("the old password: %v", err)
			}
			if have := r.holders(keyID(1), string(next.Expose())); len(have) != 0 {
				t.Errorf("%v", have)
			}
			old, next = next, secret.FromString("another"+string(rune('a'+i)))
		}
	})
}

func codeOf(err error) kmstypes.ConnectionErrorCodeType {
	if e, ok := errors.AsType[*ConnectError](err); ok {
		return e.Code
	}
	return ""
}

// TestLoginErrors has each reason why a key store can't connect.
func TestLoginErrors(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx := t.Context()
		right, wrong := secret.FromString(userPassword), secret.FromString("wrongPassword")
		check := func(name string, err error, want kmstypes.ConnectionErrorCodeType) {
			t.Helper()
			if codeOf(err) != want {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
		check("no cluster", r.Login(ctx, ClusterRef{"111122223333", "us-east-1", "cluster-none"}, right, secret.Bytes{}), kmstypes.ConnectionErrorCodeTypeClusterNotFound)
		_, end, err := r.OperatorSession(ctx, r.ref, right)
		r.must("OperatorSession", err)
		check("logged in", r.Login(ctx, r.ref, right, secret.Bytes{}), kmstypes.ConnectionErrorCodeTypeUserLoggedIn)
		end()
		for range maxFailures {
			check("wrong", r.node().Login(ctx, r.ref, wrong, secret.FromString("alsoWrong")), kmstypes.ConnectionErrorCodeTypeInvalidCredentials)
		}
		check("locked out", r.node().Login(ctx, r.ref, right, secret.Bytes{}), kmstypes.ConnectionErrorCodeTypeUserLockedOut)
		r.must("ChangePassword", r.ChangePassword(ctx, r.ref, KMSUser, secret.FromString(officerPassword), right))
		r.must("Login", r.Login(ctx, r.ref, right, secret.Bytes{}))
		if err := r.ChangePassword(ctx, r.ref, KMSUser, secret.FromString(officerPassword), right); !errors.Is(err, errHeld) {
			t.Errorf("change the password of a connected key store: %v", err)
		}
		r.must("Logout that comes late", r.Logout(ctx, r.ref, func(*store.Tx) (bool, error) { return true, nil }))
		if err := r.ChangePassword(ctx, r.ref, KMSUser, secret.FromString(officerPassword), right); !errors.Is(err, errHeld) {
			t.Errorf("change the password of a key store that is connected again: %v", err)
		}
		r.must("Logout", r.Logout(ctx, r.ref, nil))
		r.must("DeleteUser", r.DeleteUser(ctx, r.ref, KMSUser, secret.FromString(officerPassword)))
		check("no user", r.Login(ctx, r.ref, right, secret.Bytes{}), kmstypes.ConnectionErrorCodeTypeUserNotFound)
		r.must("CreateUser", r.CreateUser(ctx, r.ref, KMSUser, secret.FromString(officerPassword), right))
		r.Options.Driver = filepath.Join(t.TempDir(), "none")
		check("no driver", r.node().Login(ctx, r.ref, right, secret.Bytes{}), kmstypes.ConnectionErrorCodeTypeNetworkErrors)
		if u, err := r.Users(ctx, r.ref); err != nil || len(u) != 2 || u[1].Failures != 0 {
			t.Errorf("a driver that does not start counts as a wrong password: %+v, %v", u, err)
		}
		_, err = r.update(ctx, r.ref, func(_ *store.Tx, c *cluster) error { c.HSMs = nil; return nil })
		r.must("update", err)
		check("no HSMs", r.Login(ctx, r.ref, right, secret.Bytes{}), kmstypes.ConnectionErrorCodeTypeInsufficientCloudhsmHsms)
	})
}

// TestNodes has two nodes at one cluster: what one does the other sees, a new password included.
func TestNodes(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		a := newRig(t, db)
		b := a.node()
		ctx := t.Context()
		now := userPassword
		password := func(context.Context) (secret.Bytes, error) { return secret.FromString(now), nil }
		x, y := a.Session(a.ref, password), b.Session(b.ref, password)
		for i := range byte(4) {
			a.must("Generate", x.Generate(ctx, keyID(i), "x"))
			sealed, err := y.Encrypt(ctx, keyID(i), nil, []byte("text"))
			a.must("Encrypt on the other node", err)
			if got, err := x.Decrypt(ctx, keyID(i), sealed, nil); err != nil || string(got) != "text" {
				t.Errorf("Decrypt: %q, %v", got, err)
			}
			next := "password" + string(rune('0'+i))
			a.must("Login", b.Login(ctx, a.ref, secret.FromString(now), secret.FromString(next)))
			now = next
			// The drivers of both die, and log in with the new password.
			for _, n := range []*rig{a, b} {
				for _, conn := range n.connections {
					if pid := conn.module.Stats().PID; pid > 0 {
						_ = syscall.Kill(pid, syscall.SIGKILL)
					}
				}
			}
			for _, s := range []*Session{x, y, x, y} {
				if got, err := s.Decrypt(ctx, keyID(i), sealed, nil); err != nil || string(got) != "text" {
					t.Errorf("Decrypt after the drivers died: %q, %v", got, err)
				}
			}
		}
	})
}

// TestBackups deletes a key, and finds it in a cluster that is restored from a backup made before.
func TestBackups(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx := t.Context()
		x := r.session(userPassword)
		label, id := "arn:aws:kms:us-east-1:111122223333:key/1", keyID(1)
		r.must("backups of the activation", r.progressBackups(ctx))
		r.Clock.Advance(time.Minute)
		r.must("Generate", x.Generate(ctx, id, label))
		sealed, err := x.Encrypt(ctx, id, []byte("aad"), []byte("text"))
		r.must("Encrypt", err)
		r.Clock.Advance(24 * time.Hour)
		r.must("progress", r.progress(ctx, r.ref))
		// What a kill has left of the copy is no obstacle.
		var half *backup
		for _, b := range r.backups() {
			if b.State == types.BackupStateCreateInProgress {
				half = b
			}
		}
		if half == nil {
			t.Fatal("no backup is made after a day")
		}
		r.must("half a copy", os.MkdirAll(filepath.Join(r.backupDir(half.ClusterRef)+unfinished, "rest"), 0o700))
		r.must("progress", r.progressBackups(ctx))
		r.Clock.Advance(time.Hour)
		r.must("Destroy", x.Destroy(ctx, id))
		r.Clock.Advance(24 * time.Hour)
		r.must("progress", r.progress(ctx, r.ref))
		r.must("progress", r.progressBackups(ctx))
		held, known, err := r.BackupsWithKey(ctx, label)
		if err != nil || !known || len(held) != 1 || *held[0].BackupId != half.ID {
			t.Fatalf("the backups with the key: %+v, %v, %v; want %s of %d", held, known, err, half.ID, len(r.backups()))
		}

		restored := &rig{r.Service, t, ClusterRef{r.ref.Account, r.ref.Region, newID("cluster-")}}
		from, err := findBackup(r.read(ctx), half.ClusterRef)
		r.must("find", err)
		c := &cluster{ClusterRef: restored.ref, State: types.ClusterStateCreateInProgress, HSMType: from.HSMType, Mode: from.Mode, Retention: 90, Created: r.now()}
		r.must("restore", c.restore(from))
		c.Subnets = r.cluster().Subnets
		r.must("insert", db.Update(ctx, func(tx *store.Tx) error { return r.insertCluster(tx, c) }))
		r.must("progress", r.progress(ctx, restored.ref))
		_, err = r.update(ctx, restored.ref, func(_ *store.Tx, c *cluster) error {
			for i := range 2 {
				u, err := c.newUnit(c.Subnets[i].Zone, nil)
				if err != nil {
					return err
				}
				c.HSMs = append(c.HSMs, u)
			}
			return nil
		})
		r.must("add HSMs", err)
		r.must("half an HSM", os.MkdirAll(r.unitDir(restored.ref, restored.cluster().HSMs[0])+unfinished+"/tokens/x", 0o700))
		r.must("progress", r.progress(ctx, restored.ref))
		got, err := r.Describe(ctx, restored.ref.Account, restored.ref.Region, restored.ref.ID)
		if err != nil || got.State != "ACTIVE" || got.ActiveHSMs != 2 || got.History != r.cluster().history() {
			t.Errorf("the restored cluster: %+v, %v", got, err)
		}
		if got, err := restored.session(userPassword).Decrypt(ctx, id, sealed, []byte("aad")); err != nil || string(got) != "text" {
			t.Errorf("Decrypt in the restored cluster: %q, %v", got, err)
		}
		// Backups of the restored cluster have the key too.
		r.Clock.Advance(25 * time.Hour)
		r.must("progress", r.progress(ctx, restored.ref))
		r.must("progress", r.progressBackups(ctx))
		held, _, err = r.BackupsWithKey(ctx, label)
		if err != nil || len(held) < 3 || !slices.ContainsFunc(held, func(b HeldBackup) bool { return *b.ClusterId == restored.ref.ID }) {
			t.Errorf("the backups with the key, after the restoration: %d, %v", len(held), err)
		}
		orphans, err := restored.session(userPassword).Orphans(ctx, func(context.Context, string) (bool, error) { return false, nil })
		if err != nil || len(orphans) != 1 || orphans[0] != (Orphan{id, label}) {
			t.Errorf("orphans: %+v, %v", orphans, err)
		}
		r.modes()
	})
}

func (r *rig) backups() []*backup {
	r.t.Helper()
	all, err := backupsOf(func(kind string, q store.Range) ([]store.Record, error) { return r.DB.ScanRef(r.t.Context(), kind, q) }, r.ref)
	r.must("backups", err)
	return all
}

// modes checks that nobody but the owner can read a file of an HSM or a backup.
func (r *rig) modes() {
	r.t.Helper()
	err := filepath.Walk(r.Dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && path != r.Dir && info.Mode().Perm()&0o077 != 0 {
			r.t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	r.must("walk", err)
}
