package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// standing is everything that its own account says of a principal. It does not change: a
// change of any entity makes all of them void.
type standing struct {
	name       string // of the user or role today
	arn        string // of the user or role today
	id         string
	tags       []Tag
	identity   []decision.Policy
	boundary   *decision.Policy
	controls   []decision.Policy
	generation uint64 // of the entities that it was made from
}

// directory has the entities by way of caches, and the standings that were made of them.
type directory struct {
	db       *store.DB
	users    *store.Cache[*holder]
	groups   *store.Cache[*holder]
	roles    *store.Cache[*holder]
	policies *store.Cache[*managed]
	accounts *store.Cache[*account]

	providers *store.Cache[*Provider]

	generation atomic.Uint64
	mu         sync.RWMutex
	standings  map[standingKey]*standing
}

// standingKey is the type, account and name of a principal, the name in lower case.
type standingKey struct{ kind, account, name string }

// standingsKept bounds the standings in memory; when they are more, all are made anew.
const standingsKept = 16384

// holder is a user, group or role with its policies compiled.
type holder struct {
	Holder
	inline []decision.Policy
	groups []string
	trust  *decision.Policy // of a role
	role   *Role
}

type managed struct{ document decision.Policy }

// directoryBytes bounds the memory of each cache of a directory.
const directoryBytes = 32 << 20

func newDirectory(db *store.DB) *directory {
	d := &directory{
		db:        db,
		users:     store.NewCache(db, Users.kind, directoryBytes, decodeUser),
		groups:    store.NewCache(db, Groups.kind, directoryBytes, decodeGroup),
		roles:     store.NewCache(db, Roles.kind, directoryBytes, decodeRole),
		policies:  store.NewCache(db, Policies.kind, directoryBytes, decodePolicy),
		accounts:  store.NewCache(db, accountKind, directoryBytes, decodeAccount),
		providers: store.NewCache(db, Providers.kind, directoryBytes/8, decodeProvider),
		standings: map[standingKey]*standing{},
	}
	// After the caches, so that they have dropped what changed when the generation moves.
	db.Subscribe(d.apply)
	return d
}

func (d *directory) apply(changes []store.Change) {
	for _, c := range changes {
		switch {
		case c.Reset, c.Kind == Users.kind, c.Kind == Groups.kind, c.Kind == Roles.kind, c.Kind == Policies.kind, c.Kind == accountKind:
			d.generation.Add(1)
			return
		}
	}
}

// stand returns the standing of a principal, or ErrNoEntity if there is no such user or role
// any more. The unique id is checked by whoever asks.
func (d *directory) stand(ctx context.Context, kind, account, name string) (*standing, error) {
	if err := d.db.Fresh(); err != nil {
		return nil, err
	}
	key := standingKey{kind, account, strings.ToLower(name)}
	now := d.generation.Load()
	d.mu.RLock()
	s := d.standings[key]
	d.mu.RUnlock()
	if s != nil && s.generation == now {
		return s, nil
	}
	s, err := d.assemble(ctx, kind, account, name)
	if err != nil {
		return nil, err
	}
	s.generation = now // of before: a change meanwhile makes it void
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.standings) >= standingsKept {
		clear(d.standings)
	}
	d.standings[key] = s
	return s, nil
}

func (d *directory) assemble(ctx context.Context, kind, account, name string) (*standing, error) {
	a, err := d.accounts.Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoEntity
	}
	if err != nil {
		return nil, fmt.Errorf("find account: %w", err)
	}
	s := &standing{controls: a.controls}
	switch kind {
	case TypeUser:
		return s, d.assembleHolder(ctx, s, d.users, account, name, UserARN)
	case TypeAssumedRole:
		return s, d.assembleHolder(ctx, s, d.roles, account, name, RoleARN)
	}
	return s, nil // the root user has no policies of its own
}

// assembleHolder adds what a user or role says of itself. If what it refers to is not there,
// it changes right now: that must not be taken for its own absence, so the errors about that
// do not wrap ErrNoEntity.
func (d *directory) assembleHolder(ctx context.Context, s *standing, from *store.Cache[*holder], account, name string, arn func(account, path, name string) string) error {
	h, err := find(ctx, from, account, name)
	if err != nil {
		return err
	}
	s.name, s.arn, s.id, s.tags = h.Name, arn(account, h.Path, h.Name), h.ID, h.Tags
	if err := d.collect(ctx, s, account, h); err != nil {
		return err
	}
	for _, g := range h.groups {
		group, err := find(ctx, d.groups, account, g)
		if err != nil {
			return fmt.Errorf("find group: %v", err)
		}
		if err := d.collect(ctx, s, account, group); err != nil {
			return err
		}
	}
	if h.Boundary != "" {
		b, err := d.managed(ctx, h.Boundary)
		if err != nil {
			return fmt.Errorf("find permissions boundary: %v", err)
		}
		s.boundary = &b
	}
	return nil
}

