package kms_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/cloudhsm/cloudhsmtest"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/keysteadtest"
)

// hsmStore is a CloudHSM key store whose cluster has real HSMs.
type hsmStore struct {
	user
	srv *keysteadtest.Server
	id  string
}

// connects connects the store, and says what comes of it: "CONNECTED" or the error code.
func (s *hsmStore) connects() string {
	s.t.Helper()
	_, err := s.ConnectCustomKeyStore(s.t.Context(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &s.id})
	must(s.t, "ConnectCustomKeyStore", err)
	return s.settled()
}

func (s *hsmStore) settled() string {
	s.t.Helper()
	for range 100 {
		s.srv.Advance(time.Second) // has the jobs run
		out, err := s.DescribeCustomKeyStores(s.t.Context(), &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: &s.id})
		must(s.t, "DescribeCustomKeyStores", err)
		switch e := out.CustomKeyStores[0]; e.ConnectionState {
		case types.ConnectionStateTypeConnecting, types.ConnectionStateTypeDisconnecting:
		case types.ConnectionStateTypeFailed:
			return string(e.ConnectionErrorCode)
		default:
			return string(e.ConnectionState)
		}
	}
	s.t.Fatal("the store does not come to a state")
	return ""
}

func (s *hsmStore) disconnects() {
	s.t.Helper()
	_, err := s.DisconnectCustomKeyStore(s.t.Context(), &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &s.id})
	must(s.t, "DisconnectCustomKeyStore", err)
	if got := s.settled(); got != "DISCONNECTED" {
		s.t.Fatalf("the store is %s", got)
	}
}

// tell tells the service a password of kmsuser.
func (s *hsmStore) tell(password string) {
	s.t.Helper()
	_, err := s.UpdateCustomKeyStore(s.t.Context(), &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: &s.id, KeyStorePassword: &password})
	must(s.t, "UpdateCustomKeyStore", err)
}

func (s *hsmStore) want(what, got, want string) {
	s.t.Helper()
	if got != want {
		s.t.Fatalf("%s: %s, want %s", what, got, want)
	}
}

// TestKeyStoreOfSoftHSM takes a store through what happens between an administrator of the
// cluster and the service: passwords that are wrong, changed and locked, and a user that
// somebody else has.
func TestKeyStoreOfSoftHSM(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t, cloudhsmtest.Option(t))
	c := cloudhsmtest.Active(t, srv)
	ctx, officer, given := t.Context(), secret.FromString(cloudhsmtest.OfficerPassword), secret.FromString(cloudhsmtest.UserPassword)
	s := &hsmStore{user: root(t, srv), srv: srv}
	made, err := s.CreateCustomKeyStore(ctx, &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: new("store"), CloudHsmClusterId: &c.Ref.ID, KeyStorePassword: new("notThePassword1"), TrustAnchorCertificate: &c.TrustAnchor,
	})
	must(t, "CreateCustomKeyStore", err)
	s.id = *made.CustomKeyStoreId
	s.want("a wrong password", s.connects(), "INVALID_CREDENTIALS")
	s.disconnects()
	s.tell(cloudhsmtest.UserPassword)

	// Somebody has kmsuser logged in.
	holding, release := context.WithCancel(ctx)
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- c.Operator.Hold(holding, c.Ref, given, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("log kmsuser in: %v", err)
	}
	s.want("a user that is logged in", s.connects(), "USER_LOGGED_IN")
	s.disconnects()
	release()
	must(t, "hold kmsuser", <-ended)

	s.want("the right password", s.connects(), "CONNECTED")
	key, err := s.CreateKey(ctx, &kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: &s.id})
	must(t, "CreateKey", err)
	blob := s.encrypt(*key.KeyMetadata.KeyId, "text", nil)
	opens := func(what string) {
		t.Helper()
		if text, err := s.decrypt(blob, nil); err != nil || text != "text" {
			t.Fatalf("%s: decrypts to %q, %v", what, text, err)
		}
	}
	opens("while connected")
	if err := c.Operator.ChangePassword(ctx, c.Ref, cloudhsm.KMSUser, officer, given); err == nil {
		t.Error("the password of kmsuser can be changed while the store is connected")
	}
	srv.Restart()
	s.user = root(t, srv) // at another port
	opens("after a restart")

	// The password is the service's own now.
	s.disconnects()
	trying, stop := context.WithCancel(ctx)
	if err := srv.Clusters().Hold(trying, c.Ref, given, stop); err == nil {
		t.Error("kmsuser still has its old password")
	}
	stop()
	s.want("a store that is connected again", s.connects(), "CONNECTED")
	opens("connected again")
	s.disconnects()
	must(t, "ChangePassword", c.Operator.ChangePassword(ctx, c.Ref, cloudhsm.KMSUser, officer, given))
	s.want("a password that the administrator changed", s.connects(), "INVALID_CREDENTIALS")
	s.disconnects()
	s.tell(cloudhsmtest.UserPassword)
	s.want("a password that the service was told", s.connects(), "CONNECTED")
	opens("with the new password")
	s.disconnects()

	s.tell("notThePassword1")
	for range 5 {
		s.want("a wrong password", s.connects(), "INVALID_CREDENTIALS")
		s.disconnects()
	}
	s.want("the sixth", s.connects(), "USER_LOCKED_OUT")
	s.disconnects()
	must(t, "DeleteUser", c.Operator.DeleteUser(ctx, c.Ref, cloudhsm.KMSUser, officer))
	s.want("no user", s.connects(), "USER_NOT_FOUND")
	s.disconnects()
	must(t, "CreateUser", c.Operator.CreateUser(ctx, c.Ref, cloudhsm.KMSUser, officer, given))
	s.tell(cloudhsmtest.UserPassword)
	s.want("a new user", s.connects(), "CONNECTED")
	opens("in the end")
}
