package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/dwsync/dwsync/pkg/config"
	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/project"
)

// destination is a file that the user named for a result of ours. A slip of the keyboard must not cost a file: nothing of a project is ever replaced, and
// where our own results can be told from other files, only they are.
type destination struct {
	// flag names it, for messages.
	flag string
	path string
	// isStream tells that it is a device or a pipe, which is written to and not replaced.
	isStream bool
}

// findDestination looks at the file that a flag names; nil if the flag was not given. Errors: *UsageError, or of the file system.
func findDestination(c *cli.Context, env Environment, flag string) (*destination, error) {
	given := c.String(flag)
	if given == "" {
		return nil, nil
	}
	refuse := func(format string, args ...any) (*destination, error) {
		return nil, &UsageError{Message: fmt.Sprintf("--%s %s: ", flag, given) + fmt.Sprintf(format, args...)}
	}
	d := &destination{flag: flag, path: inDir(c, env, given)}
	info, err := os.Stat(d.path)
	exists := err == nil
	switch {
	case exists && info.IsDir():
		return refuse("this is a directory; name a file in it")
	case exists && !info.Mode().IsRegular():
		d.isStream = true
		return d, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return refuse("%v", err)
	}
	if d.path, err = realFile(d.path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return refuse("there is no directory %s to write it in", filepath.Dir(inDir(c, env, given)))
		}
		return refuse("%v", err)
	}
	if what := projectPart(d.path); what != "" {
		return refuse("this is %s, which no result replaces; name a file elsewhere", what)
	}
	if !exists {
		return d, nil
	}
	head, err := headOf(d.path)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	kind := ""
	if schema := ourSchema.FindSubmatch(head); schema != nil {
		kind = string(schema[1])
	}
	isPlan, isReport := kind == "plan", kind == "report" || kind == "log"
	switch {
	case len(head) == 0:
	case flag == "log-file" && kind != "calls":
		return refuse("this file exists and is no log of dwsync; name another one, or delete it")
	case flag == "save" && !isPlan:
		return refuse("this file exists and is no plan of dwsync; name another one, or delete it")
	case flag == "out" && isPlan:
		return refuse("this file holds a plan of dwsync; name another one, or delete it")
	case flag == "out" && !isReport && isJSON.Match(head):
		// Of the formats of a report only JSON says whose it is; a text may be an earlier report.
		return refuse("this file exists and holds JSON that is no report of dwsync; name another one, or delete it")
	}
	return d, nil
}

// ourSchema is how our JSON begins.
var ourSchema = regexp.MustCompile(`^\{\s*"schema":\s*"dwsync\.(plan|report|log|calls)/`)

// isJSON matches the beginning of any JSON file, and of no report in another format.
var isJSON = regexp.MustCompile(`^(\xef\xbb\xbf)?\s*[\[{]`)

// realFile gives the place of a file without symbolic links, so that it is known what is replaced; the file itself may be absent, its directory may not.
func realFile(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		return filepath.Abs(real)
	}
	if _, lstatErr := os.Lstat(path); lstatErr == nil {
		return "", errors.New("this is a symbolic link that leads nowhere")
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	return filepath.Abs(filepath.Join(dir, filepath.Base(path)))
}

// projectPart says which part of a project a file is, or would be; "" for none.
func projectPart(path string) string {
	if strings.EqualFold(filepath.Base(path), config.FileName) {
		return "a project's " + config.FileName
	}
	for segment := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		if strings.EqualFold(segment, ".git") || strings.EqualFold(segment, ".dwsync") {
			return "in " + segment
		}
	}
	root, err := project.Find(filepath.Dir(path))
	if err != nil {
		return ""
	}
	below, err := filepath.Rel(root, path)
	if err != nil {
		return ""
	}
	top, _, isBelow := strings.Cut(filepath.ToSlash(below), "/")
	if known := model.Root(norm.NFC.String(top)); isBelow && known.IsKnownRoot() {
		return "in the tree (" + string(known) + ")"
	}
	return ""
}

func headOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 256))
}

// checkDestinations looks at all files that the command line names for results, before there are any.
func checkDestinations(c *cli.Context, env Environment) error {
	out, err := findDestination(c, env, "out")
	if err != nil {
		return err
	}
	save, err := findDestination(c, env, "save")
	if err != nil {
		return err
	}
	if out != nil && save != nil && out.path == save.path && !out.isStream {
		return &UsageError{Message: "--save and --out name the same file"}
	}
	return nil
}

// writeResult writes a result to the file that a flag names. What stands there is looked at once more: the command may have taken long.
func writeResult(c *cli.Context, env Environment, flag string, data []byte, perm os.FileMode) (err error) {
	d, err := findDestination(c, env, flag)
	if err != nil || d == nil {
		return err
	}
	if !d.isStream {
		return writeFile(d.path, data, perm)
	}
	f, err := os.OpenFile(d.path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("write --%s: %w", flag, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("write --%s: %w", flag, err)
	}
	return nil
}
