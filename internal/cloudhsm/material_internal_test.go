package cloudhsm

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// material is what is known of the only key with a label.
func (r *rig) material(label string) Material {
	r.t.Helper()
	all, err := r.Materials(r.t.Context(), label)
	if err != nil || len(all) != 1 {
		r.t.Fatalf("of %s is known %+v, %v", label, all, err)
	}
	return all[0]
}

func (r *rig) orphans(password string) []Orphan {
	r.t.Helper()
	all, err := r.node().session(password).Orphans(r.t.Context(), func(context.Context, string) (bool, error) { return false, nil })
	r.must("Orphans", err)
	return all
}

func keyARN(n string) string { return "arn:aws:kms:us-east-1:111122223333:key/" + n }

// TestRecordComesFirst has no key without a record, and none in a record that was destroyed.
func TestRecordComesFirst(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx, x := t.Context(), r.session(userPassword)
		keep := func(id string) error {
			return db.Update(ctx, func(tx *store.Tx) error { return r.Keep(tx, r.ref, id) })
		}
		if err := keep(keyID(1)); err != ErrNoKey {
			t.Errorf("Keep a key that is not there: %v", err)
		}
		r.interrupt(x, opGenerate, keyID(1), 0)
		if m := r.material("label of " + keyID(1)); m.Cluster != r.ref || m.ID != keyID(1) || m.Created.IsZero() || !m.Destroyed.IsZero() {
			t.Errorf("before the HSM is asked: %+v", m)
		}
		r.must("Generate", x.Generate(ctx, keyID(2), keyARN("2")))
		r.must("Keep", keep(keyID(2)))
		r.interrupt(x, opDestroy, keyID(2), 0)
		if err := keep(keyID(2)); err != ErrNoKey {
			t.Errorf("Keep a key that is being destroyed: %v", err)
		}
		r.must("progress", r.progress(ctx, r.ref))
		r.must("Keep a key that nobody destroys any more", keep(keyID(2)))
		r.Clock.Advance(time.Minute)
		r.must("Destroy", x.Destroy(ctx, keyID(2)))
		if m := r.material(keyARN("2")); !m.Destroyed.Equal(r.now()) {
			t.Errorf("after the destruction: %+v", m)
		}
		if err := keep(keyID(2)); err != ErrNoKey {
			t.Errorf("Keep a key that was destroyed: %v", err)
		}
	})
}

// TestInterruptedAndRestored ends a change that a kill has interrupted when the folder of another
// HSM has lost files, or is away: no other key may be taken for the one that is undone.
func TestInterruptedAndRestored(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx, x := t.Context(), r.session(userPassword)
		var kept []string
		for n := range byte(3) {
			kept = append(kept, keyID(n))
			r.must("Generate", x.Generate(ctx, keyID(n), keyARN("kept")))
		}
		whole := func(what string) {
			t.Helper()
			for _, id := range kept {
				if have := r.holders(id, userPassword); len(have) != 3 {
					t.Fatalf("%s: a key is on %d HSMs", what, len(have))
				}
			}
		}
		lose := func(i, n int) { // HSM i loses n files
			dir, err := r.token(r.ref, r.cluster().HSMs[i])
			r.must("token", err)
			files, err := objects(dir)
			r.must("objects", err)
			r.must("lose files", removeObjects(dir, files[:n]))
		}
		equal := func() {
			_, tokens, _ := r.sources(r.cluster())
			r.must("equalize", equalize(tokens))
		}
		for steps, op := range map[int]string{0: opGenerate, 1: opGenerate} {
			id := keyID(byte(10 + steps))
			r.interrupt(x, op, id, steps)
			lose(1, 1)
			lose(2, 2)
			n := r.node()
			r.must("progress", n.progress(ctx, r.ref))
			equal()
			whole("a key in the making")
			if have := r.holders(id, userPassword); len(have) != 0 {
				t.Errorf("after %d steps the undone key is on %v", steps, have)
			}
			r.interrupt(x, opDestroy, kept[0], steps)
			lose(1, 1)
			r.must("progress", r.node().progress(ctx, r.ref))
			equal()
			if steps == 1 {
				if have := r.holders(kept[0], userPassword); len(have) != 0 {
					t.Errorf("the destroyed key is on %v", have)
				}
				kept = kept[1:]
			}
			whole("a key that is destroyed")
		}
		// The only HSM that can be read is the one that has the new key.
		r.interrupt(x, opGenerate, keyID(20), 1)
		back := []func(){r.takeAway(r.unitDir(r.ref, r.cluster().HSMs[1])), r.takeAway(r.unitDir(r.ref, r.cluster().HSMs[2]))}
		r.must("progress", r.node().progress(ctx, r.ref))
		for _, f := range back {
			f()
		}
		r.must("progress", r.progress(ctx, r.ref))
		whole("alone")
		if have := r.holders(keyID(20), userPassword); len(have) != 0 {
			t.Errorf("the undone key is on %v", have)
		}
		// What nobody can tell is left as it is, and stays in the records.
		r.interrupt(x, opGenerate, keyID(21), 1)
		foreign := r.copyObject(0)
		r.must("progress", r.node().progress(ctx, r.ref))
		if !slices.Contains(r.files(0), foreign) {
			t.Error("a file of somebody else is gone")
		}
		if m := r.material("label of " + keyID(21)); !m.Destroyed.IsZero() {
			t.Errorf("of the key that stays is known %+v", m)
		}
	})
}

