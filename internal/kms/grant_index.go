package kms

import (
	"bytes"
	"math/bits"
	"slices"
)

// grantIndex has the grants on one key to the grantees of one hash. What it costs to find
// one depends on the encryption context of the request, not on how many there are: equal
// constraints make one group, and a group is found by its digest. The zero grantIndex is
// empty.
type grantIndex struct {
	groups map[digest]*grantGroup   // by grantee, resource and constraint
	byPair map[digest][]*grantGroup // those with EncryptionContextSubset, each under one of its pairs
	held   map[grantSuffix]*grantGroup

	equals, subsets int // groups of each kind, to save the digests that none can have
}

// grantSuffix is the random part of a grant's id.
type grantSuffix [24]byte

// grantGroup are grants with the same grantee and constraints.
type grantGroup struct {
	key     digest
	kind    byte
	pairs   []digest // of EncryptionContextSubset, sorted
	place   digest   // the pair that it stands under in byPair
	members []grantMember

	// shadow is the group without a constraint on the context, in which grants of this one
	// permit the operations that have no encryption context.
	shadow *grantGroup

	// first has, for each operation, the first member that permits it, or -1. It is nil in
	// small groups.
	first *[32]int32
}

type grantMember struct {
	suffix grantSuffix
	ops    grantOperations
}

// largeGroup is from how many members on a group keeps first.
const largeGroup = 16

// contextless are the operations that constraints on the encryption context do not limit.
// RetireGrant is one, too, but nobody looks for it here.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html#grant-constraints
var contextless = grantable["DescribeKey"]

// add puts a grant into the index.
func (x *grantIndex) add(g *grant) {
	if x.held == nil {
		x.groups, x.byPair, x.held = map[digest]*grantGroup{}, map[digest][]*grantGroup{}, map[grantSuffix]*grantGroup{}
	}
	x.remove(g.suffix)
	group := x.groupFor(g)
	group.add(grantMember{g.suffix, g.set})
	x.held[g.suffix] = group
	if group.kind != digestAny && g.set&contextless != 0 {
		group.shadow = x.group(anyDigest(g.grantee(), g.Constraints.SourceARN), digestAny)
		group.shadow.add(grantMember{g.suffix, g.set & contextless})
	}
}

// groupFor finds or makes the group of a grant.
func (x *grantIndex) groupFor(g *grant) *grantGroup {
	c, who := &g.Constraints, g.grantee()
	switch {
	case c.Equals != nil:
		return x.group(contextDigest(digestEquals, who, c.SourceARN, c.Equals), digestEquals)
	case len(c.Subset) > 0:
		group := x.group(contextDigest(digestSubset, who, c.SourceARN, c.Subset), digestSubset)
		if group.pairs == nil {
			for name, value := range c.Subset {
				group.pairs = append(group.pairs, pairDigest(who, c.SourceARN, name, value))
			}
			slices.SortFunc(group.pairs, compareDigests)
			x.place(group)
		}
		return group
	}
	return x.group(anyDigest(who, c.SourceARN), digestAny)
}

func (x *grantIndex) group(key digest, kind byte) *grantGroup {
	group := x.groups[key]
	if group == nil {
		group = &grantGroup{key: key, kind: kind}
		x.groups[key] = group
		x.count(group, 1)
	}
	return group
}

func (x *grantIndex) count(group *grantGroup, n int) {
	switch group.kind {
	case digestEquals:
		x.equals += n
	case digestSubset:
		x.subsets += n
	}
}

// place puts a group under that of its pairs which the fewest others stand under: a pair
// that all grants have tells nothing.
func (x *grantIndex) place(group *grantGroup) {
	group.place = slices.MinFunc(group.pairs, func(a, b digest) int { return len(x.byPair[a]) - len(x.byPair[b]) })
	x.byPair[group.place] = append(x.byPair[group.place], group)
}

// remove takes a grant out, if it is there.
func (x *grantIndex) remove(s grantSuffix) {
	group := x.held[s]
	if group == nil {
		return
	}
	delete(x.held, s)
	x.removeFrom(group, s)
	if group.shadow != nil {
		x.removeFrom(group.shadow, s)
	}
}

func (x *grantIndex) removeFrom(group *grantGroup, s grantSuffix) {
	group.remove(s)
	if len(group.members) > 0 || x.groups[group.key] != group {
		return
	}
	delete(x.groups, group.key)
	x.count(group, -1)
	if group.kind != digestSubset {
		return
	}
	rest := slices.DeleteFunc(x.byPair[group.place], func(g *grantGroup) bool { return g == group })
	x.byPair[group.place] = rest
	if len(rest) == 0 {
		delete(x.byPair, group.place)
	}
}

