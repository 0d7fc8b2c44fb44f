package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// crashEnv makes the test binary the process that is killed: its value is the URL of the
// database and the path of the root key.
const crashEnv = "KEYSTEAD_TEST_STORE_CRASH"

func TestMain(m *testing.M) {
	if url, key, ok := strings.Cut(os.Getenv(crashEnv), " "); ok {
		fmt.Fprintln(os.Stderr, writeForever(url, key))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestCrash kills a process in the middle of its writes, again and again. What it was
// told to be written is there, and what belongs together is there together.
func TestCrash(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		key := filepath.Join(t.TempDir(), "root.key")
		sealer, err := seal.Create(t.Context(), seal.File(key))
		if err != nil {
			t.Fatal(err)
		}
		url := fresh(t)
		open(t, url, sealer).Close()
		written := map[string]bool{}
		for range 8 {
			for _, name := range crash(t, url, key) {
				written[name] = true
			}
			checkCrashed(t, url, sealer, written)
		}
		if len(written) == 0 {
			t.Error("nothing was written before any of the crashes")
		}
	})
}

// crash starts a process that writes, kills it, and returns the names that it acknowledged.
func crash(t *testing.T, url, key string) []string {
	t.Helper()
	child := osexec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashEnv+"="+url+" "+key)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	var names []string
	if first, err := lines.ReadString('\n'); err == nil { // it is at work now
		names = append(names, strings.TrimSpace(first))
	}
	time.AfterFunc(time.Duration(rand.IntN(50))*time.Millisecond, func() { _ = child.Process.Kill() })
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	if end := strings.LastIndexByte(string(rest), '\n'); end >= 0 {
		names = append(names, strings.Fields(string(rest[:end]))...)
	}
	return names
}

func checkCrashed(t *testing.T, url string, sealer *seal.Sealer, written map[string]bool) {
	t.Helper()
	db := open(t, url, sealer)
	defer db.Close()
	first, err1 := db.Scan(t.Context(), "first", store.Range{})
	second, err2 := db.Scan(t.Context(), "second", store.Range{})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	there := map[string]int{}
	for _, r := range append(first, second...) {
		there[r.Key]++
	}
	for name, n := range there {
		if n != 2 {
			t.Errorf("%s is half written", name)
		}
	}
	for name := range written {
		if there[name] == 0 {
			t.Errorf("%s was acknowledged and is not there", name)
		}
	}
}

// writeForever writes pairs of records on several goroutines and prints the name of each
// that Update acknowledged.
func writeForever(url, key string) error {
	ctx := context.Background()
	sealer, err := seal.Open(ctx, seal.File(key))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: url, Sealer: sealer})
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				name := fmt.Sprintf("%016x", rand.Uint64())
				failed := db.Update(ctx, func(tx *store.Tx) error {
					if err := tx.Insert(store.Record{Kind: "first", Key: name}); err != nil {
						return err
					}
					return tx.Insert(store.Record{Kind: "second", Key: name, Body: make([]byte, 3000)})
				})
				if failed != nil {
					fmt.Fprintln(os.Stderr, failed)
					return
				}
				fmt.Println(name)
			}
		})
	}
	wg.Wait()
	return errors.New("nobody killed this process")
}
