package kmsmodel

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	hsmstore "github.com/keystead/keystead/internal/keystore/cloudhsm"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// Custom key stores: one of HSMs and one behind a proxy, which are connected and disconnected. What
// is behind them works always; how it fails is tested elsewhere.

// storing is what happens to custom key stores.
var storing = []operation{{5, (*world).connectOrDisconnect}, {5, (*world).createCustomKey}}

// keyStore is a custom key store.
type keyStore struct {
	id        string
	origin    types.OriginType // of its keys
	connected bool
}

// storeRegion is the Region of all custom key stores.
const storeRegion = "us-east-1"

const clusterID = "cluster-aaaaaaaaaaa"

// behind is what is behind the custom key stores.
type behind struct {
	hsms   *hsms
	proxy  *xkstest.Proxy
	client *external.Client
}

func (w *world) behindStores() behind {
	p := xkstest.New(w.t)
	c := external.New(external.Options{Roots: p.CA.Pool(), Hosts: p.Hosts(), Timeout: 30 * time.Second})
	w.t.Cleanup(c.Close)
	return behind{&hsms{anchor: string(p.CA.PEM()), keys: map[string]cipher.AEAD{}}, p, c}
}

// makeStores makes the custom key stores, connected.
func (w *world) makeStores() {
	for _, in := range []*kms.CreateCustomKeyStoreInput{
		{CustomKeyStoreName: new("hsms"), CloudHsmClusterId: new(clusterID), KeyStorePassword: new("password"), TrustAnchorCertificate: &w.behind.hsms.anchor},
		{
			CustomKeyStoreName: new("external"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
			XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint, XksProxyUriEndpoint: new(xkstest.Endpoint), XksProxyUriPath: &w.behind.proxy.Path,
			XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: &w.behind.proxy.AccessKeyID, RawSecretAccessKey: &w.behind.proxy.Secret},
		},
	} {
		out := call(w, storeRegion, w.s.CreateCustomKeyStore, in, nil, nil)
		if out == nil {
			return
		}
		ks := &keyStore{id: *out.CustomKeyStoreId, origin: types.OriginTypeAwsCloudhsm}
		if in.CustomKeyStoreType == types.CustomKeyStoreTypeExternalKeyStore {
			ks.origin = types.OriginTypeExternalKeyStore
		}
		w.m.stores = append(w.m.stores, ks)
		w.connect(ks)
	}
}

func (w *world) connect(ks *keyStore) {
	call(w, storeRegion, w.s.ConnectCustomKeyStore, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &ks.id}, nil, nil)
	w.job("SettleKeyStores", func() error { return w.s.SettleKeyStores(w.t.Context()) })
	ks.connected = true
}

func (w *world) connectOrDisconnect() {
	ks := pick(w, w.m.stores...)
	if !ks.connected {
		w.connect(ks)
		return
	}
	if !w.one(3) { // keys that are unavailable do little
		return
	}
	call(w, storeRegion, w.s.DisconnectCustomKeyStore, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &ks.id}, nil, nil)
	w.job("SettleKeyStores", func() error { return w.s.SettleKeyStores(w.t.Context()) })
	ks.connected = false
}

// createCustomKey makes a key in a custom key store.
func (w *world) createCustomKey() {
	ks := pick(w, w.m.stores...)
	mine := slices.DeleteFunc(w.keys(), func(k *key) bool { return k.store != ks })
	if len(mine) > 3 && !w.one(10) {
		w.describeKey()
		return
	}
	in := &kms.CreateKeyInput{Origin: ks.origin, CustomKeyStoreId: &ks.id}
	var want *failure
	s := &set{spec: types.KeySpecSymmetricDefault, usage: types.KeyUsageTypeEncryptDecrypt, origin: ks.origin, primary: storeRegion, keys: map[string]*key{}, store: ks}
	if ks.origin == types.OriginTypeExternalKeyStore {
		s.externalKey = fmt.Sprintf("key-%d", w.step)
		w.behind.proxy.SetKey(s.externalKey, xkstest.Key{})
		if len(mine) > 0 && w.one(5) {
			s.externalKey = pick(w, mine...).externalKey
			want = fail("XksKeyAlreadyInUseException", unsaid)
		}
		in.XksKeyId = &s.externalKey
	}
	if !ks.connected {
		want = fail("CustomKeyStoreInvalidStateException", unsaid)
	}
	out := call(w, storeRegion, w.s.CreateKey, in, nil, want)
	if out == nil {
		return
	}
	s.id, s.current = *out.KeyMetadata.KeyId, &material{}
	s.materials = []*material{s.current}
	k := newKey(s, storeRegion, w.m.now)
	w.m.sets = append(w.m.sets, s)
	w.at = k
	k.note("step %d: it was created in %s", w.step, ks.id)
	w.sameMetadata(k, out.KeyMetadata)
}

