package seal_test

import (
	"bytes"
	"crypto/fips140"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/secret"
)

// providers are those that every test of the contract runs on.
var providers = map[string]func(path string) seal.Provider{
	"file":       seal.File,
	"passphrase": func(path string) seal.Provider { return seal.CheapPassphrase(path, "correct horse") },
}

// eachProvider runs f with a function that makes a provider of one place anew, as another
// process would.
func eachProvider(t *testing.T, f func(t *testing.T, path string, again func() seal.Provider)) {
	for name, provider := range providers {
		t.Run(name, func(t *testing.T) {
			if name == "passphrase" {
				skipInFIPSMode(t)
			}
			path := filepath.Join(t.TempDir(), "root.key")
			f(t, path, func() seal.Provider { return provider(path) })
		})
	}
}

// skipInFIPSMode is for the tests that need Argon2id.
func skipInFIPSMode(t *testing.T) {
	if fips140.Enabled() {
		t.Skip("FIPS 140 mode")
	}
}

// TestPassphraseInFIPSMode runs another process in that mode.
func TestPassphraseInFIPSMode(t *testing.T) {
	if !fips140.Enabled() {
		cmd := exec.Command(os.Args[0], "-test.run=^TestPassphraseInFIPSMode$", "-test.v")
		cmd.Env = append(os.Environ(), "GODEBUG=fips140=on")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestPassphraseInFIPSMode") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "root.key")
	_, err := seal.Create(t.Context(), seal.CheapPassphrase(path, "x"))
	if err == nil || !strings.Contains(err.Error(), path+" needs Argon2id, which FIPS 140 mode does not allow: use the file provider") {
		t.Errorf("created with error %v", err)
	}
	if _, err := seal.Create(t.Context(), seal.File(path)); err != nil {
		t.Errorf("the file provider: %v", err)
	}
}

func TestCreateAndOpen(t *testing.T) {
	eachProvider(t, func(t *testing.T, path string, again func() seal.Provider) {
		if found, err := again().Exists(); found || err != nil {
			t.Fatalf("Exists is %v, %v before Create", found, err)
		}
		if _, err := seal.Open(t.Context(), again()); !errors.Is(err, seal.ErrMissing) || !strings.Contains(err.Error(), path+" does not exist") {
			t.Errorf("open without a file: %v", err)
		}
		s, err := seal.Create(t.Context(), again())
		if err != nil {
			t.Fatal(err)
		}
		if found, err := again().Exists(); !found || err != nil {
			t.Errorf("Exists is %v, %v after Create", found, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("mode %v, error %v, want 0600", info.Mode(), err)
		}
		if name := again().Name(); !strings.HasSuffix(name, " "+path) || name != s.Provider() {
			t.Errorf("the provider's name is %q, the sealer's %q", name, s.Provider())
		}
		other, err := seal.Open(t.Context(), again())
		if err != nil {
			t.Fatal(err)
		}
		if s.Fingerprints()[1] != other.Fingerprints()[1] || other.Active() != 1 {
			t.Errorf("created %v, opened %v", s.Fingerprints(), other.Fingerprints())
		}
		before := read(t, path)
		if _, err := seal.Create(t.Context(), again()); !errors.Is(err, seal.ErrExists) || !strings.Contains(err.Error(), path+" exists already") {
			t.Errorf("create twice: %v", err)
		}
		if !bytes.Equal(before, read(t, path)) {
			t.Error("the second Create changed the file")
		}
		checkClean(t, path)
	})
}

// TestBadFiles checks that each damage has its own sentence and that nothing is touched.
func TestBadFiles(t *testing.T) {
	replace := func(from, to string) func(string) string {
		return func(s string) string { return strings.Replace(s, from, to, 1) }
	}
	for _, c := range []struct {
		name   string
		change func(string) string
		mode   os.FileMode
		want   error
		says   string
	}{
		{"group may read", nil, 0o640, seal.ErrPermissions, "can be read by others (mode 0640): run chmod 600"},
		{"world may read", nil, 0o604, seal.ErrPermissions, "can be read by others (mode 0604): run chmod 600"},
		{"empty", func(string) string { return "" }, 0o600, seal.ErrCorrupt, "is damaged"},
		{"no JSON", func(string) string { return "root" }, 0o600, seal.ErrCorrupt, "is damaged"},
		{"other JSON", func(string) string { return "{}" }, 0o600, seal.ErrCorrupt, "is damaged"},
		{"cut", func(s string) string { return s[:len(s)/2] }, 0o600, seal.ErrCorrupt, "is damaged"},
		{"two of them", func(s string) string { return s + s }, 0o600, seal.ErrCorrupt, "is damaged"},
		{"huge", func(s string) string { return s + strings.Repeat(" ", 64<<10) }, 0o600, seal.ErrCorrupt, "is damaged: it has"},
		{"unknown member", replace(`"protection"`, `"x": 1, "protection"`), 0o600, seal.ErrCorrupt, "is damaged"},
		{"checksum gone", replace(`"checksum": "`, `"checksum": "00`), 0o600, seal.ErrCorrupt, "is damaged"},
		{"checksum no hex", replace(`"checksum": "`, `"checksum": "x`), 0o600, seal.ErrCorrupt, "is damaged"},
		{"letter changed", func(s string) string {
			i := strings.LastIndex(s, "=\"") - 20
			return s[:i] + map[bool]string{true: "B", false: "A"}[s[i] == 'A'] + s[i+1:]
		}, 0o600, seal.ErrCorrupt, "is damaged"},
		{"newer version", replace(`Keys": 1`, `Keys": 2`), 0o600, seal.ErrVersion, "was written by a newer version of Keystead (format 2)"},
		{"version 0", replace(`Keys": 1`, `Keys": 0`), 0o600, seal.ErrCorrupt, "is damaged"},
		{"other protection", replace(`"protection": "`, `"protection": "x`), 0o600, seal.ErrProtection, "is protected in another way (\"x"},
	} {
		eachProvider(t, func(t *testing.T, path string, again func() seal.Provider) {
			s, err := seal.Create(t.Context(), again())
			if err != nil {
				t.Fatal(err)
			}
			content := string(read(t, path))
			if c.change != nil {
				content = c.change(content)
			}
			write(t, path, content, c.mode)
			_, err = seal.Open(t.Context(), again())
			if !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "load root keys: root key file "+path+" "+c.says) {
				t.Errorf("%s: %v, want %s", c.name, err, c.says)
			}
			if _, err := s.AddKey(t.Context()); !errors.Is(err, c.want) {
				t.Errorf("%s: AddKey: %v, want %v", c.name, err, c.want)
			}
			if string(read(t, path)) != content {
				t.Errorf("%s: the file was changed", c.name)
			}
			if _, err := s.Seal("test", nil, nil); err != nil {
				t.Errorf("%s: the running sealer lost its key: %v", c.name, err)
			}
			checkClean(t, path)
		})
	}
}

// TestBadKeyrings has files that are whole but say nonsense.
func TestBadKeyrings(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	type object = map[string]any
	one := object{"number": 1, "key": key}
	for _, c := range []struct {
		name string
		body any
		says string
	}{
		{"no object", 1, ""},
		{"no keys", object{"revision": 1, "active": 1, "next": 2}, "it has no keys"},
		{"no revision", object{"active": 1, "next": 2, "keys": []any{one}}, "it has no revision"},
		{"active missing", object{"revision": 1, "active": 2, "next": 3, "keys": []any{one}}, "the active key, number 2, is missing"},
		{"key used twice", object{"revision": 1, "active": 1, "next": 2, "keys": []any{one, one}}, "key number 1 is out of order"},
		{"number 0", object{"revision": 1, "active": 0, "next": 2, "keys": []any{object{"number": 0, "key": key}}}, "key number 0 is out of range"},
		{"number not given out", object{"revision": 1, "active": 1, "next": 1, "keys": []any{one}}, "key number 1 is out of range"},
		{"short key", object{"revision": 1, "active": 1, "next": 2, "keys": []any{object{"number": 1, "key": "AAAA"}}}, "key number 1 has 3 bytes, not 32"},
		{"no key", object{"revision": 1, "active": 1, "next": 2, "keys": []any{object{"number": 1}}}, "key number 1 has 0 bytes, not 32"},
		{"many keys", object{"revision": 1, "active": 1, "next": 2, "keys": []any{one, one, one, one, one, one, one, one, one}}, "it has 9 keys"},
	} {
		content, err := seal.KeyringFile(c.body)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "root.key")
		write(t, path, string(content), 0o600)
		if _, err := seal.Open(t.Context(), seal.File(path)); !errors.Is(err, seal.ErrCorrupt) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", c.name, err, c.says)
		}
	}
}

