package cloudtrail

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// recover finds the end of the journal that is there, cuts off what a crash left behind
// it, and makes j ready to go on. It reads from the segment that the head names; the ones
// before are left to VerifyJournal.
func (j *Journal) recover() error {
	head, err := j.openHead()
	if err != nil {
		return err
	}
	s, err := findEnd(j.dir, head)
	if err != nil {
		return err
	}
	if s.torn.size > 0 {
		if err := s.setAside(j.dir); err != nil {
			return fmt.Errorf("set the torn end of segment %d aside: %w", s.torn.segment, err)
		}
	}
	if s.at.segment > 0 {
		if j.segment, err = j.opt.open(filepath.Join(j.dir, segmentName(s.at.segment))); err != nil {
			return err
		}
		if err := j.segment.Truncate(s.end); err != nil {
			return err
		}
	}
	j.resume(s)
	if err := j.write(); err != nil {
		return err
	}
	if err := j.syncHeld(); err != nil {
		return err
	}
	return j.head.reset(j.reached.position)
}

// openHead opens the head and returns what it says. A directory without segments gets a
// new one; so there is a head whenever there is a segment.
func (j *Journal) openHead() (position, error) {
	numbers, err := segments(j.dir)
	if err != nil {
		return position{}, err
	}
	p, _, err := readHead(j.dir)
	fresh := len(numbers) == 0 && errors.As(err, new(*Problem))
	if err != nil && !fresh {
		return p, err
	}
	if j.head.f, err = j.opt.open(filepath.Join(j.dir, headName)); err != nil || !fresh {
		return p, err
	}
	return p, errors.Join(j.head.reset(position{}), syncDir(j.dir))
}

// resume sets j to the end that was found.
func (j *Journal) resume(s scan) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tip, j.latest = s.at, s.latest
	j.tail.reset(s.end)
	j.written.Store(s.end)
	j.reached = mark{s.end, s.at}
	if s.at.segment == 0 || s.torn.segment > s.at.segment {
		j.beginSegmentLocked()
	}
	if s.torn.size == 0 {
		return
	}
	j.opt.Logger.Warn("the journal ended in an unfinished line, which was set aside",
		"dir", j.dir, "file", s.torn.file, "bytes", s.torn.size)
	j.noteLocked("RepairJournal",
		Field{"segment", strconv.FormatUint(s.torn.segment, 10)},
		Field{"offset", strconv.FormatInt(s.torn.offset, 10)},
		Field{"bytes", strconv.FormatInt(s.torn.size, 10)},
		Field{"file", s.torn.file})
}

const tornExt = ".torn"

// setAside copies the torn end of the journal to a file of its own.
func (s *scan) setAside(dir string) error {
	from, err := os.Open(filepath.Join(dir, segmentName(s.torn.segment)))
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := createTorn(dir, s.torn.segment)
	if err != nil {
		return err
	}
	s.torn.file = filepath.Base(to.Name())
	_, err = io.Copy(to, io.NewSectionReader(from, s.torn.offset, s.torn.size))
	return errors.Join(err, to.Sync(), to.Close(), syncDir(dir))
}

func createTorn(dir string, segment uint64) (*os.File, error) {
	for i := 1; ; i++ {
		name := fmt.Sprintf("%020d.%d%s", segment, i, tornExt)
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}
