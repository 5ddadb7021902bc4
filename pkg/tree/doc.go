// Package tree is the workspace as files: it reads a tree of YAML and code files into objects, and turns wanted objects into edits of the files.
//
// The tree's directories are the workspace's own folder paths. A file of the workspace is two files of the tree: its content (`ods_order_di.sql`) and
// its YAML (`ods_order_di.node.yaml`, `udf.py.resource.yaml`, `f.function.yaml`). Code that the service keeps in an envelope has a content file of its own
// language, and the envelope is in the YAML, with <code> where the code is; a YAML without it has both as they are stored in the content file. An *inner
// file* lies inside a node: it stands in `<node>%.inner/` beside it. A business is a directory with `business.yaml`; a folder is a directory that holds an
// object, or `.gitkeep`. Roots and the engine folders of a business come by themselves and are no objects. Files outside the known roots belong to somebody
// else and are left alone.
//
// A *spelling* is how a name looks on disk: `%XX` stands for bytes that file systems or git cannot hold or tell apart (see encodeName). An object's
// identity is the decoded name, never the spelling.
//
// Reading is strict and whole: every problem of the tree comes at once as a *model.InvalidError, and nothing partial is returned, because a file that
// is missing by mistake would look like one that was deleted. Writing is gentle: a YAML file that stands is edited in place, only the text of values
// that changed is replaced, and what was written is decoded again and compared before it replaces the old file. What is renamed is moved as it stands, with
// its comments; files that take each other's places, and a node with the files inside it, are moved *together*, all or not at all.
package tree
