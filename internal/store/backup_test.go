package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/keystead/keystead/internal/seal"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
)

// TestBackup backs up while others write, and restores on each engine.
func TestBackup(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, from func(testing.TB) string) {
		sealer := storetest.Sealer(t)
		db := open(t, from(t), sealer)
		fill(t, db, 700)
		stop := keepWriting(t, db)
		var backup []byte
		for range 10 {
			backup = backUp(t, db)
			if n := len(records(t, backup)); n != 701 {
				t.Errorf("%d records, want 701 with the check record", n)
			}
		}
		stop()
		storetest.Engines(t, func(t *testing.T, to func(testing.TB) string) {
			url := to(t)
			o := store.Options{URL: url, Sealer: sealer}
			if err := store.Restore(t.Context(), o, bytes.NewReader(backup)); err != nil {
				t.Fatal(err)
			}
			restored := open(t, url, sealer)
			checkSnapshot(t, restored, 700)
			put(t, restored, thing("after", ""))
			err := store.Restore(t.Context(), o, bytes.NewReader(backup))
			wantError(t, "Restore into a database in use", err, store.ErrNotEmpty)
		})
	})
}

// checkSnapshot checks that what keepWriting wrote together is there together.
func checkSnapshot(t *testing.T, db *store.DB, records int) {
	t.Helper()
	got, err := db.Scan(t.Context(), "thing", store.Range{})
	if err != nil || len(got) != records {
		t.Fatalf("%d records, error %v; want %d", len(got), err, records)
	}
	for i := 1; i+1 < 600; i += 2 {
		if a, b := got[i], got[i+1]; a.Version != b.Version {
			t.Errorf("%s is of revision %d, %s of %d", a.Key, a.Version, b.Key, b.Version)
		}
	}
}

// TestBackupSame: what is restored is what was backed up, in all columns.
func TestBackupSame(t *testing.T) {
	storetest.Engines(t, func(t *testing.T, fresh func(testing.TB) string) {
		sealer := storetest.Sealer(t)
		a := open(t, fresh(t), sealer)
		fill(t, a, 130)
		first := backUp(t, a)
		url := storetest.SQLite(t)
		if err := store.Restore(t.Context(), store.Options{URL: url, Sealer: sealer}, bytes.NewReader(first)); err != nil {
			t.Fatal(err)
		}
		b := open(t, url, sealer)
		if diff := cmp.Diff(records(t, first), records(t, backUp(t, b))); diff != "" {
			t.Errorf("(-backed up +restored):\n%s", diff)
		}
		before, err := b.Get(t.Context(), "thing", "0001")
		if err != nil {
			t.Fatal(err)
		}
		put(t, b, thing("0001", "new"))
		if after, err := b.Get(t.Context(), "thing", "0001"); err != nil || after.Version <= before.Version {
			t.Errorf("version %d after %d, error %v", after.Version, before.Version, err)
		}
	})
}

func backUp(t *testing.T, db *store.DB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := db.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// records reads a backup.
func records(t *testing.T, backup []byte) []store.Record {
	t.Helper()
	_, records, err := store.ReadBackup(bytes.NewReader(unpack(t, backup)))
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func unpack(t *testing.T, backup []byte) []byte {
	t.Helper()
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	plain, err := z.DecodeAll(backup, nil)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func pack(t *testing.T, plain []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll(plain, nil)
}

// TestBadBackups: each is refused, and the database stays empty.
func TestBadBackups(t *testing.T) {
	sealer := storetest.Sealer(t)
	db := open(t, storetest.SQLite(t), sealer)
	fill(t, db, 100)
	backup := backUp(t, db)
	plain := unpack(t, backup)
	bad := map[string][]byte{
		"nothing":            nil,
		"not a backup":       []byte("hello, this is not a backup at all"),
		"something follows":  pack(t, append(bytes.Clone(plain), 0)),
		"a second one after": append(bytes.Clone(backup), backup...),
	}
	for _, n := range []int{1, 10, 1000, len(backup) - 1} {
		bad[fmt.Sprintf("the first %d bytes", n)] = backup[:n]
	}
	for _, n := range []int{1, 20, 30, 1000, len(plain) - 41, len(plain) - 1} {
		bad[fmt.Sprintf("the first %d bytes, packed", n)] = pack(t, plain[:n])
		flipped := bytes.Clone(plain)
		flipped[n] ^= 1
		bad[fmt.Sprintf("byte %d flipped", n)] = pack(t, flipped)
	}
	url := storetest.SQLite(t)
	o := store.Options{URL: url, Sealer: sealer}
	for name, b := range bad {
		wantError(t, name, store.Restore(t.Context(), o, bytes.NewReader(b)), store.ErrBackup)
	}
	other := store.Options{URL: url, Sealer: storetest.Sealer(t)}
	wantError(t, "another root key", store.Restore(t.Context(), other, bytes.NewReader(backup)), store.ErrWrongRootKey)
	wantError(t, "the backup", store.Restore(t.Context(), o, bytes.NewReader(backup)), nil)
}

// TestForgedBackup: a backup whose checksum was made to fit its changes is refused, too.
func TestForgedBackup(t *testing.T) {
	sealer := storetest.Sealer(t)
	db := open(t, storetest.SQLite(t), sealer)
	fill(t, db, 3)
	all := records(t, backUp(t, db))
	all[1].Body, all[2].Body = all[2].Body, all[1].Body
	var forged bytes.Buffer
	if err := store.WriteBackup(&forged, 100, all); err != nil {
		t.Fatal(err)
	}
	o := store.Options{URL: storetest.SQLite(t), Sealer: sealer}
	err := store.Restore(t.Context(), o, bytes.NewReader(pack(t, forged.Bytes())))
	wantError(t, "Restore", err, seal.ErrSealed)
}

// brokenWriter fails after some bytes.
type brokenWriter struct{ left int }

var errBroken = errors.New("broken")

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestBackupToBrokenWriter(t *testing.T) {
	db := storetest.New(t)
	fill(t, db, 100)
	wantError(t, "Backup", db.Backup(t.Context(), &brokenWriter{left: 50}), errBroken)
}

func FuzzReadBackup(f *testing.F) {
	for _, records := range [][]store.Record{
		nil,
		{{Kind: "a", Key: "b", Ref: "c", Due: due, Version: 3, Body: []byte("body")}, {Kind: "a", Key: "c", Body: []byte{}}},
	} {
		var b bytes.Buffer
		if err := store.WriteBackup(&b, 7, records); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte("keystead backup 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		revision, records, err := store.ReadBackup(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, store.ErrBackup) {
				t.Errorf("error %v, want ErrBackup", err)
			}
			return
		}
		var again bytes.Buffer
		if err := store.WriteBackup(&again, revision, records); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Bytes(), b) {
			t.Errorf("%x was read and written back as %x", b, again.Bytes())
		}
	})
}
