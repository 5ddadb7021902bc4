package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/pull"
)

// pullView is what a pull does, or did, to the tree: groups by what a reader has to know of them, each sorted by key.
type pullView struct {
	// Taken are created, updated and deleted in the tree.
	Taken []objectView
	// Kept changed here only, Gone were deleted here only; Drafts were left in the workspace because nobody submitted them; Refused wait for somebody's decision.
	Kept, Gone, Drafts, Refused []objectView
	NotCarried                  notCarried
	// Unmapped are values that no map rule could have made.
	Unmapped []mapping.Unmapped
	Counts   pullCounts
}

// notCarried are, by type, what DataStudio lists and the tree does not hold.
type notCarried []typeCount

// typeCount is how many objects of a type there are, and the paths of the first ones.
type typeCount struct {
	Type  string
	Count int
	Paths []string
}

// mostNamed is how many objects of a type are named.
const mostNamed = 3

type pullCounts struct {
	Created, Updated, Deleted, Kept, Drafts, Refused, Unchanged int
}

func viewPull(o pull.Outcome, full bool) pullView {
	var v pullView
	v.Counts.Unchanged = o.Same
	drafts := map[model.Key]bool{}
	for _, k := range o.Drafts {
		drafts[k] = true
	}
	for _, item := range o.Items {
		view := viewPulled(item, full)
		view.Deed, view.NotSubmitted, view.Refused = item.Deed, drafts[item.Key], item.Deed == pull.Refused
		switch item.Deed {
		case pull.Created:
			v.Counts.Created++
			v.Taken = append(v.Taken, view)
		case pull.Updated:
			v.Counts.Updated++
			v.Taken = append(v.Taken, view)
		case pull.Deleted:
			v.Counts.Deleted++
			v.Taken = append(v.Taken, view)
		case pull.Kept:
			if item.Tree == nil {
				v.Gone = append(v.Gone, view)
			} else {
				v.Kept = append(v.Kept, view)
			}
		case pull.Draft:
			v.Drafts = append(v.Drafts, view)
		default:
			v.Refused = append(v.Refused, view)
		}
	}
	v.Counts.Kept, v.Counts.Drafts, v.Counts.Refused = len(v.Kept)+len(v.Gone), len(v.Drafts), len(v.Refused)
	for _, group := range [][]objectView{v.Taken, v.Kept, v.Gone, v.Drafts, v.Refused} {
		slices.SortStableFunc(group, func(a, b objectView) int { return a.Key.Compare(b.Key) })
	}
	v.NotCarried = countTypes(o.NotCarried)
	v.Unmapped = slices.Clone(o.Unmapped)
	slices.SortStableFunc(v.Unmapped, func(a, b mapping.Unmapped) int {
		return cmp.Or(a.Key.Compare(b.Key), strings.Compare(string(a.Field), string(b.Field)), strings.Compare(a.Value, b.Value))
	})
	return v
}

// viewPulled shows an object with the workspace's form as the new one, except for what somebody has to decide.
func viewPulled(item pull.Item, full bool) objectView {
	if item.Deed == pull.Refused {
		v := viewSkipped(item.Comparison, full)
		v.Trailer = trailer(item.Comparison)
		return v
	}
	v := objectView{Key: item.Key, Verb: pullVerb(item), InTree: item.Tree != nil, Verdict: item.Verdict, Reason: item.Reason, Extension: extensionOf(item.Comparison)}
	v.setEdit(item.Remote)
	switch {
	case item.Tree == nil && item.Remote != nil:
		v.setWhole(item.Remote.Object, false, true, full)
	case item.Remote == nil && item.Tree != nil:
		v.setWhole(*item.Tree, true, item.Deed == pull.Kept, full)
	default:
		v.setFields(item.Fields, item.Deed == pull.Kept)
	}
	return v
}

// pullVerb says what happened to an object: of one that is left alone what its side did to it.
func pullVerb(item pull.Item) string {
	switch {
	case item.Deed != pull.Kept && item.Deed != pull.Draft:
		return string(item.Deed)
	case item.Verdict == diff.MadeHere, item.Verdict == diff.MadeThere:
		return verbMade
	case item.Tree == nil || item.Remote == nil:
		return verbDeleted
	default:
		return verbChanged
	}
}

// countTypes counts keys, which are sorted, by type.
func countTypes(keys []model.Key) notCarried {
	counts := map[string]*typeCount{}
	for _, k := range keys {
		name := typeName(k)
		if counts[name] == nil {
			counts[name] = &typeCount{Type: name}
		}
		c := counts[name]
		c.Count++
		if len(c.Paths) < mostNamed {
			c.Paths = append(c.Paths, k.String())
		}
	}
	var all notCarried
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, *counts[name])
	}
	return all
}

// sentence says what the tree does not hold, "" if it holds all.
func (n notCarried) sentence() string {
	words := make([]string, len(n))
	for i, c := range n {
		words[i] = c.Type + " (" + c.howMany() + strings.Join(c.Paths, ", ") + c.rest() + ")"
	}
	return after(headNotCarried, strings.Join(words, ", "))
}

// howMany and rest stand around the paths.
func (c typeCount) howMany() string { return strconv.Itoa(c.Count) + ": " }

func (c typeCount) rest() string {
	if c.Count > len(c.Paths) {
		return ", …"
	}
	return ""
}

const (
	headNotCarried    = "Not in the tree, because files do not hold them: "
	headKept          = "Kept: changed here, pull leaves it alone."
	adviceKept        = "Bring it there with `dwsync push`."
	headPullGone      = "Deleted here, still in the workspace: pull does not bring it back."
	headDrafts        = "Drafts: saved in the workspace, not submitted, left there (--no-drafts)."
	headPullRefused   = "Refused: both sides changed, or nobody can tell which did (- is the workspace, + the tree)."
	advicePullRefused = "Make both sides alike, in the files or in the console, then pull again."
	headUnmapped      = "Unmapped: no rule under `map:` gives these values, so that pull leaves the fields alone."
)

// summary is the last line of a pull.
func (v pullView) summary() string {
	c := v.Counts
	left := counts([]counted{{len(v.Kept), "changed here only"}, {len(v.Gone), "deleted here only"}, {c.Drafts, "left as draft"}, {c.Refused, "refused"}})
	if c.Created+c.Updated+c.Deleted == 0 {
		if left == "" {
			return fmt.Sprintf("%s (%d unchanged).", nothingAtAll, c.Unchanged)
		}
		return fmt.Sprintf("Nothing to pull: %s, %d unchanged.", left, c.Unchanged)
	}
	return fmt.Sprintf("Pull: %d created, %d updated, %d deleted, %d unchanged", c.Created, c.Updated, c.Deleted, c.Unchanged) + after("; ", left) + "."
}
