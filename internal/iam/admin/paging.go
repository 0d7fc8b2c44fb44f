package admin

import (
	"slices"
	"strings"

	"github.com/keystead/keystead/internal/marker"
)

// page is one page of a list that a caller asked for.
type page struct {
	limit int
	after string // the name of the last item of the page before; "" for the first
}

// usualPage is how many items a page has if the caller does not say.
const usualPage = 100

// mostExamined bounds how many entities one call looks at. A page may have fewer items than
// were asked for, as AWS warns.
const mostExamined = 2000

// newPage reads the paging members of an input, whose bounds the API model has.
func newPage(text *string, maxItems *int32) (page, error) {
	p := page{limit: usualPage}
	if maxItems != nil {
		p.limit = int(*maxItems)
	}
	if text == nil {
		return p, nil
	}
	m, ok := marker.Parse(*text)
	if !ok {
		return page{}, errMarker()
	}
	p.after = m.After
	return p, nil
}

// nextMarker is the marker of the page that begins after an item.
func nextMarker(after string) *string { return new(marker.Marker{After: after}.String()) }

// cut takes a page out of a list and returns the marker of the next one, nil on the last.
// The page is ordered by name, so that an item that goes away between two pages makes no
// other stand twice or fall out.
func cut[T any](p page, list []T, name func(T) string) (shown []T, next *string) {
	shown = append([]T{}, list...) // never nil: an empty list is answered as one
	slices.SortStableFunc(shown, func(a, b T) int { return strings.Compare(name(a), name(b)) })
	from, _ := slices.BinarySearchFunc(shown, p.after, func(v T, after string) int {
		if name(v) <= after {
			return -1
		}
		return 1
	})
	shown = shown[from:]
	if len(shown) <= p.limit {
		return shown, nil
	}
	shown = shown[:p.limit]
	return shown, nextMarker(name(shown[p.limit-1]))
}

// scan reads entities in the order of their names until the page is full.
func scan[T any](p page, keep func(T) bool, name func(T) string, read func(after string, limit int) ([]T, error)) (shown []T, next *string, err error) {
	after := p.after
	for examined := 0; examined < mostExamined; {
		size := p.limit + 1
		batch, err := read(after, size)
		if err != nil {
			return nil, nil, err
		}
		for _, v := range batch {
			if keep(v) {
				if len(shown) == p.limit {
					return shown, nextMarker(after), nil
				}
				shown = append(shown, v)
			}
			after = name(v)
		}
		if len(batch) < size {
			return shown, nil, nil
		}
		examined += len(batch)
	}
	return shown, nextMarker(after), nil
}
