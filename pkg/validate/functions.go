package validate

import (
	"slices"
	"strings"

	"github.com/dwsync/dwsync/pkg/model"
	"github.com/dwsync/dwsync/pkg/tree"
)

// function checks what CreateUdfFile and UpdateUdfFile must have, and the resources that the function names. Functions of other engines are only kept.
func (c *checker) function(l tree.Local) {
	o := l.Object
	if o.Key.Type != model.TypeFunction {
		return
	}
	line, column := l.TypePosition()
	whole := at{l.Meta, line, column}
	known := model.FunctionTypes()
	functionType := o.Text(model.FieldFunctionType)
	switch {
	case o.Has(model.FieldContent) && o.Text(model.FieldClassName) == "" && functionType == "":
		// The workspace holds something else than a function's form; a push says that it cannot carry it.
		return
	case functionType == "":
		c.errorAt(o.Key, whole, "write it like `functionType: OTHER`", "the function has no functionType, which the service demands")
	case !slices.Contains(known, functionType):
		c.errorAt(o.Key, field(l, model.FieldFunctionType), "", "%s", &model.UnknownNameError{What: "functionType", Name: functionType, Known: known})
	}
	if strings.TrimSpace(o.Text(model.FieldClassName)) == "" {
		c.errorAt(o.Key, whole, "write it like `className: udf.Concat` (of a Python resource: its name without .py, and the class)", "the function has no className, which the service demands")
	}
	names := o.Get(model.FieldResources).Names()
	if len(names) == 0 {
		c.errorAt(o.Key, whole, "write `resources:` with the names of the files that hold the class", "the function has no resources, which the service demands")
	}
	for _, name := range names {
		place := item(l, model.FieldResources, name)
		switch {
		case strings.Contains(name, ",") || strings.TrimSpace(name) != name:
			c.errorAt(o.Key, place, "write each resource as an entry of its own", "%q cannot be the name of a resource: the service separates the names with commas", name)
		case !c.resources[name]:
			c.warnAt(place, "", "the tree has no resource %q; it must be in the workspace", name)
		}
	}
}
