package cloudhsm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// What the operator does at a cluster, in place of CloudHSM's own command line tools. Nobody
// else can: these have no place in the API.

// Passwords have the length that CloudHSM's have.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/userguide/cloudhsm_cli-user-create.html
const (
	minPassword = 7
	maxPassword = 32
)

func checkPassword(p secret.Bytes) error {
	if p.Len() < minPassword || p.Len() > maxPassword {
		return fmt.Errorf("a password has %d to %d characters", minPassword, maxPassword)
	}
	return nil
}

// ClusterNamed finds a cluster by its id alone.
func (s *Service) ClusterNamed(ctx context.Context, id string) (ClusterRef, error) {
	all, err := s.Clusters(ctx)
	if err != nil {
		return ClusterRef{}, err
	}
	for _, c := range all {
		if c.Ref.ID == id {
			return c.Ref, nil
		}
	}
	return ClusterRef{}, ErrNotFound
}

// Summary is a cluster in a list for the operator.
type Summary struct {
	Ref      ClusterRef
	State    types.ClusterState
	HSMs     int // all of them
	Active   int // those that serve
	Declared bool
}

// Clusters lists the clusters of all accounts and Regions.
func (s *Service) Clusters(ctx context.Context) ([]Summary, error) {
	records, err := s.DB.Scan(ctx, clusterKind, store.Range{})
	if err != nil {
		return nil, err
	}
	var all []Summary
	for _, r := range records {
		c, err := decodeCluster(r)
		if err != nil {
			return nil, err
		}
		if c.State != types.ClusterStateDeleted {
			all = append(all, Summary{c.ClusterRef, c.State, len(c.HSMs), len(c.serving()), false})
		}
	}
	for i := range s.Declared {
		d := &s.Declared[i]
		all = append(all, Summary{d.ref(), types.ClusterStateActive, len(d.Tokens), len(d.Tokens), true})
	}
	return all, nil
}

// changeUsers does something as the officer on the first HSM of a cluster that answers, and
// brings what became of the passwords to the others.
func (s *Service) changeUsers(ctx context.Context, ref ClusterRef, officer secret.Bytes, do func(*cluster, *hsm.Token) error) error {
	unlock, err := s.lock(ctx, ref)
	if err != nil {
		return err
	}
	defer unlock()
	c, err := s.settled(ctx, ref)
	switch {
	case err != nil:
		return err
	case c.declared != nil:
		return fmt.Errorf("cluster %s is declared in the configuration: use the tools of its vendor", ref.ID)
	case len(c.serving()) == 0:
		return fmt.Errorf("%w: the cluster has no active HSM", ErrUnreachable)
	}
	first, err := s.asOfficer(ctx, c, officer, do)
	if err != nil {
		return err
	}
	return s.sharePasswords(ctx, c, first, func(ctx context.Context, conn *connection) error {
		_, err := conn.token.Info(ctx)
		return err
	})
}

// asOfficer logs the officer in on the first HSM that answers and does something there. The
// cluster is locked.
func (s *Service) asOfficer(ctx context.Context, c *cluster, officer secret.Bytes, do func(*cluster, *hsm.Token) error) (*unit, error) {
	var last error
	for _, u := range c.serving() {
		s.disconnect(ctx, c, u)
		conn := s.connect(c, u)
		err := conn.token.Login(ctx, hsm.Officer, officer)
		if err == nil {
			err = do(c, conn.token)
			s.disconnect(ctx, c, u) // with it the officer is logged out
			return u, err
		}
		if wrongPIN(err) {
			return nil, fmt.Errorf("the officer's password is wrong: %w", err)
		}
		last = err
	}
	return nil, fmt.Errorf("%w: %w", ErrUnreachable, last)
}

