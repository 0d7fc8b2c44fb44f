package admin

// The model says which characters names and paths have; these are the rules of paths that it
// leaves out.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html

// pathOf is the path that an input names for a new entity: "/" if it names none.
func pathOf(path *string) string {
	if path == nil {
		return "/"
	}
	return *path
}

// pathPrefix is the prefix of the paths that an input asks for: "/" if it names none.
func pathPrefix(prefix *string) string {
	if prefix == nil || *prefix == "" {
		return "/"
	}
	return *prefix
}
