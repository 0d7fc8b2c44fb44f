package kms

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/iam"
	hsmstore "github.com/keystead/keystead/internal/keystore/cloudhsm"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// keyStoresPerAccount is how many custom key stores of both types an account may have in a Region.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
const keyStoresPerAccount = 10

// Clusters are the HSM clusters that CloudHSM key stores are associated with.
type Clusters interface {
	// Describe returns a cluster, or cloudhsm.ErrNotFound.
	Describe(ctx context.Context, account, region, id string) (*cloudhsm.Cluster, error)

	// Login logs kmsuser in on every active HSM and changes its password to next. Without next
	// the password stays. What can be done about an error is in a *cloudhsm.ConnectError.
	Login(ctx context.Context, c cloudhsm.ClusterRef, password, next secret.Bytes) error

	// Logout logs kmsuser out, on this node, and lets others have it, unless needed finds in that
	// transaction that a key store has it again.
	Logout(ctx context.Context, c cloudhsm.ClusterRef, needed func(tx *store.Tx) (bool, error)) error

	// Session is kmsuser at the cluster, without a call yet. The password is asked for whenever
	// somebody must be logged in.
	Session(c cloudhsm.ClusterRef, password func(context.Context) (secret.Bytes, error)) hsmstore.Session

	// Keep makes sure in a transaction that nobody has begun to destroy the material that a key
	// stored there uses; cloudhsm.ErrNoKey says that somebody has.
	Keep(tx *store.Tx, c cloudhsm.ClusterRef, id string) error
}

// view reads what custom key stores there are.
type view struct {
	scan, scanRef func(kind string, r store.Range) ([]store.Record, error)
}

func within(tx *store.Tx) view { return view{tx.Scan, tx.ScanRef} }

// outside is what is known before a transaction, so that nobody is asked about a store that
// can't be made anyway.
func (s *Service) outside(ctx context.Context) view {
	return view{
		func(kind string, r store.Range) ([]store.Record, error) { return s.db.Scan(ctx, kind, r) },
		func(kind string, r store.Range) ([]store.Record, error) { return s.db.ScanRef(ctx, kind, r) },
	}
}

// keyStoresOf are the custom key stores of an account, by their ids.
func (v view) keyStoresOf(region, account string) ([]*keyStore, error) {
	return decodeKeyStores(v.scan(keyStoreKind, store.Range{Prefix: accountRef(region, account), Limit: keyStoresPerAccount}))
}

func decodeKeyStores(records []store.Record, err error) (all []*keyStore, _ error) {
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		ks, _, err := decodeKeyStore(r)
		if err != nil {
			return nil, err
		}
		all = append(all, ks)
	}
	return all, nil
}

// admitKeyStore says whether there can be the new store ks beside those that there are. It
// returns the store that is the same already, if there is one.
func admitKeyStore(v view, ks *keyStore) (same *keyStore, err error) {
	all, err := v.keyStoresOf(ks.region, ks.account)
	if err != nil {
		return nil, err
	}
	for _, other := range all {
		if ks.same(other) {
			return other, nil
		}
	}
	if err := ks.unlike(all); err != nil {
		return nil, err
	}
	if len(all) >= keyStoresPerAccount {
		return nil, errLimit("The account has %d custom key stores in this Region, which is the limit.", keyStoresPerAccount)
	}
	return nil, ks.alone(v)
}

// same says whether other is what a CreateCustomKeyStore for ks would have made. It is for
// CloudHSM key stores that are not connected only.
func (ks *keyStore) same(other *keyStore) bool {
	a, b := ks.Cluster, other.Cluster
	return a != nil && b != nil && other.State == types.ConnectionStateTypeDisconnected &&
		ks.Name == other.Name && a.ID == b.ID && a.TrustAnchor == b.TrustAnchor && a.Password.Equal(b.Password)
}

