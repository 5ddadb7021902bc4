package push

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/mapping"
	"github.com/dwsync/dwsync/pkg/model"
)

// save brings an object's wanted form into the workspace.
func (r *run) save(ctx context.Context, a *running) error {
	action := a.item.Action
	switch {
	case action.Op == diff.OpRelease:
		return nil
	case action.Key.Kind == model.KindBusiness:
		return r.saveBusiness(ctx, a)
	case action.Key.Kind == model.KindFolder:
		return r.saveFolder(ctx, a)
	default:
		return r.saveFile(ctx, a)
	}
}

func (r *run) saveBusiness(ctx context.Context, a *running) error {
	action := a.item.Action
	if action.Op == diff.OpCreate {
		if err := r.createBusiness(ctx, action.Want); err != nil {
			return err
		}
	} else {
		now, err := r.currentBusiness(ctx, a)
		if err != nil {
			return err
		}
		if fields := r.left(a, now.Object); len(fields) > 0 {
			if err := r.API.UpdateBusiness(ctx, now, action.Want, withPlace(fields, now.Object, action.Want)); err != nil {
				return fmt.Errorf("update business %s: %w", action.Key, err)
			}
		}
	}
	r.confirm(a, action.Want)
	return nil
}

// currentBusiness gives the business as the workspace has it just before its update: still what the plan was computed against, or already what is wanted, since
// the plan's read was of the past.
func (r *run) currentBusiness(ctx context.Context, a *running) (model.Remote, error) {
	action := a.item.Action
	businesses, err := r.API.ListBusinesses(ctx)
	if err != nil {
		return model.Remote{}, fmt.Errorf("read business %s before its update: %w", action.Key, err)
	}
	i := slices.IndexFunc(businesses, func(b model.Remote) bool { return b.BusinessID == action.Against.BusinessID })
	if i < 0 {
		return model.Remote{}, &deploy.MovedError{Key: action.Key, What: "somebody deleted it since the plan was made"}
	}
	now := businesses[i]
	isDone := len(r.left(a, now.Object)) == 0
	if !isDone && now.Object.Hash() != action.Against.Object.Hash() {
		return model.Remote{}, &deploy.MovedError{Key: action.Key, What: "somebody changed it since the plan was made"}
	}
	if from, renames := action.RenamedFrom(); renames && isDone {
		r.API.FollowFolder(from.Path(), action.Key.Path())
	}
	return now, nil
}

func (r *run) saveFolder(ctx context.Context, a *running) error {
	action := a.item.Action
	save := func() error { return r.ensureFolder(ctx, action.Key.Path()) }
	if from, renames := action.RenamedFrom(); renames {
		save = func() error { return r.renameFolder(ctx, action, from) }
	}
	if err := save(); err != nil {
		return err
	}
	r.confirm(a, action.Want)
	return nil
}

// saveFile creates the file if it is not there, then updates what differs from the wanted form: after a create that is what the create call could not
// carry (outputs) or what the service decided otherwise. The outputs that the service gave the file by itself are kept.
func (r *run) saveFile(ctx context.Context, a *running) error {
	if err := r.bind(ctx, a); err != nil {
		return err
	}
	a.want = mapping.WithoutUnbound(a.want)
	now, err := r.current(ctx, a)
	if err != nil {
		return err
	}
	return r.update(ctx, a, now)
}

