# Keystead. `make run` and `make test` are all that a fresh machine needs.

BIN := bin/keystead
HSM_BIN := bin/keystead-hsm
FUZZTIME ?= 30s
# The packages whose goroutines share state, beside the store.
RACE := ./internal/awsapi ./internal/cloudhsm ./internal/cloudtrail/... ./internal/cloudwatch/... ./internal/delivery ./internal/eventbridge ./internal/eventstore ./internal/hsm/... ./internal/iam/... ./internal/job ./internal/keypair ./internal/keystore/... ./internal/kms ./internal/listener ./internal/logs ./internal/oidc ./internal/seal ./internal/server ./internal/signin ./internal/sigv4 ./internal/sns ./internal/sts ./internal/vpc ./internal/xksproxy

.PHONY: build run test check test-go test-race test-units test-console fuzz bench bench-keys bench-events screenshots soak model golden clean

build:
	@scripts/need-go
	scripts/build-console
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o $(BIN) ./cmd/keystead
	@scripts/need-gcc
	CGO_ENABLED=1 go build -trimpath -ldflags "-s -w" -o $(HSM_BIN) ./cmd/keystead-hsm

run: build
	$(BIN) serve

# Everything that CI runs. Installs what the tests need from Debian's packages and npm. No test
# here takes the power from PostgreSQL, so that it need not wait for the disk.
test: build
	@scripts/install-test-tools
	$(MAKE) check test-units
	KEYSTEAD_TEST_REQUIRE=1 KEYSTEAD_TEST_PG_FSYNC=off scripts/with-postgres $(MAKE) test-go test-race

# What a tool can find. Tests compare the generated documents with what they are made from.
check:
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "not formatted:"; echo "$$out"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

# The tests beside the sources of the console, and their types; build has checked those of the sources.
test-units: build
	cd console && export PATH="$$(../scripts/need-node):$$PATH" && npx tsc --noEmit -p tsconfig.test.json && npm test --silent

# Of the console's tests in a browser, one file at least for each area; test-console runs all.
CONSOLE_SHORT := shell signin overview keys-page keys-create keys-grants keys-deletion stores metrics metric-filters cloudtrail trails sns events iam-policies iam-simulator endpoints

test-go:
	CONSOLE_TESTS="$(CONSOLE_SHORT)" go test -vet=off -count=1 -timeout 50m ./...

test-console: build
	@scripts/install-test-tools
	KEYSTEAD_TEST_REQUIRE=1 go test -vet=off -count=1 -timeout 60m -v -run 'TestConsole$$' ./clients

# The code above the store does not know which engine it has: the race detector sees it on SQLite,
# and on PostgreSQL in the tests that need it. It sees the store on both.
test-race:
	KEYSTEAD_TEST_ENGINE=SQLite go test -race -vet=off -count=1 -short -timeout 30m $(RACE)
	go test -race -vet=off -count=1 -short -timeout 30m ./internal/store

# Every fuzz target for FUZZTIME. What is found stays in testdata/fuzz.
fuzz:
	scripts/fuzz $(FUZZTIME)

# The tables of docs/performance.md, measured on this machine.
bench: build
	go test -run '^$$' -bench Decide -benchmem ./internal/iam/decision
	go test -run '^$$' -bench Grant -benchmem ./internal/kms
	go run ./internal/bench -bin $(BIN)
	go run ./internal/bench -bin $(BIN) -primitives
	go run ./internal/bench -bin $(BIN) -key-stores
	go run ./internal/bench -bin $(BIN) -chain -duration 5s
	go run ./internal/bench -bin $(BIN) -xks-proxy

bench-events:
	go test -run '^$$' -bench . ./internal/eventstore
	go test -run Scale -v -timeout 2h ./internal/eventstore -events 10000000

bench-keys: build
	go run ./internal/bench -bin $(BIN) -keys 1000,1000000
	go run ./internal/bench -bin $(BIN) -keys 1000,1000000 -cache-mib 2048

# The pictures of docs/console.md, of a company that the test makes up.
screenshots: build
	@scripts/install-test-tools
	CONSOLE_SCREENSHOTS=$(CURDIR)/docs/screenshots KEYSTEAD_TEST_REQUIRE=1 go test -count=1 -timeout 20m -run TestScreenshots ./clients

# The kill tests at full length: 200 kills on each engine, and 50 uses of the chain from a call to
# a mail; that chain with a period of a minute, in real time; and 10,000 calls on keys elsewhere.
soak: build
	@scripts/install-test-tools
	KEYSTEAD_TEST_KILLS=200 KEYSTEAD_TEST_REQUIRE=1 scripts/with-postgres go test -count=1 -timeout 60m -v -run TestKill ./cmd/keystead
	KEYSTEAD_TEST_KILLS=50 KEYSTEAD_TEST_SCENE=1 KEYSTEAD_TEST_REQUIRE=1 go test -count=1 -timeout 60m -v -run 'Test(Scene(SurvivesKills|InTime)|KeyStoresSurviveKills)' ./clients

# The comparison of package kms with a model of the life of keys at full length: 100,000 random
# steps on each engine.
model:
	KEYSTEAD_TEST_STEPS=100000 KEYSTEAD_TEST_REQUIRE=1 KEYSTEAD_TEST_PG_FSYNC=off scripts/with-postgres go test -count=1 -timeout 60m -v -run 'TestModel$$' ./internal/kms/kmsmodel

# Rewrites golden files and generated documents; review the difference like code.
golden:
	go test ./internal/cloudtrail ./internal/awsapi ./internal/kms ./internal/server -update

clean:
	rm -rf bin console/built/app console/node_modules
