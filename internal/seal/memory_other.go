//go:build !linux

package seal

// Harden does nothing here: only Linux is known to it.
func Harden() error { return nil }

func lockPages(int) ([]byte, bool) { return nil, false }

func freePages([]byte) {}
