// Package dataworks is the remote port: the DataWorks OpenAPI (dataworks-public, version 2020-05-18) as typed calls in the words of pkg/model.
//
// An action is one operation of the API ("UpdateFile"); a call is one use of an action, made of one or more attempts. A read changes nothing; a write
// may. A refusal is an answer in which the service says no ([Error]); without an answer the outcome of a write is unknown until a read settles it.
// The settle window is the longest time for which a read may still show the past after a write. A bucket is a set of actions that share a limit.
//
// What a caller may rely on:
//
//   - A read gives the whole truth or an error: never a short list, never an empty value in place of a failure.
//   - A write is made at most once, unless a read showed that the one before did not happen.
//   - Numbers, spellings, defaults and encodings of the API stay in here; ids come out as opaque strings, folders in their canonical spelling.
//   - Nothing secret leaves: not in an error, not in a log, not in a String().
//
// The vendor's SDK signs and sends; answers are decoded here, because its decoder cannot tell absent from zero and trips over hostile bodies. No other
// package of dwsync imports the SDK.
package dataworks
