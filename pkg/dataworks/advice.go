package dataworks

import "strings"

// advices say what to do about a refusal, by the beginning of its code; the longest beginning wins.
var advices = map[string]string{
	"SignatureDoesNotMatch":  "the access key secret is wrong: check ALIBABA_CLOUD_ACCESS_KEY_SECRET, or the profile of the aliyun CLI",
	"IncompleteSignature":    "the access key secret is wrong or empty: check ALIBABA_CLOUD_ACCESS_KEY_SECRET, or the profile of the aliyun CLI",
	"InvalidAccessKeyId":     "the access key does not exist or is disabled: check ALIBABA_CLOUD_ACCESS_KEY_ID, or the profile of the aliyun CLI",
	"InvalidSecurityToken":   "the STS token has expired or belongs to another key: fetch temporary credentials again",
	"MissingSecurityToken":   "this access key is a temporary one: set ALIBABA_CLOUD_SECURITY_TOKEN too",
	"InvalidTimeStamp":       "the clock of this machine is wrong: set it",
	"Forbidden.Access":       "the OpenAPI wants DataWorks Enterprise Edition or above: activate it for this account and region",
	"Forbidden":              "the RAM user may not do this: ask the account's administrator for the permission (dwsync doctor --ram-policy prints what is needed)",
	"NoPermission":           "the RAM user may not do this: ask the account's administrator for the permission (dwsync doctor --ram-policy prints what is needed)",
	"ResourceNotAuthorized":  "the RAM user may not do this: ask the account's administrator for the permission (dwsync doctor --ram-policy prints what is needed)",
	"Throttling":             "too many calls at once: lower `limits` in dwsync.yaml, or run it again when others use the API less",
	"Throttling.Api.Risk":    "the day's quota of API calls is used up: run the same command again when it is given anew, it goes on where it stopped",
	"InternalError":          "the service failed: run the same command again, and give the RequestId to support if it stays",
	"ServiceUnavailable":     "the service is down for the moment: run the same command again later",
	"InvalidAction.NotFound": "this endpoint does not have the API: check region and endpoint in dwsync.yaml",
	"InvalidVersion":         "this endpoint does not have the API's version 2020-05-18: check region and endpoint in dwsync.yaml",

	"Invalid.Tenant.ProjectNotExists":             "no such workspace in this region: check projectId and region in dwsync.yaml",
	"Invalid.Tenant.UserNotInProject":             "the user is no member of the workspace: ask a workspace administrator to add it",
	"Invalid.Tenant.UserIsNotProjectOwnerOrAdmin": "deploying wants the role of an operator or administrator of the workspace: ask for it",
	"Invalid.Tenant.ConnectionNotExists":          "the workspace has no such data source: check connectionName, and the target's map in dwsync.yaml",
}

// Advice says in one sentence what to do about the refusal, "" if nothing is known.
func (e *Error) Advice() string {
	best, advice := -1, ""
	for prefix, text := range advices {
		if len(prefix) > best && strings.HasPrefix(e.Code, prefix) {
			best, advice = len(prefix), text
		}
	}
	return advice
}
