package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/kms/kmsmetric"
	"github.com/keystead/keystead/internal/listener"
	"github.com/keystead/keystead/internal/xks"
)

// keyStores are where custom key stores keep keys outside of this service.
type keyStores struct {
	clusters *cloudhsm.Service
	proxies  *external.Client
	health   proxyHealth
}

func (s *Server) openKeyStores() error {
	var err error
	if s.keyStores.clusters, err = s.vault.Clusters(s.cfg, s.clock, s.log); err != nil {
		return err
	}
	o, err := s.cfg.proxies()
	if err != nil {
		return err
	}
	// Proxies are other programs, which the test clock does not move: it is the wall clock that
	// requests to them are signed by.
	o.Log, o.Observe = s.log, s.observeProxy
	if c := s.cfg.CustomKeyStores; c.CA != "" {
		roots, err := listener.ReadRoots(c.CA, s.log)
		if err != nil {
			return fmt.Errorf("custom-key-stores: ca: %w", err)
		}
		o.RootsNow = roots.Get
	}
	if c := s.cfg.CustomKeyStores; c.ClientCert != "" {
		cert := listener.Files(c.ClientCert, c.ClientKey, s.log)
		if _, err := cert.Get(nil); err != nil {
			return err
		}
		o.ClientCertificate = func() (*tls.Certificate, error) { return cert.Get(nil) }
	}
	s.keyStores.proxies = external.New(o)
	return nil
}

// observeProxy counts a call of an external key store proxy, for the operator and for the
// account.
func (s *Server) observeProxy(o external.Observation) {
	s.metrics.observeProxy(o)
	s.keyStores.health.note(o, time.Now())
	c := kmsmetric.ProxyCall{
		Store:        kmsmetric.Store{Account: o.Proxy.Account, Region: o.Proxy.Region, ID: o.Proxy.Store},
		KMSOperation: o.KMSOperation, XKSOperation: o.XKSOperation, ErrorName: o.ErrorName, Retryable: o.Retryable,
		Latency: o.Latency, Certificate: o.Certificate,
	}
	if o.Health != nil {
		c.Managers = managers(o.Health)
	}
	s.observability.meter.ProxyCalled(c)
}

func managers(h *xks.Health) *kmsmetric.Managers {
	m := new(kmsmetric.Managers)
	for _, e := range h.EKMs {
		switch e.State {
		case xks.Active:
			m.Active++
		case xks.Degraded:
			m.Degraded++
		case xks.Unavailable:
			m.Unavailable++
		}
	}
	return m
}

// proxyCredentials are when external key stores were given their credentials.
func (s *Server) proxyCredentials(ctx context.Context) ([]kmsmetric.Credential, error) {
	given, err := s.keys.ProxyCredentials(ctx)
	all := make([]kmsmetric.Credential, len(given))
	for i, c := range given {
		all[i] = kmsmetric.Credential{Store: kmsmetric.Store{Account: c.Account, Region: c.Region, ID: c.Store}, Given: c.Given}
	}
	return all, err
}

// throttled counts a call that a key store's limits refused.
func (s *Server) throttled(t kms.StoreThrottle) {
	s.observability.meter.Throttled(kmsmetric.Throttle{
		Store:    kmsmetric.Store{Account: t.Account, Region: t.Region, ID: t.Store},
		External: t.Type == types.CustomKeyStoreTypeExternalKeyStore, Operation: t.Operation,
	})
}

// watchKeyStores registers what HSMs and proxies tell of themselves.
func (m *metrics) watchKeyStores(k *keyStores) {
	m.gauge("keystead_xks_proxies_failing", "External key stores whose proxy has failed at this node's last call.", func() float64 {
		return float64(k.health.count(time.Now()))
	})
	m.gauge("keystead_hsms_failing", "HSMs that this node has passed over in the last minute because a call failed.", func() float64 { return float64(k.clusters.Stats().Failing) })
	m.gauge("keystead_hsm_drivers", "Driver processes of HSMs that run.", func() float64 { return float64(k.clusters.Stats().Drivers) })
	m.counter("keystead_hsm_driver_restarts_total", "Starts of driver processes of HSMs after one had died, hung or been killed.", func() float64 { return float64(k.clusters.Stats().Restarts) })
	m.gauge("keystead_hsm_calls_in_flight", "Calls that are at HSMs now.", func() float64 { return float64(k.clusters.Stats().InFlight) })
	m.counter("keystead_hsm_calls_total", "Calls that HSMs have answered.", func() float64 { return float64(k.clusters.Stats().Calls) })
	m.counter("keystead_hsm_session_waits_total", "Calls that had to wait for a free session of an HSM.", func() float64 { return float64(k.clusters.Stats().Waits) })
	m.counter("keystead_hsm_session_wait_seconds_total", "Time that calls have waited for a free session of an HSM.", func() float64 { return k.clusters.Stats().WaitTime.Seconds() })
}

// close ends the processes and connections.
func (k *keyStores) close() error {
	if k.proxies != nil {
		k.proxies.Close()
	}
	if k.clusters != nil {
		return k.clusters.Close()
	}
	return nil
}
