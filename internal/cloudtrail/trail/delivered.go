package trail

import (
	"context"
	"errors"
	"strings"

	"github.com/keystead/keystead/internal/cloudtrail/digest"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// Delivered is where the files of a trail are, for who verifies them.
type Delivered struct {
	Bucket, Prefix string
	Org            string // the organization, if the trail is one of an organization

	db    *store.DB
	trail *trail
}

// ErrNoTrail is returned by FindDelivered if there is no such trail.
var ErrNoTrail = errors.New("there is no such trail")

// FindDelivered finds a trail by its account, home Region and name.
func FindDelivered(ctx context.Context, db *store.DB, account, home, name string) (*Delivered, error) {
	t, err := trailAt(inDB{ctx, db}, account, home, name)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, ErrNoTrail
	}
	d := &Delivered{Bucket: t.Bucket, Prefix: t.Prefix, db: db, trail: t}
	if t.Org {
		d.Org = iam.OrganizationID
	}
	return d, nil
}

// Regions are those of whose events an account has digests, wherever they are now.
func (d *Delivered) Regions(ctx context.Context, account string) ([]string, error) {
	prefix := cursorKey(d.trail, toBucket, partition{account: account})
	records, err := d.db.Scan(ctx, cursorKind, store.Range{Prefix: prefix})
	if err != nil {
		return nil, err
	}
	var regions []string
	for _, r := range records {
		region := strings.TrimPrefix(r.Key, prefix)
		last, err := d.Last(ctx, account, region)
		if err != nil {
			return nil, err
		}
		if last != nil {
			regions = append(regions, region)
		}
	}
	return regions, nil
}

// Last is the newest digest of the events of an account in a Region; nil if there is none.
func (d *Delivered) Last(ctx context.Context, account, region string) (*digest.Link, error) {
	c, err := readCursor(inDB{ctx, d.db}, cursorKey(d.trail, toBucket, partition{account, region}))
	if err != nil || c.Files == nil {
		return nil, err
	}
	return c.Files.Digest.Last, nil
}
