package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// benchChain measures Encrypt on a server whose audit events go no further than the event
// history, beside one where a trail has them in a log group with ten metric filters too. The
// servers take turns; each is left alone until it has delivered everything, so that it does
// not work in the other's turn. What is asked last tells how far it was behind.
func benchChain(ctx context.Context, o options) error {
	bare, err := startChain(ctx, o, false)
	if err != nil {
		return err
	}
	defer bare.server.stop()
	full, err := startChain(ctx, o, true)
	if err != nil {
		return err
	}
	defer full.server.stop()
	var alone, beside []chainFigures
	for range o.rounds {
		for _, turn := range []struct {
			c   *chainClient
			all *[]chainFigures
		}{{bare, &alone}, {full, &beside}} {
			f, err := turn.c.round(ctx, o)
			if err != nil {
				return err
			}
			*turn.all = append(*turn.all, f)
		}
	}
	fmt.Println("| server | Encrypt: requests/s | p50 | p99 | CPU per 1,000, all delivered | behind at the end | delivered/s |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	printChain("event history", alone)
	printChain("and trail, log group, ten metric filters", beside)
	rates, cpus := make([]float64, o.rounds), make([]float64, o.rounds)
	for i := range rates {
		rates[i] = beside[i].perSecond / alone[i].perSecond
		cpus[i] = float64(beside[i].cpu) / float64(alone[i].cpu)
	}
	slices.Sort(rates)
	slices.Sort(cpus)
	fmt.Printf("\nrequests/s with the chain ÷ without: %.2f; CPU: %.2f\n", rates[o.rounds/2], cpus[o.rounds/2])
	return printSizes(bare, full)
}

// chainFigures are what one turn gives. cpu is up to when all was delivered.
type chainFigures struct {
	figures
	behind    time.Duration
	delivered float64 // events a second, from the first call until all were delivered
}

func printChain(name string, rounds []chainFigures) {
	sorted := slices.SortedFunc(slices.Values(rounds), func(a, b chainFigures) int { return int(a.perSecond - b.perSecond) })
	f := sorted[len(sorted)/2]
	fmt.Printf("| %s | %s | %.1f s | %.0f |\n", name, f.figures, f.behind.Seconds(), f.delivered)
}

// chainClient is a client of a server, and what it has asked of it.
type chainClient struct {
	*client
	trail  bool
	key    string
	events int
}

// chainFilters are patterns as the CIS benchmark has them, and such as look at each event.
var chainFilters = []string{
	`{ $.eventSource = kms* && $.errorMessage = "* is pending deletion."}`,
	`{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion))}`,
	`{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}`,
	`{($.eventName=ConsoleLogin) && ($.additionalEventData.MFAUsed !="Yes")}`,
	`{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent" && $.eventName != Encrypt}`,
	`{($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)||($.eventName=PutRolePolicy)||($.eventName=AttachRolePolicy)}`,
	`{($.eventName=CreateTrail)||($.eventName=UpdateTrail)||($.eventName=DeleteTrail)||($.eventName=StartLogging)||($.eventName=StopLogging)}`,
	`{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl)||($.eventName=PutBucketPolicy))}`,
	`{($.eventName=PutKeyPolicy) || ($.eventName=CreateGrant)}`,
	`{ $.eventName = "ImportKeyMaterial" || $.eventName = "DeleteImportedKeyMaterial" }`,
}

const chainGroup = "bench"

// startChain starts a server and, if trail is set, has its events delivered.
func startChain(ctx context.Context, o options, trail bool) (*chainClient, error) {
	plain, err := startClient(ctx, o, false)
	if err != nil {
		return nil, err
	}
	c := &chainClient{client: plain, trail: trail}
	if err := c.setUp(); err != nil {
		c.server.stop()
		return nil, err
	}
	return c, nil
}

func (c *chainClient) setUp() error {
	conn, err := dial(c.server.addr, false)
	if err != nil {
		return err
	}
	defer conn.Close()
	if c.key, err = c.createKey(conn, map[string]any{}); err != nil || !c.trail {
		return err
	}
	account := strings.Split(c.key, ":")[4]
	for _, in := range []url.Values{
		{"Action": {"CreateRole"}, "RoleName": {"bench"}, "AssumeRolePolicyDocument": {
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}}`}},
		{"Action": {"PutRolePolicy"}, "RoleName": {"bench"}, "PolicyName": {"logs"}, "PolicyDocument": {
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"logs:*","Resource":"*"}}`}},
	} {
		if err := c.callIAM(conn, in); err != nil {
			return err
		}
	}
	calls := []struct {
		api       api
		operation string
		in        map[string]any
	}{
		{logsAPI, "CreateLogGroup", map[string]any{"logGroupName": chainGroup}},
		{cloudTrailAPI, "CreateTrail", map[string]any{"Name": "bench", "S3BucketName": "bench-trail",
			"CloudWatchLogsLogGroupArn": "arn:aws:logs:us-east-1:" + account + ":log-group:" + chainGroup + ":*",
			"CloudWatchLogsRoleArn":     "arn:aws:iam::" + account + ":role/bench"}},
	}
	for i, pattern := range chainFilters {
		calls = append(calls, struct {
			api       api
			operation string
			in        map[string]any
		}{logsAPI, "PutMetricFilter", map[string]any{"logGroupName": chainGroup, "filterName": fmt.Sprintf("filter-%d", i), "filterPattern": pattern,
			"metricTransformations": []any{map[string]any{"metricName": fmt.Sprintf("Count%d", i), "metricNamespace": "CloudTrailLogMetrics", "metricValue": "1"}}}})
	}
	for _, call := range calls {
		if _, _, err := c.callAPI(conn, call.api, call.operation, call.in); err != nil {
			return err
		}
	}
	_, _, err = c.callAPI(conn, cloudTrailAPI, "StartLogging", map[string]any{"Name": "bench"})
	return err
}

