package cloudhsm_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/cloudhsm/cloudhsmtest"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/keysteadtest"
)

// TestRecords reads what CloudTrail has of calls.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/userguide/get-api-logs-using-cloudtrail.html
func TestRecords(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t, cloudhsmtest.Option(t))
	api, ctx := cloudhsmv2.NewFromConfig(srv.Config()), t.Context()
	id := newCluster(t, api, types.Tag{Key: new("team"), Value: new("payments")})
	srv.Advance(time.Second)
	if _, err := api.DescribeClusters(ctx, &cloudhsmv2.DescribeClustersInput{Filters: map[string][]string{"clusterIds": {id}}}); err != nil {
		t.Fatal(err)
	}
	_, err := api.CreateHsm(ctx, &cloudhsmv2.CreateHsmInput{ClusterId: &id, AvailabilityZone: new("us-east-1c")})
	expect(t, "CreateHsm in no zone of the cluster", err, invalid, "us-east-1c")
	made, err := api.CreateHsm(ctx, &cloudhsmv2.CreateHsmInput{ClusterId: &id, AvailabilityZone: new("us-east-1b")})
	if err != nil {
		t.Fatal(err)
	}
	type record struct {
		EventSource, EventType, ErrorCode   string
		ReadOnly, ManagementEvent           bool
		RequestParameters, ResponseElements map[string]any
	}
	records := func(name string) (all []record) {
		t.Helper()
		for r, err := range cloudtrail.ReadJournal(ctx, filepath.Join(srv.DataDir, "journal"), cloudtrail.ReadOptions{Filter: cloudtrail.Filter{EventName: name}}) {
			var one record
			if err == nil {
				err = json.Unmarshal(bytes.Clone(r.JSON), &one)
			}
			if err != nil {
				t.Fatal(err)
			}
			if one.EventSource != "cloudhsm.amazonaws.com" || one.EventType != "AwsApiCall" || !one.ManagementEvent || one.ReadOnly != (name == "DescribeClusters") {
				t.Errorf("%s is recorded as %+v", name, one)
			}
			all = append(all, one)
		}
		return all
	}
	printed := func(v any) string {
		b, _ := json.Marshal(v)
		return string(b)
	}
	create := records("CreateCluster")
	if len(create) != 1 || printed(create[0].RequestParameters) !=
		`{"hsmType":"hsm1.medium","mode":"FIPS","networkType":"IPV4","subnetIds":["subnet-00000001","subnet-00000002"],"tagList":[{"key":"team","value":"payments"}]}` {
		t.Errorf("CreateCluster: %s", printed(create))
	} else if c := create[0].ResponseElements["cluster"].(map[string]any); c["clusterId"] != id || c["state"] != "CREATE_IN_PROGRESS" || c["hsmType"] != "hsm1.medium" {
		t.Errorf("CreateCluster answers %s", printed(c))
	}
	if d := records("DescribeClusters"); len(d) != 1 || printed(d[0].RequestParameters) != `{"filters":{"clusterIds":["`+id+`"]}}` || d[0].ResponseElements != nil {
		t.Errorf("DescribeClusters: %s", printed(d))
	}
	hsms := records("CreateHsm")
	if len(hsms) != 2 || hsms[0].ErrorCode != invalid || printed(hsms[0].RequestParameters) != `{"availabilityZone":"us-east-1c","clusterId":"`+id+`"}` {
		t.Fatalf("CreateHsm: %s", printed(hsms))
	}
	h := made.Hsm
	want := map[string]any{
		"hsmId": *h.HsmId, "clusterId": id, "availabilityZone": "us-east-1b", "subnetId": "subnet-00000002", "eniId": *h.EniId, "eniIp": *h.EniIp,
		"state": "CREATE_IN_PROGRESS", "hsmType": "hsm1.medium",
	}
	if got := hsms[1].ResponseElements["hsm"]; printed(got) != printed(want) {
		t.Errorf("CreateHsm answers %s, want %s", printed(got), printed(want))
	}
}
