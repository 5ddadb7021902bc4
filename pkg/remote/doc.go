// Package remote reads a whole workspace into model terms: businesses, folders, files with their forms, and how far each file has come. What is deleted in
// DataStudio and still in production stands in no list: [Read] finds it by its node, [Recycled] where there is none.
//
// The rule of this package: a workspace is read completely or not at all. A read that fails, or two files that nobody could tell apart, is an error;
// nothing is taken to be absent because it could not be read. [Reader] has no method that writes.
package remote
