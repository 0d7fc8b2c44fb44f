// Package cloudtrail records who did what: the events in the form that AWS CloudTrail
// gives them, and the journal, the file that every event is in before its call is
// answered.
//
// The one rule: the journal only grows. A line is written once, each line holds the hash
// of all that came before it, and nothing in this package changes or removes a line that
// was acknowledged, but for Archive: it removes whole segments that are older than the
// operator wants to keep, after an event that says so.
//
// A journal is a directory:
//
//	00000000000000000001.log   segments: one line per event, numbered from 1
//	00000000000000000002.log   complete ones may be compressed, as ….log.zst
//	head                       how far the segments are known to be on disk
//	lock                       held (flock) by the process that writes
//	….torn                     what a crash left of an unfinished line, kept aside
//
// A line is "<hash> <record>\n": the hash in 64 hexadecimal digits is the SHA-256 of the
// hash before it (32 bytes; zeros at the very beginning) followed by the bytes of the
// record. The first line of a segment is no event but a header, which names the last hash
// of the segment before, its number of lines, and the latest event time so far.
//
// The chain shows each change to anybody who knows a later hash. Who can write the
// directory can also make a new chain and a new head; against that only a hash kept
// elsewhere helps.
//
// Begin reading at Event, Journal.Record and VerifyJournal.
package cloudtrail
