package signin

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzDecode: what is decoded is an object, is encoded again to the same, and is within bounds.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"account":"000000000000","userName":"alice","password":"x","newPassword":"y"}`, `{}`, `null`, `[]`, ``, ` {"account":"\u00e4"} `, `{"account":1}`,
		`{"a":1}`, `{}{}`, `{"password":"\ud800"}`, "{\"password\":\"\xff\"}", `{"newPassword":null}`, `{"account":"a","account":"b"}`, `{"ACCOUNT":"a"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var q passwordRequest
		if decode(body, &q) != nil {
			return
		}
		if !json.Valid(body) || !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
			t.Errorf("%q was decoded", body)
		}
		again, err := json.Marshal(&q)
		if err != nil {
			t.Fatal(err)
		}
		var r passwordRequest
		if err := decode(again, &r); err != nil || r.Account != q.Account || r.UserName != q.UserName || r.Password != q.Password || (r.NewPassword == nil) != (q.NewPassword == nil) {
			t.Errorf("%q was decoded as %+v, and its encoding as %+v: %v", body, q, r, err)
		}
		if q.check() == nil && q.NewPassword != nil && !plausible(*q.NewPassword) {
			t.Errorf("%q was accepted", *q.NewPassword)
		}
	})
}
