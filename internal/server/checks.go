package server

// checks are what must be well for this node to serve.
func (s *Server) checks() []check {
	return []check{{"database", s.vault.DB.Fresh}, {"root key", s.vault.DB.RootKey}, {"journal", s.journal.Ready}}
}
