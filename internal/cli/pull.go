package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
	"github.com/dwsync/dwsync/pkg/pull"
	"github.com/dwsync/dwsync/pkg/report"
	"github.com/dwsync/dwsync/pkg/tree"
)

func pullCommand(env Environment) *cli.Command {
	return &cli.Command{
		Name:  "pull",
		Usage: "write the workspace's changes into the tree",
		Description: "Writes what changed in the workspace into the tree and leaves alone what changed in the tree. Where both changed, it merges: content\n" +
			"line by line, sets element by element, other fields one by one. Lines that both changed are written between conflict markers; what else\n" +
			"both changed is refused and left as it is (exit code 3). For what was merged it prints lines for the message of the commit, by which\n" +
			"every other clone knows of it.",
		ArgsUsage: selectionUsage,
		Flags: commonFlags(slices.Concat(selectionFlags(), reportFlags(), []cli.Flag{
			sinceFlag(),
			&cli.BoolFlag{Name: "dry-run", Usage: "show what would be written, write nothing"},
			&cli.BoolFlag{Name: "no-drafts", Usage: "leave alone what is saved in the workspace and not submitted"},
			&cli.BoolFlag{Name: "ours", Usage: "keep the tree's form of what would be refused or marked; only of what --select or paths name"},
			&cli.BoolFlag{Name: "theirs", Usage: "take the workspace's form of what would be refused or marked; only of what --select or paths name"},
			settleFlag(), logFileFlag(),
			&cli.IntFlag{Name: "max-delete", Value: -1, DefaultText: "10 % of the managed files, at least 1", Usage: "refuse to delete more than `N` files of the tree"},
		})...),
		Action: func(c *cli.Context) error { return reporting(runPull)(c, env) },
	}
}

func runPull(c *cli.Context, env Environment) (err error) {
	if err := checkPullFlags(c); err != nil {
		return err
	}
	style, err := style(c, env)
	if err != nil {
		return err
	}
	ctx, stop, release := interruptible(c.Context, env)
	defer release()
	looking, looked := untilStopped(ctx, stop)
	defer looked()
	p, err := openProject(c, env, !c.Bool("dry-run"))
	if err != nil {
		return err
	}
	defer closing(&err, p)
	read := env.progress.begin(reading, nil, nil)
	defer read()
	session, err := p.Load(looking)
	if err != nil {
		return err
	}
	printNotes(env, session)
	files, err := openPullFiles(env, session)
	if err != nil {
		return err
	}
	defer closing(&err, files)
	out, err := planPull(looking, c, env, session, files)
	if err != nil {
		return err
	}
	read()
	if isStopped(stop) {
		return &InterruptedError{Unchanged: true}
	}
	if !c.Bool("dry-run") {
		if err := writePull(session, files, out); err != nil {
			return err
		}
	}
	style.Place = places(p)
	if err := report.WritePull(env.Stdout, style, reported(out)); err != nil {
		return err
	}
	notes := env.Stdout
	if !isForPerson(c, style) {
		notes = env.Stderr
	}
	writePullNotes(notes, session.Tree, out, c.Bool("dry-run"))
	var codes []Code
	if isStopped(stop) {
		codes = append(codes, CodeInterrupted)
	}
	if out.Refused() {
		codes = append(codes, CodeRefused)
	}
	return outcome(codes)
}

func checkPullFlags(c *cli.Context) error {
	for _, flag := range []string{"ours", "theirs"} {
		if err := needsSelection(c, flag); err != nil {
			return err
		}
	}
	if c.Bool("ours") && c.Bool("theirs") {
		return &UsageError{Message: "--ours keeps the tree's form and --theirs takes the workspace's; use one of them"}
	}
	return nil
}

