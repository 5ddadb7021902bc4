package tree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/config/strictyaml"
	"github.com/dwsync/dwsync/pkg/model"
)

// MaxContent is the largest content that is read, in bytes.
const MaxContent = 16 << 20

// Reader reads objects of one tree that does not change meanwhile, and remembers the directories that it saw. It is not safe for concurrent use.
type Reader struct {
	fsys     fs.FS
	listings map[location]*listing
	problems []model.Problem
}

// NewReader makes a reader of the tree below the root of fsys.
func NewReader(fsys fs.FS) *Reader {
	return &Reader{fsys: fsys, listings: map[location]*listing{}}
}

// listing is a directory of the tree with its names decoded.
type listing struct {
	// spelled is the directory's slash path.
	spelled string
	// location says what the directory holds; its folder is embedded.
	location
	// inner are the directories of files inside nodes, by the stem of the node's files.
	inner map[string]string
	// entries are all entries but hidden ones, by spelling.
	entries map[string]fs.DirEntry
	// metas are the YAML files of the folder's files, in order of spelling.
	metas []metaName
	// byName are the indexes of metas by decoded name; those whose name was cut stand in byCut, by hash.
	byName map[string][]int
	byCut  map[string][]int
	// folders are the spellings of subfolders by decoded name, subfolders their names in order of spelling.
	folders    map[string]string
	subfolders []string
	// nameless are empty directories whose name was cut and is nowhere said.
	nameless map[string]bool
	// others are files that may be contents, in order of spelling.
	others []string
	// irregular are names of symbolic links and the like, which were reported.
	irregular map[string]bool
	// kept tells that .gitkeep or folder.yaml is there.
	kept bool
	// hasBusiness tells that business.yaml is there.
	hasBusiness bool
}

// metaName is the name of a YAML file, taken apart.
type metaName struct {
	file string
	stem string
	kind model.Kind
	spelling
}

func (r *Reader) problem(file, next, format string, args ...any) {
	r.problems = append(r.problems, model.Problem{File: file, Severity: model.SeverityError, Message: fmt.Sprintf(format, args...), Next: next})
}

// list reads a directory once. Problems of its names are collected, the listing goes without what has them.
func (r *Reader) list(spelled string, at location) (*listing, error) {
	if l, found := r.listings[at]; found {
		return l, nil
	}
	entries, err := fs.ReadDir(r.fsys, spelled)
	if err != nil {
		return nil, fmt.Errorf("reading the directory %s of the tree: %w", spelled, err)
	}
	l := &listing{spelled: spelled, location: at, inner: map[string]string{}, entries: make(map[string]fs.DirEntry, len(entries)), byName: map[string][]int{}, byCut: map[string][]int{}, folders: map[string]string{}, irregular: map[string]bool{}, nameless: map[string]bool{}}
	for _, entry := range entries {
		name := entry.Name()
		file := path.Join(spelled, name)
		switch {
		case name == keepFile:
			l.kept = true
		case strings.HasPrefix(name, "."):
			// No name of ours begins with a dot: this is git's, an editor's, or a system's own.
		case entry.IsDir():
			if err := r.listFolder(l, file, name); err != nil {
				return nil, err
			}
		case !entry.Type().IsRegular():
			l.irregular[name] = true
			r.irregular(file)
		case name == businessFile && at.inside == "" && at.folder.IsBusiness():
			l.hasBusiness = true
			l.entries[name] = entry
		case name == folderFile && at.inside == "":
			l.kept = true
			l.entries[name] = entry
		default:
			l.entries[name] = entry
			r.listFile(l, file, name)
		}
	}
	r.listings[at] = l
	return l, nil
}

func (r *Reader) irregular(file string) {
	r.problem(file, "replace it by the file itself", "this is a symbolic link or a special file; dwsync reads only regular files and directories")
}

