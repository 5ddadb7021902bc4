package project

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/base"
	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/model"
)

// privateDir holds what dwsync keeps for itself on one machine.
const privateDir = ".dwsync"

// checkOwnFiles holds the places of dwsync's own files, the embedded workspace among them, against what a pull request or a mistake could have laid there.
// It opens git, and nothing else: it must come before anything below these places is opened or made.
// Errors: *TrackedError, *model.InvalidError, *base.GitError.
func (p *Project) checkOwnFiles() error {
	if p.git != nil {
		return nil
	}
	git, err := base.OpenGit(p.Root)
	if err != nil {
		return err
	}
	p.git = git
	p.onClose(git.Close)
	state := p.stateName()
	tracked := []string{privateDir}
	places := []string{state, state + ".holder"}
	var problems []model.Problem
	if file := p.Target.Emulator; p.Target.IsEmulator() {
		if problem, ok := misplaced(p.Target); ok {
			problems = append(problems, problem)
		}
		tracked = append(tracked, file)
		places = append(places, file)
	}
	for _, name := range tracked {
		// They would carry one machine's memory, and what a pull request writes into it, to every other.
		files, err := git.Tracks(name)
		if err != nil {
			return err
		}
		if len(files) > 0 {
			return &TrackedError{Path: name, Files: files}
		}
	}
	for _, name := range places {
		problem, ok, err := p.checkPlace(name)
		if err != nil {
			return err
		}
		if !ok && !slices.Contains(problems, problem) {
			problems = append(problems, problem)
		}
	}
	return model.Invalid(problems)
}

// misplaced tells of an embedded workspace among the files of others.
func misplaced(t config.Target) (model.Problem, bool) {
	top, _, _ := strings.Cut(t.Emulator, "/")
	problem := model.Problem{File: config.FileName, Severity: model.SeverityError, Next: "write it like " + privateDir + "/sandbox.db"}
	says := fmt.Sprintf("the target %s keeps its embedded workspace in %s, ", t.Name, t.Emulator)
	switch {
	case strings.EqualFold(top, config.FileName):
		problem.Message = says + "which is this file"
	case isGits(t.Emulator):
		problem.Message = says + "which is git's"
	case model.Root(top).IsKnownRoot():
		problem.Message = says + "where the tree stands"
	default:
		return model.Problem{}, false
	}
	return problem, true
}

// isGits tells whether a slash path leads through a directory of git's own.
func isGits(name string) bool {
	for segment := range strings.SplitSeq(name, "/") {
		if strings.EqualFold(segment, ".git") {
			return true
		}
	}
	return false
}

// checkPlace wants real directories on the way to a file of dwsync's own, and there a regular file or nothing. A link is refused wherever it leads: git can
// track what stands behind it under another name.
func (p *Project) checkPlace(name string) (problem model.Problem, ok bool, err error) {
	for end := 0; end < len(name); {
		if next := strings.IndexByte(name[end+1:], '/'); next >= 0 {
			end += 1 + next
		} else {
			end = len(name)
		}
		part := name[:end]
		info, err := p.root.Lstat(filepath.FromSlash(part))
		if errors.Is(err, fs.ErrNotExist) {
			return model.Problem{}, true, nil
		}
		if err != nil {
			return model.Problem{}, false, fmt.Errorf("look for %s: %w", part, err)
		}
		problem := model.Problem{File: part, Severity: model.SeverityError, Next: "move it away and run the command again"}
		isLast := end == len(name)
		switch mode := info.Mode(); {
		case mode&fs.ModeSymlink != 0:
			problem.Message = "this is a symbolic link; dwsync keeps files of its own only where no link leads"
		case isLast && mode.IsDir():
			problem.Message = "this is a directory, and dwsync keeps a file of its own there"
		case isLast && !mode.IsRegular():
			problem.Message = "this is a special file; dwsync keeps a file of its own there"
		case !isLast && !mode.IsDir():
			problem.Message = "this is no directory, and dwsync keeps files of its own in it"
		default:
			continue
		}
		return problem, false, nil
	}
	return model.Problem{}, true, nil
}

// TrackedError reports files of dwsync's own that git tracks.
type TrackedError struct {
	// Path is the file, or the directory, of dwsync's own; Files are what git tracks there.
	Path  string
	Files []string
}

func (e *TrackedError) Error() string {
	more := ""
	if n := len(e.Files) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	ignored := e.Path
	if e.Path == privateDir {
		ignored += "/"
	}
	return fmt.Sprintf("git tracks %s%s, which belongs to one machine; run git rm --cached -r %s, write %s into .gitignore, and commit that", e.Files[0], more, e.Path, ignored)
}
