package cloudtrail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
)

// Report is what VerifyJournal found.
type Report struct {
	First      uint64   // the oldest segment that is kept: 1, or what an event says
	Segments   int      // that were read
	Records    int64    // events; the headers of the segments are not counted
	Bytes      int64    // of all whole lines
	Segment    uint64   // of the last line that is right
	Line       int64    // its number
	Hash       string   // its hash, which stands for the whole journal up to there
	Unfinished int64    // bytes behind it: a line that is being written, or that a crash left
	Torn       []string // files with what crashes left, set aside
	Problem    *Problem // the first one; nil if the journal is as it was written
}

// ErrNoJournal is returned for a directory that holds no journal.
var ErrNoJournal = errors.New("no journal here")

// VerifyJournal checks every line of the journal in dir, that no segment is missing, and
// that the end is at least where the head file says. It takes no lock, so it may run while
// a server writes. What is wrong with the journal is in the report; the error says that
// something could not be read.
func VerifyJournal(dir string) (Report, error) {
	r, err := verifyOnce(dir)
	for err == nil && r.Problem != nil && expiredSince(dir, r.First) {
		r, err = verifyOnce(dir) // it lost its beginning while it was read
	}
	if err != nil {
		err = fmt.Errorf("verify journal %s: %w", dir, err)
	}
	return r, err
}

// expiredSince reports whether a segment that was there is not any more.
func expiredSince(dir string, first uint64) bool {
	numbers, err := segments(dir)
	return err == nil && len(numbers) > 0 && numbers[0] > first
}

func verifyOnce(dir string) (Report, error) {
	v := verifier{cursor: cursor{dir: dir, segment: 1}, report: Report{First: 1}}
	defer v.cursor.close()
	err := v.run(dir)
	if p := (*Problem)(nil); errors.As(err, &p) {
		v.report.Problem, err = p, nil
	}
	v.report.Segment, v.report.Line, v.report.Hash = v.at.segment, v.at.lines, v.at.digest.String()
	return v.report, err
}

type verifier struct {
	cursor cursor
	at     position
	head   position // what has to be there
	kept   uint64   // the first segment that is kept, as events say; 0 if none does
	report Report
}

func (v *verifier) run(dir string) error {
	numbers, err := segments(dir)
	if err != nil {
		return err
	}
	if v.report.Torn, err = filepath.Glob(filepath.Join(dir, "*"+tornExt)); err != nil {
		return err
	}
	// The head is read first: what it names was there before, so it must be found.
	if v.head, err = settledHead(dir); err != nil {
		if len(numbers) == 0 && errors.Is(err, errNoHead) {
			return ErrNoJournal
		}
		return err
	}
	if err := v.begin(dir, numbers); err != nil {
		return err
	}
	for {
		l, err := v.cursor.next()
		if err == io.EOF {
			return v.end()
		}
		if err != nil {
			return err
		}
		if err := v.step(l); err != nil {
			return err
		}
	}
}

// begin goes to the oldest segment, if the ones before have expired. Its header says what it
// follows; whether they may be missing is for an event to say, further on.
func (v *verifier) begin(dir string, numbers []uint64) error {
	if len(numbers) == 0 || numbers[0] == 1 {
		return nil
	}
	v.cursor.segment, v.report.First = numbers[0], numbers[0]
	h, ok, err := readHeader(dir, numbers[0])
	if errors.Is(err, fs.ErrNotExist) {
		return &Problem{Segment: numbers[0], Text: "is missing"}
	}
	if err != nil {
		return err
	}
	if ok {
		v.at, ok = h.before()
	}
	if !ok {
		return &Problem{numbers[0], 1, "the header of the segment was changed"}
	}
	return nil
}

func (v *verifier) step(l line) error {
	record, ok := v.at.follow(l)
	if !ok {
		return v.diagnose(l)
	}
	v.kept = max(v.kept, announced(record))
	if l.number == 1 {
		v.report.Segments++
	} else {
		v.report.Records++
	}
	v.report.Bytes += int64(len(l.text)) + 1
	return v.at.meets(v.head)
}

// meets fails if p is where the head is, but another line is there.
func (p position) meets(head position) error {
	if p.segment == head.segment && p.lines == head.lines && p.digest != head.digest {
		return &Problem{p.segment, p.lines, "is not the line that the head file names: the journal was rewritten"}
	}
	return nil
}

// reaches fails if p, the end of the journal, is not as far as the head.
func (p position) reaches(head position) error {
	if p.before(head) {
		return &Problem{p.segment, p.lines, fmt.Sprintf(
			"the journal ends here, but it once reached %v: its end was cut off", head)}
	}
	return nil
}

// end is called when there are no more lines.
func (v *verifier) end() error {
	if err := v.at.reaches(v.head); err != nil {
		return err
	}
	if v.kept < v.report.First && v.report.First > 1 {
		return &Problem{Segment: max(v.kept, 1), Text: "is missing"} // and no event says that it expired
	}
	var err error
	v.report.Unfinished, err = v.cursor.unfinished()
	return err
}

func (v *verifier) diagnose(l line) error {
	l.text = bytes.Clone(l.text)
	after, err := v.cursor.next()
	if err != nil || after.segment != l.segment {
		return diagnose(v.at, l, nil)
	}
	return diagnose(v.at, l, &after)
}

// settledHead reads the head. A server may be writing it just now, so a copy that is not
// whole is looked at again.
func settledHead(dir string) (position, error) {
	var p position
	var err error
	for range 20 {
		var whole bool
		if p, whole, err = readHead(dir); err == nil && whole {
			return p, nil
		}
	}
	if err == nil {
		err = &Problem{Text: "the head file is damaged: one of its copies was changed"}
	}
	return p, err
}
