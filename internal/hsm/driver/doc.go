// Package driver is what the driver process does: it loads one PKCS#11 module and answers
// the requests of package wire. Only cmd/keystead-hsm imports it, because a module is C
// code that may crash or hang, and takes the process it is in with it. The one rule: a
// session is used by one goroutine at a time. A session shared by two makes SoftHSM crash,
// and the standard promises nothing (PKCS #11 v2.40 base, section 5.1.5, asks only that
// functions may be called from several threads).
//
// Requests name tokens and keys by what lasts (label, serial number, CKA_ID), never by the
// handles of the module. Handles are remembered here and looked up again when they have
// become invalid or old, so that a restart of the process, or a token that was away, is
// not seen from outside.
//
// # Initialization vectors
//
// AES-GCM needs an IV that never repeats under one key. Encrypt draws 12 random bytes. Some
// modules insist on making the IV, and each has its own way to hand it out. The driver
// tries, and remembers for the token what the module takes:
//
//   - ours: the module uses the bytes that it was given. A module that writes other ones
//     into the buffer has made its own IV, which then counts (AWS CloudHSM).
//   - zeroed: the module takes only a buffer of zeros, into which it writes its IV. If the
//     buffer is still zeros afterwards, the ciphertext is thrown away.
//   - appended: the module takes no buffer, and its IV follows the tag (Luna in FIPS mode).
package driver
