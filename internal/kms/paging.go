package kms

import (
	"github.com/keystead/keystead/internal/marker"
	"github.com/keystead/keystead/internal/store"
)

// page is one page of a list that a caller asked for.
type page struct {
	limit int
	after string // the key of the last record of the page before; "" for the first
}

// newPage reads the paging members of an input. The API model allows limits up to 1,000
// everywhere; most is the operation's own bound.
func newPage(limit *int32, text *string, usual, most int) (page, error) {
	p := page{limit: usual}
	if limit != nil {
		if p.limit = int(*limit); p.limit > most {
			return page{}, errConstraint(tooLarge("limit", p.limit, most))
		}
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

// cut takes the page from a list, which was read with one more than the page holds, so that a
// last page is known to be the last. key is where the next page begins after an item.
func cut[T any](p page, list []T, key func(T) string) (shown []T, truncated bool, next *string) {
	if len(list) <= p.limit {
		return list, false, nil
	}
	return list[:p.limit], true, new(marker.Marker{After: key(list[p.limit-1])}.String())
}

// byKey is the key of a record, for cut.
func byKey(r store.Record) string { return r.Key }
