// Package kmsmatrix has only a test: every operation on a key of every spec, usage and origin,
// in every state that such a key can have, must end as one table says. The one rule: the
// table is written from AWS's documentation, and never from the code.
package kmsmatrix
