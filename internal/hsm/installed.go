package hsm

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// Installed reports what this machine lacks to use the module: the driver, or the library itself.
func (c Config) Installed() error {
	path, err := c.driver()
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return err
	}
	_, err = os.Stat(c.Module)
	return err
}

// lookPath looks for the driver in $PATH.
func lookPath() (string, error) {
	path, err := exec.LookPath(driverName)
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is neither beside this program nor in $PATH (make build makes it)", driverName)
	}
	return path, err
}