func TestWrongPassphrase(t *testing.T) {
	skipInFIPSMode(t)
	path := filepath.Join(t.TempDir(), "root.key")
	if _, err := seal.Create(t.Context(), seal.CheapPassphrase(path, "right")); err != nil {
		t.Fatal(err)
	}
	before := read(t, path)
	for _, phrase := range []string{"wrong", "", "right "} {
		_, err := seal.Open(t.Context(), seal.CheapPassphrase(path, phrase))
		if !errors.Is(err, seal.ErrPassphrase) || !strings.Contains(err.Error(), path+" does not open: wrong passphrase") {
			t.Errorf("passphrase %q: %v", phrase, err)
		}
	}
	if _, err := seal.Open(t.Context(), seal.File(path)); !errors.Is(err, seal.ErrProtection) {
		t.Errorf("opened without a passphrase: %v", err)
	}
	if !bytes.Equal(before, read(t, path)) {
		t.Error("the file was changed")
	}
	if _, err := seal.Create(t.Context(), seal.CheapPassphrase(path+"2", "")); !errors.Is(err, seal.ErrPassphrase) {
		t.Errorf("create with an empty passphrase: %v", err)
	}
}

// TestArgon2Parameters checks the bounds on what a file may ask of Argon2id. All of these
// would take hours or gigabytes, or panic.
func TestArgon2Parameters(t *testing.T) {
	salt := make([]byte, 16)
	for _, c := range []struct {
		time, memory uint32
		threads      uint8
		salt         []byte
	}{
		{0, 64 << 10, 1, salt}, {65, 64 << 10, 1, salt}, {1 << 31, 64 << 10, 1, salt},
		{1, 0, 1, salt}, {1, 8<<10 - 1, 1, salt}, {1, 1<<20 + 1, 1, salt}, {1, 1<<32 - 1, 1, salt},
		{1, 64 << 10, 0, salt}, {1, 64 << 10, 65, salt}, {1, 64 << 10, 1, nil}, {1, 64 << 10, 1, salt[1:]},
	} {
		content, err := seal.PassphraseFile(c.time, c.memory, c.threads, c.salt)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "root.key")
		write(t, path, string(content), 0o600)
		if _, err := seal.Open(t.Context(), seal.CheapPassphrase(path, "x")); !errors.Is(err, seal.ErrCorrupt) {
			t.Errorf("%+v: %v, want ErrCorrupt", c, err)
		}
	}
}

