// Package validate holds a tree against the rules that can be known offline: what the service would refuse, what cannot work, and what looks like a slip.
//
// An *error* is what no workspace would take: it stops a push before its first write. A *warning* is what somebody should look at: it may be right (an
// output that another team's workspace makes), or the service may or may not refuse it.
//
// The rule of this package: it is pure, says what is wrong at the place in the file where it stands, and never needs more time than the size of the tree.
package validate
