// Package report shows plans and results to people and to programs: what a push would do ([WritePlan]), how a push ended ([WritePushResult]), what a
// pull did ([WritePull]), what the past of a file was ([WriteLog]), and what is wrong with local files ([WriteProblems]).
//
// A [Style] says in which [Format]. Each writer first makes a view of its value (a document: objects in groups, the fields that differ, the hunks of
// changed text, counts), in raw strings; one renderer per format writes it. What a report says is therefore decided once, and how it looks once per format.
//
// The job graph is written by a [Graph], as text, in languages that other programs draw, and as a picture; the page of a plan has the same picture of what
// is around its changes.
//
// Words: old is what stands now, new is what will stand; for a push the workspace is old and the tree new, for a pull the other way round. A hunk is a
// run of changed lines with three lines of context.
//
// The rule of this package: a string that came from a workspace or a file (a name, a content, an error) reaches a writer only through the one escaper
// of its format. Control, bidirectional and invisible characters are shown, not obeyed; Markdown, HTML and CI commands are escaped by their own rules.
// In text, contents and messages never stand at the start of a line, so that they cannot pass themselves off as a line of the report. Nothing is cut without a
// note, everything is sorted, and the same value always gives the same bytes.
package report
