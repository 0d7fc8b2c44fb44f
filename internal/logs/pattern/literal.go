package pattern

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// operator compares a value of the text with a literal, or says what it must be.
type operator string

// The operators.
const (
	equal        operator = "="
	notEqual     operator = "!="
	less         operator = "<"
	lessEqual    operator = "<="
	greater      operator = ">"
	greaterEqual operator = ">="
	isNull       operator = "IS NULL"
	isTrue       operator = "IS TRUE"
	isFalse      operator = "IS FALSE"
	notExists    operator = "NOT EXISTS"
)

// operator takes a comparison.
func (c *cursor) operator() (operator, error) {
	for _, op := range []operator{lessEqual, greaterEqual, notEqual, equal, less, greater} {
		if c.take(string(op)) {
			return op, nil
		}
	}
	return "", invalid()
}

// literal is what a value is compared with.
type literal struct {
	quoted  bool
	text    string
	pieces  [][]byte // of the text, between its asterisks
	numeric bool     // it is a number, and not in quotes
	number  float64
	re      *regexp.Regexp // in place of all of these; text is its source
}

// literal takes what stands on the right of an operator. Only numbers are greater or less.
func (c *cursor) literal(op operator) (*literal, error) {
	start := c.at
	l, err := c.anyLiteral()
	if err != nil {
		return nil, err
	}
	if op != equal && op != notEqual && !l.numeric {
		return nil, badTerm(c.text[start:c.at])
	}
	return l, nil
}

func (c *cursor) anyLiteral() (*literal, error) {
	switch c.peek() {
	case '%':
		source, re, err := c.regex()
		return &literal{text: source, re: re}, err
	case '"':
		text, err := c.quoted()
		return &literal{quoted: true, text: text, pieces: split(text)}, err
	}
	text := c.run(isBare)
	if text == "" {
		if c.done() {
			return nil, invalid()
		}
		return nil, badTerm(c.text[c.at : c.at+1])
	}
	l := &literal{text: text, pieces: split(text)}
	if number, ok := parseNumber([]byte(text)); ok {
		l.numeric, l.number = true, number
	}
	return l, nil
}

func split(text string) [][]byte { return bytes.Split([]byte(text), []byte("*")) }

func (l *literal) String() string {
	switch {
	case l.re != nil:
		return "%" + l.text + "%"
	case l.numeric:
		return l.text
	}
	return quote(l.text)
}

// parseNumber reads a decimal number as the language has it: no infinities, no hexadecimal
// digits, no underscores.
func parseNumber(text []byte) (float64, bool) {
	if len(text) == 0 || len(text) > 64 {
		return 0, false
	}
	for _, c := range text {
		if !isDigit(c) && strings.IndexByte("+-.eE", c) < 0 {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(string(text), 64)
	return n, err == nil && !math.IsInf(n, 0)
}

// like compares a text, in which an asterisk of the literal stands for any characters.
func (l *literal) like(text []byte) bool {
	if l.re != nil {
		return l.re.Match(text)
	}
	first, last := l.pieces[0], len(l.pieces)-1
	if last == 0 {
		return bytes.Equal(text, first)
	}
	if !bytes.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for _, piece := range l.pieces[1:last] {
		i := bytes.Index(text, piece)
		if i < 0 {
			return false
		}
		text = text[i+len(piece):]
	}
	return bytes.HasSuffix(text, l.pieces[last])
}

// needle is the longest text that is in everything that is like the literal.
func (l *literal) needle() []byte {
	var longest []byte
	if l.re == nil && !l.numeric {
		for _, piece := range l.pieces {
			if len(piece) > len(longest) {
				longest = piece
			}
		}
	}
	return longest
}

// words are those that everything that is equal to the literal has. An asterisk may continue
// a word.
func (l *literal) words() []string {
	if l.re != nil || l.numeric {
		return nil
	}
	var list []string
	for i, piece := range l.pieces {
		list = append(list, innerWords(string(piece), i > 0, i < len(l.pieces)-1)...)
	}
	return list
}

// order compares numbers. Those that are not numbers have no order.
func order(op operator, value, than float64) bool {
	switch op {
	case equal:
		return value == than
	case notEqual:
		return value != than
	case less:
		return value < than
	case lessEqual:
		return value <= than
	case greater:
		return value > than
	}
	return value >= than
}