// unlike refuses a store that has what must be its own in common with another of its account.
func (ks *keyStore) unlike(all []*keyStore) error {
	for _, other := range all {
		if other.id != ks.id && other.Name == ks.Name {
			return errStoreName(ks.Name)
		}
	}
	for _, other := range all {
		switch {
		case other.id == ks.id:
		case ks.Cluster != nil && other.Cluster != nil && ks.Cluster.related(other.Cluster):
			return errClusterInUse(ks.Cluster.ID)
		case ks.External != nil && other.External != nil && ks.External.sameService(other.External):
			return errProxyService(ks.External.ServiceName)
		case ks.External != nil && other.External != nil && ks.External.host() == other.External.host() && ks.External.Path == other.External.Path:
			return errProxyURI()
		}
	}
	return nil
}

// related says whether two clusters are the same, or have backups in common.
func (l *clusterLink) related(other *clusterLink) bool {
	return l.ID == other.ID || l.History != "" && l.History == other.History
}

func (l *proxyLink) sameService(other *proxyLink) bool {
	return l.ServiceName != "" && l.ServiceName == other.ServiceName
}

// alone refuses an external key store whose endpoint another in the Region has, whosever it is,
// unless both endpoints are public. Stores with one endpoint are all public, or there is one: to
// look at one other is enough.
func (ks *keyStore) alone(v view) error {
	if ks.External == nil {
		return nil
	}
	all, err := decodeKeyStores(v.scanRef(keyStoreKind, store.Range{Prefix: hostRef(ks.region, ks.External.host()), Limit: 2}))
	if err != nil {
		return err
	}
	const public = types.XksProxyConnectivityTypePublicEndpoint
	for _, other := range all {
		switch {
		case other.path() == ks.path():
		case ks.External.sameService(other.External):
			return errProxyService(ks.External.ServiceName)
		case ks.External.Connectivity != public && other.External.Connectivity != public:
			return errProxyEndpoint("each VPC endpoint service must have a private DNS name of its own")
		case ks.External.Connectivity != public || other.External.Connectivity != public:
			return errProxyEndpoint("a store with the connectivity PUBLIC_ENDPOINT cannot have the endpoint of one with VPC_ENDPOINT_SERVICE")
		}
	}
	return nil
}

// namedCluster is cluster for a caller who names it, and so must be allowed to know of clusters.
// KMS asks CloudHSM on the caller's behalf; the endpoint that the caller came through is not one of
// CloudHSM.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/authorize-key-store.html
func (s *Service) namedCluster(ctx context.Context, c *iam.Caller, ks *keyStore, id string) (*cloudhsm.Cluster, error) {
	onward := *c
	onward.Endpoint, onward.Via = nil, &iam.Via{Service: "kms.amazonaws.com", Region: c.Region}
	if err := onward.Authorize(&iam.Access{Action: "cloudhsm:DescribeClusters", ARN: "*", Account: ks.account}); err != nil {
		return nil, err
	}
	return s.cluster(ctx, ks, id)
}

// cluster returns the cluster that the store is, or is to be, associated with.
func (s *Service) cluster(ctx context.Context, ks *keyStore, id string) (*cloudhsm.Cluster, error) {
	if s.clusters == nil {
		return nil, errNoClusters()
	}
	cluster, err := s.clusters.Describe(ctx, ks.account, ks.region, id)
	if errors.Is(err, cloudhsm.ErrNotFound) {
		return nil, errClusterNotFound(id)
	}
	return cluster, err
}

// connectable says whether a store can connect to the cluster, as far as its description goes.
func connectable(cluster *cloudhsm.Cluster) error {
	if cluster.State != clusterActive {
		return errClusterNotActive(cluster.ID, cluster.State)
	}
	if len(cluster.Subnets) < min(cluster.MinimumHSMs, 2) {
		return errClusterConfiguration(cluster.ID, "it needs subnets in at least two Availability Zones")
	}
	return nil
}

// usable says whether keys can be made in the cluster, as far as its description goes.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-keystore.html#before-keystore
func usable(cluster *cloudhsm.Cluster) error {
	if err := connectable(cluster); err != nil {
		return err
	}
	if cluster.ActiveHSMs < cluster.MinimumHSMs || cluster.Zones < cluster.MinimumHSMs {
		return errClusterConfiguration(cluster.ID, "it has too few active HSMs in different Availability Zones")
	}
	return nil
}

const clusterActive = "ACTIVE"
