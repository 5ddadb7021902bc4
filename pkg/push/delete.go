package push

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// A deletion is one step of the schedule: what needs it, and the deletions up the graph, wait for all of it, the deployment to production included.

func (a *running) isDeletion() bool { return a.item.Action.Op == diff.OpDelete }

// lastStep is the stage of the action's last step.
func (a *running) lastStep() model.Stage {
	if a.isDeletion() {
		return model.StageSaved
	}
	return max(a.item.Action.To, model.StageSaved)
}

// waitsForAll tells whether every step of an action waits for the last step of one that it needs: a deletion's does, since what depended on the file must run
// without it everywhere; so does that of outputs which leave; and an object's actions come one after the other.
func (a *running) waitsForAll(need *running) bool {
	return a.isDeletion() || a.item.Action.Part == diff.PartLeave || need == a.before
}

// mayFollow tells whether an action that a needs came far enough for a's step to a stage.
func (a *running) mayFollow(need *running, stage model.Stage) bool {
	switch {
	case need.isDeletion():
		return need.item.Status == Done
	case a.waitsForAll(need):
		return need.item.Reached >= need.lastStep()
	default:
		return need.item.Reached >= min(stage, need.lastStep())
	}
}

// holdDeletions lets the deletions of files wait for the release actions: which inputs the versions have that development and production still run until
// then, no form tells. It is order only: what failed to be released keeps no deletion from being tried. The steps it gives are part of the schedule.
func holdDeletions(actions []*running, steps map[*running]map[model.Stage]*step) []*step {
	gate := &step{stage: model.StageSaved}
	follows := map[*running]bool{}
	for _, a := range actions {
		if a.item.Action.Op == diff.OpRelease && !followsDeletion(a, follows) {
			gate.after(steps[a][a.lastStep()])
		}
	}
	if gate.waits == 0 {
		return nil
	}
	for _, a := range actions {
		if a.isDeletion() && a.item.Action.Key.Kind.IsFile() {
			steps[a][model.StageSaved].after(gate)
		}
	}
	return []*step{gate}
}

// followsDeletion tells whether an action waits for a deletion, itself or through others; known remembers the answers.
func followsDeletion(a *running, known map[*running]bool) bool {
	if is, found := known[a]; found {
		return is
	}
	is := a.isDeletion()
	for _, need := range a.needs {
		is = is || followsDeletion(need, known)
	}
	known[a] = is
	return is
}