// round is a turn of one server.
func (c *chainClient) round(ctx context.Context, o options) (chainFigures, error) {
	var f chainFigures
	request, err := c.request("Encrypt", map[string]any{"KeyId": c.key, "Plaintext": "c29tZSB0ZXh0IG9mIDMyIGJ5dGVzIGluIHRvdGFsISE=",
		"EncryptionContext": map[string]any{"purpose": "bench", "tenant": "a"}})
	if err != nil {
		return f, err
	}
	before, err := c.server.cpu()
	if err != nil {
		return f, err
	}
	const connections = 32
	begin := time.Now()
	if f.figures, err = measure(ctx, c.server, false, connections, o.duration, func(int, int) []byte { return request }); err != nil {
		return f, err
	}
	calls := int(f.perSecond*time.Since(begin).Seconds()) + connections
	f.behind, err = c.await(ctx)
	if err != nil {
		return f, err
	}
	after, err := c.server.cpu()
	f.cpu = (after - before) * 1000 / time.Duration(calls)
	f.delivered = float64(calls) / time.Since(begin).Seconds()
	c.events += calls
	return f, err
}

// await makes a call that fails, with a name of its own, and waits until its event has
// arrived: those before it have then too.
func (c *chainClient) await(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	mark := fmt.Sprintf("mark%d", begin.UnixNano())
	if _, _, err := c.call("DescribeKey", map[string]any{"KeyId": "alias/" + mark}); err == nil {
		return 0, errors.New("a key that there is not was described")
	}
	conn, err := dial(c.server.addr, false)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	for ctx.Err() == nil && time.Since(begin) < 5*time.Minute {
		where, operation, in := cloudTrailAPI, "LookupEvents", map[string]any{"StartTime": begin.Add(-time.Second).Unix(),
			"LookupAttributes": []any{map[string]any{"AttributeKey": "EventName", "AttributeValue": "DescribeKey"}}}
		if c.trail {
			where, operation, in = logsAPI, "FilterLogEvents", map[string]any{"logGroupName": chainGroup,
				"filterPattern": `"` + mark + `"`, "startTime": begin.Add(-time.Second).UnixMilli()}
		}
		out, _, err := c.callAPI(conn, where, operation, in)
		if err != nil {
			return 0, err
		}
		if strings.Contains(fmt.Sprint(out), mark) {
			return time.Since(begin), nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return 0, errors.Join(ctx.Err(), errors.New("the events do not arrive"))
}

// printSizes prints what an event takes on disk: the database of the one server has the
// history, that of the other the log group too.
func printSizes(bare, full *chainClient) error {
	var database, journal [2]float64
	for i, c := range [...]*chainClient{bare, full} {
		for path, size := range map[string]*float64{"keystead.db": &database[i], "keystead.db-wal": &database[i], "journal": &journal[i]} {
			n, err := diskSize(filepath.Join(c.server.dir, path))
			if err != nil {
				return err
			}
			*size += float64(n) / float64(c.events)
		}
	}
	fmt.Printf("bytes on disk an event: journal %.0f (until it is compressed), history %.0f, log group %.0f\n",
		journal[1], database[0], database[1]-database[0])
	return nil
}

func diskSize(path string) (size int64, err error) {
	err = filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	return size, err
}
