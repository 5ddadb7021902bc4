// Package push executes a plan; it is the only code of dwsync that writes to a workspace.
//
// Each action of the plan goes through up to three steps: save (create or update the object), submit, deploy. A step waits for the same step of the
// actions that its action needs, and for nothing else, so that saves, submits and deployments of different files overlap. What a failed step makes
// impossible is not attempted; everything else goes on. Among the steps that are ready the one with the longest chain of steps behind it goes first, for the
// limits of the service too; how many work at once is bounded, and a step that only waits for a deployment counts for nothing there.
//
// What an action refers to by name (a symbolic reference) is bound just before its save; where nodes wait for each other, one of them is saved and submitted
// once more before its deployment.
//
// The rule of this package: before a file's first write it is read again and must still hold the form that the plan was computed against; after each
// write it is the workspace's answer that counts, never the hope that the write worked. What an API call sends is decided by comparing, so that the
// same code finishes a write that an earlier run was killed in.
package push
