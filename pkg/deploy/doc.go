// Package deploy releases one file: it submits what is saved and brings what is submitted to production, each deployment followed to its end by the
// one [Poller]. It knows no plan and never saves. Files inside a node go with it; a deletion is a release, too, in two steps. [Releaser.Verify] compares the
// code that production runs with what was pushed.
//
// A release is a small state machine over what the workspace says, so that a run that was killed anywhere is finished by the next one: a version that
// is on its way is waited for and never released again, a version that production runs is done. What a deployment ends with is a typed error:
// [FailedError] (the service said no), [WaitingError] (nobody said anything in time: an approval), [MovedError] (somebody changed the file in between).
package deploy
