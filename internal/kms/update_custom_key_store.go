package kms

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// UpdateCustomKeyStore changes properties of a custom key store. What it says must be true: the
// proxy is asked with the new values, and the new cluster must be a relative of the old one. The
// password is not tried before the store is connected.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateCustomKeyStore.html
func (s *Service) UpdateCustomKeyStore(ctx context.Context, c *iam.Caller, in *kms.UpdateCustomKeyStoreInput) (*kms.UpdateCustomKeyStoreOutput, error) {
	c.Event.RequestParameters = updatedParameters(in).json()
	if err := s.authorizeAccount(ctx, c, "UpdateCustomKeyStore"); err != nil {
		return nil, err
	}
	before := c.Event.AdditionalEventData
	for range updateAttempts {
		c.Event.AdditionalEventData = before
		if err := s.updateKeyStore(ctx, c, in); !errors.Is(err, errChanged) {
			return &kms.UpdateCustomKeyStoreOutput{}, err
		}
	}
	return nil, errThrottling()
}

// updateAttempts is how often an update begins anew because the store was changed meanwhile.
const updateAttempts = 3

var errChanged = errors.New("the custom key store was changed meanwhile")

// updateKeyStore asks what there is to be asked about the store as it is to be, and then stores
// it if it still is what it was.
func (s *Service) updateKeyStore(ctx context.Context, c *iam.Caller, in *kms.UpdateCustomKeyStoreInput) error {
	if err := s.db.Sync(ctx); err != nil {
		return err
	}
	old, err := s.keyStore(ctx, c.Region, c.Principal.Account, *in.CustomKeyStoreId)
	if err != nil {
		return err
	}
	noteKeyStore(c, old)
	next, err := old.with(in, s.clock.Now())
	if err != nil {
		return err
	}
	if err := s.checkUpdate(ctx, c, old, next); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := openKeyStore(tx, old.region, old.account, old.id)
		if err != nil {
			return err
		}
		if now.version != old.version {
			return errChanged
		}
		if err := next.fits(within(tx)); err != nil {
			return err
		}
		return next.put(tx)
	})
}

// fits says whether a store that is there already may be what ks is.
func (ks *keyStore) fits(v view) error {
	all, err := v.keyStoresOf(ks.region, ks.account)
	if err != nil {
		return err
	}
	if err := ks.unlike(all); err != nil {
		return err
	}
	return ks.alone(v)
}

// checkUpdate asks the cluster or the proxy whether the store can be what next is.
func (s *Service) checkUpdate(ctx context.Context, c *iam.Caller, old, next *keyStore) error {
	if next.Cluster != nil && next.Cluster.ID != old.Cluster.ID {
		cluster, err := s.namedCluster(ctx, c, next, next.Cluster.ID)
		if err != nil {
			return err
		}
		if cluster.History != old.Cluster.History {
			return errClusterNotRelated(cluster.ID, old.Cluster.ID)
		}
		if err := usable(cluster); err != nil {
			return err
		}
	}
	if err := next.fits(s.outside(ctx)); err != nil {
		return err
	}
	if next.External != nil && !next.External.equal(old.External) {
		return s.checkProxy(ctx, c, "UpdateCustomKeyStore", next)
	}
	return nil
}

// with returns the store as an update makes it. It refuses what the type of the store, its state,
// or its other properties don't allow.
func (ks *keyStore) with(in *kms.UpdateCustomKeyStoreInput, now time.Time) (*keyStore, error) {
	all := updatedProperties(in)
	if err := suit(all, ks.Type); err != nil {
		return nil, err
	}
	if err := ks.allow(in, all); err != nil {
		return nil, err
	}
	next := *ks
	if in.NewCustomKeyStoreName != nil {
		next.Name = *in.NewCustomKeyStoreName
	}
	if ks.Cluster != nil {
		next.Cluster = ks.Cluster.with(in)
		return &next, nil
	}
	var err error
	next.External, err = ks.External.with(in, ks.account, now)
	return &next, err
}

// allow says whether the state of the store is one in which the properties can change.
//
// Source: "CustomKeyStoreInvalidStateException" in the API reference, and the parameters there.
func (ks *keyStore) allow(in *kms.UpdateCustomKeyStoreInput, all []property) error {
	change, idle := in.NewCustomKeyStoreName != nil, false
	for _, p := range all {
		change = change || p.given
		idle = idle || p.given && p.name != "XksProxyUriPath" && p.name != "XksProxyAuthenticationCredential"
	}
	switch {
	case !change:
		return errValidation("You must specify at least one property to update.")
	case ks.State == types.ConnectionStateTypeDisconnected:
		return nil
	case ks.State == types.ConnectionStateTypeConnected && !idle:
		return nil
	default:
		return errStoreState(ks, "be updated so")
	}
}

// with returns the link as an update makes it. Its history stays: only relatives can follow. A
// password that was to come is of no account when somebody says what the password is.
func (l *clusterLink) with(in *kms.UpdateCustomKeyStoreInput) *clusterLink {
	next := *l
	if in.CloudHsmClusterId != nil {
		next.ID = *in.CloudHsmClusterId
	}
	if in.KeyStorePassword != nil {
		next.Password, next.Next = secret.FromString(*in.KeyStorePassword), secret.Bytes{}
	}
	return &next
}

// with returns the link as an update makes it. Whoever changes the connectivity must say what the
// endpoint is then.
func (l *proxyLink) with(in *kms.UpdateCustomKeyStoreInput, account string, now time.Time) (*proxyLink, error) {
	next := *l
	if in.XksProxyConnectivity != "" && in.XksProxyConnectivity != l.Connectivity {
		if in.XksProxyUriEndpoint == nil {
			return nil, errValidation("You must specify XksProxyUriEndpoint when you change XksProxyConnectivity.")
		}
		next.Connectivity, next.ServiceName, next.ServiceOwner = in.XksProxyConnectivity, "", ""
		if next.behind() {
			next.ServiceOwner = account
		}
	}
	set(&next.Endpoint, in.XksProxyUriEndpoint)
	set(&next.Path, in.XksProxyUriPath)
	set(&next.ServiceName, in.XksProxyVpcEndpointServiceName)
	set(&next.ServiceOwner, in.XksProxyVpcEndpointServiceOwner)
	if in.XksProxyAuthenticationCredential != nil {
		next.setCredential(in.XksProxyAuthenticationCredential, now.Truncate(time.Millisecond))
	}
	return &next, next.check()
}

// equal says whether two links are the same, so that there is nothing to ask the proxy.
func (l *proxyLink) equal(other *proxyLink) bool {
	a, b := *l, *other
	a.Secret, b.Secret = secret.Bytes{}, secret.Bytes{}
	return a == b && l.Secret.Equal(other.Secret)
}
