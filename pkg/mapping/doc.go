// Package mapping turns the tree's portable form of an object into a target's form, and back.
//
// In the portable form nothing names a workspace: the target's own identifier is written `${project}`, and values that differ from workspace to
// workspace (connections, resource groups, owners, other workspaces, texts in contents) stand as the tree's values. The target's form has what its
// workspace really holds. Objects are compared in the target's form; the way back is used only to write the tree.
//
// A *placeholder* is `${…}` in an input, an output, the source of an input parameter, or a node that the run waits for; nowhere else, because
// `${bizdate}` in code and parameters belongs to DataWorks. `$${` is a literal `${`. A value is *unmapped* if no portable value maps to it.
//
// The rule of this package: Forward(Back(x)) is x in every field that Back does not report as unmapped, and a value that stands in the tree is kept
// wherever it maps to what the workspace has.
package mapping
