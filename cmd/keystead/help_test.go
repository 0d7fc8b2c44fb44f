package main

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestHelp walks all commands: each says what it does in one line, what its flags mean,
// and that it takes its data from where the others do.
func TestHelp(t *testing.T) {
	walk(newCommand(), func(c *cobra.Command) {
		if c.Short == "" || !unicode.IsUpper(rune(c.Short[0])) && c.HasParent() || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: the short help %q is not a line that begins with a capital and has no full stop", c.CommandPath(), c.Short)
		}
		if !strings.Contains(c.UsageString(), c.CommandPath()) {
			t.Errorf("%s is not in its own usage:\n%s", c.CommandPath(), c.UsageString())
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s has no help", c.CommandPath(), f.Name)
			}
		})
		if strings.Contains(c.CommandPath(), " attest ") || strings.Contains(c.CommandPath(), " alarms ") || strings.Contains(c.CommandPath(), " xks-proxy ") { // which know of no data, or have a file of their own
			return
		}
		needed := []string{"config", "data-dir"}
		if !strings.Contains(c.CommandPath(), "journal") && c.Name() != "explain" { // which read files of this node alone
			needed = append(needed, "database", "seal", "passphrase-file")
		}
		for _, name := range needed {
			if c.HasParent() && !c.HasSubCommands() && c.Flags().Lookup(name) == nil {
				t.Errorf("%s has no flag --%s", c.CommandPath(), name)
			}
		}
	})
}

// TestCommands has the list of all commands, so that none disappears unnoticed.
func TestCommands(t *testing.T) {
	var got []string
	walk(newCommand(), func(c *cobra.Command) {
		if !c.HasSubCommands() {
			got = append(got, strings.TrimPrefix(c.CommandPath(), "keystead "))
		}
	})
	slices.Sort(got)
	want := []string{
		"account create", "account keys", "account list", "account revoke", "account root-key", "alarms install cis", "alarms install xks", "alarms test", "attest document", "attest open", "backup", "can", "explain",
		"hsm activate", "hsm backups", "hsm clusters", "hsm keys", "hsm login", "hsm orphans",
		"hsm users change-password", "hsm users create", "hsm users delete", "hsm users list",
		"journal show", "journal verify",
		"keys report",
		"restore", "scp delete", "scp list", "scp put", "scp show", "seal rotate", "seal status", "serve",
		"service create", "service delete", "service key", "service keys", "service list", "service revoke", "trail verify",
		"xks-proxy check", "xks-proxy credential new", "xks-proxy demo", "xks-proxy key create", "xks-proxy key delete", "xks-proxy key disable", "xks-proxy key enable", "xks-proxy key list", "xks-proxy serve",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the commands are %q, want %q", got, want)
	}
}

func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		walk(sub, visit)
	}
}
