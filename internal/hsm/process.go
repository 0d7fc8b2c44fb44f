package hsm

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// process is one run of the driver. It never comes back: after it ended, for whatever
// reason, all its calls have failed and the next run is another process.
type process struct {
	cmd     *exec.Cmd
	log     *slog.Logger
	timeout time.Duration // of a call
	started time.Time
	send    *wire.Sender
	calls   calls
	served  atomic.Int64 // calls that were answered

	stdin   io.WriteCloser
	closing atomic.Bool // it was told to end
	once    sync.Once
	reason  error // why it ended; this and the next two are written before ended is closed
	endedAt time.Time
	lasted  time.Duration
	ended   chan struct{} // closed when no call can be made any more
	status  error         // how the process has ended; written before exited is closed
	exited  chan struct{} // closed when the process is gone
	reaped  chan struct{} // closed when that was logged too
}

// startTimeouts is how many times the timeout of a call loading the module may take: some
// connect to their HSM meanwhile.
const startTimeouts = 4

// fromHere makes a path mean the same in another directory. A name alone is no path: it is looked for.
func fromHere(path string) (string, error) {
	if filepath.Base(path) == path {
		return path, nil
	}
	return filepath.Abs(path)
}

// start starts the driver and waits until its module is ready.
func start(c Config) (*process, error) {
	path, err := c.driver()
	if err != nil {
		return nil, err
	}
	path, err = fromHere(path)
	module, wrong := fromHere(c.Module)
	if err = errors.Join(err, wrong); err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "-module", module, "-sessions", strconv.Itoa(c.Sessions))
	cmd.Dir = c.Dir
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(), "LANG=C",
		"GOTRACEBACK=none", // stacks may hold a plaintext
	}, c.Env...)
	endWithParent(cmd)
	p := &process{
		cmd: cmd, log: c.Log, timeout: c.Timeout, started: time.Now(),
		ended: make(chan struct{}), exited: make(chan struct{}), reaped: make(chan struct{}),
	}
	// Wait must not close the pipe while answers are in it, so it is none of exec's.
	stdout, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = out
	cmd.Stderr = &lines{log: c.Log}
	cmd.WaitDelay = reapTime // a child of the module may hold its standard error
	if p.stdin, err = cmd.StdinPipe(); err == nil {
		err = p.run(stdout, out)
	}
	if err != nil {
		_ = stdout.Close()
		_ = out.Close()
		return nil, err
	}
	return p, nil
}

// run starts the process and what belongs to it.
func (p *process) run(stdout, out *os.File) error {
	spawned := make(chan error)
	go p.supervise(spawned)
	if err := <-spawned; err != nil {
		return err
	}
	_ = out.Close() // the process has its own
	late := time.AfterFunc(startTimeouts*p.timeout, func() {
		p.end(fmt.Errorf("it was not ready after %v", startTimeouts*p.timeout))
	})
	in := wire.NewReader(stdout)
	err := p.hello(in)
	late.Stop()
	if err != nil {
		p.lost(err)
		<-p.reaped
		return p.reason
	}
	p.send = wire.NewSender(p.stdin)
	p.calls.init()
	go func() {
		if err := p.send.Run(p.ended); err != nil {
			p.end(fmt.Errorf("writing to it: %w", err))
		}
	}()
	go func() {
		p.read(in)
		_ = stdout.Close()
	}()
	go p.watch()
	return nil
}

// supervise starts the process, logs what it prints and waits for its end. Linux sends the
// signal of endWithParent when the thread ends that started it, so that thread must stay.
func (p *process) supervise(spawned chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.reaped)
	err := p.cmd.Start()
	spawned <- err
	if err != nil {
		return
	}
	if p.status = p.cmd.Wait(); p.status == nil {
		p.status = errors.New("it ended")
	}
	asked := p.closing.Load() && p.cmd.ProcessState.Success()
	close(p.exited)
	// What it has said last is still in the pipe, and tells more than its status. Who reads comes to
	// the end of it soon, unless a child of the module holds it.
	select {
	case <-p.ended:
	case <-time.After(10 * reapTime):
		p.end(p.status)
	}
	if asked {
		p.log.Info("the HSM driver has ended", "pid", p.cmd.Process.Pid)
		return
	}
	p.log.Warn("the HSM driver ended", "pid", p.cmd.Process.Pid, "reason", p.reason, "status", p.cmd.ProcessState.String())
}

// hello reads the first response.
func (p *process) hello(in *wire.Reader) error {
	var r wire.Response
	message, err := in.Next()
	if err == nil {
		err = r.Parse(message)
	}
	switch {
	case err != nil:
		return fmt.Errorf("reading from it: %w", err)
	case r.Code != wire.Version:
		return fmt.Errorf("%s speaks version %d of the protocol, not %d", p.cmd.Path, r.Code, wire.Version)
	case r.Status != wire.OK:
		return errors.New(r.Text)
	}
	p.log.Info("the HSM driver is ready", "pid", p.cmd.Process.Pid, "library", r.Text)
	return nil
}

// end ends the process and fails its calls. The first reason counts.
func (p *process) end(reason error) {
	p.once.Do(func() {
		p.reason, p.endedAt = reason, time.Now()
		p.lasted = p.endedAt.Sub(p.started)
		close(p.ended)
		_ = p.cmd.Process.Kill() // it may have ended
		p.calls.fail()
	})
}

// dead reports whether the process takes no more calls.
func (p *process) dead() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// read hands responses to their calls.
func (p *process) read(in *wire.Reader) {
	for {
		message, err := in.Next()
		r := new(wire.Response)
		if err == nil {
			err = r.Parse(message)
		}
		if err == nil {
			err = p.calls.answer(r)
		}
		if err != nil {
			p.lost(fmt.Errorf("reading from it: %w", err))
			return
		}
		p.served.Add(1)
	}
}

// lost ends the process because its output can't be read. At the end of the output the
// status of the process says more about why, if it comes soon.
func (p *process) lost(err error) {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		select {
		case <-p.exited:
			err = p.status
		case <-time.After(reapTime):
		}
	}
	p.end(err)
}

const reapTime = 100 * time.Millisecond

// watch ends the process when a call takes too long.
func (p *process) watch() {
	tick := time.NewTicker(max(p.timeout/20, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-p.ended:
			return
		case <-tick.C:
			if p.calls.overdue(p.timeout) {
				p.end(fmt.Errorf("a call took longer than %v", p.timeout))
				return
			}
		}
	}
}

// close ends the process in order, if it can in time: without input it finalizes the module.
func (p *process) close() {
	p.closing.Store(true)
	_ = p.stdin.Close()
	select {
	case <-p.reaped:
	case <-time.After(closeTime):
	}
	p.end(ErrClosed)
	<-p.reaped
}

// retire ends the process in order when its calls are done, or when it dies over them.
func (p *process) retire() {
	select {
	case <-p.calls.close():
	case <-p.ended:
	}
	p.close()
}

// closeTime is longer than the driver gives the module.
const closeTime = 2 * time.Second
