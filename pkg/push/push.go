package push

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/deploy"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
)

// API is what a push needs of the workspace.
type API interface {
	deploy.API
	ListBusinesses(context.Context) ([]model.Remote, error)
	FindFolder(context.Context, model.FolderPath) (model.FolderID, error)
	FindFile(context.Context, model.Key) (model.FileID, error)
	CreateBusiness(context.Context, model.Object) (model.BusinessID, error)
	UpdateBusiness(ctx context.Context, now model.Remote, want model.Object, fields []model.Field) error
	CreateFolder(context.Context, model.FolderPath) (model.FolderID, error)
	GetFolder(context.Context, model.FolderID) (model.FolderPath, error)
	FollowFolder(from, to model.FolderPath)
	RenameFolder(ctx context.Context, id model.FolderID, from, to model.FolderPath) error
	CreateFile(context.Context, model.Object) (model.FileID, error)
	UpdateFile(ctx context.Context, id model.FileID, want model.Object, fields []model.Field, ownOutputs []string) error
	ListFiles(context.Context, model.UseType) ([]model.FileRow, error)
	ListFolders(context.Context, model.FolderPath) (map[model.FolderPath]model.FolderID, error)
	DeleteFolder(context.Context, model.FolderID) error
	DeleteBusiness(context.Context, model.BusinessID) error
}

// Status is how an action ended.
type Status string

const (
	// Done: the object stands in the workspace at the stage that the plan wanted.
	Done Status = "done"
	// Failed: the service or the network said no.
	Failed Status = "failed"
	// Waiting: a deployment is not decided (an approval); the next run goes on from there.
	Waiting Status = "waiting"
	// Refused: the workspace moved since the plan was made; nothing was overwritten.
	Refused Status = "refused"
	// NotAttempted: something that the action needs did not come far enough, or the run was interrupted.
	NotAttempted Status = "not attempted"
)

// Item is an action and how it ended.
type Item struct {
	Action diff.Action
	Status Status
	// Reached is the stage to which this run, or the workspace before it, brought the wanted form; of a deletion the stage that is left.
	Reached model.Stage
	Err     error
	// Because names the action whose end kept this one from being attempted.
	Because diff.ActionID
	// Base is the form that the workspace holds once the object is saved: its next base. Nil if the save was not confirmed.
	Base *model.Object
	// file is the id of the file, once it has one.
	file model.FileID
}

// Result is how a push ended, in the plan's order.
type Result struct {
	Items []Item
	// Verified counts the nodes whose code in production was found to be the tree's.
	Verified int
}

// Count gives the number of items with a status.
func (r Result) Count(s Status) int {
	n := 0
	for _, item := range r.Items {
		if item.Status == s {
			n++
		}
	}
	return n
}

// Event tells what happens while it happens.
type Event struct {
	Key   model.Key
	Part  diff.Part
	Op    diff.Op
	Stage model.Stage
	// Began is true when a step begins, false when it ended with Status.
	Began  bool
	Status Status
	Err    error
	// Found says in words what unfinished work of an earlier run was recognised; empty in events of steps.
	Found string
}

// Options are what a push works with.
type Options struct {
	API  API
	Plan diff.Plan
	// Folders are the folders that exist, the implied ones among them.
	Folders map[model.FolderPath]model.FolderID
	// Comment gives the text that is submitted and deployed with a file: the mark and the commit's subject.
	Comment func(model.Object) string
	// Events receives events, one at a time; nil if nobody listens.
	Events func(Event)
	// Saved is called once an object is known to stand in the workspace as the plan wanted, one at a time. The id is that of a file, "" for what is none.
	Saved func(form model.Object, id model.FileID)
	// Gone is called once an object is known to be deleted as far as the plan wanted, one at a time; nil if nobody listens.
	Gone func(model.Key)
	// Stop asks for an early end: running calls finish, nothing new begins. The context of Run ends at once.
	Stop <-chan struct{}
	// Ignored tells whether a field is never sent (dwsync.yaml, ignore).
	Ignored func(model.Key, model.Field) bool

	Schedule deploy.Schedule
	// Settle is how long a read may still show the past after a write.
	Settle time.Duration
}

