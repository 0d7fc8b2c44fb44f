package cloudtrail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// The head file says how far the journal is known to be on disk, so that a tail that was
// cut off is missed. It holds two copies, written in turn and each in a sector of its own:
// when the machine stops in the middle of one, the other is whole.
const (
	headName = "head"
	headSlot = 512
)

var errNoHead = &Problem{Text: "the head file is missing"}

// appendSlot appends p as one copy of the head.
func (p position) appendSlot(b []byte) []byte {
	start := len(b)
	b = fmt.Appendf(b, "%020d %020d %s", p.segment, p.lines, p.digest)
	sum := sha256.Sum256(b[start:])
	b = append(b, ' ')
	b = hex.AppendEncode(b, sum[:16])
	for len(b)-start < headSlot-1 {
		b = append(b, ' ')
	}
	return append(b, '\n')
}

// parseSlot reads one copy of the head. Only the bytes that appendSlot writes are right.
func parseSlot(b []byte) (p position, ok bool) {
	fields := bytes.Fields(b)
	if len(fields) != 4 {
		return p, false
	}
	segment, err1 := strconv.ParseUint(string(fields[0]), 10, 64)
	lines, err2 := strconv.ParseInt(string(fields[1]), 10, 64)
	d, ok := parseDigest(fields[2])
	p = position{segment, lines, d}
	if err1 != nil || err2 != nil || !ok || !bytes.Equal(p.appendSlot(nil), b) {
		return position{}, false
	}
	return p, true
}

// readHead returns the newer copy of the head, and whether both are whole. Without one
// that is whole it fails with a *Problem.
func readHead(dir string) (p position, whole bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, headName))
	if errors.Is(err, fs.ErrNotExist) {
		return p, false, errNoHead
	}
	if err != nil {
		return p, false, err
	}
	if len(b) != 2*headSlot {
		return p, false, &Problem{Text: "the head file is damaged: it has the wrong size"}
	}
	one, ok1 := parseSlot(b[:headSlot])
	two, ok2 := parseSlot(b[headSlot:])
	switch {
	case !ok1 && !ok2:
		return p, false, &Problem{Text: "the head file is damaged: neither of its copies is whole"}
	case !ok1 || ok2 && one.before(two):
		return two, ok1, nil
	default:
		return one, ok2, nil
	}
}

// headFile is the head while the journal is open.
type headFile struct {
	f    file
	slot int64    // the copy to write next
	last position // in the other one
}

func (h *headFile) write(p position) error {
	if _, err := h.f.WriteAt(p.appendSlot(make([]byte, 0, headSlot)), h.slot*headSlot); err != nil {
		return fmt.Errorf("write head: %w", err)
	}
	h.slot, h.last = 1-h.slot, p
	return nil
}

// reset writes both copies, each on disk before the next, so that one is whole at any
// moment.
func (h *headFile) reset(p position) error {
	for range 2 {
		if err := h.write(p); err != nil {
			return err
		}
		if err := h.f.Sync(); err != nil {
			return fmt.Errorf("sync head: %w", err)
		}
	}
	return nil
}
