package kms

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// CreateCustomKeyStore makes a custom key store, which is not connected. Made again with all
// the same properties, a CloudHSM key store that is not connected is the result.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html
func (s *Service) CreateCustomKeyStore(ctx context.Context, c *iam.Caller, in *kms.CreateCustomKeyStoreInput) (*kms.CreateCustomKeyStoreOutput, error) {
	c.Event.RequestParameters = createdParameters(in).json()
	if err := s.authorizeAccount(ctx, c, "CreateCustomKeyStore"); err != nil {
		return nil, err
	}
	ks, err := newKeyStore(c, in, s.clock.Now())
	if err != nil {
		return nil, err
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	same, err := s.prepare(ctx, c, ks)
	if ks.external() {
		s.forgetProxy(ks) // it may come to nothing
	}
	if err != nil {
		return nil, err
	}
	if same == nil {
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			if same, err = admitKeyStore(within(tx), ks); err != nil || same != nil {
				return err
			}
			return ks.insert(tx)
		})
		if err != nil {
			return nil, err
		}
	}
	if same != nil {
		ks = same
	}
	return &kms.CreateCustomKeyStoreOutput{CustomKeyStoreId: &ks.id}, nil
}

// prepare finds out whether the store can be made, from what else there is and from what is to
// hold its keys. It returns the store that is the same already, if there is one.
func (s *Service) prepare(ctx context.Context, c *iam.Caller, ks *keyStore) (same *keyStore, err error) {
	if ks.external() {
		if same, err = admitKeyStore(s.outside(ctx), ks); err != nil || same != nil {
			return same, err
		}
		return nil, s.checkNewProxy(ctx, c, ks)
	}
	cluster, err := s.namedCluster(ctx, c, ks, ks.Cluster.ID)
	if err != nil {
		return nil, err
	}
	ks.Cluster.History = cluster.History
	if same, err = admitKeyStore(s.outside(ctx), ks); err != nil || same != nil {
		return same, err
	}
	if err := usable(cluster); err != nil {
		return nil, err
	}
	if !cloudhsm.SameCertificate(ks.Cluster.TrustAnchor, cluster.TrustAnchor) {
		return nil, errTrustAnchor(ks.Cluster.ID)
	}
	return nil, nil
}

// newKeyStore is the store that an input describes. Its properties must be those of its type,
// and all of them.
func newKeyStore(c *iam.Caller, in *kms.CreateCustomKeyStoreInput, now time.Time) (*keyStore, error) {
	ks := &keyStore{
		Type: in.CustomKeyStoreType, Name: *in.CustomKeyStoreName, State: types.ConnectionStateTypeDisconnected,
		Created: now.Truncate(time.Millisecond),
		id:      newKeyStoreID(), account: c.Principal.Account, region: c.Region,
	}
	if ks.Type == "" {
		ks.Type = types.CustomKeyStoreTypeAwsCloudhsm
	}
	given := createdProperties(in)
	if err := suit(given, ks.Type); err != nil {
		return nil, err
	}
	if err := complete(given, ks.Type, in.XksProxyConnectivity); err != nil {
		return nil, err
	}
	if ks.external() {
		ks.External = newProxyLink(in, ks.account, ks.Created)
		return ks, ks.External.check()
	}
	ks.Cluster = &clusterLink{ID: *in.CloudHsmClusterId, TrustAnchor: *in.TrustAnchorCertificate, Password: secret.FromString(*in.KeyStorePassword)}
	return ks, nil
}

// newProxyLink takes over what a complete input says of a proxy.
func newProxyLink(in *kms.CreateCustomKeyStoreInput, account string, now time.Time) *proxyLink {
	l := &proxyLink{Connectivity: in.XksProxyConnectivity, Endpoint: *in.XksProxyUriEndpoint, Path: *in.XksProxyUriPath}
	if l.behind() {
		l.ServiceOwner = account
	}
	set(&l.ServiceName, in.XksProxyVpcEndpointServiceName)
	set(&l.ServiceOwner, in.XksProxyVpcEndpointServiceOwner)
	l.setCredential(in.XksProxyAuthenticationCredential, now)
	return l
}

// set takes over a property that was given.
func set(property *string, given *string) {
	if given != nil {
		*property = *given
	}
}

func (l *proxyLink) setCredential(given *types.XksProxyAuthenticationCredentialType, now time.Time) {
	l.AccessKeyID, l.Secret, l.Given = *given.AccessKeyId, secret.FromString(*given.RawSecretAccessKey), now
}

// newKeyStoreID is an id that no store has: "cks-" and 17 digits.
func newKeyStoreID() string {
	b := make([]byte, 9)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return "cks-" + hex.EncodeToString(b)[:17]
}
