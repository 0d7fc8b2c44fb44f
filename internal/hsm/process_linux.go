package hsm

import (
	"os/exec"
	"syscall"
)

// endWithParent makes the system kill the process when this one dies. Its input ends then
// too, but a module that hangs does not see that.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