// Run executes the plan. It never fails as a whole: each item of the result says how it went.
func Run(ctx context.Context, o Options) Result {
	items := make([]Item, len(o.Plan.Actions))
	actions := make([]*running, len(items))
	byID := map[diff.ActionID]*running{}
	last := map[model.Key]*running{}
	for i, action := range o.Plan.Actions {
		items[i] = Item{Action: action, Status: NotAttempted, Reached: action.From}
		actions[i] = &running{item: &items[i], want: action.Want}
		if action.Against != nil {
			actions[i].file = action.Against.FileID
		}
		byID[action.ID()] = actions[i]
		if before := last[action.Key]; before != nil {
			actions[i].before = before
		}
		last[action.Key] = actions[i]
	}
	for _, a := range actions {
		for _, edges := range []struct {
			from []diff.ActionID
			to   *[]*running
		}{{a.item.Action.Needs, &a.needs}, {a.item.Action.Awaits, &a.awaits}, {a.item.Action.Closes, &a.closes}} {
			for _, need := range edges.from {
				if needed := byID[need]; needed != nil {
					*edges.to = append(*edges.to, needed)
				}
			}
		}
	}
	done := make(chan struct{})
	defer close(done)
	r := newRun(o, mergeStops(o.Stop, done))
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	r.cut = cut
	r.nodes = nodesOf(actions)
	runSteps(ctx, buildSteps(actions), r.do)
	for _, a := range actions {
		a.item.file = a.file
	}
	return Result{Items: items}
}

// stopper ends a run early, at the user's word or because going on is pointless.
type stopper struct {
	once sync.Once
	ch   chan struct{}
}

func (s *stopper) stop() { s.once.Do(func() { close(s.ch) }) }

// mergeStops gives a stopper that the user's stop sets off too, until done.
func mergeStops(users, done <-chan struct{}) *stopper {
	s := &stopper{ch: make(chan struct{})}
	go func() {
		select {
		case <-users:
			s.stop()
		case <-done:
		}
	}()
	return s
}

// awayGrace is how long running calls go on once one of them found, after all its attempts, that the service is out of reach.
const awayGrace = 10 * time.Second

type run struct {
	Options
	stopper *stopper
	// cut ends the calls under way.
	cut      context.CancelCauseFunc
	releaser *deploy.Releaser
	folders  *folders
	listing  listing
	// nodes are the main actions of nodes by the path that references name.
	nodes map[model.FolderPath]*running
	// deletedFiles and deletedFolders are what this run deleted.
	deletedFiles   map[model.FileID]bool
	deletedFolders map[model.FolderID]bool
	// mu guards the items while steps read those of others, and orders events.
	mu sync.Mutex
}

func newRun(o Options, s *stopper) *run {
	o.Stop = s.ch
	r := &run{
		Options:      o,
		stopper:      s,
		folders:      newFolders(o.Folders),
		deletedFiles: map[model.FileID]bool{}, deletedFolders: map[model.FolderID]bool{},
		releaser: &deploy.Releaser{
			API: o.API, Poller: deploy.NewPoller(o.API, o.Schedule, o.Stop), Mode: o.Plan.Project.Mode,
			Settle: o.Settle, Schedule: o.Schedule, Stop: o.Stop,
		},
	}
	r.releaser.Found = func(key model.Key, what string) { r.emit(Event{Key: key, Found: what}) }
	return r
}

