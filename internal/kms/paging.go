package kms

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode"

	"github.com/keystead/keystead/internal/store"
)

// page is one page of a list that a caller asked for.
type page struct {
	limit int
	after string // the key of the last record of the page before; "" for the first
}

// marker is what a Marker says, before base64.
type marker struct {
	After string `json:"after"`
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
	m, ok := parseMarker(*text)
	if !ok {
		return page{}, errMarker()
	}
	p.after = m.After
	return p, nil
}

// parseMarker reads a marker. It takes only what String writes, and of that only what can
// be the key of a record: a marker comes from outside.
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
		panic("kms: a marker does not encode: " + err.Error())
	}
	return base64.StdEncoding.EncodeToString(b)
}

// cut takes the page from records, which were read with one more than the page holds, so
// that a last page is known to be the last.
func cut(p page, records []store.Record) (shown []store.Record, truncated bool, next *string) {
	if len(records) <= p.limit {
		return records, false, nil
	}
	records = records[:p.limit]
	return records, true, new(marker{records[p.limit-1].Key}.String())
}
