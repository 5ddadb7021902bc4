// Package diff compares the tree with the workspace and plans what a push would do. It is pure: it reads nothing and can write nothing.
//
// For each path there are three forms, all in the target's form: L (the tree's), R (the workspace's) and B (the base: the last remote form that the
// tree took, merged, or was told to override). [Pair] finds *renames* first: what the sides have in different places is one object, whose path is one more
// field. [Compare] then gives each object the [Verdict] that the three-way table of the design's section 6 has for it. The table has two columns: pull acts on
// verdicts itself, and [NewPlan] turns them into the [Plan] of a push, a graph of actions.
//
// An object has one action, but where one does not do: a file lets go of an output that others take over, or keeps one until nobody depends on it any more,
// or steps aside for another one to have its name. An action has therefore an [ActionID], which is the object and the [Part]. What depends on an output that
// leaves is changed by the same plan, or the plan is refused; forms show it, and for what they do not show NewPlan is called again with the consumers of the
// first plan's [Plan.Leavers].
//
// An action *needs* others, which come to the same stage first. A form may refer to what the workspace does not have yet (a symbolic reference, pkg/mapping):
// an action *awaits* those that must be submitted before it can be saved, and *closes* a circle with those that need it too. An action that cannot have what
// it refers to, or that the API cannot do (an *obstacle*), is refused, and with it what cannot be submitted without it. A node and the files inside it are a
// *group*, of which all or nothing is released.
//
// A plan says what it costs. It can be saved ([Plan.Save]) and is run later only if it still fits ([Plan.Recheck]).
//
// The premise: whoever changed something wins over whoever did not; where both changed, nobody wins without being asked. A form is never taken for
// older than another by a clock.
package diff
