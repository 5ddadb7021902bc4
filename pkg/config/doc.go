// Package config reads dwsync.yaml: which workspaces there are (targets), how values of the tree become theirs (map), and what dwsync keeps its hands
// off (scope, ignore, protect).
//
// A target is a workspace that has a name in dwsync.yaml. Its map turns tree values into its own; package mapping applies it. The scope limits both
// sides of every command: what is out of scope is never read as "gone". What is ignored is never compared and never sent; what is protected is never
// deleted or renamed.
//
// The rule of this package: it is pure (bytes in, values out), and strict: an unknown key, a value of a wrong type, or two defaults are errors that
// name the place. Keys never hold secrets.
package config