// update brings a file as it is now to the wanted form, and gives it an automatic output if others refer to one and it shows none.
func (r *run) update(ctx context.Context, a *running, now model.Remote) error {
	want, fields, own := a.want, r.left(a, now.Object), now.AutoOutputs
	if a.item.Action.OwnOutput && len(own) == 0 {
		if !slices.Contains(fields, model.FieldOutputList) {
			// The list is sent whole: what else is in it stays.
			want = want.Clone()
			want.Set(model.FieldOutputList, now.Object.Get(model.FieldOutputList))
			fields = append(fields, model.FieldOutputList)
		}
		own = []string{fmt.Sprintf("%s.%s_out", r.Plan.Project.Identifier, now.FileID)}
	}
	if len(fields) > 0 {
		if want.Key.Folder != now.Object.Key.Folder {
			if err := r.ensureFolder(ctx, want.Key.Folder); err != nil {
				return err
			}
		}
		if err := r.API.UpdateFile(ctx, now.FileID, want, withPlace(fields, now.Object, want), own); err != nil {
			return fmt.Errorf("update %s: %w", want.Key, err)
		}
		lacks := func(now model.Remote) []model.Field {
			lacking := r.left(a, now.Object)
			if len(own) > 0 && len(now.AutoOutputs) == 0 && !slices.Contains(lacking, model.FieldOutputList) {
				lacking = append(lacking, model.FieldOutputList)
			}
			return lacking
		}
		var err error
		if now, err = r.readBack(ctx, want.Key, now.FileID, func(now model.Remote) bool { return len(lacks(now)) == 0 }); err != nil {
			return err
		}
		if ignored := lacks(now); len(ignored) > 0 {
			if unsent := slices.DeleteFunc(slices.Clone(ignored), func(f model.Field) bool { return slices.Contains(fields, f) }); len(unsent) > 0 {
				// The service has no reason to change what it was not sent.
				return &deploy.MovedError{Key: want.Key, What: fmt.Sprintf("somebody changed its %s while it was updated", unsent[0])}
			}
			return &IgnoredFieldsError{Key: want.Key, Fields: ignored}
		}
		a.saved = true
	}
	if a.item.Action.OwnOutput {
		a.ownOutput = mapping.OwnOutput(now)
	}
	r.confirm(a, now.Object)
	return nil
}

// current gives the file as the workspace has it just before its first update: newly created, or read again and still what the plan was computed
// against (or already what is wanted, if somebody was faster).
func (r *run) current(ctx context.Context, a *running) (model.Remote, error) {
	action := a.item.Action
	if action.Op == diff.OpCreate {
		if err := r.ensureFolder(ctx, action.Key.Folder); err != nil {
			return model.Remote{}, err
		}
		id, adopted, err := r.createFile(ctx, a.want)
		if err != nil {
			return model.Remote{}, err
		}
		// An adopted file may have been submitted by the run that made it: only what this run writes is known to be not.
		a.file, a.saved = id, !adopted
		return r.readBack(ctx, action.Key, id, func(model.Remote) bool { return true })
	}
	now, err := r.API.GetFile(ctx, a.file)
	if err != nil {
		return model.Remote{}, fmt.Errorf("read %s before its update: %w", action.Key, err)
	}
	if action.Key.IsInner() {
		now.Object = now.Object.Moved(action.Against.Object.Key) // its node may be renamed by now, or not yet
	}
	asPlanned := now.Object.Hash() == action.Against.Object.Hash()
	if before := a.before; before != nil && len(r.left(before, now.Object)) == 0 {
		// The service may have filled in more than the plan knew.
		asPlanned = true
	}
	if !asPlanned && len(r.left(a, now.Object)) > 0 {
		return model.Remote{}, &deploy.MovedError{Key: action.Key, What: "somebody changed it since the plan was made"}
	}
	return now, nil
}

// readBack reads the file after a write. The service may answer from the past for a while, so that a file that is not there yet, or not as expected, is
// asked for again until the settle window has passed; then the last answer is the truth.
func (r *run) readBack(ctx context.Context, key model.Key, id model.FileID, expected func(model.Remote) bool) (model.Remote, error) {
	deadline := time.Now().Add(r.Settle)
	for wait := r.Schedule.First; ; wait = min(2*wait, r.Schedule.Longest) {
		now, err := r.API.GetFile(ctx, id)
		switch {
		case err == nil && expected(now):
			return now, nil
		case !time.Now().Before(deadline) && err != nil:
			return now, fmt.Errorf("read %s after it was written: %w", key, err)
		case !time.Now().Before(deadline):
			return now, nil
		}
		if err := r.pause(ctx, wait); err != nil {
			return now, err
		}
	}
}

// confirm records the form that the workspace now holds.
func (r *run) confirm(a *running, form model.Object) {
	if a.item.Action.Part == diff.PartStepAside {
		return // the place is nobody's wish
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	base := model.Settled(a.want, form)
	a.item.Base = &base
	if r.Saved != nil {
		r.Saved(base, a.file)
	}
}
