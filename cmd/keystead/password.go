package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/secret"
)

// passwordFlag is a password that a command needs: in a file, or asked for at the terminal.
type passwordFlag struct{ file, what, flag string }

// add adds the flag that names the file.
func (p *passwordFlag) add(c *cobra.Command, flag, what string) {
	p.what, p.flag = what, flag
	c.Flags().StringVar(&p.file, flag, "", "`FILE` with "+what+" (default: asked for at the terminal)")
	c.Flags().Lookup(flag).Annotations = map[string][]string{commandLineOnly: nil}
}

// read returns the password.
func (p *passwordFlag) read(c *cobra.Command) (secret.Bytes, error) {
	if p.file == "" {
		return p.ask(c, p.what)
	}
	b, err := os.ReadFile(p.file)
	if err != nil {
		return secret.Bytes{}, fmt.Errorf("read %s: %w", p.what, err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	clear(b)
	return secret.FromString(strings.TrimSuffix(line, "\r")), nil
}

// new is read for a password that is to be set: at the terminal it is asked for twice.
func (p *passwordFlag) new(c *cobra.Command) (secret.Bytes, error) {
	first, err := p.read(c)
	if err != nil || p.file != "" {
		return first, err
	}
	second, err := p.ask(c, p.what+" again")
	if err != nil {
		return secret.Bytes{}, err
	}
	if !first.Equal(second) {
		return secret.Bytes{}, errors.New("the passwords are not the same")
	}
	return first, nil
}

// ask asks for a password without showing it.
func (p *passwordFlag) ask(c *cobra.Command, what string) (secret.Bytes, error) {
	terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return secret.Bytes{}, fmt.Errorf("there is no terminal to ask for %s at: use --%s", p.what, p.flag)
	}
	defer terminal.Close()
	echo := func(ctx context.Context, how string) error {
		stty := exec.CommandContext(ctx, "stty", how)
		stty.Stdin = terminal
		return stty.Run()
	}
	if err := echo(c.Context(), "-echo"); err != nil {
		return secret.Bytes{}, fmt.Errorf("hide %s at the terminal: %w; use --%s", p.what, err, p.flag)
	}
	defer func() {
		_ = echo(context.Background(), "echo")
		fmt.Fprintln(terminal)
	}()
	fmt.Fprintf(terminal, "%s: ", what)
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(io.LimitReader(terminal, 1<<10)).ReadString('\n')
		answers <- answer{line, err}
	}()
	select {
	case a := <-answers:
		return secret.FromString(strings.TrimRight(a.line, "\r\n")), a.err
	case <-c.Context().Done():
		return secret.Bytes{}, c.Context().Err()
	}
}
