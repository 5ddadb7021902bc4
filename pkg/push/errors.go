package push

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/model"
)

// IgnoredFieldsError reports fields that the service did not take over although it answered success: a clear that it ignored, for example.
type IgnoredFieldsError struct {
	Key    model.Key
	Fields []model.Field
}

func (e *IgnoredFieldsError) Error() string {
	names := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		names[i] = string(f)
	}
	return fmt.Sprintf("%s: the service accepted the update but kept its old value of %s; it may be unable to change or clear it: set it in the console, or in the tree to what the workspace has",
		e.Key, strings.Join(names, ", "))
}

func statusOf(err error) Status {
	if _, ok := errors.AsType[*deploy.MovedError](err); ok {
		return Refused
	}
	if _, ok := errors.AsType[*deploy.WaitingError](err); ok {
		return Waiting
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, deploy.ErrStopped) {
		return NotAttempted
	}
	return Failed
}
