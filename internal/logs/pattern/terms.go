package pattern

import (
	"bytes"
	"strings"
)

// terms are the words of an unstructured pattern. All of must have to be in the text, one of
// any (unless there are none), and none of without.
type terms struct{ must, any, without [][]byte }

// parseTerms reads terms such as: ERROR "a phrase" -excluded, or ?this ?that. Terms with a
// question mark are passed over if there are others.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html
func parseTerms(c *cursor) (form, error) {
	t := &terms{}
	for c.space(); !c.done(); {
		list := &t.must
		switch c.peek() {
		case '?':
			list, c.at = &t.any, c.at+1
		case '-':
			list, c.at = &t.without, c.at+1
			c.space()
		}
		term, err := c.term()
		if err != nil {
			return nil, err
		}
		*list = append(*list, []byte(term))
		if !c.space() && !c.done() {
			return nil, badTerm(c.text[c.at : c.at+1])
		}
	}
	if len(t.must)+len(t.without) > 0 {
		t.any = nil
	}
	return t, nil
}

// term takes a word or a phrase in quotes.
func (c *cursor) term() (string, error) {
	if c.peek() == '"' {
		return c.quoted()
	}
	if term := c.run(isWord); term != "" {
		return term, nil
	}
	if c.done() {
		return "", invalid()
	}
	return "", badTerm(c.text[c.at : c.at+1])
}

func (t *terms) match(text []byte) (Values, bool) {
	for _, term := range t.must {
		if !bytes.Contains(text, term) {
			return Values{}, false
		}
	}
	for _, term := range t.without {
		if bytes.Contains(text, term) {
			return Values{}, false
		}
	}
	if len(t.any) == 0 {
		return Values{}, true
	}
	for _, term := range t.any {
		if bytes.Contains(text, term) {
			return Values{}, true
		}
	}
	return Values{}, false
}

// words are those within phrases: the first and the last word of a phrase may be a part of a
// longer one in the text.
func (t *terms) words() []string {
	var list []string
	for _, term := range t.must {
		list = append(list, innerWords(string(term), true, true)...)
	}
	return list
}

func (t *terms) String() string {
	var list []string
	for _, part := range []struct {
		sign  string
		terms [][]byte
	}{{"", t.must}, {"?", t.any}, {"-", t.without}} {
		for _, term := range part.terms {
			list = append(list, part.sign+quote(string(term)))
		}
	}
	return strings.Join(list, " ")
}
