package hsm

import (
	"bytes"
	"log/slog"
)

// lines logs what a module prints, line by line. Modules print much, and what they print is
// theirs, so it is for debugging only.
type lines struct {
	log  *slog.Logger
	rest []byte
}

// maxLine bounds what is logged of one line.
const maxLine = 512

func (l *lines) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		b = rest
		l.rest = append(l.rest, line[:min(len(line), maxLine-len(l.rest))]...)
		if found {
			l.log.Debug("the HSM driver prints", "line", string(l.rest))
			l.rest = l.rest[:0]
		}
	}
	return n, nil
}