// do runs one step and records its end.
func (r *run) do(ctx context.Context, s *step) {
	a := s.action
	if a == nil || !r.mayBegin(ctx, s) {
		return
	}
	r.emit(Event{Key: a.item.Action.Key, Part: a.item.Action.Part, Op: a.item.Action.Op, Stage: s.stage, Began: true})
	var err error
	switch {
	case a.isDeletion():
		err = r.delete(ctx, a)
	case s.stage == model.StageSaved:
		err = r.save(ctx, a)
	case s.completes:
		err = r.complete(ctx, a)
	case s.stage == model.StageSubmitted:
		a.submitted, err = r.releaser.Submit(ctx, r.releaseFile(a), r.Comment(a.want))
	case s.stage == model.StageDeployed:
		err = r.releaser.Deploy(ctx, r.releaseFile(a), a.submitted, r.Comment(a.want))
	}
	r.end(s, err)
}

// mayBegin settles an item whose turn does not come: it ended before, something it needs did not come as far, or the run is to end.
func (r *run) mayBegin(ctx context.Context, s *step) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	item := s.action.item
	if item.Status != NotAttempted || item.Because != (diff.ActionID{}) || item.Err != nil {
		return false
	}
	for _, need := range s.action.needs {
		if !s.action.mayFollow(need, s.stage) {
			item.Because = need.item.Action.ID()
			return false
		}
	}
	for _, need := range s.awaited() {
		if need.item.Reached < model.StageSubmitted {
			item.Because = need.item.Action.ID()
			return false
		}
	}
	select {
	case <-r.Stop:
		return false
	case <-ctx.Done():
		return false
	default:
		return true
	}
}

func (r *run) end(s *step, err error) {
	item := s.action.item
	r.mu.Lock()
	switch {
	case err != nil:
		item.Status, item.Err = statusOf(err), err
	case s.action.isDeletion():
		item.Status, item.Reached = Done, model.StageNone
	default:
		item.Reached = max(item.Reached, s.stage)
		if s.isLast() {
			item.Status = Done
		}
	}
	status := cmp.Or(item.Status, NotAttempted)
	if status == NotAttempted {
		status = Done // of the step: the item goes on
	}
	r.mu.Unlock()
	if dataworks.IsQuota(err) {
		// Nothing goes on today: every further call would only be one more refusal.
		r.stopper.stop()
	}
	if deploy.IsAway(err) {
		// Nobody is there: who began already need not find that out call by call. A call that gets through all the same has its time to end.
		r.stopper.stop()
		time.AfterFunc(awayGrace, func() { r.cut(deploy.ErrStopped) })
	}
	r.emit(Event{Key: item.Action.Key, Part: item.Action.Part, Op: item.Action.Op, Stage: s.stage, Status: status, Err: err})
}

func (r *run) emit(e Event) {
	if r.Events == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Events(e)
}

func (r *run) releaseFile(a *running) deploy.File {
	want := a.want
	return deploy.File{
		Key: want.Key, ID: a.file, Fresh: a.saved || a.savedInner(), Inner: r.innerFiles(a),
		HasCode: func(stored string) bool { return content.IsContentOf(want, stored) },
		SameForm: func(now model.Remote) bool {
			return len(r.left(a, now.Object)) == 0 && (a.ownOutput == "" || slices.Contains(now.AutoOutputs, a.ownOutput))
		},
	}
}

// left gives the fields in which the workspace's form differs from what an action wants and that may be sent. The bases that the action shows tell which
// outputs are to go: without them they could be the service's own.
func (r *run) left(a *running, now model.Object) []model.Field {
	base := model.NewObject(a.want.Key)
	for _, f := range a.item.Action.Fields {
		if f.Base != nil {
			base.Set(f.Field, *f.Base)
		}
	}
	return r.differing(a.want, now, &base)
}

// differing gives the fields in which the workspace's form differs from the wanted one and that may be sent. base is the last common form, or nil.
func (r *run) differing(want, now model.Object, base *model.Object) []model.Field {
	if want.Key.IsInner() {
		now = now.Moved(want.Key) // it is where its node is, whatever that is called by now
	}
	var fields []model.Field
	for _, d := range model.Differences(want, now, base) {
		if r.Ignored == nil || !r.Ignored(want.Key, d.Field) {
			fields = append(fields, d.Field)
		}
	}
	return slices.Clip(fields)
}