func (r *Reader) listFile(l *listing, file, name string) {
	for _, kind := range []model.Kind{model.KindNode, model.KindResource, model.KindFunction} {
		stem, found := strings.CutSuffix(name, metaSuffix(kind))
		if !found {
			continue
		}
		decoded, err := decodeName(stem)
		if err != nil {
			r.problem(file, "write a % of the name as %25", "%s", err)
			return
		}
		i := len(l.metas)
		l.metas = append(l.metas, metaName{file: file, stem: stem, kind: kind, spelling: decoded})
		if decoded.cut != "" {
			l.byCut[decoded.cut] = append(l.byCut[decoded.cut], i)
		} else {
			l.byName[decoded.name] = append(l.byName[decoded.name], i)
		}
		return
	}
	l.others = append(l.others, name)
}

// isFileName tells whether a name can only be that of a file that dwsync reads: a folder's name that looks so is escaped.
func isFileName(name string) bool {
	return slices.Contains(reservedNames, name) || slices.ContainsFunc(reservedEndings, func(e string) bool { return strings.HasSuffix(name, e) })
}

func (r *Reader) listFolder(l *listing, file, name string) error {
	if isFileName(name) {
		r.problem(file, "bring the file back; the dot in a folder's own name is written %2E", "this is a directory, and its name is that of a file of the tree")
		return nil
	}
	if stem, inner := strings.CutSuffix(name, innerMark); inner {
		l.inner[stem] = name
		return nil
	}
	if l.inside != "" {
		r.problem(file, "move its files up, beside those of the node", "a node holds files, and no folders")
		return nil
	}
	decoded, err := decodeName(name)
	if err != nil {
		r.problem(file, "write a % of the name as %25", "%s", err)
		return nil
	}
	if decoded.cut != "" {
		full, found, err := r.fullName(l, file)
		if err != nil {
			return err
		}
		if !found {
			if ours, err := holdsMeta(r.fsys, file); err != nil || !ours {
				// Nothing is in it: a pull was stopped just before it wrote the name.
				l.nameless[name] = true
				return err
			}
			r.problem(file, "write `name:` in its "+nameFileOf(l.folder), "the name of this directory was cut, and no file in it says it in full")
			return nil
		}
		if !r.fits(file, decoded, full) {
			return nil
		}
		decoded.name = full
	}
	switch {
	case decoded.typeCode != 0:
		r.problem(file, "take "+typeMark+" out of the name", "a directory has no file type")
		return nil
	case strings.Contains(decoded.name, "/") || decoded.name == "":
		r.problem(file, "rename it", "the name of a folder cannot be empty or hold a /")
		return nil
	}
	sub := l.folder.Join(decoded.name)
	if canonical := model.CanonicalFolder(string(sub)); canonical != sub && l.folder != "" {
		r.problem(file, fmt.Sprintf("rename it to %q", canonical.Base()), "this is another spelling of the engine folder %q", canonical.Base())
		return nil
	}
	if other, found := l.folders[decoded.name]; found {
		r.problem(file, "keep one of them", "%q and %q are both the folder %q", other, name, decoded.name)
		return nil
	}
	l.folders[decoded.name] = name
	l.subfolders = append(l.subfolders, decoded.name)
	return nil
}

// fits checks that the full name that a YAML says is the one whose spelling was cut.
func (r *Reader) fits(file string, decoded spelling, full string) bool {
	if hash := hashOfName(full); hash != decoded.cut {
		r.problem(file, fmt.Sprintf("its name must end in %s%s, or leave `name:` as it was", cutMark, hash), "`name:` is not the name that was cut to this file name")
		return false
	}
	return true
}

// nameFileOf is the file that says the full name of a directory in the folder parent.
func nameFileOf(parent model.FolderPath) string {
	if parent.Join("x").IsBusiness() {
		return businessFile
	}
	return folderFile
}

// fullName reads the name of a directory whose spelling was cut.
func (r *Reader) fullName(l *listing, spelled string) (string, bool, error) {
	kind := model.KindFolder
	if l.folder.Join("x").IsBusiness() {
		kind = model.KindBusiness
	}
	file := path.Join(spelled, nameFileOf(l.folder))
	data, err := r.readFile(file, strictyaml.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	} else if err != nil {
		return "", false, err
	}
	// Problems of the file are reported when the object is read.
	m := readMeta(&strictyaml.Reader{File: file}, data, kind)
	return m.name, m.hasName, nil
}

