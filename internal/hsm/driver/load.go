//go:build cgo

package driver

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

static void default_signals(void) {
	const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};
	for (unsigned i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
		signal(crashes[i], SIG_DFL);
}
*/
import "C"

import "runtime"

// loadError is what the dynamic linker says about the call before, which must have been
// made by the same thread.
func loadError() string {
	if text := C.dlerror(); text != nil {
		return C.GoString(text)
	}
	return "the library has no C_GetFunctionList"
}

// onOneThread runs f without a change of the thread.
func onOneThread(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f()
}

// Redirect makes the descriptor from stand for what the descriptor to stands for.
func Redirect(to, from int) error {
	if n, err := C.dup2(C.int(to), C.int(from)); n < 0 {
		return err
	}
	return nil
}

// CrashSilently makes a crash end the process at once. Go would print registers and stacks
// first, which may hold a plaintext, whatever GOTRACEBACK says.
func CrashSilently() { C.default_signals() }
