package listener

import (
	"bytes"
	"context"
	"log"
	"log/slog"
)

// httpLog takes what net/http has to say. Most of it is about what clients do, which they
// could fill a disk with, and is for debugging only; not so what goes wrong in here.
type httpLog struct{ log *slog.Logger }

// grave are the beginnings of the messages that an operator has to see: a server that can't
// accept connections, because it has too many open files, and one that has a mistake.
var grave = [][]byte{[]byte("http: Accept error"), []byte("http: panic serving")}

// ErrorLog is for http.Server.ErrorLog.
func ErrorLog(l *slog.Logger) *log.Logger { return log.New(httpLog{l}, "", 0) }

// Write implements io.Writer; package log calls it once for each message.
func (h httpLog) Write(message []byte) (int, error) {
	level := slog.LevelDebug
	for _, beginning := range grave {
		if bytes.HasPrefix(message, beginning) {
			level = slog.LevelError
		}
	}
	h.log.Log(context.Background(), level, "connection", "error", string(bytes.TrimSpace(message)))
	return len(message), nil
}

// StandardLog has what is written with package log go where ErrorLog's goes: net/http's clients
// write what servers send there, which could fill a disk as well.
func StandardLog(l *slog.Logger) {
	log.SetFlags(0)
	log.SetOutput(httpLog{l})
}
