// Package project opens a project for a command: it finds dwsync.yaml, connects to a target, and loads tree, workspace and base, each once.
//
// A [Session] holds the three sides, compared. [Since] narrows it to what changed in the tree since a commit, and then only that and what it refers to is
// read of the workspace. For what forms do not tell it asks further, once each: the nodes of other workspaces that the tree names, and the consumers of what a
// plan takes away. [Project.Log] reads the past of one file, without a session.
//
// What only looks ([Options].Write is false) changes neither workspace nor tree nor base. What writes holds the workspace's lock from before the first
// read to its end, so that two runs on one machine never work on the same workspace at once.
package project
