package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/dataworks"
	"github.com/dwsync/dwsync/pkg/diff"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/push"
	"github.com/dwsync/dwsync/pkg/report"
)

// This file is all that dwsync shows while it works. Its rules:
//
//   - A person at a terminal sees a live view: a line that says how far the work has come (the stages done of all, the time that is left), one about the calls
//     (how many a second against the limit, what is left of the day's quota), and below them the files that are under way. It stands on stderr, below
//     whatever else was printed.
//   - It is drawn at most five times a second, and never higher than maxCurrent lines and three more, whatever happens.
//   - Everything else that goes to stderr takes its place for a moment: the view is wiped, the text printed, and the view drawn again below it. So what
//     scrolls back is text only, and a log of the terminal holds no half of a view.
//   - With a view, a step that is done is not worth a line of its own; one that is not done is.
//   - There is no view where nobody looks (stderr is no terminal, or a dumb one), in CI, and with --quiet, --verbose or --format json: there each event is a
//     line, of text or of JSON (report.EventSchema); with --quiet none.
//   - Nothing of the terminal is changed: no mode, no cursor that is hidden. What a kill leaves behind is a few lines of text, and nothing to restore. An
//     interrupt leaves the view where it is until the running calls are done, since that is what the person waits for.
//   - A name of the workspace passes the escaper of text, and every line is cut to the terminal's width, so that wiping finds what drawing made.

const (
	// redraw is the time between two drawings.
	redraw = 200 * time.Millisecond
	// maxCurrent is how many files under way are named.
	maxCurrent = 5
	// rateWindow is the time over which the rate of calls is measured.
	rateWindow = 5 * time.Second
	// fewestForEstimate is how many steps must be done before the time left is guessed.
	fewestForEstimate = 5
)

// progress is what a command shows while it works, and the writer of everything that goes to stderr meanwhile.
type progress struct {
	out     io.Writer
	columns int
	// live tells that there is a view; json and quiet shape the lines.
	live, json, quiet bool

	mu sync.Mutex
	// lines is how many lines of a view stand on the terminal.
	lines int
	phase *phase
	calls int
}

// phase is one part of a command's work.
type phase struct {
	what  string
	begun time.Time
	// spent tells what was taken from the limits; nil if they are not known yet.
	spent   func() []dataworks.Spent
	samples []sample
	// steps are all and done steps by the stage that they lead to, StageNone of deletions; absent stages have none.
	all, done map[model.Stage]int
	current   map[current]bool
}

// current is a step under way.
type current struct {
	key   model.Key
	op    diff.Op
	stage model.Stage
}

// sample is how many calls had been made at a time, in all and by bucket.
type sample struct {
	at    time.Time
	calls int
	taken []int
}

func newProgress(c *cli.Context, env Environment) *progress {
	p := &progress{out: env.Stderr, columns: cmp.Or(env.Width, 80), quiet: c.Bool("quiet"), json: c.String("format") == string(report.JSON)}
	inCI := env.Getenv("CI") != "" && env.Getenv("CI") != "false"
	p.live = env.StderrTerminal && env.Getenv("TERM") != "dumb" && !inCI && !p.quiet && !p.json && !c.Bool("verbose")
	return p
}

// Write prints something else on stderr, above the view.
func (p *progress) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	n, err := p.out.Write(text)
	if strings.HasSuffix(string(text), "\n") {
		p.draw()
	}
	return n, err
}

// call counts a call.
func (p *progress) call() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
}

// begin shows a phase until the function that it gives is called, which may be more than once.
func (p *progress) begin(what string, spent func() []dataworks.Spent, steps map[model.Stage]int) (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.live {
		return func() {}
	}
	p.phase = &phase{what: what, begun: time.Now(), spent: spent, all: steps, done: map[model.Stage]int{}, current: map[current]bool{}}
	p.calls = 0
	ended := make(chan struct{})
	go func() {
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				p.redraw()
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(ended)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.wipe()
		p.phase = nil
	})
}

func (p *progress) redraw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	p.draw()
}

// event takes in an event of a push, and prints its line where it is worth one.
func (p *progress) event(e push.Event) {
	p.note(e)
	switch {
	case p.quiet:
	case p.json:
		if line, err := report.EventJSON(e, time.Now()); err == nil && len(line) > 0 {
			p.Write(line)
		}
	case p.live && e.Found == "" && e.Status == push.Done:
	default:
		if line := report.EventLine(e); line != "" {
			fmt.Fprintln(p, line)
		}
	}
}

func (p *progress) note(e push.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase == nil || e.Found != "" {
		return
	}
	at := current{e.Key, e.Op, e.Stage}
	if e.Began {
		p.phase.current[at] = true
		return
	}
	delete(p.phase.current, at)
	if e.Status == push.Done || e.Status == "" {
		p.phase.done[stageOfStep(e.Op, e.Stage)]++
	}
}

// stageOfStep is where a step is counted.
func stageOfStep(op diff.Op, stage model.Stage) model.Stage {
	if op == diff.OpDelete {
		return model.StageNone
	}
	return stage
}

