package kms_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

var refusedTable = regexp.MustCompile("(?m)^\\| refused \\| why \\|\n\\| --- \\| --- \\|\n((?:\\| .* \\|\n)*)")

// TestFIPSTable compares the table in docs/fips.md with what is outside of the FIPS 140-3 module.
// clients.TestFIPS holds the program to the table.
func TestFIPSTable(t *testing.T) {
	const path = "../../docs/fips.md"
	rows, told := "", map[string]bool{}
	tell := func(name, why string) {
		if why != "" && !told[name] {
			rows += fmt.Sprintf("| `%s` | %s |\n", name, why)
			told[name] = true
		}
	}
	for _, s := range material.Specs {
		tell(string(s.Name), material.Beyond(s, ""))
	}
	for _, s := range material.Specs {
		if material.Beyond(s, "") != "" {
			continue
		}
		for _, u := range s.Usages {
			for _, a := range s.Algorithms(u) {
				tell(a, material.Beyond(s, a))
			}
		}
		for _, a := range types.AlgorithmSpec("").Values() {
			tell(string(a), material.Beyond(s, string(a)))
		}
	}
	page, err := os.ReadFile(path)
	must(t, "read the page", err)
	at := refusedTable.FindSubmatchIndex(page)
	if at == nil {
		t.Fatalf("%s has no table of what is refused", path)
	}
	if *update {
		must(t, "write the page", os.WriteFile(path, []byte(string(page[:at[2]])+rows+string(page[at[3]:])), 0o644))
		return
	}
	if got := string(page[at[2]:at[3]]); got != rows {
		t.Errorf("%s says\n%swant (run make golden)\n%s", path, got, rows)
	}
}
