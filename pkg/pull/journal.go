package pull

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// Journal says which form of the workspace a pull took or merged into which object. It is written down before the first file and forgotten once the bases
// are recorded: if the pull is stopped in between, the next one finds files that are changed already, in whole or in part, beside the bases from before.
// Without a journal an object of which one file was changed could look like a push that was cut short; and to merge once more mostly changes nothing, but
// not always: among lines that are alike, and around conflict markers, it can see conflicts where there are none.
//
// What a journal says stays true however old it is. Where it is lost nothing else is: at worst a conflict is marked that is none. An object that moves has an
// entry under its key before and one under its key after, so that where files take each other's places a key has two: that of the object which stood there,
// and that of the one which comes. Which of them an object is the workspace's form tells.
type Journal map[model.Key][]Entry

// Entry is what was taken or merged into one object.
type Entry struct {
	// Workspace is the hash of the workspace's form, Content the SHA-256 of the content that the tree gets, in the target's form.
	Workspace model.Hash `json:"workspace"`
	Content   string     `json:"content"`
}

// Journal gives what to write down before the outcome's changes are written, and what to keep of that once its bases are recorded: what it left alone of a
// pull that was stopped. An empty journal need not be written.
func (o Outcome) Journal() (before, after Journal) { return o.before, o.after }

// Encode writes a journal for DecodeJournal.
func (j Journal) Encode() ([]byte, error) { return json.Marshal(j) }

// DecodeJournal reads what Encode wrote.
func DecodeJournal(data []byte) (Journal, error) {
	var j Journal
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, fmt.Errorf("read the journal of a stopped pull: %w", err)
	}
	return j, nil
}

// add notes an entry under a key.
func (j Journal) add(k model.Key, entries ...Entry) {
	for _, entry := range entries {
		if !slices.Contains(j[k], entry) {
			j[k] = append(j[k], entry)
		}
	}
}

// began tells whether a pull began to write the form that the workspace holds now into the object.
func (j Journal) began(c diff.Comparison) bool { return len(j.of(c)) > 0 }

// of gives what the journal says of the form that the workspace holds now of an object.
func (j Journal) of(c diff.Comparison) []Entry {
	if c.Remote == nil || len(j[c.Key]) == 0 {
		return nil
	}
	hash := c.Remote.Object.Hash()
	return slices.DeleteFunc(slices.Clone(j[c.Key]), func(e Entry) bool { return e.Workspace != hash })
}

// wroteContent tells whether the tree's content is what that pull wrote.
func (j Journal) wroteContent(c diff.Comparison) bool {
	return slices.ContainsFunc(j.of(c), func(e Entry) bool { return e.Content == digest(*c.Tree) })
}

func digest(form model.Object) string {
	sum := sha256.Sum256([]byte(form.Text(model.FieldContent)))
	return hex.EncodeToString(sum[:])
}
