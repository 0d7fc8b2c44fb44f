package kmsmatrix

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	hsmstore "github.com/keystead/keystead/internal/keystore/cloudhsm"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// hsms are clusters that are always there.
type hsms struct{ anchor string } // PEM

func (h hsms) Describe(_ context.Context, _, _, id string) (*cloudhsm.Cluster, error) {
	return &cloudhsm.Cluster{
		ID: id, State: "ACTIVE", TrustAnchor: h.anchor, ActiveHSMs: 2, Zones: 2, MinimumHSMs: 2, Subnets: map[string]string{"a": "subnet-1", "b": "subnet-2"},
	}, nil
}

func (hsms) Login(context.Context, cloudhsm.ClusterRef, secret.Bytes, secret.Bytes) error { return nil }

func (hsms) Logout(context.Context, cloudhsm.ClusterRef, func(*store.Tx) (bool, error)) error {
	return nil
}

func (hsms) Session(cloudhsm.ClusterRef, func(context.Context) (secret.Bytes, error)) hsmstore.Session {
	return session{}
}

func (hsms) Keep(*store.Tx, cloudhsm.ClusterRef, string) error { return nil }

// session leaves what it encrypts as it is.
type session struct{ hsmstore.Session }

func (session) Generate(context.Context, string, string) error { return nil }

func (session) Encrypt(_ context.Context, _ string, _, plaintext []byte) (cloudhsm.Sealed, error) {
	return cloudhsm.Sealed{IV: make([]byte, 12), Ciphertext: plaintext, Tag: make([]byte, 16)}, nil
}

func (session) Decrypt(_ context.Context, _ string, sealed cloudhsm.Sealed, _ []byte) ([]byte, error) {
	return sealed.Ciphertext, nil
}

// intoStore makes the custom key store that a key is to be in.
func (w *world) intoStore(s *subject, in *kms.CreateKeyInput) {
	w.Helper()
	made := kms.CreateCustomKeyStoreInput{CustomKeyStoreName: new("store"), CloudHsmClusterId: new("cluster-aaaaaaaaaaa"), KeyStorePassword: new("password"), TrustAnchorCertificate: new(string(w.proxy.CA.PEM()))}
	if s.origin == types.OriginTypeExternalKeyStore {
		made = kms.CreateCustomKeyStoreInput{
			CustomKeyStoreName: new("store"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
			XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint, XksProxyUriEndpoint: new(xkstest.Endpoint), XksProxyUriPath: &w.proxy.Path,
			XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: &w.proxy.AccessKeyID, RawSecretAccessKey: &w.proxy.Secret},
		}
		in.XksKeyId = new(xkstest.KeyID)
	}
	s.keyStore = *must(w, here, w.CreateCustomKeyStore, &made).CustomKeyStoreId
	in.CustomKeyStoreId = &s.keyStore
	must(w, here, w.ConnectCustomKeyStore, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &s.keyStore})
	w.settleStores()
}

func (w *world) settleStores() {
	w.Helper()
	if err := w.SettleKeyStores(w.Context()); err != nil {
		w.Fatal(err)
	}
}
