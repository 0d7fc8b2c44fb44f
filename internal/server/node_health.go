package server

import (
	"context"
	"os"
	"time"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
	"github.com/keystead/keystead/internal/job"
	"github.com/keystead/keystead/internal/store"
)

// nodeHealth writes each minute what this node has to say of its health, as metrics of the
// operator's account in the first Region: NodeReady, 1 or 0, and NodeProblems, how many things it
// can't do besides. A node that is silent has no sample.
func (s *Server) nodeHealth(node string) job.Job {
	dimensions := []metric.Dimension{{Name: "Node", Value: node}}
	if host, err := os.Hostname(); err == nil && host != "" {
		dimensions = []metric.Dimension{{Name: "Host", Value: host}, {Name: "Node", Value: node}}
	}
	sample := func(name, unit string, value float64) metric.Datum {
		return metric.Datum{
			ID:   metric.ID{Account: s.cfg.Account, Region: s.cfg.Region(), Namespace: "Keystead", Name: name, Dimensions: dimensions},
			Unit: unit, Values: []float64{value},
		}
	}
	return job.Job{Name: "sample-node-health/" + node, Every: time.Minute, Run: func(ctx context.Context) error {
		data := []metric.Datum{sample("NodeReady", "None", s.ready()), sample("NodeProblems", "Count", float64(len(s.notes())))}
		return s.vault.DB.Update(ctx, func(tx *store.Tx) error { return s.observability.metrics.Put(tx, data) })
	}}
}