// Activate gives the officer of an initialized cluster a password, and with that the cluster
// to its owner.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/userguide/activate-cluster.html
func (s *Service) Activate(ctx context.Context, ref ClusterRef, password secret.Bytes) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	c, err := s.find(s.read(ctx), ref)
	switch {
	case err != nil:
		return err
	case c == nil:
		return ErrNotFound
	case c.State != types.ClusterStateInitialized:
		return fmt.Errorf("cluster %s is %s, not %s", ref.ID, c.State, types.ClusterStateInitialized)
	}
	first := secret.FromString(c.Identity.Officer)
	set := func(_ *cluster, t *hsm.Token) error { return t.SetPIN(ctx, first, password) }
	err = s.changeUsers(ctx, ref, first, set)
	if wrongPIN(err) {
		// It was set before, and the process was killed: then this is the password.
		err = s.changeUsers(ctx, ref, password, func(*cluster, *hsm.Token) error { return nil })
	}
	if err != nil {
		return err
	}
	_, err = s.update(ctx, ref, func(tx *store.Tx, c *cluster) error {
		c.State, c.Identity.Officer = types.ClusterStateActive, ""
		u := user{Name: Admin, Created: s.now()}
		if err := u.upsert(tx, ref); err != nil {
			return err
		}
		return s.newBackup(tx, c)
	})
	return err
}

// User is a user of a cluster in a list for the operator.
type User struct {
	Name      string
	Role      string // "admin" or "crypto-user", as CloudHSM's tools have it
	Created   time.Time
	Failures  int
	LockedOut bool
	LoggedIn  string // by whom; "" if not
}

// Users lists the users of a cluster.
func (s *Service) Users(ctx context.Context, ref ClusterRef) ([]User, error) {
	all, err := users(func(kind string, r store.Range) ([]store.Record, error) { return s.DB.Scan(ctx, kind, r) }, ref)
	if err != nil {
		return nil, err
	}
	held, err := findLogin(s.read(ctx), ref, s.Clock.Now())
	if err != nil {
		return nil, err
	}
	var out []User
	for _, u := range all {
		shown := User{Name: u.Name, Role: Admin, Created: u.Created, Failures: u.Failures}
		if u.Name != Admin {
			shown.Role, shown.LockedOut = "crypto-user", u.Failures >= maxFailures
			if held != nil {
				shown.LoggedIn = held.Holder
			}
		}
		out = append(out, shown)
	}
	return out, nil
}

// CreateUser makes kmsuser, the one crypto user that a token of SoftHSM has.
func (s *Service) CreateUser(ctx context.Context, ref ClusterRef, name string, officer, password secret.Bytes) error {
	return s.setUser(ctx, ref, name, officer, password, false)
}

// ChangePassword changes the password of the officer, or of kmsuser, who is let in again by
// that.
func (s *Service) ChangePassword(ctx context.Context, ref ClusterRef, name string, officer, password secret.Bytes) error {
	if name != Admin {
		return s.setUser(ctx, ref, name, officer, password, true)
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	return s.changeUsers(ctx, ref, officer, func(c *cluster, t *hsm.Token) error {
		if c.State != types.ClusterStateActive {
			return fmt.Errorf("cluster %s is %s: activate it first", ref.ID, c.State)
		}
		return t.SetPIN(ctx, officer, password)
	})
}

func (s *Service) setUser(ctx context.Context, ref ClusterRef, name string, officer, password secret.Bytes, exists bool) error {
	if name != KMSUser {
		return fmt.Errorf("the crypto user of a cluster is %s: tokens of SoftHSM have one user", KMSUser)
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	err := s.changeUsers(ctx, ref, officer, func(c *cluster, t *hsm.Token) error {
		if c.State != types.ClusterStateActive {
			return fmt.Errorf("cluster %s is %s: activate it first", ref.ID, c.State)
		}
		if err := s.userIs(ctx, ref, name, exists); err != nil {
			return err
		}
		return t.InitPIN(ctx, password)
	})
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		u, _, err := findUser(tx.Get, ref, name)
		if err != nil {
			return err
		}
		if u == nil {
			u = &user{Name: name, Created: s.now()}
		}
		u.Failures = 0
		return u.upsert(tx, ref)
	})
}

