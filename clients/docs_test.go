package clients

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages returns all Markdown files of the repository.
func pages(t *testing.T) []string {
	t.Helper()
	var pages []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "bin", "data", "node_modules", "testdata"}, d.Name()) {
			return fs.SkipDir
		}
		if filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 5 {
		t.Fatalf("there are only these pages: %v", pages)
	}
	return pages
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	noSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinks follows every relative link of every page, to the heading if it names one.
func TestLinks(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(readFile(t, page), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			file, anchor, hasAnchor := strings.Cut(m[1], "#")
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", page, err)
			} else if hasAnchor && !slices.Contains(anchors(readFile(t, target)), anchor) {
				t.Errorf("%s: %s has no heading #%s", page, target, anchor)
			}
		}
	}
}

// anchors are the names that GitHub gives to the headings of a page.
func anchors(text string) []string {
	var names []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		slug := noSlug.ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(slug, " ", "-"))
	}
	return names
}

var (
	flag     = regexp.MustCompile(`--[a-z][a-z-]*`)
	codeSpan = regexp.MustCompile("`([^`\n]+)`")
	fence    = regexp.MustCompile("(?sm)^```[a-z]*\n(.*?)^```")
	offered  = regexp.MustCompile(`(?m)^      --([a-z-]+)|^  -., --([a-z-]+)`)
)

// TestFlags looks up every flag of the program that a page names. In a command line it
// must be a flag of that command, alone in the text one of any command.
func TestFlags(t *testing.T) {
	commands := helps(t, nil)
	for _, page := range pages(t) {
		text := readFile(t, page)
		var codes []string
		for _, m := range fence.FindAllStringSubmatch(text, -1) {
			codes = append(codes, strings.Split(m[1], "\n")...)
		}
		for _, m := range codeSpan.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			codes = append(codes, m[1])
		}
		for _, code := range codes {
			code, _, _ = strings.Cut(code, " #")
			for _, f := range flag.FindAllString(code, -1) {
				if ok, where := knows(commands, code, f); !ok {
					t.Errorf("%s: %q: %s is not a flag of %s", page, code, f, where)
				}
			}
		}
	}
}

// knows reports whether the command in a piece of code, or any command if it has none, has
// a flag. Other programs' flags are their own.
func knows(commands map[string][]string, code, flag string) (ok bool, where string) {
	if strings.HasPrefix(code, "--") {
		for _, flags := range commands {
			ok = ok || slices.Contains(flags, flag)
		}
		return ok, "any command"
	}
	_, line, isOurs := strings.Cut(" "+strings.ReplaceAll(code, "bin/keystead", "keystead"), " keystead ")
	if !isOurs {
		return true, ""
	}
	// The longest name of a command that the line begins with.
	for name, flags := range commands {
		if strings.HasPrefix(line+" ", name+" ") && len(name) >= len(where) {
			ok, where = slices.Contains(flags, flag), name
		}
	}
	return ok, "keystead " + where
}

// helps asks the program for the help of a command and of all below, and returns each
// command's flags by the command's name.
func helps(t *testing.T, command []string) map[string][]string {
	t.Helper()
	out, err := exec.Command(program, append(command, "--help")...).Output()
	if err != nil {
		t.Fatalf("keystead %s --help: %v", strings.Join(command, " "), err)
	}
	all := map[string][]string{}
	flags := []string{}
	for _, m := range offered.FindAllStringSubmatch(string(out), -1) {
		flags = append(flags, "--"+m[1]+m[2])
	}
	all[strings.Join(command, " ")] = flags
	_, list, _ := strings.Cut(string(out), "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	for line := range strings.Lines(list) {
		if words := strings.Fields(line); len(words) > 0 && words[0] != "help" {
			for name, flags := range helps(t, append(slices.Clone(command), words[0])) {
				all[name] = flags
			}
		}
	}
	return all
}