func (g *grantGroup) add(m grantMember) {
	g.members = append(g.members, m)
	switch {
	case g.first != nil:
		g.note(len(g.members) - 1)
	case len(g.members) > largeGroup:
		g.first = new([32]int32)
		for i := range g.first {
			g.first[i] = -1
		}
		for i := range g.members {
			g.note(i)
		}
	}
}

// note enters a member into first, where it is the first.
func (g *grantGroup) note(i int) {
	for set := g.members[i].ops; set != 0; set &= set - 1 {
		if op := bits.TrailingZeros32(uint32(set)); g.first[op] < 0 {
			g.first[op] = int32(i)
		}
	}
}

// remove puts the last member into the place of the removed one.
func (g *grantGroup) remove(s grantSuffix) {
	i := slices.IndexFunc(g.members, func(m grantMember) bool { return m.suffix == s })
	if i < 0 {
		return
	}
	last := len(g.members) - 1
	g.members[i] = g.members[last]
	g.members = g.members[:last]
	if g.first == nil {
		return
	}
	for op, j := range g.first {
		if int(j) == i || int(j) == last {
			g.first[op] = int32(slices.IndexFunc(g.members, func(m grantMember) bool { return m.ops&(1<<op) != 0 }))
		}
	}
	if i < last { // the one that came forward may be the first now
		for set := g.members[i].ops; set != 0; set &= set - 1 {
			op := bits.TrailingZeros32(uint32(set))
			g.first[op] = min(g.first[op], int32(i))
		}
	}
}

// find returns a member that permits all operations of a set.
func (g *grantGroup) find(want grantOperations) (grantSuffix, bool) {
	members := g.members
	if g.first != nil {
		i := g.first[bits.TrailingZeros32(uint32(want))]
		if i < 0 {
			return grantSuffix{}, false
		}
		members = members[i:] // no member before it will do
	}
	for i := range members {
		if members[i].ops&want == want {
			return members[i].suffix, true
		}
	}
	return grantSuffix{}, false
}

// grantQuery is what a grant is looked for.
type grantQuery struct {
	want    grantOperations
	source  string            // the resource that the service calls for; "" for none
	context map[string]string // of the request
	equals  bool              // a grant with EncryptionContextEquals will do
	subset  bool              // a grant with EncryptionContextSubset will do
}

// find returns a grant to who that permits what is asked for.
func (x *grantIndex) find(q *grantQuery, who granteeName) (grantSuffix, bool) {
	if len(x.held) == 0 {
		return grantSuffix{}, false
	}
	if s, ok := x.findFor(q, who, ""); ok || q.source == "" {
		return s, ok
	}
	return x.findFor(q, who, q.source)
}

func (x *grantIndex) findFor(q *grantQuery, who granteeName, source string) (grantSuffix, bool) {
	if group := x.groups[anyDigest(who, source)]; group != nil {
		if s, ok := group.find(q.want); ok {
			return s, true
		}
	}
	if q.equals && x.equals > 0 {
		if group := x.groups[contextDigest(digestEquals, who, source, q.context)]; group != nil {
			if s, ok := group.find(q.want); ok {
				return s, true
			}
		}
	}
	if !q.subset || x.subsets == 0 {
		return grantSuffix{}, false
	}
	return x.findSubset(q, who, source)
}

func (x *grantIndex) findSubset(q *grantQuery, who granteeName, source string) (grantSuffix, bool) {
	var room [constraintPairs]digest
	pairs := room[:0]
	for name, value := range q.context {
		pairs = append(pairs, pairDigest(who, source, name, value))
	}
	slices.SortFunc(pairs, compareDigests)
	for _, pair := range pairs {
		for _, group := range x.byPair[pair] {
			if !containsAll(pairs, group.pairs) {
				continue
			}
			if s, ok := group.find(q.want); ok {
				return s, true
			}
		}
	}
	return grantSuffix{}, false
}

// containsAll reports whether all of some sorted digests are among others.
func containsAll(all, some []digest) bool {
	for i := range some {
		if _, found := slices.BinarySearchFunc(all, some[i], compareDigests); !found {
			return false
		}
	}
	return true
}

func compareDigests(a, b digest) int { return bytes.Compare(a[:], b[:]) }

// What the parts of an index take in memory, with their places in its maps.
const (
	indexSize  = 200
	memberSize = 110
	groupSize  = 260
	pairSize   = 160
)

// size is about how many bytes the index takes.
func (x *grantIndex) size() int64 {
	return int64(indexSize + len(x.held)*memberSize + len(x.groups)*groupSize + len(x.byPair)*pairSize)
}
