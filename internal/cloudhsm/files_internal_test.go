package cloudhsm

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/keystead/keystead/internal/store"
)

// TestMovedFolder moves the folder of all HSMs, as a restore on another machine does, and names it by
// another path than before.
func TestMovedFolder(t *testing.T) {
	onSQLite(t, func(t *testing.T, db *store.DB) {
		r := newRig(t, db)
		r.must("Generate", r.session(userPassword).Generate(t.Context(), keyID(1), "one"))
		r.must("Close", r.Close())
		here, err := os.Getwd()
		r.must("Getwd", err)
		moved := filepath.Join(t.TempDir(), "elsewhere")
		r.must("Rename", os.Rename(r.Dir, moved))
		r.Dir, err = filepath.Rel(here, moved)
		r.must("Rel", err)
		if have := r.holders(keyID(1), userPassword); len(have) != 3 {
			t.Errorf("the key is on %v", have)
		}
		r.must("Generate", r.node().session(userPassword).Generate(t.Context(), keyID(2), "two"))
	})
}
