package server

import (
	"log/slog"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudhsm"
)

// Clusters opens the clusters of HSMs that a configuration has and the database knows of. The
// caller closes the service, and the vault after it.
func (v *Vault) Clusters(cfg Config, clk *clock.Clock, log *slog.Logger) (*cloudhsm.Service, error) {
	declared, err := cfg.DeclaredClusters()
	if err != nil {
		return nil, err
	}
	return cloudhsm.New(cloudhsm.Options{
		DB: v.DB, Clock: clk, Log: log, Dir: cfg.HSMDir(), Driver: cfg.HSM.Driver, SoftHSM: cfg.HSM.SoftHSM, Declared: declared,
		Principals: v.IAM, Serves: cfg.serves,
	}), nil
}
