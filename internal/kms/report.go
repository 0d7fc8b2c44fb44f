package kms

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/store"
)

// KeyReport is what the operator of the service may want to know of a key. Times that there are
// not are zero. The names in JSON do not change.
type KeyReport struct {
	Account     string             `json:"account"`
	Region      string             `json:"region"`
	KeyID       string             `json:"key_id"`
	Aliases     []string           `json:"aliases"`
	Spec        types.KeySpec      `json:"spec"`
	Usage       types.KeyUsageType `json:"usage"`
	Origin      types.OriginType   `json:"origin"`
	Manager     string             `json:"manager"` // CUSTOMER or AWS
	State       types.KeyState     `json:"state"`
	MultiRegion string             `json:"multi_region"` // PRIMARY, REPLICA or ""
	Created     time.Time          `json:"created"`

	LastUsed      time.Time `json:"last_used,omitzero"`
	LastOperation string    `json:"last_operation"`
	UnusedDays    int       `json:"unused_days"` // since the last use, or since it was made

	MaterialExpires    time.Time `json:"material_expires,omitzero"` // the first of its materials
	Rotation           string    `json:"rotation"`                  // "on", "off"; "on demand" where it can't be automatic, "none" where there is none
	RotationPeriodDays int       `json:"rotation_period_days"`      // 0 unless it is on
	LastRotated        time.Time `json:"last_rotated,omitzero"`
	DeletionDate       time.Time `json:"deletion_date,omitzero"`

	Flags      []string `json:"flags"`       // of ReportFlags, what is true of the key
	MonthlyUSD int      `json:"monthly_usd"` // what AWS would charge for it
}

// The flags of a KeyReport.
const (
	FlagUnused    = "unused"    // not used for ReportOptions.UnusedDays, by anybody
	FlagExpiring  = "expiring"  // material of it expires within ReportOptions.ExpiringDays
	FlagUnrotated = "unrotated" // could have been rotated in the last 365 days, and was not
	FlagPending   = "pending"   // waits for its deletion
)

// ReportFlags are all flags.
var ReportFlags = []string{FlagUnused, FlagExpiring, FlagUnrotated, FlagPending}

// ReportOptions say what a report is to be about.
type ReportOptions struct {
	Account      string // of this account only, unless ""
	Region       string // of this Region only, unless ""
	UnusedDays   int
	ExpiringDays int
}

// Report tells of all keys in the order of Regions and key ids. It reads some after the other, so
// that there may be any number of them; keys that come or go meanwhile it may miss or have. Uses
// of the last minute that no node has saved yet it does not know.
func (s *Service) Report(ctx context.Context, o ReportOptions) iter.Seq2[KeyReport, error] {
	prefix := ""
	if o.Region != "" {
		prefix = o.Region + "/"
	}
	return func(yield func(KeyReport, error) bool) {
		aliases, uses := s.aliasesBeside(ctx, prefix), s.usesBeside(ctx, prefix)
		now := s.clock.Now()
		for r, err := range s.records(ctx, keyKind, prefix) {
			if err != nil {
				yield(KeyReport{}, err)
				return
			}
			report, ok, err := s.reportOf(ctx, r, o, now, aliases, uses)
			if err != nil {
				yield(KeyReport{}, fmt.Errorf("report on key %s: %w", r.Key, err))
				return
			}
			if ok && !yield(report, nil) {
				return
			}
		}
	}
}

// reportOf is the report on one key; ok is false if nobody asks for it.
func (s *Service) reportOf(ctx context.Context, r store.Record, o ReportOptions, now time.Time, aliases, uses *beside) (report KeyReport, ok bool, err error) {
	k, _, err := decodeKey(r)
	if err != nil || o.Account != "" && k.Account != o.Account {
		return report, false, err
	}
	report = k.report()
	if report.State, err = s.state(ctx, k); err != nil {
		return report, false, err
	}
	named, err := aliases.take(r.Key)
	if err != nil {
		return report, false, err
	}
	for _, a := range named {
		report.Aliases = append(report.Aliases, strings.TrimPrefix(a.Key, k.ref.Region+"/"+k.Account+"/"))
	}
	used, err := uses.take(r.Key)
	if err != nil {
		return report, false, err
	}
	since := k.Created
	for _, u := range used {
		use, err := decodeUse(u)
		if err != nil {
			return report, false, err
		}
		report.LastUsed, report.LastOperation, since = use.Time, string(use.Operation), use.Time
	}
	report.UnusedDays = int(max(0, now.Sub(since)/day))
	report.Flags = k.flags(&report, o, now)
	return report, true, nil
}

// report is what the key's own record says of it.
func (k *key) report() KeyReport {
	r := KeyReport{
		Account: k.Account, Region: k.ref.Region, KeyID: k.id, Aliases: []string{}, Spec: k.Spec, Usage: k.Usage, Origin: k.Origin,
		Manager: string(types.KeyManagerTypeCustomer), State: k.State, Created: k.Created, MaterialExpires: k.expiry(),
		Rotation: k.rotationKind(), LastRotated: k.lastRotated(), DeletionDate: k.DeletionDate, MonthlyUSD: k.monthlyPrice(),
	}
	if k.Manager != "" {
		r.Manager = string(k.Manager)
	}
	if k.MultiRegion != nil {
		r.MultiRegion = string(k.multiRegionType())
	}
	if a := k.automatic(); a != nil {
		r.RotationPeriodDays = int(a.PeriodDays)
	}
	return r
}

// rotationKind says how the key is rotated.
func (k *key) rotationKind() string {
	switch {
	case k.Spec != types.KeySpecSymmetricDefault:
		return "none"
	case k.Origin == types.OriginTypeExternal:
		return "on demand"
	case k.Origin != types.OriginTypeAwsKms:
		return "none"
	case k.automatic() == nil:
		return "off"
	}
	return "on"
}

// flags are what stands out about the key. Of a key that waits for its deletion there is nothing
// else to do; AWS managed keys look after themselves.
func (k *key) flags(r *KeyReport, o ReportOptions, now time.Time) []string {
	flags := []string{}
	switch {
	case k.deleting():
		return append(flags, FlagPending)
	case k.Manager == types.KeyManagerTypeAws:
		return flags
	}
	if r.UnusedDays >= o.UnusedDays {
		flags = append(flags, FlagUnused)
	}
	if !r.MaterialExpires.IsZero() && r.MaterialExpires.Sub(now) <= time.Duration(o.ExpiringDays)*day {
		flags = append(flags, FlagExpiring)
	}
	since := slices.MaxFunc([]time.Time{k.Created, r.LastRotated}, time.Time.Compare)
	if r.Rotation != "none" && now.Sub(since) > usualPeriod*day {
		flags = append(flags, FlagUnrotated)
	}
	return flags
}
