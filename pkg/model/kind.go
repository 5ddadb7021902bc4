package model

// Kind says what an object is; it decides its fields and the stages it can reach.
type Kind string

const (
	KindBusiness Kind = "business"
	KindFolder   Kind = "folder"
	KindNode     Kind = "node"
	KindResource Kind = "resource"
	KindFunction Kind = "function"
	// KindTable is listed by DataStudio but is no file that the API can carry: counted and named, never written.
	KindTable Kind = "table"
)

// IsFile tells whether ListFiles lists objects of this kind.
func (k Kind) IsFile() bool { return k != KindBusiness && k != KindFolder }

// IsNodeless tells whether files of this kind are released and never become nodes, so that no list of nodes shows them.
func (k Kind) IsNodeless() bool { return k == KindResource || k == KindFunction }

// lastStage is the furthest stage that an object of this kind can reach in a folder below root.
// Ad hoc queries and components end at saved (design, section 6); businesses and folders have no stages.
func (k Kind) lastStage(root Root) Stage {
	switch {
	case !k.IsFile(), root == RootQuery, root == RootComponent:
		return StageSaved
	default:
		return StageDeployed
	}
}

// Stage is how far a file has come.
type Stage int

const (
	// StageNone is the stage of what does not exist in the workspace.
	StageNone Stage = iota
	// StageSaved: the form stands in DataStudio.
	StageSaved
	// StageSubmitted: the saved form is the newest version, and the development environment runs it (CommitStatus 1).
	StageSubmitted
	// StageDeployed: production runs the newest version.
	StageDeployed
)

var stageNames = [...]string{"absent", "saved", "submitted", "deployed"}

// String gives the word that dwsync.yaml and reports use.
func (s Stage) String() string { return stageNames[s] }

// ParseStage reads a stage as `release:` of dwsync.yaml writes it.
func ParseStage(s string) (Stage, bool) {
	for i, name := range stageNames[1:] {
		if s == name {
			return Stage(i + 1), true
		}
	}
	return StageNone, false
}

// MarshalText writes the stage's name, for plans and reports.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Stage) UnmarshalText(text []byte) error {
	for i, name := range stageNames {
		if string(text) == name {
			*s = Stage(i)
			return nil
		}
	}
	return &UnknownNameError{What: "stage", Name: string(text), Known: stageNames[:]}
}