func (r *rig) files(i int) []string {
	r.t.Helper()
	dir, err := r.token(r.ref, r.cluster().HSMs[i])
	r.must("token", err)
	files, err := objects(dir)
	r.must("objects", err)
	return files
}

// copyObject puts a file that is no change of ours into an HSM.
func (r *rig) copyObject(i int) string {
	r.t.Helper()
	dir, err := r.token(r.ref, r.cluster().HSMs[i])
	r.must("token", err)
	const name = "00000000-0000-0000-0000-000000000000.object"
	r.must("copy", copyFile(filepath.Join(dir, r.files(i)[0]), filepath.Join(dir, name)))
	r.must("raise", raise(dir))
	return name
}

// TestOrphansAreTheTruth brings a destroyed key back, as somebody does who restores a folder: the
// list of orphans has it, and so have the backups that are made from then on.
func TestOrphansAreTheTruth(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx, x := t.Context(), r.session(userPassword)
		id, label := keyID(1), keyARN("1")
		r.must("Generate", x.Generate(ctx, id, label))
		dir, err := r.token(r.ref, r.cluster().HSMs[2])
		r.must("token", err)
		files := r.files(2)
		saved, err := os.ReadFile(filepath.Join(dir, files[len(files)-1]))
		r.must("save", err)
		if len(files) != 1 {
			t.Fatalf("the HSM has %v", files)
		}
		r.Clock.Advance(time.Hour)
		r.must("Destroy", x.Destroy(ctx, id))
		if all := r.orphans(userPassword); len(all) != 0 {
			t.Fatalf("orphans after the destruction: %+v", all)
		}
		r.Clock.Advance(time.Hour)
		r.must("restore", writeFile(filepath.Join(dir, files[0]), saved))
		r.must("raise", raise(dir))
		if all := r.orphans(userPassword); !slices.Equal(all, []Orphan{{id, label}}) {
			t.Errorf("orphans after the restoration: %+v", all)
		}
		if m := r.material(label); !m.Destroyed.IsZero() {
			t.Errorf("of the key that is back is known %+v", m)
		}
		r.Clock.Advance(time.Hour)
		r.must("backup", db.Update(ctx, func(tx *store.Tx) error { return r.newBackup(tx, r.cluster()) }))
		r.must("progress", r.progressBackups(ctx))
		held, _, err := r.BackupsWithKey(ctx, label)
		if err != nil || !slices.ContainsFunc(held, func(b HeldBackup) bool { return b.CreateTimestamp.Equal(r.now()) }) {
			t.Errorf("the backups with the key: %+v, %v", held, err)
		}
		r.must("Destroy the orphan, which one HSM alone has", r.node().session(userPassword).Destroy(ctx, id))
		if have := r.holders(id, userPassword); len(have) != 0 {
			t.Errorf("the orphan is on %v", have)
		}
		if m := r.material(label); !m.Destroyed.Equal(r.now()) {
			t.Errorf("of the orphan is known %+v", m)
		}
		// A key that nobody here has made is known when it was seen.
		r.must("Generate", x.Generate(ctx, keyID(2), keyARN("2")))
		r.must("lose the record", db.Update(ctx, func(tx *store.Tx) error { return tx.Delete(keyKind, r.ref.key()+"/"+keyID(2)) }))
		if all := r.orphans(userPassword); len(all) != 1 || !r.material(keyARN("2")).Created.IsZero() {
			t.Errorf("orphans: %+v", all)
		}
		held, known, err := r.BackupsWithKey(ctx, keyARN("2"))
		if err != nil || !known || len(held) != len(r.backups()) {
			t.Errorf("%d backups may have it, of %d: %v, %v", len(held), len(r.backups()), known, err)
		}
	})
}

// TestDestroyElsewhere destroys a key when the HSM that made it is away: those that have got it as a
// copy destroy it too, and whatever they say about it, no HSM has it in the end.
func TestDestroyElsewhere(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		ctx, x := t.Context(), r.session(userPassword)
		for _, n := range []byte{1, 2} {
			r.must("Generate", x.Generate(ctx, keyID(n), keyARN("1")))
		}
		back := r.takeAway(r.unitDir(r.ref, r.cluster().HSMs[0]))
		n := r.node()
		r.must("Destroy", n.session(userPassword).Destroy(ctx, keyID(1)))
		// Without its lock SoftHSM reports a failure.
		dir, err := r.token(r.ref, r.cluster().HSMs[1])
		r.must("token", err)
		for _, f := range r.files(1) {
			r.must("lose the lock", os.Remove(filepath.Join(dir, lockOf(f))))
		}
		r.must("Destroy without a lock", n.session(userPassword).Destroy(ctx, keyID(2)))
		back()
		r.must("progress", r.progress(ctx, r.ref))
		for _, n := range []byte{1, 2} {
			if have := r.holders(keyID(n), userPassword); len(have) != 0 {
				t.Errorf("the key %d is on %v", n, have)
			}
		}
		all, err := r.Materials(ctx, keyARN("1"))
		if err != nil || len(all) != 2 || all[0].Destroyed.IsZero() || all[1].Destroyed.IsZero() {
			t.Errorf("of the keys is known %+v, %v", all, err)
		}
	})
}
