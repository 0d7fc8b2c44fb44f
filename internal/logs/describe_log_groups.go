package logs

import (
	"cmp"
	"context"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/marker"
	"github.com/keystead/keystead/internal/store"
)

// pageSize is how many entries lists have if the caller does not say, and at most.
const pageSize = 50

func limitOf(n *int32, most int32) int {
	if n == nil {
		return int(most)
	}
	return int(*n)
}

// after is the name that a page goes on behind.
func after(token *string) (string, error) {
	if token == nil {
		return "", nil
	}
	m, ok := marker.Parse(*token)
	if !ok {
		return "", badToken()
	}
	return m.After, nil
}

// groupFilter chooses groups of a list.
type groupFilter struct {
	prefix string
	accept func(*group) bool
}

// groupPage returns the groups of an account's Region behind a name, as many as fit on a
// page, and the token of the next page. A page looks at a bounded number of groups.
func (s *Service) groupPage(ctx context.Context, c *iam.Caller, f groupFilter, token *string, limit int) (groups []*group, next *string, err error) {
	last, err := after(token)
	if err != nil {
		return nil, nil, err
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, nil, err
	}
	const most = 1000 // looked at
	prefix := partition(c.Principal.Account, c.Region)
	from := ""
	if last != "" {
		from = prefix + last
	}
	records, err := s.db.Scan(ctx, groupKind, store.Range{Prefix: prefix + f.prefix, After: from, Limit: most})
	if err != nil {
		return nil, nil, err
	}
	for i, r := range records {
		g, _, err := decodeGroup(r)
		if err != nil {
			return nil, nil, err
		}
		if f.accept == nil || f.accept(g) {
			groups = append(groups, g)
		}
		if len(groups) == limit && i < len(records)-1 || i == most-1 {
			return groups, new(marker.Marker{After: g.Name}.String()), nil
		}
	}
	return groups, nil, nil
}

// DescribeLogGroups lists groups.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
func (s *Service) DescribeLogGroups(ctx context.Context, c *iam.Caller, in *sdk.DescribeLogGroupsInput) (*sdk.DescribeLogGroupsOutput, error) {
	if err := allowAny(c, "DescribeLogGroups", allGroups(c), keys{}); err != nil {
		return nil, err
	}
	if in.LogGroupNamePrefix != nil && in.LogGroupNamePattern != nil {
		return nil, invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	f := groupFilter{accept: func(g *group) bool { return in.LogGroupClass == "" || g.Class == string(in.LogGroupClass) }}
	switch {
	case in.LogGroupIdentifiers != nil:
		names := map[string]bool{}
		for i := range in.LogGroupIdentifiers {
			t, err := named(c, nil, &in.LogGroupIdentifiers[i])
			if err != nil {
				return nil, err
			}
			names[t.name] = t.account == c.Principal.Account && t.region == c.Region
		}
		f.accept = func(g *group) bool { return names[g.Name] }
	case in.LogGroupNamePrefix != nil:
		f.prefix = *in.LogGroupNamePrefix
	case in.LogGroupNamePattern != nil:
		class := f.accept
		f.accept = func(g *group) bool { return class(g) && strings.Contains(g.Name, *in.LogGroupNamePattern) }
	}
	groups, next, err := s.groupPage(ctx, c, f, in.NextToken, limitOf(in.Limit, pageSize))
	if err != nil {
		return nil, err
	}
	out := &sdk.DescribeLogGroupsOutput{LogGroups: []types.LogGroup{}, NextToken: next}
	heads := maxHeads
	for _, g := range groups {
		bytes, err := s.storedBytes(ctx, g, &heads)
		if err != nil {
			return nil, err
		}
		out.LogGroups = append(out.LogGroups, g.describe(bytes))
	}
	return out, nil
}

func (g *group) describe(bytes int64) types.LogGroup {
	d := types.LogGroup{
		Arn: new(g.arn() + ":*"), LogGroupArn: new(g.arn()), LogGroupName: &g.Name, CreationTime: &g.Created,
		LogGroupClass: types.LogGroupClass(g.Class), MetricFilterCount: new(int32(len(g.Filters))), StoredBytes: &bytes,
		DeletionProtectionEnabled: &g.Protected,
	}
	if g.Key != "" {
		d.KmsKeyId = &g.Key
	}
	if g.Retention != 0 {
		d.RetentionInDays = &g.Retention
	}
	return d
}

// maxHeads is how many streams the sizes of groups on a page are summed up over. AWS's sizes
// are behind, too.
const maxHeads = 2000

// storedBytes adds up what the streams of a group keep. left is how many more are looked at.
func (s *Service) storedBytes(ctx context.Context, g *group, left *int) (sum int64, err error) {
	if *left <= 0 {
		return 0, nil
	}
	records, err := s.db.Scan(ctx, streamKind, store.Range{Prefix: g.ID + "/", Limit: *left})
	if err != nil {
		return 0, err
	}
	*left -= len(records)
	for _, r := range records {
		st, err := decodeStream(r)
		if err != nil {
			return 0, err
		}
		h, err := s.events.Head(ctx, st.log())
		if err != nil {
			return 0, err
		}
		sum += h.Bytes
	}
	return sum, nil
}

// listSize is how many groups ListLogGroups lists if the caller does not say.
const listSize = 50

// ListLogGroups lists groups by parts of their names.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroups.html
func (s *Service) ListLogGroups(ctx context.Context, c *iam.Caller, in *sdk.ListLogGroupsInput) (*sdk.ListLogGroupsOutput, error) {
	if err := allowAny(c, "ListLogGroups", allGroups(c), keys{}); err != nil {
		return nil, err
	}
	if in.DataSources != nil || in.FieldIndexNames != nil || in.LogGroupTags != nil {
		return nil, invalid("Listing log groups by data source, field index or tag is not supported.")
	}
	f := groupFilter{accept: func(g *group) bool {
		return (in.LogGroupClass == "" || g.Class == string(in.LogGroupClass)) && likeAny(in.LogGroupNamePattern, g.Name)
	}}
	groups, next, err := s.groupPage(ctx, c, f, in.NextToken, limitOf(cmp.Or(in.Limit, new(int32(listSize))), listSize))
	if err != nil {
		return nil, err
	}
	out := &sdk.ListLogGroupsOutput{LogGroups: []types.LogGroupSummary{}, NextToken: next}
	for _, g := range groups {
		out.LogGroups = append(out.LogGroups, types.LogGroupSummary{
			LogGroupArn: new(g.arn()), LogGroupName: &g.Name, LogGroupClass: types.LogGroupClass(g.Class),
		})
	}
	return out, nil
}

// likeAny compares a name with texts between bars: one that begins with ^ must begin the name.
func likeAny(pattern *string, name string) bool {
	if pattern == nil {
		return true
	}
	for text := range strings.SplitSeq(*pattern, "|") {
		if rest, start := strings.CutPrefix(text, "^"); start && strings.HasPrefix(name, rest) || !start && strings.Contains(name, text) {
			return true
		}
	}
	return false
}
