package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/dwsync/dwsync/"

// packages is the table of the design's section 3: a package imports only packages above it.
var packages = []string{
	"pkg/model", "pkg/content", "pkg/graph", "pkg/state", "pkg/config", "pkg/tree", "pkg/mapping", "pkg/dataworks", "pkg/remote", "pkg/base",
	"pkg/diff", "pkg/validate", "pkg/project", "pkg/pull", "pkg/deploy", "pkg/push", "pkg/report", "internal/cli", "",
}

// outside the table: the emulator imports nothing of ours, and only the command line, which puts the program together, imports the emulator.
const emulatorPackage = "pkg/emulator"

// testPackage is for tests alone: nothing of the program imports it, and it imports nothing of the program.
const testPackage = "internal/testsize"

type source struct {
	pkg  string
	file string
	ast  *ast.File
}

func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && file != "." {
			return cmpOr(err, fs.SkipDir)
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(file))
		if pkg == "." {
			pkg = ""
		}
		found = append(found, source{pkg: pkg, file: filepath.ToSlash(file), ast: parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func cmpOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// level gives the place of a package in the table. Directories below a listed package (pkg/emulator/internal/x) count as that package.
func level(pkg string) int {
	for p := pkg; ; p = path.Dir(p) {
		if p == "." {
			p = ""
		}
		if i := slices.Index(packages, p); i >= 0 {
			return i
		}
	}
}

func isEmulator(pkg string) bool {
	return pkg == emulatorPackage || strings.HasPrefix(pkg, emulatorPackage+"/")
}

func TestImportsFollowThePackageTable(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if s.pkg == testPackage {
			for _, spec := range s.ast.Imports {
				if strings.Contains(spec.Path.Value, module) {
					t.Errorf("%s imports %s; what only tests use imports nothing of the program", s.file, spec.Path.Value)
				}
			}
			continue
		}
		seen[s.pkg] = true
		for _, spec := range s.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			ours, isOurs := strings.CutPrefix(imported, module)
			switch {
			case strings.HasPrefix(imported, "github.com/aliyun/alibaba-cloud-sdk-go") && s.pkg != "pkg/dataworks":
				t.Errorf("%s imports the SDK; only pkg/dataworks may", s.file)
			case ours == testPackage:
				t.Errorf("%s imports %s; only tests may", s.file, ours)
			case !isOurs || isEmulator(s.pkg) && isEmulator(ours):
			case isEmulator(s.pkg):
				t.Errorf("%s imports %s; the emulator imports nothing of ours", s.file, ours)
			case isEmulator(ours) && s.pkg != "internal/cli":
				t.Errorf("%s imports the emulator; only internal/cli may", s.file)
			case !isEmulator(ours) && level(ours) > level(s.pkg):
				t.Errorf("%s imports %s, which stands below it in the package table", s.file, ours)
			}
		}
	}
	for pkg := range seen {
		if pkg != "" && level(pkg) == len(packages)-1 && !isEmulator(pkg) {
			t.Errorf("package %s is not in the package table", pkg)
		}
	}
}

func TestNoHiddenEntrances(t *testing.T) {
	for _, s := range sources(t) {
		for _, decl := range s.ast.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function", s.file)
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && s.file != "main.go" {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "os" && sel.Sel.Name == "Exit" {
					t.Errorf("%s calls os.Exit; only main may", s.file)
				}
			}
			return true
		})
	}
}

func TestEveryPackageTeachesItsWords(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		documented[s.pkg] = documented[s.pkg] || s.ast.Doc != nil
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %q has no doc comment", pkg)
		}
	}
}
