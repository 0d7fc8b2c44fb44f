// Package models holds what the members of each operation's input must satisfy, service by
// service: one row for a member, in the order of the API model. The SDK's structs don't carry
// these facts. They come from AWS's published API models (Apache License 2.0), and from the
// API reference where an operation is newer than those. Tests hold the tables beside the SDK.
//
// The one rule to know: a table says what AWS's model says. What the service demands beyond
// its model (a deletion window of 7 to 30 days) is checked by the operation, in its own words.
package models
