package seal

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Harden keeps the process's memory from leaving it: no core dumps, and no reading of the
// memory by other processes of the same user. The server calls it before it loads a key.
func Harden() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("turn off core dumps: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("make the process undumpable: %w", err)
	}
	return nil
}

// lockPages maps pages of their own. A limit on locked memory is no reason to fail: the
// pages are then still kept out of core dumps and out of the heap.
func lockPages(size int) ([]byte, bool) {
	page := os.Getpagesize()
	length := (size + page - 1) / page * page
	mem, err := unix.Mmap(-1, 0, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, false
	}
	_ = unix.Mlock(mem)
	_ = unix.Madvise(mem, unix.MADV_DONTDUMP)
	return mem[:size], true
}

func freePages(mem []byte) {
	mem = mem[:cap(mem)]
	clear(mem)
	_ = unix.Munmap(mem)
}
