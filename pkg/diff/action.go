package diff

import (
	"cmp"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
)

// Part tells the actions of one object apart. Nearly every object has one action, the main one; a file whose outputs or name move has more.
type Part string

const (
	// PartStepAside goes first: it gives the object a name of its own for as long as another one still has the name that it is to have (two files that swap
	// their names). It is saved and not released.
	PartStepAside Part = "step aside"
	// PartGiveUp goes before the main action: it only takes away outputs that other files of the plan take over, where no order of whole files would do (a swap). It is
	// saved and not released: the main action follows at once.
	PartGiveUp Part = "give up"
	// PartMain brings all that the tree has.
	PartMain Part = ""
	// PartLeave goes last: it takes away the outputs that the main action keeps for those that depend on them until the plan has repointed these.
	PartLeave Part = "leave"
)

// parts are all parts, in the order in which an object's actions come.
var parts = [...]Part{PartStepAside, PartGiveUp, PartMain, PartLeave}

func (p Part) order() int {
	for i, known := range parts {
		if p == known {
			return i
		}
	}
	return len(parts)
}

// ActionID names an action within a plan.
type ActionID struct {
	Key  model.Key
	Part Part
}

// Compare orders by key, then in the order in which the actions of an object come.
func (id ActionID) Compare(other ActionID) int {
	return cmp.Or(id.Key.Compare(other.Key), cmp.Compare(id.Part.order(), other.Part.order()))
}

// String is the object's path, with the part behind it if it is not the main one.
func (id ActionID) String() string {
	if id.Part == PartMain {
		return id.Key.String()
	}
	return id.Key.String() + " (" + string(id.Part) + ")"
}

// partSeparator stands between the text of a key and the part. In the text of a key it stands too, between parts that escape it, and an odd number of
// times.
const partSeparator = "\x1f"

// MarshalText writes the text of the key, and the part behind it if it is not the main one.
func (id ActionID) MarshalText() ([]byte, error) {
	text, err := id.Key.MarshalText()
	if id.Part != PartMain {
		text = append(text, partSeparator+string(id.Part)...)
	}
	return text, err
}

// UnmarshalText reads what MarshalText wrote.
func (id *ActionID) UnmarshalText(text []byte) error {
	key, part := string(text), ""
	if end := strings.LastIndex(key, partSeparator); end >= 0 && strings.Count(key, partSeparator)%2 == 0 {
		key, part = key[:end], key[end+len(partSeparator):]
	}
	id.Part = Part(part)
	return id.Key.UnmarshalText([]byte(key))
}

// keysOf gives the keys of actions.
func keysOf(ids []ActionID) []model.Key {
	keys := make([]model.Key, len(ids))
	for i, id := range ids {
		keys[i] = id.Key
	}
	return keys
}
