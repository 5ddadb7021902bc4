// Package model holds the words that every other package speaks: the objects of a DataStudio workspace and their normal form.
//
// A workspace (工作空间, API: project) holds businesses (业务流程), folders, and files. A file is what ListFiles lists: a node, a resource or a
// function; an *inner file* is one that lies inside a node. Everything that can be planned is an [Object]: a [Key] (what people call it: kind, folder, name,
// type, and of an inner file the nodes around it; never an id), values for the fields that its kind declares, and a last [Stage] that it can reach. Its
// *place*, folder and name, is one more field ([FieldPath]): a rename changes it and leaves the object what it is.
//
// A *form* is an object's normal form: a field that has its documented default is absent, sets are sorted, what the service owns is gone. Forms are
// comparable and hashable. One list, [Fields], says for each field of each kind its shape, default, and the API parameter that carries it; tree,
// diff, push and the documentation are driven by it, so that a field is described once.
//
// The rule of this package: it is pure (no files, no network, no clock), it knows no other package of dwsync, and ids in it are opaque strings.
package model
