package server

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/goccy/go-yaml"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/secret"
)

// SeedFile is a file of keys, YAML: what --seed names. It is for people who replace an emulator
// whose keys have ids that stand in their tests.
type SeedFile struct {
	Keys []struct {
		ID          string            `yaml:"id"`      // a UUID, or "mrk-" and 32 hexadecimal digits
		Account     string            `yaml:"account"` // default: the first account
		Region      string            `yaml:"region"`  // default: the first Region
		Spec        string            `yaml:"spec"`    // default: SYMMETRIC_DEFAULT
		Usage       string            `yaml:"usage"`   // default: the only one that the spec has
		Description string            `yaml:"description"`
		Policy      string            `yaml:"policy"` // default: the account decides
		Aliases     []string          `yaml:"aliases"`
		Tags        map[string]string `yaml:"tags"`
		Disabled    bool              `yaml:"disabled"`

		// Materials, the oldest first: "hex:" and hexadecimal digits (YAML would take digits alone
		// for a number), "base64:" and base64, or a private key in PEM (PKCS #8). Default: random.
		Materials []string `yaml:"materials"`
	} `yaml:"keys"`
}

// readSeed reads a seed file. Its errors do not repeat what stands in it.
func readSeed(path string, cfg Config) ([]kms.SeedKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the seed file: %w", err)
	}
	f, err := parseSeed(b)
	if err != nil {
		return nil, fmt.Errorf("seed file %s: %w", path, err)
	}
	keys := make([]kms.SeedKey, len(f.Keys))
	for i, k := range f.Keys {
		s := kms.SeedKey{
			Account: k.Account, Region: k.Region, ID: k.ID, Spec: types.KeySpec(k.Spec), Usage: types.KeyUsageType(k.Usage),
			Description: k.Description, Policy: k.Policy, Aliases: k.Aliases, Disabled: k.Disabled,
		}
		if s.Account == "" {
			s.Account = cfg.Account
		}
		if s.Region == "" {
			s.Region = cfg.Region()
		}
		if !regionPattern.MatchString(s.Region) || len(cfg.Regions) > 0 && !slices.Contains(cfg.Regions, s.Region) {
			return nil, fmt.Errorf("seed file %s: key %s is in Region %q, for which this server does not answer", path, k.ID, s.Region)
		}
		for _, name := range slices.Sorted(maps.Keys(k.Tags)) {
			s.Tags = append(s.Tags, types.Tag{TagKey: &name, TagValue: new(k.Tags[name])})
		}
		for n, text := range k.Materials {
			m, err := readMaterial(text)
			if err != nil {
				return nil, fmt.Errorf("seed file %s: key %s: material %d: %w", path, k.ID, n+1, err)
			}
			s.Materials = append(s.Materials, m)
		}
		keys[i] = s
	}
	return keys, nil
}

var errSeed = errors.New("it is not the YAML of a seed file")

// parseSeed reads YAML. The library's messages quote what they are about, and it panics at some
// texts, such as a tag where a list should be.
func parseSeed(b []byte) (f SeedFile, err error) {
	defer func() {
		if recover() != nil {
			err = errSeed
		}
	}()
	err = yaml.UnmarshalWithOptions(b, &f, yaml.Strict())
	if err == nil {
		return f, nil
	}
	problem, ok := errors.AsType[yaml.Error](err)
	if !ok || problem.GetToken() == nil {
		return f, errSeed
	}
	at, message := problem.GetToken().Position, problem.GetMessage()
	if _, isName := errors.AsType[*yaml.UnknownFieldError](err); !isName {
		message = quoted.ReplaceAllString(message, "…")
	}
	return f, fmt.Errorf("line %d, column %d: %s", at.Line, at.Column, message)
}

// quoted is a part of a message that may be from the file.
var quoted = regexp.MustCompile(`(?s)"[^"]*"?`)

var errMaterialText = errors.New(`it is none of "hex:" and hexadecimal digits, "base64:" and base64, and a private key in PEM`)

func readMaterial(text string) (secret.Bytes, error) {
	text = strings.TrimSpace(text)
	if encoded, found := strings.CutPrefix(text, "base64:"); found {
		b, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return secret.Bytes{}, errMaterialText
		}
		return secret.New(b), nil
	}
	if digits, found := strings.CutPrefix(text, "hex:"); found {
		b, err := hex.DecodeString(digits)
		if err != nil {
			return secret.Bytes{}, errMaterialText
		}
		return secret.New(b), nil
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "PRIVATE KEY" || len(rest) > 0 {
		return secret.Bytes{}, errMaterialText
	}
	return secret.New(block.Bytes), nil
}

// seed makes the keys of the seed file, if there is one.
func (s *Server) seed(ctx context.Context, keys *kms.Service) error {
	if s.cfg.Seed == "" {
		return nil
	}
	seeds, err := readSeed(s.cfg.Seed, s.cfg)
	if err != nil {
		return err
	}
	for _, k := range seeds {
		if err := s.vault.IAM.AccountExists(ctx, k.Account); errors.Is(err, iam.ErrNoEntity) {
			return fmt.Errorf("seed file %s: key %s is of account %s, which does not exist", s.cfg.Seed, k.ID, k.Account)
		} else if err != nil {
			return err
		}
	}
	made, err := keys.Seed(ctx, seeds)
	if err != nil {
		return fmt.Errorf("seed file %s: %w", s.cfg.Seed, err)
	}
	s.log.InfoContext(ctx, "seeded", "file", s.cfg.Seed, "keys", len(seeds), "made", made)
	return nil
}
