package diff

// Origin says what a plan was made of.
type Origin struct {
	// Tool is the version of dwsync that made it, Commit the commit that the working tree stood on ("" outside of a repository).
	Tool   string `json:"tool,omitempty"`
	Commit string `json:"commit,omitempty"`
	// Inputs are the SHA-256 hashes, in hex, of every local file that the plan was made of, by slash path below the project's directory.
	Inputs map[string]string `json:"inputs,omitempty"`
}
