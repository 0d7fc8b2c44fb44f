package server

import (
	"encoding/json"
	"net/http"
	"time"
)

// failing says what keeps this node from serving, and why; nothing means that it is ready.
func (s *Server) failing() map[string]string {
	reasons := map[string]string{}
	for name, check := range map[string]func() error{"database": s.vault.DB.Fresh, "root key": s.vault.DB.RootKey, "journal": s.journal.Ready} {
		if err := check(); err != nil {
			reasons[name] = err.Error()
		}
	}
	return reasons
}

// ready is 1 if this node can serve, else 0, as metrics have it.
func (s *Server) ready() float64 {
	if len(s.failing()) > 0 {
		return 0
	}
	return 1
}

// serveReady answers whether this node can serve, and if not, why; and what it can't do besides.
func (s *Server) serveReady(w http.ResponseWriter, _ *http.Request) {
	if reasons := s.failing(); len(reasons) > 0 {
		writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "reasons": reasons})
		return
	}
	answer := map[string]any{"ready": true}
	if n := s.notes(); len(n) > 0 {
		answer["reasons"] = n
	}
	writeJSON(w, http.StatusOK, answer)
}

// serveHealth answers as long as the process can answer at all.
func serveHealth(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"alive": true})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}

// serveClock moves the test clock and does what has become due before it answers.
//
//	POST /_keystead/clock {"Advance":"720h"} → {"Now":"2026-12-23T02:00:00Z"}
func (s *Server) serveClock(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		var in struct{ Advance string }
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&in); err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": `send {"Advance":"720h"}`})
			return
		}
		d, err := time.ParseDuration(in.Advance)
		if err != nil || d < 0 {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "Advance is a duration that is not negative, such as 720h or 90s"})
			return
		}
		s.clock.Advance(d)
		s.jobs.RunAll(r.Context())
	}
	writeJSON(w, http.StatusOK, map[string]any{"Now": s.clock.Now()})
}
