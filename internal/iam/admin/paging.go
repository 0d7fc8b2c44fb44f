package admin

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
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

// marker is what a Marker says, before base64.
type marker struct {
	After string `json:"after"`
}

// newPage reads the paging members of an input, whose bounds the API model has.
func newPage(text *string, maxItems *int32) (page, error) {
	p := page{limit: usualPage}
	if maxItems != nil {
		p.limit = int(*maxItems)
	}
	if text == nil {
		return p, nil
	}
	m, ok := parseMarker(*text)
	if !ok {
		return page{}, errMarker()
	}
	p.after = m.After
	return p, nil
}

// parseMarker reads a marker. It takes only what String writes, and of that only what can be
// the name of something: a marker comes from outside.
func parseMarker(text string) (marker, bool) {
	var m marker
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(b, &m) != nil || m.After == "" || m.String() != text {
		return marker{}, false
	}
	strange := strings.ContainsFunc(m.After, func(r rune) bool { return !unicode.IsGraphic(r) })
	return m, !strange
}

// String returns the form in which callers see a marker.
func (m marker) String() string {
	b, err := json.Marshal(m)
	if err != nil {
		panic("admin: a marker does not encode: " + err.Error())
	}
	return base64.StdEncoding.EncodeToString(b)
}

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
	return shown, new(marker{name(shown[p.limit-1])}.String())
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
					return shown, new(marker{after}.String()), nil
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
	return shown, new(marker{after}.String()), nil
}
