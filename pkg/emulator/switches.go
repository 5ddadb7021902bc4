package emulator

import (
	"fmt"
	"slices"
	"strings"
)

// A Switch is a behaviour of the service that the evidence leaves open. Its
// first value is the default.
type Switch struct {
	Name   string
	Values []string
	Means  string
	Source string // what makes it an open question
}

// Default is the value that holds when nothing else was said.
func (s Switch) Default() string { return s.Values[0] }

const (
	swAutoOutputs    = "auto-outputs"
	swNameScope      = "name-scope"
	swOutputScope    = "output-scope"
	swOutputCheck    = "output-check"
	swNoOpUpdate     = "no-op-update"
	swEmptyParameter = "empty-parameter"
	swCreateOutputs  = "create-output-list"
	swSubmitParses   = "submit-parses"
	swMissingFolders = "missing-folders"
	swNonEmptyDelete = "non-empty-delete"
	swStaleReads     = "stale-reads"
	swPathLanguage   = "path-language"
	swFolderPaths    = "list-folders-path"
	swDeployResets   = "deploy-resets-node"
	swFileFollows    = "file-follows-node"
	swNodeVersion    = "node-file-version"
	swRateWindow     = "rate-window"
	swRefusals       = "business-refusals"
	swListContent    = "list-content"
	swFolderFilter   = "list-folder-filter"
	swListOrder      = "list-order"
	swSkipFiles      = "skip-files"
	swStop           = "stop"
	swDefaultCron    = "default-schedule"
	swDIParameters   = "di-parameters"
	swResubmit       = "resubmit"
	swInnerStatus    = "inner-status"
	swRedeploy       = "redeploy"
	swDeployParents  = "deploy-parents"
	swSimpleDeploy   = "simple-deploy"
	swDeletedFile    = "deleted-file"
	swDeletionName   = "deletion-name"
	swTwoSegments    = "two-segment-folder"
	swV2Folders      = "v2-folders"
	swEngineCheck    = "engine-check"
	swFileTypes      = "file-types"
	swExtension      = "extension-check"
	swApproval       = "approval"
	swGoneBusiness   = "gone-business"
	swGoneFolder     = "gone-folder"
	swEnvTypes       = "env-types"
	swURLLimit       = "url-limit"
	swDICreate       = "di-create-file"
	swDIFailure      = "di-failure"
	swUnsetFields    = "unset-fields"
	swPageSize       = "page-size"
	swUdfUpdate      = "udf-update"
	swDeployDeletion = "deploy-deletion"
	swDependentNodes = "dependent-nodes"
)

