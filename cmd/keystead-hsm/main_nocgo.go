//go:build !cgo

// Command keystead-hsm loads PKCS#11 modules, which are C code. Built without cgo it can
// only say so.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "keystead-hsm: built without cgo, which PKCS#11 modules need; build it with CGO_ENABLED=1 (make build does)")
	os.Exit(1)
}
