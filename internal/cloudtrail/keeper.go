package cloudtrail

import (
	"strconv"
	"time"
)

// keep is the journal's own goroutine. It syncs, and after a failure it tries again
// until the disk takes everything.
func (j *Journal) keep() {
	defer close(j.done)
	t := time.NewTicker(j.opt.Interval)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			j.tick()
		case <-j.kick:
			j.tick()
		case <-j.stop:
			j.tick()
			j.tick() // for what the first one itself recorded
			return
		}
	}
}

func (j *Journal) tick() {
	j.mu.Lock()
	r := j.next
	j.next = nil
	j.mu.Unlock()
	err := j.sync()
	if err == nil {
		j.recovered()
	}
	if r != nil {
		r.err = err
		close(r.done)
	}
}

// recovered is called when everything is on disk.
func (j *Journal) recovered() {
	if j.trouble.Swap(nil) != nil {
		j.opt.Logger.Warn("the journal can be written again", "dir", j.dir)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lost == 0 {
		return
	}
	j.opt.Logger.Error("events were lost while the journal could not be written", "dir", j.dir, "events", j.lost)
	j.noteLocked("LoseEvents", Field{"events", strconv.FormatInt(j.lost, 10)})
	j.lost = 0
}

// selfSource is the source of events about the journal itself.
const selfSource = "keystead.internal"

// noteLocked records an event about the journal itself.
func (j *Journal) noteLocked(name string, details ...Field) {
	const self = "AWS Internal" // as CloudTrail calls a service that acts on its own
	e := Event{
		ID:                  NewID(),
		Time:                j.opt.Clock.Now(),
		Source:              selfSource,
		Name:                name,
		Region:              j.opt.Region,
		Type:                "AwsServiceEvent",
		Identity:            Identity{AccountID: j.opt.Account, InvokedBy: self},
		SourceIPAddress:     self,
		UserAgent:           self,
		RecipientAccountID:  j.opt.Account,
		ServiceEventDetails: details,
	}
	b := append([]byte(nil), blankPrefix[:]...)
	j.enqueueLocked(append(e.AppendJSON(b), '\n'), e.Time)
}
