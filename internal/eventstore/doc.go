// Package eventstore keeps logs of events: what happened, in the order in which it was
// written down, found again by time and by words.
//
// The one rule: an event that Append has written stays where it is in its log until it
// expires. Its number, Seq, never changes, whatever happens to the block that holds it.
//
// A log only grows at its end. Its events lie in blocks of up to 2 MiB of text, compressed, in the
// store's records of these kinds:
//
//	event-log    the head of a log: its id, the next number, how long events are kept
//	event-block  the events of a block: one record for each
//	event-index  what is known of one block, or of a run of 64, without unpacking it: times,
//	             numbers, sizes; and of a single block the Bloom filter of its words
//	event-words  the Bloom filters of the blocks of a run, cut into 16 parts by word
//	event-trash  a log that was deleted and whose blocks are not all gone yet
//
// The keys of blocks and indexes are the log's id and the number of the last event in them,
// so that a scan finds the block of an event. A job merges small blocks that are neighbours,
// and gathers the indexes of 64 blocks into a run: a query over ten million events then reads
// some 110 indexes, and one record of words of each.
//
// Begin reading at Batch, Store.Append and Store.Page.
package eventstore