// userIs checks that there is, or is not, a user, and that nobody is logged in with it. The cluster
// is locked: no key store can connect before the password has changed.
func (s *Service) userIs(ctx context.Context, ref ClusterRef, name string, exists bool) error {
	u, _, err := findUser(s.read(ctx), ref, name)
	switch {
	case err != nil:
		return err
	case exists && u == nil:
		return errNoUser
	case !exists && u != nil:
		return fmt.Errorf("the user %s exists", name)
	}
	held, err := findLogin(s.read(ctx), ref, s.Clock.Now())
	if err == nil && held != nil {
		err = fmt.Errorf("%w: by %s", errHeld, held.holder())
	}
	return err
}

// DeleteUser deletes kmsuser: nobody knows its password from then on. Its keys stay.
func (s *Service) DeleteUser(ctx context.Context, ref ClusterRef, name string, officer secret.Bytes) error {
	if name == Admin {
		return errors.New("the officer can't be deleted")
	}
	err := s.changeUsers(ctx, ref, officer, func(_ *cluster, t *hsm.Token) error {
		if err := s.userIs(ctx, ref, name, true); err != nil {
			return err
		}
		return t.InitPIN(ctx, secret.FromString(rand.Text()))
	})
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.Delete(userKind, userKey(ref, name)) })
}

// Hold logs kmsuser in until ctx ends: no key store can connect to the cluster meanwhile. It
// calls ready when that is so.
func (s *Service) Hold(ctx context.Context, ref ClusterRef, password secret.Bytes, ready func()) error {
	x, end, err := s.OperatorSession(ctx, ref, password)
	if err != nil {
		return err
	}
	defer end()
	if _, err := x.Random(ctx, 1); err != nil {
		return err
	}
	ready()
	<-ctx.Done()
	return nil
}

// OperatorSession logs kmsuser in for the operator, until end is called.
func (s *Service) OperatorSession(ctx context.Context, ref ClusterRef, password secret.Bytes) (x *Session, end func(), err error) {
	c, err := s.find(s.read(ctx), ref)
	switch {
	case err != nil:
		return nil, nil, err
	case c == nil || c.State == types.ClusterStateDeleted:
		return nil, nil, ErrNotFound
	}
	l := &login{Holder: byOperator, ID: rand.Text()}
	renew := func(ctx context.Context) error {
		l.Until = s.Clock.Now().Add(loginLength)
		return s.hold(ctx, ref, l)
	}
	if err := renew(ctx); err != nil {
		return nil, nil, err
	}
	stop := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(loginLength / 4)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				if err := renew(context.WithoutCancel(ctx)); err != nil {
					s.Log.Warn("the login of kmsuser is not renewed", "cluster", ref.ID, "error", err)
				}
			}
		}
	}()
	end = func() {
		close(stop)
		<-stopped
		s.disconnectAll(context.WithoutCancel(ctx), c)
		if err := s.let(ctx, ref, l, nil); err != nil {
			s.Log.Warn("the login of kmsuser ends by itself in a minute", "cluster", ref.ID, "error", err)
		}
	}
	if err := s.tryPassword(ctx, c, password); err != nil {
		end()
		return nil, nil, err
	}
	return s.Session(ref, func(context.Context) (secret.Bytes, error) { return password, nil }), end, nil
}

// tryPassword logs kmsuser in on the first HSM that answers, and counts the attempt. Nobody else
// has kmsuser logged in; what is left of logins of before ends, so that the HSM checks the password,
// and not one that it had before.
func (s *Service) tryPassword(ctx context.Context, c *cluster, password secret.Bytes) error {
	if c.declared == nil {
		if err := s.attempt(ctx, c.ClusterRef, KMSUser); err != nil {
			return err
		}
	}
	s.disconnectAll(ctx, c)
	var err error = ErrUnreachable
	for _, u := range c.serving() {
		err = s.connect(c, u).take(ctx, c.pin(KMSUser, password), secret.Bytes{})
		if err == nil || wrongPIN(err) {
			break
		}
	}
	switch {
	case c.declared != nil:
		return err
	case err == nil:
		return s.succeeded(ctx, c.ClusterRef, KMSUser)
	case !wrongPIN(err):
		return errors.Join(err, s.untried(ctx, c.ClusterRef, KMSUser))
	}
	return fmt.Errorf("%w: %w", errRefused, err)
}
