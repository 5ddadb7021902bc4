// Package mapping turns the tree's portable form of an object into a target's form, and back.
//
// In the portable form nothing names a workspace: the target's own identifier is written `${project}`, and values that differ from workspace to
// workspace (connections, resource groups, owners, other workspaces, texts in contents) stand as the tree's values. The target's form has what its
// workspace really holds. Objects are compared in the target's form; the way back is used only to write the tree.
//
// A *placeholder* is `${…}` in an input, an output, the source of an input parameter, or a node that the run waits for; nowhere else, because
// `${bizdate}` in code and parameters belongs to DataWorks. `$${` is a literal `${`. pkg/content has no field that names outputs or nodes: where a content
// does so (`nodeoutput` of branch nodes, service-behaviour section 7), it is a text like any other, for the map's content rules.
//
// A placeholder that names what the workspace does not have yet (a file that is still to be made, a node that comes with the first submit) stays *symbolic*
// in the target's form: its item is marked, so that it equals nothing that a workspace holds. A push *binds* it once the workspace tells what it stands
// for ([Bind]). A value is *unmapped* if no portable value maps to it.
//
// The rule of this package: Forward(Back(x)) is x in every field that Back does not report as unmapped, and a value that stands in the tree is kept
// wherever it maps to what the workspace has.
package mapping
