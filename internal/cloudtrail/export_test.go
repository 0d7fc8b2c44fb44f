package cloudtrail

// File is what a test can put in the place of a file that the journal writes.
type File = file

// OpenFile opens a real one.
var OpenFile = openFile

// WithOpener has the journal open its files with open.
func (o JournalOptions) WithOpener(open func(name string) (File, error)) JournalOptions {
	o.open = open
	return o
}

// FirstSegment is the segment where ReadJournal begins.
var FirstSegment = firstSegment
