//go:build cgo

// Command keystead-hsm is the driver process: it loads one PKCS#11 module, which is C code
// of somebody else, so that nothing else runs in the process that such code can take down.
// Keystead starts it, speaks to it on its standard input and output, and starts it again
// after a crash. It is the only program of Keystead that is built with cgo.
package main

import (
	"flag"
	"fmt"
	"os"
	"syscall"

	"github.com/keystead/keystead/internal/hsm/driver"
	"github.com/keystead/keystead/internal/seal"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "keystead-hsm: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	module := flag.String("module", "", "the PKCS#11 library")
	sessions := flag.Int("sessions", 16, "most sessions at one token")
	flag.Parse()
	if *module == "" || flag.NArg() > 0 {
		return fmt.Errorf("keystead starts this program by itself; see keystead serve --help")
	}
	if err := seal.Harden(); err != nil {
		return err
	}
	driver.CrashSilently()
	out, err := takeStdout()
	if err != nil {
		return err
	}
	return driver.Serve(driver.Options{Module: *module, Sessions: *sessions, In: os.Stdin, Out: out})
}

// takeStdout returns the standard output and puts the standard error in its place, for
// modules that print.
func takeStdout() (*os.File, error) {
	fd, err := syscall.Dup(1)
	if err != nil {
		return nil, fmt.Errorf("take the standard output: %w", err)
	}
	syscall.CloseOnExec(fd)
	if err := driver.Redirect(2, 1); err != nil {
		return nil, fmt.Errorf("redirect the standard output: %w", err)
	}
	return os.NewFile(uintptr(fd), "responses"), nil
}
