// Package remote reads a whole workspace into model terms: businesses, folders, files with their forms, and how far each file has come.
//
// The rule of this package: a workspace is read completely or not at all. A read that fails, or two files that nobody could tell apart, is an error;
// nothing is taken to be absent because it could not be read. [Reader] has no method that writes.
package remote
