package eventstore

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

// texts cuts fuzzed bytes into the texts of events.
func texts(b []byte) []Event {
	var events []Event
	for i, text := range bytes.Split(b, []byte("\n")) {
		at := time.UnixMilli(int64(i*i) - 50)
		events = append(events, Event{Time: at, Ingested: at.Add(time.Second), Text: text})
	}
	return events
}

var seeds = []string{
	"", "\n\n", "one", `{"a":"b","c":1}` + "\n" + `{"a":"b","c":2}`,
	`{"id":"6f1a9c6e-6c5f-4a5e-8c39-0a2ac1e4ef0f","again":"6f1a9c6e-6c5f-4a5e-8c39-0a2ac1e4ef0f"}`,
	"6f1a9c6e-6c5f-4a5e-8c39-0a2ac1e4ef0f6f1a9c6e-6c5f-4a5e-8c39-0a2ac1e4ef0f",
	"x6f1a9c6e-6c5f-4a5e-8c39-0a2ac1e4ef0f 6F1A9C6E-6c5f-4a5e-8c39-0a2ac1e4ef0f_",
	"6f1a9c6e-6c5f-4a5e-8c39-6f1a9c6e-6c5f-4a5e-8c39-0a2ac1e4ef0f",
	"\x00\x01\x02,\x02\x01\x00\n\x00,\x01", `"\u0041lice"`, `"\tone\ntwo\\nthree\u003cfour"`, `"a\u00e9b"` + "\n" + `"\ufeff"`,
	`{"a":"x\tyes"}` + "\n" + `{"a":"x\nyes"}` + "\n" + `{"a":"x\nno"}`, ",,,,\n,,,,\n,,x,",
	`"a\` + "\n" + `"a\nb"`, "a,b\\\na,b\\nc\na,b\\nd",
}

// FuzzBlock: what is packed comes back, and the filter never says no to a word that is there,
// in the text or in a string of JSON.
func FuzzBlock(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		events := texts(b)
		batch, err := NewBatch(events)
		if err != nil {
			t.Fatal(err)
		}
		got, err := batch.Events()
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(events) {
			t.Fatalf("%d events, not %d", len(got), len(events))
		}
		p := &batch.pieces[0]
		for i, e := range events {
			if !bytes.Equal(e.Text, got[i].Text) || !e.Time.Equal(got[i].Time) || !e.Ingested.Equal(got[i].Ingested) {
				t.Fatalf("%+v came back as %+v", e, got[i])
			}
			wantWords(t, p, e.Text)
			var value any
			if json.Unmarshal(e.Text, &value) == nil {
				wantStrings(t, p, value)
			}
		}
	})
}

// wantStrings checks all strings of a JSON value.
func wantStrings(t *testing.T, p *piece, value any) {
	switch v := value.(type) {
	case string:
		wantWords(t, p, []byte(v))
	case []any:
		for _, v := range v {
			wantStrings(t, p, v)
		}
	case map[string]any:
		for k, v := range v {
			wantWords(t, p, []byte(k))
			wantStrings(t, p, v)
		}
	}
}

func wantWords(t *testing.T, p *piece, text []byte) {
	for word := range Words(text) {
		if p.part > 0 && filtered(word) && !bytes.ContainsRune(word, '\uFFFD') {
			w := sweep{terms: []uint64{hashWord(word)}}
			if !w.mayHave(&p.blockInfo, p.bloom) {
				t.Fatalf("the filter denies %q of %q", word, text)
			}
			if events, err := p.unpack(nil, [][]byte{word}); err != nil || len(events) != p.count {
				t.Fatalf("the block denies %q of %q: %v", word, text, err)
			}
		}
	}
}

// FuzzPayload: a damaged payload is an error, or events.
func FuzzPayload(f *testing.F) {
	for _, s := range seeds {
		payload, _ := encodePayload(texts([]byte(s)), len(s)-bytes.Count([]byte(s), []byte("\n")))
		f.Add(payload)
		// The frames themselves are kept, what is said of them changes.
		for i := range min(6, len(payload)) {
			damaged := bytes.Clone(payload)
			damaged[i] ^= 1
			f.Add(damaged)
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		events, err := decodePayload(payload, nil)
		if err == nil && len(events) == 0 {
			t.Fatal("neither events nor an error")
		}
	})
}

// FuzzColumns gets at what a damaged frame can say, past its compression.
func FuzzColumns(f *testing.F) {
	for _, s := range seeds {
		var table table
		events := texts([]byte(s))
		numbers := table.append(nil, events)
		f.Add(numbers, table.middle, table.uuids.aside, len(s), len(events))
	}
	f.Fuzz(func(t *testing.T, numbers, middle, uuids []byte, raw, count int) {
		if raw < 0 || raw > 1<<16 || count < 0 || count > 1<<10 {
			return
		}
		c := columnReader{numbers: parser{b: numbers}, middle: parser{b: middle}, uuids: uuids, raw: raw}
		text, ends, err := c.read(count)
		if err == nil && (len(text) != raw || len(ends) != count) {
			t.Fatalf("%d bytes, %d texts, not %d, %d", len(text), len(ends), raw, count)
		}
	})
}

// FuzzIndex: an index that is read is written the same way, and its filters can be asked.
func FuzzIndex(f *testing.F) {
	for _, s := range seeds {
		p := newPiece(texts([]byte(s)), len(s))
		p.first = 7
		x := index{log: "log", blocks: []blockInfo{p.blockInfo}, bloom: p.bloom, end: p.last()}
		f.Add(x.record("id", 0).Body)
		x = index{log: "log", run: true, blocks: []blockInfo{p.blockInfo, {first: 1 << 20, count: 1}}, end: 1 << 20}
		f.Add(x.record("id", time.Hour).Body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		x, err := parseIndex(body)
		if err != nil {
			return
		}
		w := sweep{terms: []uint64{hashWord([]byte("alice"))}}
		if !x.run {
			w.mayHave(&x.blocks[0], x.bloom)
		}
		again, err := parseIndex(x.record("id", 0).Body)
		if err != nil || len(again.blocks) != len(x.blocks) || again.blocks[0] != x.blocks[0] || again.log != x.log {
			t.Fatalf("%+v came back as %+v, %v", x, again, err)
		}
	})
}

// FuzzWordsRecord: a damaged record of words is an error, or filters.
func FuzzWordsRecord(f *testing.F) {
	blooms := [][]byte{make([]byte, 2*bloomParts), nil, make([]byte, 3*bloomParts)}
	f.Add(joinPart(blooms, 3), 0, 2)
	f.Add(joinPart(blooms, 3), 2, 3)
	f.Add([]byte{200, 1}, 5, 7)
	f.Fuzz(func(t *testing.T, words []byte, slot, part int) {
		if slot < 0 || slot > maxRun || part < 0 || part > maxPart {
			return
		}
		got, err := cutPart(words, &blockInfo{slot: slot, part: part})
		if err == nil && len(got) != part {
			t.Fatalf("%d bytes, not %d", len(got), part)
		}
	})
}

// FuzzPosition: a position is only what Page returned.
func FuzzPosition(f *testing.F) {
	for _, p := range []place{{}, {-5, "id", 7}, {1 << 40, behindAll, 0}} {
		f.Add(p.String())
	}
	f.Add("")
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parsePlace(text); err == nil && p.String() != text {
			t.Fatalf("%q is read as %q", text, p.String())
		}
	})
}