// stepsOf counts the steps of a plan by the stage to which they lead.
func stepsOf(plan diff.Plan) map[model.Stage]int {
	steps := map[model.Stage]int{}
	for _, a := range plan.Actions {
		if a.Op == diff.OpDelete {
			steps[model.StageNone]++
			continue
		}
		for stage := model.StageSaved; stage <= max(a.To, model.StageSaved); stage++ {
			steps[stage]++
		}
	}
	return steps
}

// wipe takes the view off the terminal. The lock is held.
func (p *progress) wipe() {
	if p.lines == 0 {
		return
	}
	wiped := "\r"
	if p.lines > 1 {
		wiped += fmt.Sprintf("\x1b[%dA", p.lines-1)
	}
	io.WriteString(p.out, wiped+"\x1b[J")
	p.lines = 0
}

// draw puts the view below what is printed. The lock is held.
func (p *progress) draw() {
	if p.phase == nil {
		return
	}
	lines := p.phase.lines(time.Now(), p.calls)
	for i, line := range lines {
		// A terminal may break a line that fills it whole.
		lines[i] = report.Fit(line, p.columns-1)
	}
	io.WriteString(p.out, strings.Join(lines, "\n"))
	p.lines = len(lines)
}

// lines says what the view shows at a time, after so many calls.
func (ph *phase) lines(now time.Time, calls int) []string {
	var words []string
	for _, stage := range []model.Stage{model.StageSaved, model.StageSubmitted, model.StageDeployed, model.StageNone} {
		if all := ph.all[stage]; all > 0 {
			name := stage.String()
			if stage == model.StageNone {
				name = "deleted"
			}
			words = append(words, fmt.Sprintf("%s %d/%d", name, ph.done[stage], all))
		}
	}
	rate := strings.Join(ph.rate(now, calls), ", ")
	lines := []string{ph.what + ": " + rate}
	if len(words) > 0 {
		lines = []string{ph.what + ": " + strings.Join(append(words, ph.timeLeft(now)...), ", "), "  " + rate}
	}
	under := make([]string, 0, len(ph.current))
	for c := range ph.current {
		under = append(under, "  "+stepVerb(c.op, c.stage)+" "+c.key.String())
	}
	slices.Sort(under)
	if more := len(under) - maxCurrent; more > 0 {
		under = append(under[:maxCurrent], fmt.Sprintf("  and %d more", more))
	}
	return append(lines, under...)
}

// stepVerb says what a step does.
func stepVerb(op diff.Op, stage model.Stage) string {
	switch {
	case op == diff.OpDelete:
		return "delete"
	case stage == model.StageSubmitted:
		return "submit"
	case stage == model.StageDeployed:
		return "deploy"
	default:
		return "save"
	}
}

// rate says how many calls there were and how many come in a second, against the limit that is closest, and what is left of the day's quota.
func (ph *phase) rate(now time.Time, calls int) []string {
	var spent []dataworks.Spent
	if ph.spent != nil {
		spent = ph.spent()
	}
	s := sample{at: now, calls: calls}
	for _, bucket := range spent {
		s.taken = append(s.taken, bucket.Calls)
	}
	ph.samples = append(ph.samples, s)
	for len(ph.samples) > 2 && now.Sub(ph.samples[0].at) > rateWindow {
		ph.samples = ph.samples[1:]
	}
	first := ph.samples[0]
	seconds := now.Sub(first.at).Seconds()
	if seconds <= 0 {
		return []string{fmt.Sprintf("%d calls", calls)}
	}
	words := []string{fmt.Sprintf("%d calls", calls)}
	rate, limit, closest := float64(calls-first.calls)/seconds, 0.0, -1.0
	for i, bucket := range spent {
		if bucket.Bucket.PerSecond <= 0 || i >= len(first.taken) {
			continue
		}
		if r := float64(bucket.Calls-first.taken[i]) / seconds; r/bucket.Bucket.PerSecond > closest {
			rate, limit, closest = r, bucket.Bucket.PerSecond, r/bucket.Bucket.PerSecond
		}
	}
	if limit > 0 {
		words = append(words, fmt.Sprintf("%.1f/s of %g", rate, limit))
	} else {
		words = append(words, fmt.Sprintf("%.1f/s", rate))
	}
	left, known := 0, false
	for _, bucket := range spent {
		if n, ok := bucket.Left(); ok && (!known || n < left) {
			left, known = n, true
		}
	}
	if known {
		words = append(words, fmt.Sprintf("%d calls left today", left))
	}
	return words
}

// timeLeft guesses how long the rest takes, from how long what is done took.
func (ph *phase) timeLeft(now time.Time) []string {
	all, done := 0, 0
	for stage, n := range ph.all {
		all, done = all+n, done+ph.done[stage]
	}
	if all == 0 || done < fewestForEstimate {
		return nil
	}
	left := time.Duration(float64(now.Sub(ph.begun)) * float64(all-done) / float64(done))
	return []string{left.Round(time.Second).String() + " left"}
}
