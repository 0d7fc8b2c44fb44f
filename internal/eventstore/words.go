package eventstore

import "iter"

// Words cuts a text into words: runs of letters, digits and underscores of ASCII, and of all
// bytes beyond ASCII. Query.Terms are such words.
func Words(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := 0; i < len(text); {
			if !wordByte[text[i]] {
				i++
				continue
			}
			start := i
			for i < len(text) && wordByte[text[i]] {
				i++
			}
			if !yield(text[start:i:i]) {
				return
			}
		}
	}
}

// wordByte says which bytes words are made of.
var wordByte = func() (is [256]bool) {
	for c := range is {
		is[c] = c >= 0x80 || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return is
}()