func planPull(ctx context.Context, c *cli.Context, env Environment, session *project.Session, files *pullFiles) (pull.Outcome, error) {
	selected, err := selection(c, env, session)
	if err != nil {
		return pull.Outcome{}, err
	}
	notes, err := session.NameForeignNodes(ctx, selected)
	if err != nil {
		return pull.Outcome{}, err
	}
	for _, note := range notes {
		fmt.Fprintln(env.Stderr, "note: "+report.Escape(note))
	}
	stopped, err := files.readJournal()
	if err != nil {
		return pull.Outcome{}, err
	}
	settles := func(flag string) func(model.Key) bool {
		return func(model.Key) bool { return c.Bool(flag) } // a pull looks at what is selected only
	}
	out, err := pull.Plan(session.Comparisons, session.Tree, pull.Options{
		Mapping: session.Mapping, Selected: selected, Ignored: session.Config.Ignored, Protected: session.Config.Protected, Ours: settles("ours"), Theirs: settles("theirs"),
		NoDrafts: c.Bool("no-drafts"), MaxDelete: c.Int("max-delete"), Stopped: stopped,
		Work: pull.Work{Dirty: files.dirty, Read: files.ReadFile},
	})
	out.NotCarried = session.Remote.NotCarried
	return out, err
}

// writePull writes the tree, then records the bases: in this order, so that a run that is stopped never leaves a base that the tree has not taken.
func writePull(session *project.Session, files *pullFiles, out pull.Outcome) error {
	before, after := out.Journal()
	if err := files.writeJournal(before); err != nil {
		return err
	}
	if err := session.Write(out.Changes); err != nil {
		return fmt.Errorf("write the tree: %w", err)
	}
	bases := make([]project.Base, len(out.Bases))
	for i, base := range out.Bases {
		bases[i] = project.Base{Form: base.Object, Compared: base.Compared}
	}
	if err := session.Record(bases, out.Gone); err != nil {
		return err
	}
	return files.writeJournal(after)
}

// reported gives the outcome in the deeds that a report knows: what was merged was updated, and a file with conflict markers waits for somebody's decision.
func reported(out pull.Outcome) pull.Outcome {
	out.Items = slices.Clone(out.Items)
	for i, item := range out.Items {
		switch item.Deed {
		case pull.Merged:
			out.Items[i].Deed = pull.Updated
		case pull.Marked:
			out.Items[i].Deed = pull.Refused
		}
	}
	return out
}

// writePullNotes says what is to be done after a pull: which files to edit, why something was refused, and what to write into the commit's message.
func writePullNotes(w io.Writer, t tree.Tree, out pull.Outcome, dryRun bool) {
	section := func(head string, has func(pull.Item) bool, line func(pull.Item) string) {
		for _, item := range out.Items {
			if has(item) {
				if head != "" {
					fmt.Fprintf(w, "\n%s\n", head)
					head = ""
				}
				fmt.Fprintln(w, line(item))
			}
		}
	}
	merged := "Merged: both sides changed these, and the tree has the changes of both now."
	marked := "Conflicts: both versions stand between <<<<<<< and >>>>>>> in these files. Edit them and take the markers away, then commit and push."
	if dryRun {
		merged = "To be merged: both sides changed these."
		marked = "Conflicts: both sides changed the same lines. A pull would write both versions, between markers, into these files."
	}
	section(merged, func(i pull.Item) bool { return i.Deed == pull.Merged },
		func(i pull.Item) string { return "  " + report.Escape(i.Key.String()) })
	section(marked, func(i pull.Item) bool { return i.Deed == pull.Marked },
		func(i pull.Item) string { return "  " + report.Escape(t.Objects[i.Key].Content) })
	section("Refused, and left as they are. `dwsync pull --ours PATH` keeps the tree's form, `dwsync pull --theirs PATH` takes the workspace's. Or merge by hand, and\nwrite the line that is named into the commit's message:",
		func(i pull.Item) bool { return i.Deed == pull.Refused },
		func(i pull.Item) string {
			line := "  " + report.Escape(i.Key.String()+": "+i.Why)
			if trailer := i.Trailer(); trailer != "" {
				line += "\n      " + trailer
			}
			return line
		})
	if !dryRun {
		section("For the message of the commit, so that every clone knows what was merged:\n",
			func(i pull.Item) bool { return i.Acknowledged },
			pull.Item.Trailer)
	}
}
