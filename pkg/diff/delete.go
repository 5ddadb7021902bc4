package diff

import (
	"fmt"

	"github.com/dwsync/dwsync/pkg/model"
)

// OpDelete takes an object out of the workspace, and a file out of production too where the target releases to deployed.
const OpDelete Op = "delete"

// Prune tells that what the tree deleted shall be deleted in the workspace.
type Prune struct {
	// MaxDelete is how many files may be deleted; negative means the default (AllowedDeletes).
	MaxDelete int
	// Outside are the paths of what the workspace holds beside the compared objects: a folder that holds one of them is left.
	Outside []model.FolderPath
}

// HalfDeletion is a file that is deleted in DataStudio while production still runs its node: a deletion that was cut short, or that somebody began in the
// console.
type HalfDeletion struct {
	// Remote is the file as the recycle bin shows it.
	Remote model.Remote `json:"remote"`
	// Key is that of the object in the comparison: the tree's, where the tree has the file in another place.
	Key model.Key `json:"key"`
	// InTree tells that the tree has the path, or that the workspace has another file there: then the deletion is not ours to finish.
	InTree bool `json:"inTree,omitempty"`
	// Known tells that the state or git's history held the path: the tree once managed it.
	Known bool `json:"known,omitempty"`
}

// AllowedDeletes gives how many files may be deleted, on either side: the limit, or if that is negative 10 % of the managed files (those that both sides have
// alike, or once had), at least 1.
func AllowedDeletes(comparisons []Comparison, limit int) int {
	if limit >= 0 {
		return limit
	}
	managed := 0
	for _, c := range comparisons {
		if c.Key.Kind.IsFile() && (c.Base != nil || c.Verdict == Same) {
			managed++
		}
	}
	return max(1, managed/10)
}

// TooManyDeletesError reports a plan that would delete more files of the workspace than --max-delete allows.
type TooManyDeletesError struct{ Deletes, Allowed int }

func (e *TooManyDeletesError) Error() string {
	return fmt.Sprintf("this push would delete %d files in the workspace, more than the %d that are allowed; nothing was written. Look at dwsync diff --prune, then allow it with --max-delete %d",
		e.Deletes, e.Allowed, e.Deletes)
}

// ConsumerError reports an object that the plan would delete although another one, which stays, depends on it.
type ConsumerError struct {
	Deleted, Consumer model.Key
	// Output is the output of the deleted file that the consumer has among its inputs; "" if the consumer refers to a resource by its name, or if only
	// Node is known to depend on the file.
	Output string
	// Node is set if an environment showed the consumer, and the saved form does not.
	Node Consumer
}

func (e *ConsumerError) Error() string {
	if who := (Dependant{Key: e.Consumer, Node: e.Node}); e.Node != (Consumer{}) {
		return fmt.Sprintf("%s cannot be deleted, since %s depends on it and this push leaves that as it is; %s, or bring the deleted file back", e.Deleted, who, who.remedy("change that"))
	}
	if e.Output == "" {
		return fmt.Sprintf("%s cannot be deleted, since %s still refers to it and this push leaves that as it is; delete or change it too, or bring the deleted file back", e.Deleted, e.Consumer)
	}
	return fmt.Sprintf("%s cannot be deleted, since %s still depends on its output %s and this push leaves that as it is; delete or change it too, or bring the deleted file back",
		e.Deleted, e.Consumer, e.Output)
}

// prune turns what the tree deleted, and half deletions that are ours to finish, into actions. What has to stay keeps its place among the skipped, with the
// reason. Errors: *TooManyDeletesError.
func (p *Plan) prune(comparisons []Comparison, all groups, o Options) error {
	wanted := map[model.Key]bool{}
	for i, s := range p.Skipped {
		switch {
		case s.Verdict != DeletedHere:
		case o.Protected != nil && o.Protected(s.Key):
			p.Skipped[i].Kept = "dwsync.yaml protects it"
		default:
			wanted[s.Key] = true
		}
	}
	keptInner := keepInner(all, wanted)
	p.finishHalfDeletions(o)
	holders := p.holders(comparisons, o, wanted)
	deletes := 0
	for k := range wanted {
		if k.Kind.IsFile() {
			deletes++
		}
	}
	if allowed := AllowedDeletes(comparisons, o.Prune.MaxDelete); deletes > allowed {
		return &TooManyDeletesError{Deletes: deletes, Allowed: allowed}
	}
	left := p.Skipped[:0:0]
	for _, s := range p.Skipped {
		holder, isHeld := holders[s.Key.Path()]
		switch {
		case keptInner[s.Key] != "":
			s.Kept = keptInner[s.Key]
		case !wanted[s.Key]:
		case !s.Key.Kind.IsFile() && isHeld:
			s.Kept = "it still holds " + string(holder)
		default:
			p.Actions = append(p.Actions, deletion(*s.Remote, s.Verdict, o))
			continue
		}
		left = append(left, s)
	}
	p.Skipped = left
	p.addDeletedInner(all)
	return nil
}

func deletion(r model.Remote, v Verdict, o Options) Action {
	key := r.Object.Key
	return Action{
		Op: OpDelete, Key: key, Verdict: v, Want: model.NewObject(key), Against: &r, From: r.Stage,
		To: min(o.Release, key.LastStage()),
	}
}

// finishHalfDeletions plans the second step of the half deletions that are ours to finish. Of two at one path the next run takes the second.
func (p *Plan) finishHalfDeletions(o Options) {
	planned := map[model.Key]bool{}
	left := p.HalfDeleted[:0:0]
	for _, h := range p.HalfDeleted {
		key := h.Remote.Object.Key
		isProtected := o.Protected != nil && o.Protected(key)
		isSelected := o.Selected == nil || o.Selected(key)
		if h.InTree || !h.Known || isProtected || !isSelected || planned[key] || o.Release < model.StageDeployed {
			left = append(left, h)
			continue
		}
		planned[key] = true
		p.Actions = append(p.Actions, deletion(h.Remote, DeletedHere, o))
	}
	p.HalfDeleted = left
}

// holders gives, for each folder in which something stays, one of those things.
func (p *Plan) holders(comparisons []Comparison, o Options, wanted map[model.Key]bool) map[model.FolderPath]model.FolderPath {
	holders := map[model.FolderPath]model.FolderPath{}
	hold := func(folder, path model.FolderPath) {
		for ; folder != ""; folder = folder.Parent() {
			if _, known := holders[folder]; known {
				return
			}
			holders[folder] = path
		}
	}
	planned := make(map[model.Key]bool, len(p.Actions))
	for _, a := range p.Actions {
		planned[a.Key] = true
	}
	for _, c := range comparisons {
		if !wanted[c.Key] && (c.Remote != nil || c.Tree != nil) {
			hold(c.Key.Folder, c.Key.Path())
			if from, renamed := c.RenamedFrom(); renamed && !planned[c.Key] {
				hold(from.Folder, from.Path())
			}
		}
	}
	for _, path := range o.Prune.Outside {
		hold(path.Parent(), path)
	}
	// Nobody could tell any more where a file in the recycle bin was, once its folder is gone.
	for _, h := range p.HalfDeleted {
		hold(h.Remote.Object.Key.Folder, h.Remote.Object.Key.Path())
	}
	return holders
}
