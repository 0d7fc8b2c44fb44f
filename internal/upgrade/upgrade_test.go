package upgrade

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/server"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// fixture is expect.json.
type fixture struct {
	AccessKeyID     string         `json:"accessKeyId"`
	SecretAccessKey string         `json:"secretAccessKey"`
	Region          string         `json:"region"`
	Calls           []expectedCall `json:"calls"`
}

// expectedCall is a call of KMS and what its answer must have.
type expectedCall struct {
	Region    string         `json:"region"`
	Operation string         `json:"operation"`
	Input     map[string]any `json:"input"`
	Output    map[string]any `json:"output"`
}

// The parts of a fixture.
const (
	backupFile = "backup"
	expectFile = "expect.json"
	dataFiles  = "data"
)

func TestUpgrade(t *testing.T) {
	t.Parallel()
	fixtures, err := filepath.Glob("testdata/*.tar.gz")
	if err != nil || len(fixtures) < 2 {
		t.Fatalf("the fixtures are %v, %v", fixtures, err)
	}
	for _, path := range fixtures {
		name := strings.TrimSuffix(filepath.Base(path), ".tar.gz")
		t.Run(name+"/its own files", func(t *testing.T) {
			dir := unpack(t, path)
			replay(t, dir, "")
		})
		t.Run(name+"/restored", func(t *testing.T) {
			storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
				dir, url := unpack(t, path), fresh(t)
				if err := os.Remove(filepath.Join(dir, dataFiles, "keystead.db")); err != nil {
					t.Fatal(err)
				}
				restore(t, dir, url)
				replay(t, dir, url)
			})
		})
	}
}

// unpack unpacks a fixture into a new directory.
func unpack(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, filepath.FromSlash(h.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err == nil {
			err = os.WriteFile(name, content, fs.FileMode(h.Mode)&0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// restore makes the database url of the fixture's backup.
func restore(t *testing.T, dir, url string) {
	t.Helper()
	cfg := server.DefaultConfig()
	cfg.DataDir = filepath.Join(dir, dataFiles)
	p, err := cfg.SealProvider()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, backupFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := store.Restore(t.Context(), store.Options{URL: url, Sealer: sealer, Logger: slog.New(slog.DiscardHandler)}, f); err != nil {
		t.Fatalf("restore the backup: %v", err)
	}
}

// replay starts a server on the fixture's data and makes its calls, twice: the second time the
// server starts on what this version wrote.
func replay(t *testing.T, dir, url string) {
	var f fixture
	b, err := os.ReadFile(filepath.Join(dir, expectFile))
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		address, stop := serve(t, filepath.Join(dir, dataFiles), url)
		c := caller{address, f.AccessKeyID, f.SecretAccessKey}
		for _, call := range f.Calls {
			got, err := c.call(t.Context(), call.Region, call.Operation, call.Input)
			if err != nil {
				t.Errorf("%s %v: %v", call.Operation, call.Input, err)
				continue
			}
			for name, want := range call.Output {
				if !reflect.DeepEqual(got[name], want) {
					t.Errorf("%s %v: %s is %v, want %v", call.Operation, call.Input, name, got[name], want)
				}
			}
		}
		stop()
	}
}

func serve(t *testing.T, dir, url string) (address string, stop func()) {
	t.Helper()
	cfg := server.DefaultConfig()
	cfg.DataDir, cfg.Database, cfg.Listen, cfg.CacheMiB = dir, url, "127.0.0.1:0", 16
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	srv, err := server.Open(ctx, cfg, new(clock.Clock), slog.New(slog.DiscardHandler))
	if err != nil {
		cancel()
		t.Fatalf("start on the data of an earlier version: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx) }()
	return srv.URL(), func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
	}
}
