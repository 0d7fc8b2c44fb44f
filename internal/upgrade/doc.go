// Package upgrade has only tests: what earlier versions wrote must open for ever. A fixture
// of testdata is what one version left behind: its data directory, a backup of its database,
// and calls with the answers that they must go on giving. The one rule: fixtures are added,
// and never changed or removed.
//
// A new one is made with the program of the version:
//
//	go test ./internal/upgrade -run TestFixture -bin /path/to/keystead -name v0.4
package upgrade
