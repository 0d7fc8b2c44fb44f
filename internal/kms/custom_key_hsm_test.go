package kms_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm/cloudhsmtest"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// TestKeyInRealHSMs has a key in a cluster of two HSMs of SoftHSM, from the making to the end.
func TestKeyInRealHSMs(t *testing.T) {
	t.Parallel()
	option := cloudhsmtest.Option(t)
	srv := keysteadtest.Start(t, keysteadtest.WithDatabase(storetest.SQLite(t)), option)
	cluster := cloudhsmtest.Active(t, srv)
	u, ctx := root(t, srv), t.Context()
	made, err := u.CreateCustomKeyStore(ctx, &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: new("store"), CloudHsmClusterId: &cluster.Ref.ID, TrustAnchorCertificate: &cluster.TrustAnchor,
		KeyStorePassword: new(cloudhsmtest.UserPassword),
	})
	must(t, "CreateCustomKeyStore", err)
	ks := made.CustomKeyStoreId
	connect := func() {
		t.Helper()
		_, err := u.ConnectCustomKeyStore(ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: ks})
		must(t, "ConnectCustomKeyStore", err)
		awaitStore(t, srv, u, *ks, types.ConnectionStateTypeConnected)
	}
	connect()
	out, err := u.CreateKey(ctx, &kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: ks})
	must(t, "CreateKey", err)
	key := *out.KeyMetadata.KeyId
	if *out.KeyMetadata.CloudHsmClusterId != cluster.Ref.ID || out.KeyMetadata.KeyState != types.KeyStateEnabled {
		t.Errorf("the key is %+v", out.KeyMetadata)
	}
	ec := map[string]string{"a": "b"}
	for _, n := range []int{1, 32, 4096} {
		plaintext := string(bytes.Repeat([]byte("x"), n))
		blob := u.encrypt(key, plaintext, ec)
		for range 4 { // both HSMs have the key
			if p, err := u.decrypt(blob, ec); err != nil || p != plaintext {
				t.Errorf("%d bytes open to %d, %v", n, len(p), err)
			}
		}
		_, err := u.decrypt(blob, nil)
		wantOutcome(t, "Decrypt with another encryption context", err, "InvalidCiphertextException")
	}
	random, err := u.GenerateRandom(ctx, &kms.GenerateRandomInput{NumberOfBytes: new(int32(64)), CustomKeyStoreId: ks})
	if err != nil || len(random.Plaintext) != 64 || bytes.Equal(random.Plaintext, make([]byte, 64)) {
		t.Errorf("GenerateRandom: %v", err)
	}
	blob := u.encrypt(key, "text", nil)
	_, err = u.DisconnectCustomKeyStore(ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: ks})
	must(t, "DisconnectCustomKeyStore", err)
	awaitStore(t, srv, u, *ks, types.ConnectionStateTypeDisconnected)
	if _, err := u.decrypt(blob, nil); err == nil {
		t.Error("a disconnected store decrypts")
	}
	connect()
	if p, err := u.decrypt(blob, nil); err != nil || p != "text" {
		t.Errorf("Decrypt after the store was connected again: %q, %v", p, err)
	}
	due := u.scheduleDeletion(key, 7)
	srv.Advance(time.Until(due) + 8*day)
	awaitGone(t, srv, u, key)
	_, err = u.DisconnectCustomKeyStore(ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: ks})
	must(t, "DisconnectCustomKeyStore", err)
	awaitStore(t, srv, u, *ks, types.ConnectionStateTypeDisconnected)
	_, err = u.DeleteCustomKeyStore(ctx, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: ks})
	must(t, "DeleteCustomKeyStore", err)
}

// awaitStore runs the server's jobs until a store has the state.
func awaitStore(t *testing.T, srv *keysteadtest.Server, u user, id string, want types.ConnectionStateType) {
	t.Helper()
	var got types.CustomKeyStoresListEntry
	await(t, srv, func(ctx context.Context) bool {
		out, err := u.DescribeCustomKeyStores(ctx, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: &id})
		must(t, "DescribeCustomKeyStores", err)
		got = out.CustomKeyStores[0]
		return got.ConnectionState == want
	})
	if got.ConnectionState != want {
		t.Fatalf("the store is %s %s, want %s", got.ConnectionState, got.ConnectionErrorCode, want)
	}
}

func awaitGone(t *testing.T, srv *keysteadtest.Server, u user, key string) {
	t.Helper()
	await(t, srv, func(ctx context.Context) bool {
		_, err := u.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key})
		return err != nil
	})
}

// await moves the server's clock on until something is so, or a minute is over.
func await(t *testing.T, srv *keysteadtest.Server, so func(context.Context) bool) {
	t.Helper()
	for range 60 {
		if so(t.Context()) {
			return
		}
		srv.Advance(time.Second)
	}
}