// Switches lists every switch, ordered by name.
func Switches() []Switch {
	all := []Switch{
		{swAutoOutputs, []string{"both", "number", "none"}, "outputs that a new node gets by itself: <project>.<random number>_out and <project>.<name>, the first alone, or none", "service-behaviour 2, 14: documented for the console, unknown for the API"},
		{swNameScope, []string{"folder", "type", "workspace"}, "where a file name is unique: in its folder, in its folder among files of its type, or in the workspace", "service-behaviour 3: not found"},
		{swOutputScope, []string{"workspace", "account"}, "where an output name is unique", "service-behaviour 14"},
		{swOutputCheck, []string{"save", "submit"}, "when a taken output name is refused", "service-behaviour 3: not found"},
		{swNoOpUpdate, []string{"refused", "each", "accepted"}, "UpdateFile that changes nothing: refused if all that it sends equals what is there, refused if any of it does, or accepted", "reference 4.15 against service-behaviour 4"},
		{swEmptyParameter, []string{"clears", "ignored"}, "a parameter that is there but empty", "service-behaviour 4: not found"},
		{swCreateOutputs, []string{"ignored", "accepted"}, "OutputList in CreateFile", "service-behaviour 3, 13: only the newest SDK has it"},
		{swSubmitParses, []string{"no", "adds", "replaces"}, "SubmitFile parses inputs and outputs out of the code when AutoParsing is on: it adds what it finds, or lets manual inputs go that the code does not name", "service-behaviour 14: documented for the console"},
		{swMissingFolders, []string{"refused", "created"}, "a file saved in a folder that is not there, without CreateFolderIfNotExists", "service-behaviour 3"},
		{swNonEmptyDelete, []string{"refused", "cascades"}, "DeleteFolder and DeleteBusiness of what is not empty", "service-behaviour 6: believed, not traced"},
		{swStaleReads, []string{"none", "first"}, "the first read of an object within ten seconds of a write answers what was there before", "design 10"},
		{swPathLanguage, []string{"zh", "en", "internal"}, "spelling of folder paths in answers", "service-behaviour 1, 13: depends on region or language"},
		{swFolderPaths, []string{"exact", "doubled"}, "ListFolders answers whole paths, or paths with a doubled slash and without the engine folder", "service-behaviour 1 (live, M)"},
		{swDeployResets, []string{"no", "yes"}, "a deployment to production undoes freezing and owner of the operation centre", "service-behaviour 14: not documented"},
		{swFileFollows, []string{"no", "yes"}, "freezing and owner changes of the operation centre change the file too", "service-behaviour 14: not documented"},
		{swNodeVersion, []string{"shown", "absent"}, "ListNodes and GetNode show FileVersion", "service-behaviour 14: newer than the reference"},
		{swRateWindow, []string{"fixed", "sliding", "bucket"}, "how calls per second and per day are counted", "design 10: not documented"},
		{swRefusals, []string{"http-400", "success-false"}, "business refusals come with a status of 400, or of 200 with Success=false", "service-behaviour 9"},
		{swListContent, []string{"need", "always"}, "ListFiles gives Content with NeedContent only, or always", "service-behaviour 2"},
		{swFolderFilter, []string{"exact", "recursive"}, "FileFolderPath of ListFiles", "service-behaviour 2: not found"},
		{swListOrder, []string{"id", "edited"}, "order of ListFiles: by FileId, or last edited first", "service-behaviour 2: not found"},
		{swSkipFiles, []string{"normal", "skip"}, "UseType of a file whose SchedulerType is SKIP", "service-behaviour 2: not found"},
		{swStop, []string{"linked", "separate"}, "Stop=true is SchedulerType PAUSE, or a field of its own", "reference 4.1 describes both in the same words"},
		{swDefaultCron, []string{"empty", "filled"}, "CronExpress, StartEffectDate and EndEffectDate of a file created without them", "not found"},
		{swDIParameters, []string{"filled", "empty"}, "ParaValue of a data integration file created without it is bizdate=$bizdate", "service-behaviour 2 (live, M)"},
		{swResubmit, []string{"accepted", "refused"}, "SubmitFile of a file that has not changed since", "service-behaviour 5: not found"},
		{swInnerStatus, []string{"own", "node", "none"}, "what an edit of a file inside a node makes 0: its own CommitStatus until its node is submitted, the node's too, or neither (its own is always 0)", "not found"},
		{swRedeploy, []string{"refused", "accepted"}, "DeployFile of the version that is in production", "service-behaviour 13"},
		{swDeployParents, []string{"checked", "unchecked"}, "a deployment to production fails while a parent is not there", "not found"},
		{swSimpleDeploy, []string{"submits", "refused"}, "DeployFile in a workspace of simple mode", "service-behaviour 5: the official sample against live notes"},
		{swDeletedFile, []string{"shown", "unknown"}, "GetFile of a deleted file that was never submitted", "service-behaviour 2: seen for submitted files only"},
		{swDeletionName, []string{"free", "blocked"}, "the name of a file whose deletion is not in production yet", "service-behaviour 6 (doc)"},
		{swTwoSegments, []string{"folder", "refused"}, "CreateFolder of <root>/<name> without a business", "service-behaviour 1 (code, M)"},
		{swV2Folders, []string{"refused", "accepted"}, "folders of the older business layout (数据开发, 表, 资源, 函数, …) in place of an engine folder", "service-behaviour 1 (M)"},
		{swEngineCheck, []string{"refused", "accepted"}, "a file whose type does not fit the engine folder", "service-behaviour 3: code not found"},
		{swFileTypes, []string{"known", "any"}, "file types that ListFileType does not show", "service-behaviour 7: some are per tenant"},
		{swExtension, []string{"none", "passes", "fails", "waits"}, "extensions check a submitted file: none does, CheckingStatus 8 then nothing, 8 then 7, or 8 until CheckFileDeployment", "reference 4.14, 4.24"},
		{swApproval, []string{"none", "held", "rejected"}, "deployments to production: none needs approval, they stay at 0, or they end rejected (6)", "service-behaviour 14"},
		{swGoneBusiness, []string{"empty", "refused"}, "GetBusiness of an unknown id", "service-behaviour 2 (live)"},
		{swGoneFolder, []string{"empty", "refused"}, "GetFolder of an unknown folder", "service-behaviour 2 (code, M)"},
		{swEnvTypes, []string{"PROD", "PRD"}, "name of the production environment in GetProject", "service-behaviour 5: private clouds say PRD"},
		{swURLLimit, []string{"32k", "none"}, "longest URL before 414", "service-behaviour 13 (tried)"},
		{swDICreate, []string{"accepted", "refused"}, "CreateFile of type 23", "service-behaviour 8: printed as impossible, seen working"},
		{swDIFailure, []string{"status-fail", "http-400"}, "a refused CreateDISyncTask or UpdateDISyncTask", "service-behaviour 8 (reference)"},
		{swUnsetFields, []string{"absent", "zero"}, "NodeId and CurrentVersion of a file never submitted", "service-behaviour 13: may be null"},
		{swPageSize, []string{"refused", "capped"}, "a PageSize above 100", "reference: at most 100"},
		{swDeployDeletion, []string{"accepted", "refused"}, "DeployFile of a deleted file that was submitted, but never in production", "service-behaviour 6: the official sample deploys every deletion"},
		{swDependentNodes, []string{"unchecked", "known"}, "SubmitFile of a file whose DependentNodeIdList names a node that no environment has: accepted or refused; known also refuses a DependentType of USER_DEFINE without nodes", "reference 4.1: not found"},
		{swUdfUpdate, []string{"keeps", "clears"}, "what UpdateUdfFile does not send", "not found"},
	}
	slices.SortFunc(all, func(a, b Switch) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// settings are the values of all switches.
type settings map[string]string

func newSettings(given map[string]string) (settings, error) {
	s := settings{}
	for _, sw := range Switches() {
		s[sw.Name] = sw.Default()
	}
	return s, s.set(given)
}

// set changes some switches, or none if any of them is wrong.
func (s settings) set(given map[string]string) error {
	known := Switches()
	for _, name := range sortedKeys(given) {
		i := slices.IndexFunc(known, func(sw Switch) bool { return sw.Name == name })
		if i < 0 {
			return fmt.Errorf("emulator: no switch %q; Switches() lists them", name)
		}
		if !slices.Contains(known[i].Values, given[name]) {
			return fmt.Errorf("emulator: switch %s has no value %q; it has %s", name, given[name], strings.Join(known[i].Values, ", "))
		}
	}
	for name, v := range given {
		s[name] = v
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
