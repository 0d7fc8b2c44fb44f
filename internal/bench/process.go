package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is a server that runs beside this program.
type process struct {
	cmd  *exec.Cmd
	addr string
	dir  string // the data directory; "" for the bare handler
}

// start runs a program until its output says where it listens.
func start(ctx context.Context, dir string, address func(line string) string, name string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, dir: dir}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if p.addr = address(lines.Text()); p.addr != "" {
			go io.Copy(io.Discard, out)
			return p, nil
		}
	}
	p.stop()
	return nil, errors.New(name + " did not say where it listens")
}

// startKeystead runs a server on a data directory of its own.
func startKeystead(ctx context.Context, o options, tls bool, more ...string) (*process, error) {
	dir, err := os.MkdirTemp("", "keystead-bench-")
	if err != nil {
		return nil, err
	}
	args := []string{"serve", "--data-dir", dir, "--listen", "127.0.0.1:0", "--log-level", "warn", "--cache-mib", strconv.Itoa(o.cacheMiB)}
	args = append(args, more...)
	if tls {
		args = append(args, "--tls", "auto")
	}
	return start(ctx, dir, func(line string) string {
		_, addr, _ := strings.Cut(line, "://")
		return strings.TrimSpace(addr)
	}, o.bin, args...)
}

// startBare runs the bare handler, with the certificate of the server tlsOf if that is set.
func startBare(ctx context.Context, size int, tlsOf *process) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"-bare", "-size", strconv.Itoa(size)}
	if tlsOf != nil {
		args = append(args, "-cert", filepath.Join(tlsOf.dir, "tls/cert.pem"), "-key", filepath.Join(tlsOf.dir, "tls/key.pem"))
	}
	return start(ctx, "", func(line string) string { return line }, self, args...)
}

func (p *process) stop() {
	_ = p.cmd.Process.Kill() // it may have ended
	_ = p.cmd.Wait()
	if p.dir != "" {
		_ = os.RemoveAll(p.dir)
	}
}

// cpu is the processor time that the process has used, in steps of a clock tick (10 ms).
func (p *process) cpu() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The fields behind the name, which may hold spaces: utime and stime are the 12th and 13th.
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("unknown form of /proc/PID/stat")
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// memory is the resident memory of the process in bytes.
func (p *process) memory() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0, errors.New("unknown form of /proc/PID/statm")
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
