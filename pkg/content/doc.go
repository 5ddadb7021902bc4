// Package content turns the content of a file, as the service holds it, into the text that people read and edit, and back; and finds what a content
// refers to.
//
// The *stored* form of a content is what the service has; the *shown* form is what stands in the tree. An *envelope* is the JSON in which the contents of
// some types keep their code, with what starts it: the launcher of an EMR job, the language of an assignment node. SetStored takes the two apart into the
// fields of an object, Stored puts them together; nobody else knows where in a content the code is. A resource reference is a line at which the editor of
// DataStudio notes a resource that the code uses.
//
// The rule of this package: it is pure, and exact: what SetStored took apart, Stored puts together again byte for byte, whether or not it is what its type
// promises. What could not be brought back is shown as it is stored.
package content