// collect adds the policies of a user, group or role to a standing.
func (d *directory) collect(ctx context.Context, s *standing, account string, h *holder) error {
	s.identity = append(s.identity, h.inline...)
	for _, arn := range h.Attached {
		p, err := d.managed(ctx, arn)
		if err != nil {
			return fmt.Errorf("find attached policy: %v", err)
		}
		s.identity = append(s.identity, p)
	}
	return nil
}

// managed finds a managed policy by its ARN: one of AWS's, or a customer's.
func (d *directory) managed(ctx context.Context, arn string) (decision.Policy, error) {
	if p, ok := awsManaged().compiled[arn]; ok {
		return p, nil
	}
	a, ok := ParseARN(arn)
	if !ok {
		return decision.Policy{}, fmt.Errorf("%q is not the ARN of a policy", arn)
	}
	_, _, name := SplitName(a.Resource)
	m, err := find(ctx, d.policies, a.Account, name)
	if err == nil && m.document.Name != arn { // of another path, or of a name that differs in case
		err = ErrNoEntity
	}
	if err != nil {
		return decision.Policy{}, fmt.Errorf("%s: %w", arn, err)
	}
	return m.document, nil
}

// find reads an entity by way of its cache, or returns ErrNoEntity.
func find[V any](ctx context.Context, c *store.Cache[V], account, name string) (V, error) {
	v, err := c.Get(ctx, entityKey(account, name))
	if errors.Is(err, store.ErrNotFound) {
		return v, ErrNoEntity
	}
	return v, err
}

// compiled parses a stored document. What was stored was valid, so that an error is one
// from inside, and nothing is allowed or denied by half.
func compiled(text, name string) (decision.Policy, error) {
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		return decision.Policy{}, fmt.Errorf("%s: %w", name, err)
	}
	return decision.Policy{Document: doc, Name: name}, nil
}

// compiledFactor is about how much memory a compiled document takes for each byte of it.
const compiledFactor = 8

func decodeHolder(h *holder, what string) (size int64, err error) {
	size = 1000
	for _, p := range h.Inline {
		doc, err := compiled(p.Document, "inline policy "+p.Name+" of "+what+" "+h.Name)
		if err != nil {
			return 0, err
		}
		h.inline = append(h.inline, doc)
		size += int64(compiledFactor * len(p.Document))
	}
	return size, nil
}

func decodeUser(r store.Record) (*holder, int64, error) {
	u, err := Users.decode(r)
	if err != nil {
		return nil, 0, err
	}
	h := &holder{Holder: u.Holder, groups: u.Groups}
	size, err := decodeHolder(h, "user")
	return h, size, err
}

func decodeGroup(r store.Record) (*holder, int64, error) {
	g, err := Groups.decode(r)
	if err != nil {
		return nil, 0, err
	}
	h := &holder{Holder: g.Holder}
	size, err := decodeHolder(h, "group")
	return h, size, err
}

func decodeRole(r store.Record) (*holder, int64, error) {
	role, err := Roles.decode(r)
	if err != nil {
		return nil, 0, err
	}
	h := &holder{Holder: role.Holder, role: role}
	trust, err := compiled(role.Trust, "the trust policy of role "+role.Name)
	if err != nil {
		return nil, 0, err
	}
	trust.Bind(role.TrustIDs)
	h.trust = &trust
	size, err := decodeHolder(h, "role")
	return h, size + int64(compiledFactor*len(role.Trust)), err
}

func decodePolicy(r store.Record) (*managed, int64, error) {
	p, err := Policies.decode(r)
	if err != nil {
		return nil, 0, err
	}
	account, _, _ := cutKey(r.Key)
	for _, v := range p.Versions {
		if v.ID == p.Default {
			doc, err := compiled(v.Document, PolicyARN(account, p.Path, p.Name))
			return &managed{doc}, int64(500 + compiledFactor*len(v.Document)), err
		}
	}
	return nil, 0, fmt.Errorf("policy record %s has no default version", r.Key)
}
