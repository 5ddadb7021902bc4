package push

import (
	"context"
	"fmt"

	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// A rename is an update like any other: of a file one UpdateFile, which carries what else differs too, of a business one UpdateBusiness, of a folder one
// UpdateFolder. So a run that finds it done finds nothing that differs, and ids and run history live on.

// withPlace puts the parts of the place that differ where the fields say that it does.
func withPlace(fields []model.Field, now, want model.Object) []model.Field {
	var sent []model.Field
	for _, f := range fields {
		if f == model.FieldPath {
			sent = append(sent, model.PathParts(now.Key, want.Key)...)
		} else {
			sent = append(sent, f)
		}
	}
	return sent
}

// renameFolder gives a folder its wanted name, unless it has it already because an earlier run was cut short, or somebody moved it since the plan was made.
func (r *run) renameFolder(ctx context.Context, action diff.Action, from model.Key) error {
	id := action.Against.FolderID
	now, err := r.API.GetFolder(ctx, id)
	switch {
	case err != nil:
		return fmt.Errorf("read folder %s before it is renamed: %w", from, err)
	case now != from.Path() && now != action.Key.Path():
		return &deploy.MovedError{Key: action.Key, What: fmt.Sprintf("somebody moved it to %s since the plan was made", now)}
	}
	if now == action.Key.Path() {
		r.API.FollowFolder(from.Path(), now)
		return nil
	}
	if err := r.API.RenameFolder(ctx, id, from.Path(), action.Key.Path()); err != nil {
		return fmt.Errorf("rename folder %s to %s: %w", from, action.Key.Name, err)
	}
	return nil
}