// readFile reads a file of at most limit bytes, and one more if it has more.
func (r *Reader) readFile(name string, limit int64) ([]byte, error) {
	f, err := r.fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s of the tree: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s of the tree: %w", name, err)
	}
	return data, nil
}

// business reads the business whose directory is l.
func (r *Reader) business(l *listing) (Local, error) {
	return r.named(path.Join(l.spelled, businessFile), model.BusinessKey(l.folder), path.Base(l.spelled))
}

// folder reads the folder whose directory is l; it has fields only if its name was cut.
func (r *Reader) folder(l *listing) (Local, error) {
	k := model.FolderKey(l.folder)
	if l.entries[folderFile] != nil {
		if _, err := r.named(path.Join(l.spelled, folderFile), k, path.Base(l.spelled)); err != nil {
			return Local{}, err
		}
	}
	return Local{Object: model.NewObject(k), Meta: l.spelled}, nil
}

// named reads the YAML of a business or a folder.
func (r *Reader) named(file string, k model.Key, spelled string) (Local, error) {
	data, err := r.readFile(file, strictyaml.MaxSize)
	if err != nil {
		return Local{}, err
	}
	reader := strictyaml.Reader{File: file}
	m := readMeta(&reader, data, k.Kind)
	r.problems = append(r.problems, reader.Problems...)
	if decoded, err := decodeName(spelled); err == nil && m.hasName && decoded.cut == "" && m.name != decoded.name {
		r.problem(file, "rename the directory, or take `name:` out", "name is %q, but the directory is that of %q", m.name, decoded.name)
	}
	return Local{Object: m.object(k), Meta: file, places: m.places, items: m.items}, nil
}

// file reads the file whose YAML is meta, with its content. ok is false if a problem was found.
func (r *Reader) file(l *listing, meta metaName) (local Local, warnings []model.Problem, ok bool, err error) {
	data, err := r.readFile(meta.file, strictyaml.MaxSize)
	if err != nil {
		return Local{}, nil, false, err
	}
	before := len(r.problems)
	reader := strictyaml.Reader{File: meta.file}
	m := readMeta(&reader, data, meta.kind)
	r.problems = append(r.problems, reader.Problems...)
	name := meta.name
	switch {
	case meta.cut != "" && !m.hasName:
		if len(reader.Problems) > 0 {
			return Local{}, nil, false, nil
		}
		r.problem(meta.file, "write `name:` with the full name", "the name of this file was cut, and the YAML does not say it in full")
	case meta.cut != "":
		r.fits(meta.file, meta.spelling, m.name)
		name = m.name
	case m.hasName && m.name != meta.name:
		r.problem(meta.file, "rename the file, or take `name:` out", "name is %q, but the file is that of %q", m.name, meta.name)
	}
	if meta.typeCode != 0 && m.fileType != 0 && meta.typeCode != m.fileType {
		r.problem(meta.file, "rename the file", "its name says type %d, its YAML says %s (%d)", meta.typeCode, m.fileType, m.fileType)
		return Local{}, nil, false, nil
	}
	if m.fileType == 0 {
		return Local{}, nil, false, nil
	}
	local = Local{Meta: meta.file, places: m.places, items: m.items}
	local.Object = m.object(l.key(name, m.fileType))
	if _, says := m.places[model.FieldEnvelope]; says && !local.Object.Has(model.FieldEnvelope) {
		// It is wrong, so that nobody knows which file holds the code.
		return local, m.warnings, false, nil
	}
	if contentName := contentName(meta.stem, local.Object); contentName != "" {
		local.Content = path.Join(l.spelled, contentName)
		shown, err := r.content(l, contentName, local.Content, meta.file)
		if err != nil {
			return Local{}, nil, false, err
		}
		if shown != nil {
			r.setContent(&local, *shown)
		}
	}
	return local, m.warnings, len(r.problems) == before, nil
}
