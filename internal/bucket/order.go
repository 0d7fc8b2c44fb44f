package bucket

import (
	"io/fs"
	"slices"
	"strings"
)

// inOrder sorts the entries of a directory as S3 sorts keys: a folder stands where its name
// with a slash does.
func inOrder(entries []fs.DirEntry) []fs.DirEntry {
	name := func(e fs.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(name(a), name(b)) })
	return entries
}
