package logs

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// streamKind is the kind of the records of streams. A record's key is the group's ID and the
// stream's name.
const streamKind = "log-stream"

// maxStreamName is how many bytes the name of a stream may have, so that it fits into a key.
// AWS counts 512 characters.
const maxStreamName = 900

// stream is a log stream.
type stream struct {
	group string
	Name  string `json:"-"`

	ID       uint64 `json:"id"`              // names its log of events
	Created  int64  `json:"created"`         // Unix ms, as all times here
	First    int64  `json:"first,omitempty"` // time of the earliest event
	Last     int64  `json:"last,omitempty"`  // of the latest
	Ingested int64  `json:"ingested,omitempty"`

	version int64
}

func streamKey(group, name string) string { return group + "/" + name }

func decodeStream(r store.Record) (*stream, error) {
	st := &stream{version: r.Version}
	var ok bool
	if st.group, st.Name, ok = strings.Cut(r.Key, "/"); !ok {
		return nil, fmt.Errorf("decode log stream: its key is %q", r.Key)
	}
	if err := json.Unmarshal(r.Body, st); err != nil {
		return nil, fmt.Errorf("decode log stream %s: %w", r.Key, err)
	}
	return st, nil
}

func (st *stream) record() (store.Record, error) {
	body, err := json.Marshal(st)
	return store.Record{Kind: streamKind, Key: streamKey(st.group, st.Name), Version: st.version, Body: body}, err
}

// log is the name of its events in the event store.
func (st *stream) log() string { return logName(st.ID) }

func logName(id uint64) string { return "logs/" + strconv.FormatUint(id, 16) }

// checkStreamName refuses names that the store can't have in its keys.
func checkStreamName(name string) error {
	if len(name) > maxStreamName {
		return invalid("Invalid LogGroup or LogStream, both must have length less than or equal to 512.")
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == 0x10ffff || r == 0xfffd {
			return invalid("The log stream name has a character that is not allowed.")
		}
	}
	return nil
}

// addStream makes a stream in a group.
func (s *Service) addStream(tx *store.Tx, g *group, name string) (*stream, error) {
	var id [8]byte
	rand.Read(id[:])
	st := &stream{group: g.ID, Name: name, ID: binary.BigEndian.Uint64(id[:]), Created: s.clock.Now().UnixMilli()}
	r, err := st.record()
	if err != nil {
		return nil, err
	}
	if err := tx.Insert(r); err != nil {
		return nil, err
	}
	st.version = tx.Revision()
	if g.Retention != 0 {
		err = s.events.Retain(tx, st.log(), g.retention())
	}
	return st, err
}

// CreateLogStream makes a stream.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
func (s *Service) CreateLogStream(ctx context.Context, c *iam.Caller, in *sdk.CreateLogStreamInput) (*sdk.CreateLogStreamOutput, error) {
	g, err := s.admitTo(ctx, c, "CreateLogStream", target{c.Principal.Account, c.Region, *in.LogGroupName}, *in.LogStreamName)
	if err != nil {
		return nil, err
	}
	if err := checkStreamName(*in.LogStreamName); err != nil {
		return nil, err
	}
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := g.again(tx)
		if err != nil {
			return err
		}
		if _, err = s.addStream(tx, now, *in.LogStreamName); errors.Is(err, store.ErrExists) {
			return exists("log stream")
		}
		return err
	})
}

// DeleteLogStream removes a stream and its events.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html
func (s *Service) DeleteLogStream(ctx context.Context, c *iam.Caller, in *sdk.DeleteLogStreamInput) (*sdk.DeleteLogStreamOutput, error) {
	g, err := s.admitTo(ctx, c, "DeleteLogStream", target{c.Principal.Account, c.Region, *in.LogGroupName}, *in.LogStreamName)
	if err != nil {
		return nil, err
	}
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Get(streamKind, streamKey(g.ID, *in.LogStreamName))
		if errors.Is(err, store.ErrNotFound) {
			return noStream()
		}
		if err != nil {
			return err
		}
		st, err := decodeStream(r)
		if err != nil {
			return err
		}
		return s.dropStream(tx, st)
	})
}

func (s *Service) dropStream(tx *store.Tx, st *stream) error {
	if err := s.events.Drop(tx, st.log()); err != nil {
		return err
	}
	return tx.Delete(streamKind, streamKey(st.group, st.Name))
}

// stream finds a stream of a group.
func (s *Service) stream(ctx context.Context, g *group, name string) (*stream, error) {
	r, err := s.db.Get(ctx, streamKind, streamKey(g.ID, name))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return nil, noStream()
	}
	if err != nil {
		return nil, err
	}
	return decodeStream(r)
}
