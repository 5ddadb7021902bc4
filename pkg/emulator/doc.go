// Package emulator is a stand-in for the DataWorks OpenAPI (dataworks-public,
// version 2020-05-18) that runs on one machine, in memory or in one file.
//
// It is an http.Handler. Clients that know nothing of it use it as they use
// the service: the official SDKs, the aliyun CLI, or a few lines of curl. It is
// no scheduler: it keeps files, versions, deployments and the nodes that come
// of them, and runs no node.
//
// The words are those of the API reference:
//
//   - A project (workspace) holds businesses, folders and files. It works in
//     standard mode (a development and a production environment) or in simple
//     mode (production only).
//   - A file is saved by CreateFile and UpdateFile. SubmitFile makes a version
//     of it and, when the deployment that this starts has ended, a node in the
//     development environment. DeployFile brings the newest submitted version
//     to production, again through a deployment.
//   - A rule is a behaviour that the reference or the evidence states. All
//     rules that refuse a call stand in rules.go, each with its source.
//   - A switch is a behaviour that the evidence leaves open. All switches stand
//     in switches.go, each with its values, its default and its source.
//   - A fault is something that goes wrong although the call is right: a 429, a
//     connection that is reset, a body that is cut. See Fault.
//
// The rule this package keeps: what a call answered has been made durable, a
// refused call has changed nothing, and nothing here imports another package of
// this module, so that a mistake in the client cannot hide behind the same
// mistake in the emulator.
package emulator
