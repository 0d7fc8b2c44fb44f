package hsmtest

import (
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/keystead/keystead/internal/hsm"
)

// faultySource is the module that misbehaves on demand. Its comment tells what it can do.
//
//go:embed testdata/faulty.c
var faultySource []byte

// Faulty returns how to run a driver of a module that misbehaves, and the file that tells it how; see
// SetFaults. The module has one token, with the label "faulty", the key "k1" and the PIN "good". A
// machine that can't compile it skips the test, or fails it if KEYSTEAD_TEST_REQUIRE is 1.
func Faulty(t testing.TB) (c hsm.Config, faults string) {
	t.Helper()
	module, err := faultyModule()
	need(t, err)
	faults = filepath.Join(t.TempDir(), "faults")
	SetFaults(t, faults)
	return hsm.Config{Driver: Driver(t), Module: module, Env: []string{"FAULTS=" + faults}}, faults
}

// SetFaults replaces what the module does wrong.
func SetFaults(t testing.TB, faults string, lines ...string) {
	t.Helper()
	part := faults + ".new"
	if err := errors.Join(os.WriteFile(part, []byte(strings.Join(lines, "\n")+"\n"), 0o600), os.Rename(part, faults)); err != nil {
		t.Fatal(err)
	}
}

// faultyModule compiles the module into the cache of the driver, unless it is there.
var faultyModule = sync.OnceValues(func() (string, error) {
	dir, unlock, err := cache()
	if err != nil {
		return "", err
	}
	defer unlock()
	name := filepath.Join(dir, fmt.Sprintf("faulty-%x", sha256.Sum256(faultySource)))
	if _, err := os.Stat(name + ".so"); err == nil {
		return name + ".so", nil
	}
	headers, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/miekg/pkcs11").Output()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(name+".c", faultySource, 0o600); err != nil {
		return "", err
	}
	text, err := exec.Command("gcc", "-shared", "-fPIC", "-O1", "-I", strings.TrimSpace(string(headers)), "-o", name+".part", name+".c").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("compile the faulty module: %w\n%s", err, text)
	}
	return name + ".so", os.Rename(name+".part", name+".so")
})
