package eventstore

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// A Bloom filter says of a block which words it may have. It is cut into parts by the hash of
// the word, so that the filters of a run can be stored part by part: a query reads of each run
// only the parts of its own words.
//
// What a part of n bytes says of a word is in its bits (h + i·g) mod 8n for i < bloomHashes.
const (
	bloomParts  = 16
	bloomBits   = 12 // for each word: one wrong answer in 300
	bloomHashes = 8
	maxPart     = 4 << 10 // bytes; beyond, the filter says yes more often
)

// multiplier is 2^64 divided by the golden ratio.
const multiplier = 0x9E3779B97F4A7C15

// hashWord must not change: its results are stored.
func hashWord(word []byte) uint64 {
	h := uint64(len(word)) * multiplier
	for len(word) >= 8 {
		h = mix(h ^ binary.LittleEndian.Uint64(word))
		word = word[8:]
	}
	var rest uint64
	for i, c := range word {
		rest |= uint64(c) << (8 * i)
	}
	return nonzero(mix(h ^ rest))
}

func mix(h uint64) uint64 {
	high, low := bits.Mul64(h^0xA0761D6478BD642F, 0xE7037ED1A0B428DB)
	return high ^ low
}

// partOf is the part of a filter that a word belongs to.
func partOf(h uint64) int { return int(h >> 60) }

// bloomAdd and bloomHas work on one part.
func bloomAdd(part []byte, h uint64) {
	bit, step, most := h&0xFFFFFFFF, h>>28&0xFFFFFFFF|1, uint64(len(part))*8
	for range bloomHashes {
		at := bit % most
		part[at>>3] |= 1 << (at & 7)
		bit += step
	}
}

func bloomHas(part []byte, h uint64) bool {
	bit, step, most := h&0xFFFFFFFF, h>>28&0xFFFFFFFF|1, uint64(len(part))*8
	for range bloomHashes {
		at := bit % most
		if part[at>>3]&(1<<(at&7)) == 0 {
			return false
		}
		bit += step
	}
	return true
}

// wordSet gathers the words of a block.
type wordSet struct {
	hashSet
	hidden bool // a text may have words that were not found
}

func (s *wordSet) clear() {
	s.hashSet.clear()
	s.hidden = false
}

// bloom returns the filter of the words, and of UUIDs that were set aside; or nil if a filter
// could be wrong.
func (s *wordSet) bloom(uuids []byte) []byte {
	var word [12]byte
	for ; len(uuids) > 0; uuids = uuids[uuidBytes:] {
		s.add(hashWord(hex.AppendEncode(word[:0], uuids[10:16])))
	}
	if s.hidden {
		return nil
	}
	part := min(s.count*bloomBits/(8*bloomParts)+1, maxPart)
	b := make([]byte, part*bloomParts)
	for _, h := range s.slots {
		if h != 0 {
			p := partOf(h)
			bloomAdd(b[p*part:(p+1)*part], h)
		}
	}
	return b
}

// addText adds the words of a text, and those of the strings in it if it is JSON: in `\tone`
// the word is "tone" to one who looks at the bytes, and "one" to one who reads the JSON.
func (s *wordSet) addText(text []byte) {
	for i := 0; i < len(text); {
		c := text[i]
		if !wordByte[c] {
			i++
			if c == '\\' && i < len(text) {
				s.addEscaped(text[i:])
			}
			continue
		}
		start := i
		for i++; i < len(text) && wordByte[text[i]]; i++ {
		}
		s.addWord(text[start:i])
	}
}

// addEscaped adds the word that begins behind an escape of JSON, whose text begins behind the
// backslash.
func (s *wordSet) addEscaped(text []byte) {
	skip := 1
	switch text[0] {
	case 'b', 'f', 'n', 'r', 't':
	case 'u':
		skip = 5
		if len(text) < skip {
			return
		}
		var code int
		for _, c := range text[1:skip] {
			d := hexValue(c)
			if d < 0 {
				return
			}
			code = code<<4 | d
		}
		if code >= 0x80 || wordByte[code] {
			s.hidden = true // it is part of a word, and stands between the others
			return
		}
	default:
		return
	}
	end := skip
	for end < len(text) && wordByte[text[end]] {
		end++
	}
	if end > skip {
		s.addWord(text[skip:end])
	}
}

func hexValue(c byte) int {
	if c >= 'A' && c <= 'F' {
		c += 'a' - 'A'
	}
	if d := hexDigit[c]; d < 16 {
		return int(d)
	}
	return -1
}

func (s *wordSet) addWord(word []byte) {
	if filtered(word) {
		s.add(hashWord(word))
	}
}

// filtered says whether filters have the word. Of the pieces of a UUID only the last, of
// twelve digits, is worth its room.
func filtered(word []byte) bool {
	if len(word) != 4 && len(word) != 8 {
		return len(word) > 0
	}
	var digits byte
	for _, c := range word {
		digits |= hexDigit[c]
	}
	return digits >= 16
}

// joinPart makes a record of the words of a run: one part of the filters of its blocks. It
// says how many there are, a uvarint; the length of each, a uvarint; and then the filters.
func joinPart(blooms [][]byte, part int) []byte {
	b := binary.AppendUvarint(nil, uint64(len(blooms)))
	for _, bloom := range blooms {
		b = binary.AppendUvarint(b, uint64(len(bloom)/bloomParts))
	}
	for _, bloom := range blooms {
		size := len(bloom) / bloomParts
		b = append(b, bloom[part*size:(part+1)*size]...)
	}
	return b
}

// cutPart finds the filter of a block in what joinPart made.
func cutPart(words []byte, b *blockInfo) ([]byte, error) {
	if b.part == 0 {
		return nil, nil
	}
	p := parser{b: words}
	slots, skip, size := p.uvarint(maxRun), 0, 0
	for i := range slots {
		n := p.uvarint(maxPart)
		switch {
		case i < b.slot:
			skip += n
		case i == b.slot:
			size = n
		}
	}
	p.bytes(skip)
	part := p.bytes(size)
	if p.err != nil || size != b.part {
		return nil, errCorrupt
	}
	return part, nil
}
