package pattern

// innerWords cuts a literal into words as the event store cuts texts, and leaves out those
// that may stand otherwise in a text: at an open end, which may be a part of a longer word, and
// next to a character that JSON can't have, or that writers of JSON like to escape. A text
// with the character é may have \u00e9 in its place, and one with a line break \n.
func innerWords(s string, openStart, openEnd bool) []string {
	var list []string
	for i := 0; i < len(s); {
		if !isWord(s[i]) {
			i++
			continue
		}
		start := i
		for i < len(s) && isWord(s[i]) {
			i++
		}
		left, right := !openStart, !openEnd
		if start > 0 {
			left = isPlain(s[start-1])
		}
		if i < len(s) {
			right = isPlain(s[i])
		}
		if left && right {
			list = append(list, s[start:i])
		}
	}
	return list
}

// isPlain says whether a character separates words and stands for itself in every JSON text.
func isPlain(c byte) bool {
	switch c {
	case '"', '\\', '/', '<', '>', '&', '\'', '=', '+', 0x7f:
		return false
	}
	return c >= ' ' && c < 0x80 && !isWord(c)
}

// common are the words that are in both lists.
func common(a, b []string) []string {
	var list []string
	for _, word := range a {
		for _, other := range b {
			if word == other {
				list = append(list, word)
				break
			}
		}
	}
	return list
}
