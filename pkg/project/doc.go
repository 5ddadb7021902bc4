// Package project opens a project for a command: it finds dwsync.yaml, connects to a target, and loads tree, workspace and base, each once.
//
// What only looks ([Options].Write is false) changes neither workspace nor tree nor base. What writes holds the workspace's lock from before the first
// read to its end, so that two runs on one machine never work on the same workspace at once.
package project