// delete takes an object out of the workspace as far as the target releases.
func (r *run) delete(ctx context.Context, a *running) (err error) {
	switch action := a.item.Action; action.Key.Kind {
	case model.KindBusiness:
		err = r.deleteBusiness(ctx, action)
	case model.KindFolder:
		err = r.deleteFolder(ctx, action)
	default:
		err = r.deleteFile(ctx, a)
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch action := a.item.Action; action.Key.Kind {
	case model.KindBusiness:
	case model.KindFolder:
		r.deletedFolders[action.Against.FolderID] = true
	default:
		r.deletedFiles[action.Against.FileID] = true
	}
	if r.Gone != nil {
		r.Gone(a.item.Action.Key)
	}
	return nil
}

// deleteFile deletes the file, and deploys its deletion where the target releases to deployed. A half deletion begins with that second step.
func (r *run) deleteFile(ctx context.Context, a *running) error {
	action := a.item.Action
	if action.Key.IsInner() {
		return r.awaitGone(ctx, action)
	}
	file := deploy.File{Key: action.Key, ID: a.file, Inner: r.innerFiles(a), SameForm: func(now model.Remote) bool {
		return now.Object.Hash() == action.Against.Object.Hash()
	}}
	done := deploy.DeletedBefore
	if !action.Against.Deleted {
		var err error
		if done, err = r.releaser.Delete(ctx, file); err != nil {
			return err
		}
	}
	wasSubmitted := action.Against.CurrentVersion > 0 || action.Against.NodeID != "" || done == deploy.DeletedNow
	if done == deploy.DeletedWhole || !wasSubmitted || action.To < model.StageDeployed {
		return nil
	}
	return r.releaser.Undeploy(ctx, file, done, r.Comment(action.Want))
}

// deleteFolder deletes a folder in which nothing is left.
func (r *run) deleteFolder(ctx context.Context, action diff.Action) error {
	path := action.Key.Path()
	if err := r.checkEmpty(ctx, action.Key, []model.FolderPath{path}); err != nil {
		return err
	}
	return r.deleteContainer(ctx, action.Key,
		func(ctx context.Context) error { return r.API.DeleteFolder(ctx, action.Against.FolderID) },
		func(ctx context.Context) (bool, error) {
			id, err := r.API.FindFolder(ctx, path)
			return id != action.Against.FolderID, err
		})
}

// deleteBusiness deletes a business in which nothing but its own folders is left.
func (r *run) deleteBusiness(ctx context.Context, action diff.Action) error {
	path := action.Key.Path()
	places := []model.FolderPath{path}
	for _, folder := range r.folders.all() {
		if folder.IsImplied() && folder.Business() == path {
			places = append(places, folder)
		}
	}
	if err := r.checkEmpty(ctx, action.Key, places); err != nil {
		return err
	}
	isGone := func(ctx context.Context) (bool, error) {
		businesses, err := r.API.ListBusinesses(ctx)
		return !slices.ContainsFunc(businesses, func(b model.Remote) bool { return b.BusinessID == action.Against.BusinessID }), err
	}
	return r.deleteContainer(ctx, action.Key, func(ctx context.Context) error { return r.API.DeleteBusiness(ctx, action.Against.BusinessID) }, isGone)
}

// deleteContainer deletes a folder or a business. One that is gone already counts as deleted; a refusal may be of the past, in which a file was still there, so
// that it is tried once more after the settle window.
func (r *run) deleteContainer(ctx context.Context, key model.Key, remove func(context.Context) error, isGone func(context.Context) (bool, error)) error {
	var refusal error
	for _, wait := range []time.Duration{0, r.Settle} {
		if err := r.pause(ctx, wait); err != nil {
			return err
		}
		if refusal = remove(ctx); refusal == nil {
			return nil
		}
		if gone, err := isGone(ctx); err == nil && gone {
			return nil
		}
	}
	return fmt.Errorf("delete %s: %w", key, refusal)
}

// checkEmpty makes sure that nothing was put into a folder since the plan was made: whether the service deletes a folder with all that is in it is not
// documented. places are the folder and those that go with it.
func (r *run) checkEmpty(ctx context.Context, key model.Key, places []model.FolderPath) error {
	filled := func(by model.FolderPath) error {
		return &deploy.MovedError{Key: key, What: fmt.Sprintf("somebody put %s into it since the plan was made, so that it was not deleted", by)}
	}
	for _, place := range places {
		folders, err := r.API.ListFolders(ctx, place)
		if dataworks.IsNotFound(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("list the folders of %s before its deletion: %w", place, err)
		}
		for _, folder := range slices.Sorted(maps.Keys(folders)) {
			if !folder.IsImplied() && !r.hasDeleted("", folders[folder]) {
				return filled(folder)
			}
		}
	}
	rows, err := r.listing.of(ctx, r, key.Path().Root())
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !key.Path().Contains(row.Key.Folder) || row.Parent != "" || r.hasDeleted(row.FileID, "") {
			continue
		}
		// The list may be of the past.
		now, err := r.API.GetFile(ctx, row.FileID)
		switch {
		case err != nil && !dataworks.IsNotFound(err):
			return fmt.Errorf("read %s before the deletion of its folder: %w", row.Key, err)
		case err == nil && !now.Deleted && key.Path().Contains(now.Object.Key.Folder):
			return filled(row.Key.Path())
		}
	}
	return nil
}

// hasDeleted tells whether this run deleted a file or folder, named by its id: somebody may have made another one at its path.
func (r *run) hasDeleted(file model.FileID, folder model.FolderID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.deletedFiles[file] || r.deletedFolders[folder]
}

// listing shares a list of all files between the deletions of folders: one for each folder would be as many calls as the workspace has pages.
type listing struct {
	flight singleflight.Group
	mu     sync.Mutex
	lists  map[model.Root]listed
}

type listed struct {
	at   time.Time
	rows []model.FileRow
}

// of gives the files below a root, read no longer ago than the settle window.
func (l *listing) of(ctx context.Context, r *run, root model.Root) ([]model.FileRow, error) {
	rows, err, _ := l.flight.Do(string(root), func() (any, error) {
		l.mu.Lock()
		list, known := l.lists[root]
		l.mu.Unlock()
		if known && time.Since(list.at) < r.Settle {
			return list.rows, nil
		}
		list, err := r.listFiles(ctx, root)
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.lists == nil {
			l.lists = map[model.Root]listed{}
		}
		l.lists[root] = list
		return list.rows, nil
	})
	if err != nil {
		return nil, err
	}
	return rows.([]model.FileRow), nil
}

// listFiles lists the files below a root.
func (r *run) listFiles(ctx context.Context, root model.Root) (listed, error) {
	uses := []model.UseType{root.UseType()}
	if uses[0] == model.UseNormal {
		// Nodes that are skipped are a list of their own, below the same root.
		uses = append(uses, model.UseSkip)
	}
	list := listed{at: time.Now()}
	for _, use := range uses {
		rows, err := r.API.ListFiles(ctx, use)
		if err != nil {
			return listed{}, fmt.Errorf("list the %s files before folders are deleted: %w", use, err)
		}
		list.rows = append(list.rows, rows...)
	}
	return list, nil
}
