package kms

import (
	"context"
	"sync"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/xks"
)

// checkedAtOnce is how many proxies are asked for their health at a time.
const checkedAtOnce = 16

// CheckKeyStores asks the proxies of all external key stores that are connected for their health,
// which the client's observer learns of. Whatever they answer changes nothing.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/xks-monitoring.html
func (s *Service) CheckKeyStores(ctx context.Context) error {
	if s.external == nil {
		return nil
	}
	var asked sync.WaitGroup
	defer asked.Wait()
	turns := make(chan struct{}, checkedAtOnce)
	return s.eachConnectedProxy(ctx, func(ks *keyStore) {
		turns <- struct{}{}
		asked.Go(func() {
			defer func() { <-turns }()
			err := guarded(func() error {
				_ = s.health(ctx, ks, xks.HealthCheck, cloudtrail.NewID()) // the observer has seen it
				return nil
			})
			if err != nil {
				s.log.ErrorContext(ctx, "check a custom key store", "store", ks.id, "error", err)
			}
		})
	})
}

// ProxyCredential is when an external key store that is connected was given its credential.
type ProxyCredential struct {
	Account, Region, Store string
	Given                  time.Time
}

// ProxyCredentials are those of all external key stores that are connected.
func (s *Service) ProxyCredentials(ctx context.Context) (all []ProxyCredential, err error) {
	err = s.eachConnectedProxy(ctx, func(ks *keyStore) {
		all = append(all, ProxyCredential{ks.account, ks.region, ks.id, ks.External.Given})
	})
	return all, err
}

// eachConnectedProxy hands the external key stores that are connected to f. A record that can't be
// read keeps nobody from the others.
func (s *Service) eachConnectedProxy(ctx context.Context, f func(*keyStore)) error {
	const batch = 100
	for after := ""; ; {
		records, err := s.db.Scan(ctx, keyStoreKind, store.Range{After: after, Limit: batch})
		if err != nil {
			return err
		}
		for _, r := range records {
			after = r.Key
			ks, _, err := decodeKeyStore(r)
			if err != nil {
				s.log.ErrorContext(ctx, "read a custom key store", "error", err)
				continue
			}
			if ks.external() && ks.connected() {
				f(ks)
			}
		}
		if len(records) < batch {
			return nil
		}
	}
}