func (s *set) custom() bool { return s.store != nil }

// namesMaterial says whether answers about the key name its key material: that of a symmetric key,
// but for those in custom key stores.
func (s *set) namesMaterial() bool { return s.symmetric() && !s.custom() }

// now is the state that the key is in: that of a key in a custom key store can be none that it has by
// itself.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func (k *key) now() types.KeyState {
	if k.custom() && !k.store.connected && !k.pendingDeletion() {
		return types.KeyStateUnavailable
	}
	return k.state
}

// notValid is how operations end that are not for keys with the key's origin.
func (k *key) notValid() *failure {
	return unsupported("%s origin is %s which is not valid for this operation.", k.arn(), k.origin)
}

// unavailable is how operations end that need what is behind the store.
func (k *key) unavailable() *failure {
	if k.origin == types.OriginTypeExternalKeyStore {
		return fail("KMSInvalidStateException", "This KMS key is in a custom key store that is not connected to its external key store proxy. "+
			"Connect the external key store and try the request again.")
	}
	return invalidState(k, "unavailable")
}

// describe completes metadata.
func (ks *keyStore) describe(k *key, m *types.KeyMetadata) {
	m.CustomKeyStoreId = &ks.id
	if ks.origin == types.OriginTypeExternalKeyStore {
		m.XksKeyConfiguration = &types.XksKeyConfigurationType{Id: &k.externalKey}
	} else {
		m.CloudHsmClusterId = new(clusterID)
	}
}

// hsms are a cluster with keys of AES-256-GCM.
type hsms struct {
	anchor string // PEM
	mu     sync.Mutex
	keys   map[string]cipher.AEAD // by CKA_ID
}

func (h *hsms) Describe(_ context.Context, _, _, id string) (*cloudhsm.Cluster, error) {
	return &cloudhsm.Cluster{
		ID: id, State: "ACTIVE", TrustAnchor: h.anchor, ActiveHSMs: 2, Zones: 2, MinimumHSMs: 2, Subnets: map[string]string{"a": "subnet-1", "b": "subnet-2"},
	}, nil
}

func (*hsms) Login(context.Context, cloudhsm.ClusterRef, secret.Bytes, secret.Bytes) error {
	return nil
}

func (*hsms) Logout(context.Context, cloudhsm.ClusterRef, func(*store.Tx) (bool, error)) error {
	return nil
}

func (h *hsms) Keep(_ *store.Tx, _ cloudhsm.ClusterRef, id string) error {
	_, err := hsmSession{hsms: h}.key(id)
	return err
}

func (h *hsms) Session(cloudhsm.ClusterRef, func(context.Context) (secret.Bytes, error)) hsmstore.Session {
	return hsmSession{hsms: h}
}

// hsmSession has what KMS calls for keys.
type hsmSession struct {
	hsmstore.Session
	hsms *hsms
}

func (s hsmSession) Generate(_ context.Context, id, _ string) error {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	block, err := aes.NewCipher(raw)
	if err != nil {
		return err
	}
	s.hsms.mu.Lock()
	defer s.hsms.mu.Unlock()
	s.hsms.keys[id], err = cipher.NewGCM(block)
	return err
}

func (s hsmSession) Destroy(_ context.Context, id string) error {
	s.hsms.mu.Lock()
	defer s.hsms.mu.Unlock()
	if s.hsms.keys[id] == nil {
		return cloudhsm.ErrNoKey
	}
	delete(s.hsms.keys, id)
	return nil
}

func (s hsmSession) key(id string) (cipher.AEAD, error) {
	s.hsms.mu.Lock()
	defer s.hsms.mu.Unlock()
	if k := s.hsms.keys[id]; k != nil {
		return k, nil
	}
	return nil, cloudhsm.ErrNoKey
}

func (s hsmSession) Encrypt(_ context.Context, id string, aad, plaintext []byte) (cloudhsm.Sealed, error) {
	k, err := s.key(id)
	if err != nil {
		return cloudhsm.Sealed{}, err
	}
	iv := make([]byte, 12)
	_, _ = rand.Read(iv)
	b := k.Seal(nil, iv, plaintext, aad)
	return cloudhsm.Sealed{IV: iv, Ciphertext: b[:len(plaintext)], Tag: b[len(plaintext):]}, nil
}

func (s hsmSession) Decrypt(_ context.Context, id string, sealed cloudhsm.Sealed, aad []byte) ([]byte, error) {
	k, err := s.key(id)
	if err != nil {
		return nil, err
	}
	p, err := k.Open(nil, sealed.IV, slices.Concat(sealed.Ciphertext, sealed.Tag), aad)
	if err != nil {
		return nil, cloudhsm.ErrDecrypt
	}
	return p, nil
}
