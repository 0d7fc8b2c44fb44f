// Package kms has the rules of KMS keys: what each operation of the AWS KMS API does,
// in which states of a key it works, and with which error it refuses. There is no HTTP
// and no SQL in it. The one rule: a method gets a key only together with the decision
// that the caller may use it, from one of the functions in access.go.
//
// An operation is one method of Service, in the file named after it. Begin with
// encrypt.go.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html
package kms

import (
	"crypto/x509"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/keypair"
	"github.com/keystead/keystead/internal/keystore"
	hsmstore "github.com/keystead/keystead/internal/keystore/cloudhsm"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
)

// Service is the KMS of all accounts and Regions. Its methods may be called at once.
type Service struct {
	db         *store.DB
	clock      *clock.Clock
	software   keystore.Vault
	journal    Journal
	principals Principals
	sealer     *seal.Sealer
	pairs      *keypair.Pool
	log        *slog.Logger
	keys       *store.Cache[*key]
	aliases    *store.Cache[*alias]
	own        *store.Cache[*ownKey]
	keyStores  *store.Cache[*keyStore]

	aliasLists *aliasLists
	grants     *grantCache
	uses       *keyUses
	calls      *callCounts
	clusters   Clusters
	external   *external.Client
	quotas     *storeQuotas
	underway   storeCalls
	sessions   storeSessions
	throttled  func(StoreThrottle)
	unsettled  chan struct{}
	logins     *clusterLogins

	attestationRoots []*x509.Certificate
	serves           func(region string) bool
	unsynchronized   chan struct{}
}

// Journal takes the records of what the service does by itself, such as the deletion of
// a key when its waiting period is over.
type Journal interface {
	Record(*cloudtrail.Event) error
}

// Options are the parts that a Service works with. All are required but those that come
// after CacheBytes.
type Options struct {
	DB         *store.DB
	Principals Principals
	Clock      *clock.Clock
	Software   keystore.Vault // for keys with Origin AWS_KMS or EXTERNAL
	Journal    Journal
	Log        *slog.Logger
	Sealer     *seal.Sealer // of grant tokens
	Pairs      *keypair.Pool
	CacheBytes int64 // bound on the memory of cached keys, aliases and grants

	AttestationRoots []*x509.Certificate      // of attested platforms; none if there are none
	Serves           func(region string) bool // whether replicas may be made in a Region; nil for all

	Clusters      Clusters            // of CloudHSM key stores; nil if there are none
	External      *external.Client    // of external key stores; nil if there are none
	StoreRequests int                 // cryptographic requests a second that a custom key store takes on a node; 0 is AWS's quota
	Throttled     func(StoreThrottle) // told of each that was one too many; may be nil
}

// StoreThrottle is a request that the quota of a custom key store refused.
type StoreThrottle struct {
	Account, Region, Store string
	Type                   types.CustomKeyStoreType
	Operation              string // "Encrypt"
}

// New returns a Service.
func New(o Options) *Service {
	s := &Service{
		db: o.DB, clock: o.Clock, software: o.Software, journal: o.Journal, principals: o.Principals, sealer: o.Sealer, pairs: o.Pairs, log: o.Log,
		keys:    store.NewCache(o.DB, keyKind, o.CacheBytes/2, decodeKey),
		aliases: store.NewCache(o.DB, aliasKind, o.CacheBytes/4, decodeAlias),
		own:     store.NewCache(o.DB, ownKind, 1<<20, decodeOwn),

		clusters: o.Clusters, external: o.External,
		keyStores: store.NewCache(o.DB, keyStoreKind, 4<<20, decodeKeyStore),
		quotas:    newStoreQuotas(o.StoreRequests),
		underway:  storeCalls{under: map[string]int{}},
		sessions:  storeSessions{open: map[string]hsmstore.Session{}},
		throttled: o.Throttled,
		unsettled: make(chan struct{}, 1),
		logins:    newClusterLogins(),

		serves:         o.Serves,
		unsynchronized: make(chan struct{}, 1),

		aliasLists: newAliasLists(o.DB),
		grants:     newGrantCache(o.DB, o.CacheBytes/4),
		uses:       newKeyUses(),
		calls:      newCallCounts(),

		attestationRoots: o.AttestationRoots,
	}
	o.DB.Subscribe(s.keyStoresChanged)
	return s
}

// CacheStats tells of the cached keys, aliases and grants, by name.
func (s *Service) CacheStats() map[string]store.CacheStats {
	return map[string]store.CacheStats{
		"keys": s.keys.Stats(), "aliases": s.aliases.Stats(), "alias_lists": s.aliasLists.stats(), "grants": s.grants.stats(),
	}
}
