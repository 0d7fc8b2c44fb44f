package kms_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/keysteadtest"
)

// vector is a published test vector: a key, and what an operation with it must come to.
type vector struct {
	spec     types.KeySpec
	usage    types.KeyUsageType
	material []byte // the private key or the seed
	check    func(t *testing.T, u user, key string)
}

// vectorFile are the vectors of one kind: count of them, so that none gets lost.
type vectorFile struct {
	name    string
	vectors []vector
	count   int
}

// importOneIn is how many keys of a file there are for each one that is imported. The others
// are seeded, for each import takes the making of an RSA key; KEYSTEAD_TEST_VECTORS=all imports
// all that can be.
func importOneIn() int {
	if os.Getenv("KEYSTEAD_TEST_VECTORS") == "all" {
		return 1
	}
	return 10
}

// vectorKeys are the keys of all vectors by what makes them one.
type vectorKeys struct {
	seeded   map[string]string // key ids
	imported map[string]bool
}

func (v *vector) identity() string { return fmt.Sprintf("%s %s %x", v.spec, v.usage, v.material) }

// seedFile plans the keys, and writes a seed file of those that are not to be imported.
func (k *vectorKeys) seedFile(t *testing.T, files []vectorFile) string {
	t.Helper()
	type seed struct {
		ID        string             `json:"id"`
		Spec      types.KeySpec      `json:"spec"`
		Usage     types.KeyUsageType `json:"usage"`
		Materials []string           `json:"materials"`
	}
	var seeds []seed
	for _, f := range files {
		n := 0
		for _, v := range f.vectors {
			name := v.identity()
			if _, known := k.seeded[name]; known || k.imported[name] {
				continue
			}
			if n++; material.SpecOf(v.spec).Importable() && n%importOneIn() == 1%importOneIn() {
				k.imported[name] = true
				continue
			}
			id := fmt.Sprintf("00000000-0000-4000-8000-%012x", len(seeds))
			seeds = append(seeds, seed{id, v.spec, v.usage, []string{"hex:" + hex.EncodeToString(v.material)}})
			k.seeded[name] = id
		}
	}
	b, err := json.Marshal(map[string]any{"keys": seeds}) // JSON is YAML
	must(t, "write the seed file", err)
	path := filepath.Join(t.TempDir(), "seed.yaml")
	must(t, "write the seed file", os.WriteFile(path, b, 0o600))
	return path
}

// TestVectors has vectors of Wycheproof, of NIST and of RFCs go through the API: the key is
// imported, or seeded, and the operation called. Vectors of signatures that come without
// private keys can't: internal/material has them, and TestForeignSignatures.
func TestVectors(t *testing.T) {
	if testing.Short() {
		t.Skip("it is all arithmetic")
	}
	t.Parallel()
	var files []vectorFile
	for _, read := range []func(*testing.T) []vectorFile{
		oaepVectors, pkcs1Vectors, ecdhVectors, ed25519Vectors, ecdsaVectors, hmacVectors, mlkemVectors, mldsaVectors, keyGenVectors,
	} {
		files = append(files, read(t)...)
	}
	keys := vectorKeys{map[string]string{}, map[string]bool{}}
	srv := keysteadtest.Start(t, keysteadtest.WithSeed(keys.seedFile(t, files)))
	t.Run("files", func(t *testing.T) {
		for _, f := range files {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				u, imported := root(t, srv), map[string]string{}
				for _, v := range f.vectors {
					id, name := keys.seeded[v.identity()], v.identity()
					if id == "" && imported[name] == "" {
						imported[name] = u.importKey(v.spec, v.usage, v.material)
					}
					if id == "" {
						id = imported[name]
					}
					v.check(t, u, id)
				}
				if len(f.vectors) != f.count {
					t.Errorf("%d vectors, want %d", len(f.vectors), f.count)
				}
				t.Logf("%d vectors; %d keys are imported", len(f.vectors), len(imported))
			})
		}
	})
}

// importKey makes a key, imports its material and returns its id.
func (u user) importKey(spec types.KeySpec, usage types.KeyUsageType, m []byte) string {
	u.t.Helper()
	out, err := u.CreateKey(u.t.Context(), &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage, Origin: types.OriginTypeExternal})
	must(u.t, "CreateKey", err)
	key := *out.KeyMetadata.KeyId
	i := importer{u, key, hybrid, u.parameters(key, hybrid, types.WrappingKeySpecRsa2048)}
	i.must(m)
	return key
}
