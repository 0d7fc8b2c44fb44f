package cloudhsm

import (
	"strings"

	"github.com/keystead/keystead/internal/marker"
)

// page reads the members of a request that say which page of a list it asks for.
func page(next *string, results *int32, most int) (after string, limit int, err error) {
	limit = most
	if results != nil {
		limit = int(*results)
	}
	if next == nil || *next == "" {
		return "", limit, nil
	}
	m, ok := marker.Parse(*next)
	if !ok {
		return "", 0, invalid("The NextToken is not valid.")
	}
	return m.After, limit, nil
}

// token continues behind an item.
func token(after string) *string { return new(marker.Marker{After: after}.String()) }

// splitKey is the parts of a record's name.
func splitKey(key string) func(yield func(string) bool) { return strings.SplitSeq(key, "/") }

// wanted says whether a filter of a request lets a value pass.
func wanted(filters map[string][]string, name, value string) bool {
	list, ok := filters[name]
	if !ok {
		return true
	}
	for _, w := range list {
		if w == value {
			return true
		}
	}
	return false
}

// checkFilters refuses filters that the operation does not have.
func checkFilters(filters map[string][]string, names ...string) error {
	for name := range filters {
		known := false
		for _, n := range names {
			known = known || n == name
		}
		if !known {
			return invalid("The filter %s is not valid: the filters are %s.", name, strings.Join(names, ", "))
		}
	}
	return nil
}
