// Package base finds the base of an object: the last remote form that the tree took, merged, or was told to override (design, section 6).
//
// Three things remember bases. The state holds forms, but may be lost or old. A mark, at the beginning of a submit's comment, names the commit and the
// hash of the form that was pushed; it is in the workspace, so every clone sees it. Git holds the versions of each path: its files and dwsync.yaml at
// one commit, mapped to the target's form.
//
// The floor of an object is the later of the state's commit and the newest mark's commit, each only if it is an ancestor of HEAD. The workspace's form
// is known, and is the base, if it equals a version at or after the floor, or what set the floor. A form that equals only an older version is a roll
// back that somebody made in the workspace, and must not be overwritten unseen.
//
// So is a form that equals the version of the floor's own commit, where what set the floor is newer than that: a state that was recorded, or a push that was made,
// before its form was committed. Such a push leaves a *dirty* mark. Its hash makes no form of the workspace known, since it is of somebody's uncommitted work; but
// it tells which version that work became once it was committed, or that the tree has it: then that is the base. If nobody has it, the base of a workspace that
// holds the floor's version is unknown; of one that holds something else the floor's version is an outdated base. Of a state and a mark of one commit the number
// of the newest version tells which is later.
//
// A trailer in the message of a commit after the floor names the hash of a form that was merged or kept on purpose: it is known, too. An object that was renamed
// goes on with the versions of the path that it had before: where a path ends on the way back through history, what that one commit took away and what it put
// elsewhere are paired by the rule by which tree and workspace are paired ([Renames]). Who renamed an object of which only the name differs, the names tell that
// the commits have. [FileHistory.Log] lays the versions of a file beside the commits that they came from, [Git.Left] gives the paths that HEAD no longer has.
//
// The rule of this package: whatever is doubtful (a cut comment, a rewritten commit, a shallow clone, a commit that does not parse) makes a base
// unknown, which every command answers by asking a person; it never makes one up.
package base
