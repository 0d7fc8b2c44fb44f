package xksproxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/xks"
)

// Load reads a configuration file and checks it.
func Load(path string) (Config, error) {
	c := DefaultConfig()
	b, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("read configuration: %w", err)
	}
	if err := c.parse(b); err != nil {
		return c, fmt.Errorf("configuration file %s: %w", path, err)
	}
	if c.dir, err = filepath.Abs(filepath.Dir(path)); err != nil {
		return c, fmt.Errorf("configuration file %s: %w", path, err)
	}
	c.resolve()
	if err := c.readCredentials(); err != nil {
		return c, fmt.Errorf("configuration file %s: %w", path, err)
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("configuration file %s: %w", path, err)
	}
	return c, nil
}

func (c *Config) parse(b []byte) error {
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	if err := checkDocument(b); err != nil {
		return err
	}
	err := yaml.UnmarshalWithOptions(b, c, yaml.Strict(), yaml.CustomUnmarshaler(unmarshalDuration), yaml.CustomUnmarshaler(unmarshalSecret))
	if err != nil {
		// Without the lines around the mistake: a secret may be in them.
		return errors.New(strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return nil
}

// checkDocument refuses what says less than it seems to. A name without a value would count as one
// that is not there: "allow:" with its rules commented out would allow everybody. And of several
// documents only the first would be read.
func checkDocument(b []byte) error {
	f, err := parser.ParseBytes(b, 0)
	if err != nil {
		return errors.New(strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	if len(f.Docs) > 1 {
		return errors.New("it has more than one YAML document")
	}
	var v noValue
	for _, d := range f.Docs {
		ast.Walk(&v, d)
	}
	return v.err
}

// noValue finds the first name, or element of a list, without a value.
type noValue struct{ err error }

// Visit implements ast.Visitor.
func (v *noValue) Visit(n ast.Node) ast.Visitor {
	if n.Type() == ast.NullType && v.err == nil {
		name := strings.TrimPrefix(n.GetPath(), "$.")
		v.err = fmt.Errorf("line %d: %s has no value: give it one, or leave it out", n.GetToken().Position.Line, name)
	}
	return v
}

func unmarshalDuration(d *time.Duration, b []byte) (err error) {
	text := strings.Trim(strings.TrimSpace(string(b)), `"'`)
	if *d, err = time.ParseDuration(text); err != nil {
		return fmt.Errorf("%q is not a duration such as 10s", text)
	}
	return nil
}

func unmarshalSecret(s *secret.Bytes, b []byte) error {
	*s = secret.FromString(strings.Trim(strings.TrimSpace(string(b)), `"'`))
	return nil
}

// resolve has relative paths begin at the directory of the file.
func (c *Config) resolve() {
	for _, p := range append(c.files(), &c.DataDir) {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(c.dir, *p)
		}
	}
}

// files are the paths of the files that the configuration names and the proxy reads.
func (c *Config) files() []*string {
	all := []*string{&c.TLS.Cert, &c.TLS.Key, &c.TLS.ClientCA}
	for i := range c.Backends {
		if p := c.Backends[i].PKCS11; p != nil {
			all = append(all, &p.PinFile)
		}
		if k := c.Backends[i].KMS; k != nil {
			all = append(all, &k.CA, &k.CredentialsFile)
		}
	}
	for i := range c.Stores {
		for j := range c.Stores[i].Credentials {
			all = append(all, &c.Stores[i].Credentials[j].SecretFile, &c.Stores[i].Credentials[j].File)
		}
	}
	return all
}

// fingerprint changes when the file, or a file that the configuration names, does. A file that
// can't be read counts as an empty one.
func (c *Config) fingerprint(path string) [sha256.Size]byte {
	h := sha256.New()
	names := []string{path}
	for _, p := range c.files() {
		names = append(names, *p)
	}
	slices.Sort(names[1:])
	for _, name := range names {
		b, _ := os.ReadFile(name)
		sum := sha256.Sum256(b)
		clear(b)
		h.Write(sum[:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// readCredentials reads the credentials that are in files of their own.
func (c *Config) readCredentials() error {
	for i := range c.Stores {
		for j := range c.Stores[i].Credentials {
			if err := c.Stores[i].Credentials[j].readFile(); err != nil {
				return fmt.Errorf("store %q: %w", c.Stores[i].Prefix, err)
			}
		}
	}
	return nil
}

func (c *Credential) readFile() error {
	switch {
	case c.File == "":
		return nil
	case c.AccessKeyID != "" || c.Secret.Len() > 0 || c.SecretFile != "":
		return errors.New("a credential with a file has nothing else")
	}
	b, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	defer clear(b)
	var in struct {
		ID     string `json:"AccessKeyId"`
		Secret string `json:"RawSecretAccessKey"`
	}
	if json.Unmarshal(b, &in) != nil || in.ID == "" {
		return fmt.Errorf("%s is not a credential in JSON: {\"AccessKeyId\":…,\"RawSecretAccessKey\":…}", c.File) // without what is in it
	}
	c.AccessKeyID, c.Secret = in.ID, secret.FromString(in.Secret)
	return nil
}

// firstLine reads a file with a secret in its first line.
func firstLine(path string) (secret.Bytes, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return secret.Bytes{}, err
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	if line = bytes.TrimSpace(line); len(line) == 0 {
		return secret.Bytes{}, fmt.Errorf("%s has nothing in its first line", path)
	}
	return secret.New(bytes.Clone(line)), nil
}

// JournalDir is where the audit journal is.
func (c *Config) JournalDir() string { return filepath.Join(c.DataDir, "journal") }

// Store is the store with a prefix. Without one that was given it is the only store.
func (c *Config) Store(prefix string, given bool) (*Store, error) {
	if !given {
		if len(c.Stores) != 1 {
			return nil, fmt.Errorf("there are %d key stores: name one", len(c.Stores))
		}
		return &c.Stores[0], nil
	}
	for i := range c.Stores {
		if c.Stores[i].Prefix == prefix {
			return &c.Stores[i], nil
		}
	}
	return nil, fmt.Errorf("there is no key store with the prefix %q", prefix)
}

// Read returns the credential, whose secret may be in a file.
func (c *Credential) Read() (id string, value secret.Bytes, err error) {
	value = c.Secret
	if c.SecretFile != "" {
		if value, err = firstLine(c.SecretFile); err != nil {
			return "", value, err
		}
	}
	if !xks.ValidSecret(string(value.Expose())) {
		return "", value, fmt.Errorf("the first line of %s is not 43 to 64 characters of a-z A-Z 0-9 / + =", c.SecretFile)
	}
	return c.AccessKeyID, value, nil
}
