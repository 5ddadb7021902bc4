package dataworks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"testing"
)

// Costs are counted over the list of all actions: one that is missing would cost nothing.
func TestAllActionsAreListed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "actions.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	defined := 0
	for _, decl := range file.Decls {
		if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.VAR {
			defined += len(g.Specs)
		}
	}
	listed := actions()
	names := map[string]bool{}
	for _, a := range listed {
		names[a.name] = true
	}
	if len(names) != defined || len(listed) != defined || slices.ContainsFunc(listed, func(a action) bool { return a.level == 0 }) {
		t.Errorf("%d actions are defined, %d are listed, %d by different names", defined, len(listed), len(names))
	}
}