// TestPassphraseWithRealCost uses the parameters that users get, and checks that Argon2id
// runs once for a provider, because an outsider can make a Sealer load again.
func TestPassphraseWithRealCost(t *testing.T) {
	skipInFIPSMode(t)
	path := filepath.Join(t.TempDir(), "root.key")
	p := seal.Passphrase(path, secret.FromString("correct horse"))
	start := time.Now()
	s, err := seal.Create(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	once := time.Since(start)
	if !bytes.Contains(read(t, path), []byte(`"memoryKiB": 65536`)) {
		t.Errorf("the file does not state its parameters: %s", read(t, path))
	}
	start = time.Now()
	for range 20 {
		if err := s.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if again := time.Since(start); again > 10*once {
		t.Errorf("20 more loads took %v, the first %v", again, once)
	}
	if got, err := seal.Open(t.Context(), seal.Passphrase(path, secret.FromString("correct horse"))); err != nil || got.Fingerprints()[1] != s.Fingerprints()[1] {
		t.Errorf("opened anew: %v", err)
	}
}

// TestCreateAtOnce lets several processes create the same keyring: one wins.
func TestCreateAtOnce(t *testing.T) {
	eachProvider(t, func(t *testing.T, path string, again func() seal.Provider) {
		var created atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, err := seal.Create(t.Context(), again())
				switch {
				case err == nil:
					created.Add(1)
				case !errors.Is(err, seal.ErrExists):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if created.Load() != 1 {
			t.Errorf("%d keyrings were created, want 1", created.Load())
		}
		if _, err := seal.Open(t.Context(), again()); err != nil {
			t.Error(err)
		}
	})
}

func TestNoDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "absent")
	_, err := seal.Create(t.Context(), seal.File(filepath.Join(dir, "root.key")))
	if err == nil || !strings.Contains(err.Error(), "create root keys: root key file: open "+dir) {
		t.Errorf("create in an absent directory: %v", err)
	}
	parent := t.TempDir()
	if _, err := seal.Open(t.Context(), seal.File(parent)); !errors.Is(err, seal.ErrCorrupt) || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("open a directory: %v", err)
	}
	if _, err := seal.File(filepath.Join(parent, "x\x00y")).Exists(); err == nil {
		t.Error("an impossible name has no error")
	}
}

// TestLeftovers checks that what a killed process left behind does no harm.
func TestLeftovers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	write(t, path+".new", "half a fi", 0o644)
	if _, err := seal.Create(t.Context(), seal.File(path)); err != nil {
		t.Fatal(err)
	}
	s := reopen(t, path)
	checkClean(t, path)

	before := read(t, path)
	if err := os.MkdirAll(filepath.Join(path+".new", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddKey(t.Context()); err == nil || !strings.Contains(err.Error(), "save root keys: root key file: ") {
		t.Errorf("add a key where none can be written: %v", err)
	}
	if !bytes.Equal(before, read(t, path)) || len(s.Fingerprints()) != 1 {
		t.Error("a key that was not saved is in use")
	}
}

// checkClean fails if there is anything beside the root key file.
func checkClean(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside %s there are %v, error %v", path, entries, err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t testing.TB, path, content string, mode os.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(content), mode), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}
