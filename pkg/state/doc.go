// Package state remembers, between runs, what dwsync last saw of one target: for each object the base form (the last remote form that the tree
// took, merged, or was told to override), in the target's form, its id, by which a rename is recognised, and git's HEAD commit of that moment; and how many
// calls of the day's quota were made.
//
// A target's state is one bbolt file, `.dwsync/<target>.state.db`. It holds no local path and no secret of the account, so CI may cache it.
//
// The rule of this package: the state saves calls, never the day. It may be lost, old, or from another machine, and dwsync still ends in the same
// place; so whatever cannot be remembered exactly (a form that would not survive the file) is not remembered at all, a damaged file is a clear
// error whose remedy is to delete it, and a file of a newer dwsync is refused rather than guessed at. A state of an older schema is read for ever.
package state
