package mapping

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// open begins a placeholder; escaped is how a text that really has it is written.
const (
	open    = "${"
	escaped = "$${"
	closing = "}"
)

// Verb is what a placeholder asks for.
type Verb string

const (
	// VerbProject is the target's identifier, as the whole first segment of an output name: `${project}.x`, `${project}_root`.
	VerbProject Verb = "project"
	// VerbAuto is another file's automatic output: `${auto:PATH}`.
	VerbAuto Verb = "auto"
	// VerbNode is another file's node id: `${node:PATH}`.
	VerbNode Verb = "node"
	// VerbNodeOf is the node of another workspace that makes an output: `${nodeOf:OUTPUT}`.
	VerbNodeOf Verb = "nodeOf"
)

// fits tells whether the verb's text is of the kind that the field holds: outputs by name, or nodes by id. A node's own outputs are what they are called.
func (v Verb) fits(f model.Field) bool {
	switch v {
	case VerbAuto:
		return f == model.FieldInputList || f == model.FieldInputParameters
	case VerbNode, VerbNodeOf:
		return f == model.FieldDependentNodeIDList
	default:
		return true
	}
}

// MisplacedError is a placeholder in a field that cannot hold what it stands for.
type MisplacedError struct {
	Placeholder Placeholder
	Field       model.Field
}

func (e *MisplacedError) Error() string {
	if e.Placeholder.Verb == VerbAuto {
		return fmt.Sprintf("%s stands for the automatic output of another file; it belongs into inputList or the source of an input parameter, not into %s", e.Placeholder, e.Field)
	}
	return fmt.Sprintf("%s stands for a node's id; it belongs into dependentNodeIdList, not into %s", e.Placeholder, e.Field)
}

var verbs = []string{string(VerbProject), string(VerbAuto), string(VerbNode), string(VerbNodeOf)}

// Placeholder is one `${…}`. Argument is a path or an output, "" for the project.
type Placeholder struct {
	Verb     Verb
	Argument string
}

// String writes the placeholder as the tree does.
func (p Placeholder) String() string {
	if p.Argument == "" {
		return open + string(p.Verb) + closing
	}
	return open + string(p.Verb) + ":" + strings.NewReplacer("%", "%25", "}", "%7D").Replace(p.Argument) + closing
}

// Path is the argument as the path of an object.
func (p Placeholder) Path() model.FolderPath { return model.FolderPath(p.Argument) }

// part is a piece of a value: literal text, or a placeholder.
type part struct {
	text        string
	placeholder *Placeholder
}

// errors of the syntax; the caller says where.
var (
	errNotClosed    = errors.New("a placeholder is not closed; write } behind it, or $${ for a literal ${")
	errFirstSegment = errors.New("${project} must stand at the beginning and be a whole first segment: ${project}.name or ${project}_root")
)

// parse takes a value apart.
func parse(value string) ([]part, error) {
	var parts []part
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			parts = append(parts, part{text: text.String()})
			text.Reset()
		}
	}
	for rest := value; rest != ""; {
		switch {
		case strings.HasPrefix(rest, escaped):
			text.WriteString(open)
			rest = rest[len(escaped):]
		case strings.HasPrefix(rest, open):
			inside, after, found := strings.Cut(rest[len(open):], closing)
			if !found {
				return nil, errNotClosed
			}
			p, err := parsePlaceholder(inside)
			if err != nil {
				return nil, err
			}
			flush()
			if p.Verb == VerbProject && (len(parts) > 0 || !continuesProject(after)) {
				return nil, errFirstSegment
			}
			parts = append(parts, part{placeholder: &p})
			rest = after
		default:
			text.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	flush()
	return parts, nil
}

func parsePlaceholder(inside string) (Placeholder, error) {
	verb, argument, hasArgument := strings.Cut(inside, ":")
	p := Placeholder{Verb: Verb(verb), Argument: strings.NewReplacer("%25", "%", "%7D", "}").Replace(argument)}
	switch p.Verb {
	case VerbProject:
		if hasArgument {
			return p, fmt.Errorf("${project} takes nothing behind a colon, found %q", argument)
		}
	case VerbAuto, VerbNode, VerbNodeOf:
		if argument == "" {
			return p, fmt.Errorf("${%s:…} needs the path of a file behind the colon (nodeOf: an output)", verb)
		}
	default:
		return p, fmt.Errorf("%w; write $${ for a literal ${", &model.UnknownNameError{What: "placeholder", Name: verb, Known: verbs})
	}
	return p, nil
}

// continuesProject tells whether what follows the identifier makes it a whole first segment.
func continuesProject(after string) bool {
	return strings.HasPrefix(after, ".") || after == rootSuffix || strings.HasPrefix(after, rootSuffix+":")
}

// rootSuffix makes a workspace's root output of its identifier.
const rootSuffix = "_root"

// firstSegment takes the workspace (or engine project) off an output name or a parameter's source; false if it names none.
func firstSegment(value string) (first, rest string, ok bool) {
	if i := strings.IndexByte(value, '.'); i > 0 {
		return value[:i], value[i:], true
	}
	name, source, hasSource := strings.Cut(value, ":")
	first, ok = strings.CutSuffix(name, rootSuffix)
	if !ok || first == "" {
		return "", "", false
	}
	rest = rootSuffix
	if hasSource {
		rest += ":" + source
	}
	return first, rest, true
}

// escape writes a literal so that no placeholder is read in it.
func escape(literal string) string { return strings.ReplaceAll(literal, open, escaped) }
