package xksproxy

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/xks"
)

// eventSource is the service in the events of the journal.
const eventSource = "xks-proxy.keystead"

// parameters is what an event tells of a request: nothing of what is encrypted or decrypted.
type parameters struct {
	Path       string `json:"xksProxyUriPath"`
	Key        string `json:"externalKeyId,omitempty"`
	Operation  string `json:"kmsOperation,omitempty"`
	KeyARN     string `json:"kmsKeyArn,omitempty"`
	SourceVPC  string `json:"awsSourceVpc,omitempty"`
	SourceVPCE string `json:"awsSourceVpce,omitempty"`
	ViaService string `json:"kmsViaService,omitempty"`
}

// record writes an authenticated request to the journal, with its outcome, and returns the
// outcome: that of a request that can't be recorded is an InternalException. A request that
// nobody has signed is counted and logged, not recorded: strangers could fill the disk.
func (p *Proxy) record(c *call, outcome *xks.Error, r *http.Request) *xks.Error {
	switch {
	case outcome == errGone:
		p.log.Debug("a client has gone", "operation", c.op, "path", c.path, "key", c.key, "kms-request", xks.Printable(c.meta.RequestID, 128), "error", c.failure)
	case c.failure != nil:
		p.failures.log(p.log, slog.LevelError, "a request failed", "operation", c.op, "path", c.path, "key", c.key,
			"kms-request", xks.Printable(c.meta.RequestID, 128), "error", c.failure)
	}
	if c.accessKey == "" {
		if outcome != nil && outcome.Name == xks.AuthenticationFailedException {
			p.strangers.log(p.log, slog.LevelWarn, "a request was not authenticated", "path", c.path, "from", r.RemoteAddr, "reason", cmp.Or(c.refusal, outcome.Message))
		}
		return outcome
	}
	// The members are strings: this can't fail.
	in, _ := json.Marshal(&parameters{c.path, c.key, c.meta.Operation, c.meta.KeyARN, c.meta.SourceVPC, c.meta.SourceVPCE, c.meta.ViaService})
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	e := cloudtrail.Event{
		Source: eventSource, Name: string(c.op), Region: c.region, ReadOnly: true,
		Identity:        cloudtrail.Identity{Type: "Unknown", ARN: c.meta.PrincipalARN, AccessKeyID: c.accessKey},
		SourceIPAddress: host, UserAgent: r.UserAgent(), RequestID: c.meta.RequestID, RequestParameters: in,
		AdditionalEventData: []cloudtrail.Field{
			{Name: "backend", Value: c.store.Backend},
			{Name: "microseconds", Value: strconv.FormatInt(time.Since(c.begin).Microseconds(), 10)},
		},
	}
	if c.rule != "" {
		e.AdditionalEventData = append(e.AdditionalEventData, cloudtrail.Field{Name: "rule", Value: c.rule})
	}
	if c.meta.KeyARN != "" {
		e.Resources = []cloudtrail.Resource{{Type: "AWS::KMS::Key", ARN: c.meta.KeyARN}}
	}
	if outcome != nil {
		e.ErrorCode, e.ErrorMessage = string(outcome.Name), outcome.Message
	}
	if err := p.journal.Record(&e); err != nil {
		p.failures.log(p.log, slog.LevelError, "a request is not answered, because the journal can't be written", "error", err)
		return &xks.Error{Name: xks.InternalException}
	}
	return outcome
}
