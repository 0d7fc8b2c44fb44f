package policy

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Position is a place in the text of a document. Both numbers count from 1, columns in
// characters.
type Position struct{ Line, Column int }

// Span is where a statement stands in the text of a document. It begins behind the token
// before the statement, or behind the brace of a statement that is in no list, and ends
// behind the statement's last brace: that is what IAM's simulations tell.
type Span struct{ Begin, End Position }

// Spans finds the statements of a document that Parse reads.
func Spans(doc []byte) []Span {
	s := &spanner{doc: doc, dec: json.NewDecoder(bytes.NewReader(doc)), at: Position{1, 1}}
	s.token() // the brace of the document
	for s.more() {
		if s.token() != "Statement" {
			s.skip(s.token())
			continue
		}
		if t := s.token(); t != json.Delim('[') {
			return []Span{s.span(t)}
		}
		var spans []Span
		begin := s.position() // before more, which goes on to the next token
		for s.more() {
			end := s.span(s.token()).End
			spans = append(spans, Span{begin, end})
			begin = end
		}
		return spans
	}
	return nil
}

// spanner reads tokens and knows where it is.
type spanner struct {
	doc   []byte
	dec   *json.Decoder
	known int      // the offset of at
	at    Position // of the last place that was asked for
	lost  bool     // the text is no JSON
}

// more says whether another element follows.
func (s *spanner) more() bool { return !s.lost && s.dec.More() }

// token returns the next token. The document parsed before, so that there is one; else
// every loop ends.
func (s *spanner) token() json.Token {
	t, err := s.dec.Token()
	s.lost = s.lost || err != nil
	return t
}

// span reads the statement behind its first token.
func (s *spanner) span(first json.Token) Span {
	begin := s.position()
	s.skip(first)
	return Span{begin, s.position()}
}

// skip reads the rest of the value that begins with the token.
func (s *spanner) skip(first json.Token) {
	depth := 0
	for t := first; ; t = s.token() {
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth <= 0 || s.lost {
			return
		}
	}
}

// position is where the decoder is.
func (s *spanner) position() Position {
	offset := int(s.dec.InputOffset())
	read := s.doc[s.known:offset]
	if i := bytes.LastIndexByte(read, '\n'); i >= 0 {
		s.at.Line += bytes.Count(read, []byte("\n"))
		s.at.Column = 1
		read = read[i+1:]
	}
	s.at.Column += utf8.RuneCount(read)
	s.known = offset
	return s.at
}
