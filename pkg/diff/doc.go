// Package diff compares the tree with the workspace and plans what a push would do. It is pure: it reads nothing and can write nothing.
//
// For each path there are three forms, all in the target's form: L (the tree's), R (the workspace's) and B (the base: the last remote form that the
// tree took, merged, or was told to override). [Compare] gives each path the [Verdict] that the three-way table of the design's section 6 has for it.
// The table has two columns: pull acts on verdicts itself, and [NewPlan] turns them into the [Plan] of a push, a graph of actions.
//
// A form may refer to what the workspace does not have yet (a symbolic reference, pkg/mapping). Such a reference is an edge of the plan, and an action that
// cannot have what it refers to is refused.
//
// An object has one action, but for files whose outputs move or leave: an action has an [ActionID], which is the object and the [Part]. What depends on an
// output that leaves is changed by the same plan, or the plan is refused; forms show it, and for what they do not show NewPlan is called again with the
// consumers of the first plan's [Plan.Leavers].
//
// The premise: whoever changed something wins over whoever did not; where both changed, nobody wins without being asked. A form is never taken for
// older than another by a clock.
package diff
