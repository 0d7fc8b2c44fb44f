package kms

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// SeedKey is a key that is to be there when the service starts. It is for tests: the API lets
// nobody choose the id of a key.
type SeedKey struct {
	Account     string
	Region      string
	ID          string             // a UUID, or "mrk-" and 32 hexadecimal digits for a multi-Region key
	Spec        types.KeySpec      // "" is SYMMETRIC_DEFAULT
	Usage       types.KeyUsageType // "" is the only one that the spec has
	Description string
	Policy      string // "" is the default policy
	Aliases     []string
	Tags        []types.Tag
	Disabled    bool

	// Materials are in the form that ImportKeyMaterial takes, the oldest first; of another spec
	// than SYMMETRIC_DEFAULT there is one. Without any, the key gets material of its own.
	Materials []secret.Bytes
}

// Seed makes the keys that are not there yet and returns how many it made: all or, with an
// error, none. Keys that are there stay as they are.
func (s *Service) Seed(ctx context.Context, seeds []SeedKey) (made int, err error) {
	type planted struct {
		key       *key
		materials []material.Key
	}
	plants := make([]planted, len(seeds))
	for i := range seeds {
		k, materials, err := s.plan(ctx, &seeds[i])
		if err != nil {
			return 0, fmt.Errorf("key %s: %w", seeds[i].ID, err)
		}
		plants[i] = planted{k, materials}
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		made = 0
		for i, p := range plants {
			_, err := tx.Get(keyKind, p.key.ref.Path())
			if err == nil {
				continue
			}
			if errors.Is(err, store.ErrNotFound) {
				err = s.plant(ctx, tx, p.key, p.materials, seeds[i].Aliases)
			}
			if err != nil {
				return fmt.Errorf("key %s: %w", seeds[i].ID, err)
			}
			made++
		}
		return nil
	})
	return made, err
}

// plan makes everything of a key that needs no transaction.
func (s *Service) plan(ctx context.Context, seed *SeedKey) (*key, []material.Key, error) {
	id, err := material.ParseKeyID(seed.ID)
	if err != nil {
		return nil, nil, errors.New("its id is neither a UUID in lower case nor mrk- and 32 hexadecimal digits")
	}
	k := newKey(seed.Account, seed.Region, id, s.clock.Now())
	if k.Spec = seed.Spec; k.Spec == "" {
		k.Spec = types.KeySpecSymmetricDefault
	}
	if k.spec = material.SpecOf(k.Spec); k.spec == nil {
		return nil, nil, fmt.Errorf("there is no key spec %s", k.Spec)
	}
	k.Usage, k.Origin, k.Description = seed.Usage, types.OriginTypeAwsKms, seed.Description
	if k.Usage == "" && len(k.spec.Usages) == 1 {
		k.Usage = k.spec.Usages[0]
	}
	if !slices.Contains(k.spec.Usages, k.Usage) {
		return nil, nil, fmt.Errorf("a key of spec %s needs a usage, one of %v", k.Spec, k.spec.Usages)
	}
	if id.MultiRegion() {
		k.MultiRegion = &multiRegion{Primary: seed.Region}
	}
	if seed.Disabled {
		k.State = types.KeyStateDisabled
	}
	if seed.Policy != "" {
		p, err := s.newPolicy(ctx, seed.Policy)
		if err != nil {
			return nil, nil, err
		}
		if err := s.setPolicy(ctx, nil, k, p, true); err != nil {
			return nil, nil, err
		}
	}
	if err := k.setTags(seed.Tags); err != nil {
		return nil, nil, err
	}
	materials, err := s.seedMaterials(ctx, k, seed.Materials)
	return k, materials, err
}

func (s *Service) seedMaterials(ctx context.Context, k *key, given []secret.Bytes) ([]material.Key, error) {
	if len(given) == 0 {
		m, err := s.firstMaterial(ctx, k)
		return []material.Key{m}, err
	}
	if len(given) > 1 && k.Spec != types.KeySpecSymmetricDefault {
		return nil, fmt.Errorf("a key of spec %s has one key material", k.Spec)
	}
	var materials []material.Key
	for _, b := range given {
		m, err := material.Parse(k.spec, slices.Clone(b.Expose()))
		if err != nil {
			return nil, fmt.Errorf("material for key spec %s: %w", k.Spec, err)
		}
		if a, ok := m.(material.Asymmetric); ok {
			k.PublicKey = a.PublicKey()
		}
		materials = append(materials, m)
	}
	return materials, nil
}

// plant stores a key with its materials and aliases.
func (s *Service) plant(ctx context.Context, tx *store.Tx, k *key, materials []material.Key, aliases []string) error {
	for i, m := range materials {
		id, err := s.software.Keep(ctx, tx, k.ref, m)
		if err != nil {
			return err
		}
		entry := keyMaterial{}
		if i > 0 {
			entry = keyMaterial{Rotated: k.Created.Add(time.Duration(i) * time.Millisecond), By: types.RotationTypeOnDemand}
		}
		k.setCurrent(id, entry)
	}
	r, err := k.record()
	if err != nil {
		return err
	}
	if err := tx.Insert(r); err != nil {
		return err
	}
	for _, name := range aliases {
		if err := checkAliasName(name); err != nil {
			return err
		}
		r, err := (&alias{Target: k.id, Created: k.Created, Updated: k.Created}).record(name, k, 0)
		if err != nil {
			return err
		}
		if err := tx.Insert(r); errors.Is(err, store.ErrExists) {
			return errAliasExists(aliasARN(k.ref.Region, k.Account, name))
		} else if err != nil {
			return err
		}
	}
	return nil
}
