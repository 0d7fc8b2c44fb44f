package cloudtrail

// spool holds the lines that the disk does not have yet. It keeps them in chunks, so that
// bytes once copied stay where they are, whatever is added or dropped; who writes them
// needs no lock meanwhile. A line is never divided between chunks.
type spool struct {
	start, end int64 // offsets of its first byte and behind its last
	chunks     []chunk
	spare      [][]byte // memory of chunks that were dropped
}

type chunk struct {
	at int64 // offset of b[0]
	b  []byte
}

const (
	chunkSize = 256 << 10
	maxSpare  = 16
)

// reset makes s empty at an offset.
func (s *spool) reset(at int64) { *s = spool{start: at, end: at} }

func (s *spool) len() int { return int(s.end - s.start) }

func (s *spool) append(b []byte) {
	n := len(s.chunks) - 1
	if n < 0 || cap(s.chunks[n].b)-len(s.chunks[n].b) < len(b) {
		s.chunks = append(s.chunks, chunk{s.end, s.memory(len(b))})
		n++
	}
	s.chunks[n].b = append(s.chunks[n].b, b...)
	s.end += int64(len(b))
}

func (s *spool) memory(n int) []byte {
	last := len(s.spare) - 1
	if last < 0 || n > chunkSize {
		return make([]byte, 0, max(n, chunkSize))
	}
	b := s.spare[last]
	s.spare = s.spare[:last]
	return b[:0]
}

// part returns bytes from an offset on, up to another or the end of a chunk.
func (s *spool) part(from, to int64) []byte {
	for i := len(s.chunks) - 1; i >= 0 && from < to; i-- {
		if c := s.chunks[i]; c.at <= from {
			return c.b[from-c.at : min(to-c.at, int64(len(c.b)))]
		}
	}
	return nil
}

// drop forgets what is before an offset.
func (s *spool) drop(to int64) {
	s.start = to
	n := 0
	for n < len(s.chunks) && s.chunks[n].at+int64(len(s.chunks[n].b)) <= to {
		if b := s.chunks[n].b; cap(b) == chunkSize && len(s.spare) < maxSpare {
			s.spare = append(s.spare, b)
		}
		n++
	}
	s.chunks = append(s.chunks[:0], s.chunks[n:]...)
	clear(s.chunks[len(s.chunks):cap(s.chunks)])
}
