package emulator

import (
	"fmt"
	"net/http"
)

// A Rule is a condition under which the emulator refuses a call, with the
// answer it then gives. Codes that no evidence shows are numbers of our own in
// the style of the one that was seen (1201111279).
type Rule struct {
	Name    string
	Status  int    // HTTP status
	Code    string // %s-verbs of code and message are filled per call
	Message string
	Source  string // where the rule, and its text, come from
}

// Error is a refused call. Its text is the body that the gateway would send.
type Error struct {
	Status  int    // HTTP status
	Code    string // e.g. SignatureDoesNotMatch
	Message string
	// Business refusals may arrive as HTTP 200 with Success=false (switch
	// business-refusals); refusals of the gateway never do.
	Business bool
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

// refuse makes the answer of rule r; args fill its message.
func (r Rule) refuse(args ...string) *Error {
	message := r.Message
	if len(args) > 0 {
		verbs := make([]any, len(args))
		for i, a := range args {
			verbs[i] = a
		}
		message = fmt.Sprintf(r.Message, verbs...)
	}
	return &Error{Status: r.Status, Code: r.Code, Message: message, Business: true}
}

// gateway is refuse for a rule of the gateway, whose code names the parameter.
func (r Rule) gateway(param string) *Error {
	e := &Error{Status: r.Status, Code: r.Code, Message: r.Message}
	if param != "" {
		e.Code, e.Message = fmt.Sprintf(r.Code, param), fmt.Sprintf(r.Message, param)
	}
	return e
}

const (
	bad       = http.StatusBadRequest
	forbidden = http.StatusForbidden
	notFound  = http.StatusNotFound
	throttled = http.StatusTooManyRequests
)

// Rules of the gateway.
var (
	ruleMissing          = Rule{"parameter missing", bad, "Missing%[1]s", "%[1]s is mandatory for this action.", "service-behaviour 3, 9 (live)"}
	ruleInvalid          = Rule{"parameter not valid", bad, "Invalid%[1]s", "Specified parameter %[1]s is not valid.", "service-behaviour 3, 9 (live)"}
	ruleUnknownAction    = Rule{"unknown action", notFound, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.", "service-behaviour 9 (live)"}
	ruleVersion          = Rule{"unknown version", bad, "InvalidVersion", "Specified parameter Version is not valid.", "service-behaviour 13 (live)"}
	ruleUnknownKey       = Rule{"unknown access key", notFound, "InvalidAccessKeyId.NotFound", "Specified access key is not found.", "RPC gateway"}
	ruleSignature        = Rule{"wrong signature", bad, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation. server string to sign is:%s", "service-behaviour 10 (SDK)"}
	ruleIncomplete       = Rule{"incomplete signature", bad, "IncompleteSignature", "The request signature does not conform to Aliyun standards. server string to sign is:%s", "service-behaviour 10 (SDK)"}
	ruleSignatureMethod  = Rule{"unknown signature method", bad, "InvalidSignatureMethod", "Specified signature method is not valid.", "RPC gateway"}
	ruleTimestampFormat  = Rule{"timestamp not readable", bad, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.", "RPC gateway"}
	ruleTimestampExpired = Rule{"timestamp too far from now", bad, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", "RPC gateway"}
	ruleNonceUsed        = Rule{"nonce used twice", bad, "SignatureNonceUsed", "Specified signature nonce was used already.", "RPC gateway"}
	ruleTokenMissing     = Rule{"STS key without its token", bad, "MissingSecurityToken", "SecurityToken is mandatory for this action.", "RPC gateway"}
	ruleTokenInvalid     = Rule{"STS token of another key", bad, "InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey.", "RPC gateway"}
	ruleMethod           = Rule{"neither GET nor POST", http.StatusMethodNotAllowed, "UnsupportedHTTPMethod", "This http method is not supported.", "RPC gateway"}
	ruleFormat           = Rule{"format neither JSON nor XML", bad, "UnsupportedFormat", "Specified format is not supported.", "service-behaviour 9"}
	ruleURLTooLong       = Rule{"URL too long", http.StatusRequestURITooLong, "RequestURITooLong", "The length of the URI exceeds the allowed limit.", "service-behaviour 13 (tried)"}
	ruleBodyTooLarge     = Rule{"body too large", http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The request body exceeds the allowed limit.", "RPC gateway"}
	ruleBodyMalformed    = Rule{"body or query not readable", bad, "InvalidParameter", "The specified parameters are not well formatted.", "RPC gateway"}
	ruleInternal         = Rule{"internal error", http.StatusInternalServerError, "InternalError.System", "An internal system error occurred. Try again later.", "reference, error codes"}
	ruleUnauthorized     = Rule{"resource not authorized", forbidden, "ResourceNotAuthorized.Api", "You are not authorized to access the resources.", "reference 4.17"}
	ruleUserMissing      = Rule{"user unknown", http.StatusInternalServerError, "InternalError.UserId.Missing", "An internal system error occurred. Try again later.", "reference, error codes"}
	ruleEdition          = Rule{"edition without OpenAPI", forbidden, "Forbidden.Access", "Access is forbidden. Please first activate DataWorks Enterprise Edition or Flagship Edition.", "reference, error codes"}
	ruleThrottled        = Rule{"too many calls of the level", throttled, "Throttling.Api", "The request for this resource has exceeded your available limit.", "reference, error codes"}
	ruleThrottledDay     = Rule{"too many calls of the day", throttled, "Throttling.Api.Risk", "The request for this resource has exceeded your daily available limit.", "reference, error codes"}
	ruleThrottledSystem  = Rule{"system busy", throttled, "Throttling.System", "The DataWorks system is busy. Try again later.", "reference, error codes"}
	ruleThrottledUser    = Rule{"user too frequent", throttled, "Throttling.User", "Your request is too frequent. Try again later.", "reference, error codes"}
)

// Rules of workspaces.
var (
	ruleProject      = Rule{"unknown project", bad, "Invalid.Tenant.ProjectNotExists", "The project does not exist.", "reference, error codes"}
	ruleNotInProject = Rule{"caller is no member", bad, "Invalid.Tenant.UserNotInProject", "The user is not in the project.", "service-behaviour 9 (live)"}
	ruleConnection   = Rule{"unknown data source", bad, "Invalid.Tenant.ConnectionNotExists", "The connection does not exist.", "reference, error codes"}
	ruleRole         = Rule{"deploying wants a role", forbidden, "Invalid.Tenant.UserIsNotProjectOwnerOrAdmin", "The user is not the owner or an administrator of the project.", "service-behaviour 14 (doc)"}
)

// Rules of DataStudio.
var (
	ruleFile            = Rule{"unknown file", bad, "1201111201", "文件%s不存在", "number of our own"}
	ruleFolder          = Rule{"unknown folder", bad, "1201111202", "目录%s不存在", "number of our own"}
	ruleBusiness        = Rule{"unknown business", bad, "1201111203", "业务流程%s不存在", "number of our own"}
	ruleDeployment      = Rule{"unknown deployment", bad, "1201111204", "发布包%s不存在", "service-behaviour 2 (live)"}
	ruleFileVersion     = Rule{"unknown version of a file", bad, "1201111205", "文件版本%s不存在", "number of our own"}
	ruleFileType        = Rule{"unknown file type", bad, "1201111206", "文件类型%s不存在", "number of our own"}
	rulePath            = Rule{"path grammar", bad, "1201111207", "不合法的目录路径：%s", "service-behaviour 1 (live)"}
	ruleEngine          = Rule{"type against engine folder", bad, "1201111208", "文件类型%s不能创建在目录%s下", "service-behaviour 3"}
	ruleFileName        = Rule{"duplicate file name", bad, "1201111209", "文件名%s已存在", "service-behaviour 3"}
	ruleBusinessName    = Rule{"duplicate business name", bad, "1201111210", "业务流程名称%s已存在", "reference 4.3"}
	ruleFolderName      = Rule{"duplicate folder name", bad, "1201111211", "目录%s已存在", "number of our own"}
	ruleName            = Rule{"name not allowed", bad, "1201111212", "名称不合法：%s", "number of our own"}
	ruleCronSyntax      = Rule{"cron not readable", bad, "1201111213", "cron表达式不合法：%s", "reference 4.1"}
	ruleCronGap         = Rule{"cron below five minutes", bad, "1201111214", "cron表达式不合法，最短调度间隔时间为5分钟：%s", "reference 4.1"}
	ruleCronEarly       = Rule{"cron before 00:05", bad, "1201111215", "cron表达式不合法，每天最早调度时间为0点5分：%s", "reference 4.1"}
	ruleDependentNodes  = Rule{"more than ten dependent nodes", bad, "1201111216", "One file could not have more than 10 dependent cloud uuids", "service-behaviour 3 (doc)"}
	ruleDependentNode   = Rule{"unknown dependent node", bad, "1201111235", "依赖的节点%s不存在", "number of our own, switch dependent-nodes"}
	ruleNoChange        = Rule{"update changes nothing", bad, "1201111217", "invalid: 参数%s与原有配置相同", "reference 4.15"}
	ruleResourceGroup   = Rule{"unknown resource group", bad, "1201111218", "资源组%s不存在", "number of our own"}
	ruleOutputTaken     = Rule{"output belongs to another node", bad, "1201111219", "输出名%s已被其他节点使用", "service-behaviour 3, 14"}
	ruleNoInputOutput   = Rule{"submit without inputs or outputs", bad, "1201111220", "输入输出不能为空", "service-behaviour 5 (live)"}
	ruleParentMissing   = Rule{"submit before a parent", bad, "1201111221", "父节点输出名:%s 不存在，不能提交本节点", "service-behaviour 5 (live)"}
	ruleSubmitting      = Rule{"submit while one is running", bad, "1201111222", "文件%s正在提交中", "number of our own"}
	ruleNotSubmittable  = Rule{"file of this module cannot be submitted", bad, "1201111223", "文件%s不支持提交", "number of our own"}
	ruleNothingToSubmit = Rule{"nothing changed since the last submit", bad, "1201111224", "文件%s没有变更，无需提交", "service-behaviour 5"}
	ruleNotDeployable   = Rule{"no version to deploy", bad, "1201111279", "文件%s没有可发布的版本", "service-behaviour 13 (live, the code)"}
	ruleDeploying       = Rule{"deploy while one is running", bad, "1201111225", "文件%s正在发布中", "number of our own"}
	ruleChecking        = Rule{"deploy before the check has passed", bad, "1201111226", "文件%s的发布检查未通过", "reference 4.14"}
	ruleHasChildren     = Rule{"delete a node with descendants", bad, "1201111227", "The node fails to be deleted or undeployed because the node has descendant nodes: %s", "service-behaviour 6 (doc)"}
	ruleNotEmpty        = Rule{"delete what is not empty", bad, "1201111228", "目录%s不为空，不能删除", "service-behaviour 6 (live, L)"}
	ruleDeletionWaits   = Rule{"name of a deletion that waits", bad, "1201111229", "The %s file is not deployed to the production environment or the node deletion operation is being deployed on the Deploy page", "service-behaviour 6 (doc)"}
	ruleParameters      = Rule{"context parameters not readable", bad, "1201111230", "参数%s不是合法的JSON", "reference 4.1"}
	ruleFixedFolder     = Rule{"folder of the service itself", bad, "1201111231", "目录%s不能修改", "number of our own"}
	ruleByFunctionCall  = Rule{"functions have their own calls", bad, "1201111232", "函数%s请通过CreateUdfFile或UpdateUdfFile操作", "filetypes: 17 is made by CreateUdfFile"}
	ruleTableFile       = Rule{"tables are no files", bad, "1201111233", "表类型%s不能通过该接口创建", "filetypes: 16"}
	ruleResource        = Rule{"function before its resources", bad, "1201111234", "资源%s不存在或未提交", "service-behaviour 5 (live)"}
	ruleDIParameter     = Rule{"data integration parameter", bad, "Invalid.DI.Parameter", "The parameter is invalid.", "reference 5.1"}
	ruleDIExisted       = Rule{"duplicate data integration task", bad, "Invalid.DI.Parameter.File.Existed", "The file name already exists.", "reference 5.1"}
	ruleDIPrivilege     = Rule{"data integration without a role", forbidden, "Forbidden.DI.NoPrivilege", "No access.", "reference 5.1"}
	ruleDIInternal      = Rule{"data integration internal error", http.StatusInternalServerError, "InternalError.DI.Parameter", "A DI internal error occurred.", "reference 5.1; by faults only"}
	ruleThrottledRes    = Rule{"resource throttled", throttled, "Throttling.Resource", "The request for this resource has exceeded your available limit.", "service-behaviour 9; by faults only"}
	ruleTableGUID       = Rule{"table GUID", bad, "InvalidParameter.Meta.GuidFormat", "The format of the table guid is invalid.", "service-behaviour 9 (live)"}
	ruleNode            = Rule{"unknown node", bad, "InvalidNodeId", "Specified parameter NodeId is not valid.", "service-behaviour 9 (live)"}
)

// Rules lists every rule: those of the gateway, of workspaces, of DataStudio.
func Rules() []Rule {
	return []Rule{
		ruleMissing, ruleInvalid, ruleUnknownAction, ruleVersion, ruleUnknownKey, ruleSignature,
		ruleIncomplete, ruleSignatureMethod, ruleTimestampFormat, ruleTimestampExpired, ruleNonceUsed, ruleTokenMissing,
		ruleTokenInvalid, ruleMethod, ruleFormat, ruleURLTooLong, ruleBodyTooLarge, ruleBodyMalformed,
		ruleInternal, ruleUnauthorized, ruleUserMissing, ruleEdition, ruleThrottled, ruleThrottledDay,
		ruleThrottledSystem, ruleThrottledUser, ruleProject, ruleNotInProject, ruleConnection, ruleRole,
		ruleFile, ruleFolder, ruleBusiness, ruleDeployment, ruleFileVersion, ruleFileType,
		rulePath, ruleEngine, ruleFileName, ruleBusinessName, ruleFolderName, ruleName,
		ruleCronSyntax, ruleCronGap, ruleCronEarly, ruleDependentNodes, ruleDependentNode, ruleNoChange, ruleResourceGroup,
		ruleOutputTaken, ruleNoInputOutput, ruleParentMissing, ruleSubmitting, ruleNotSubmittable, ruleNothingToSubmit,
		ruleNotDeployable, ruleDeploying, ruleChecking, ruleHasChildren, ruleNotEmpty, ruleDeletionWaits,
		ruleParameters, ruleFixedFolder, ruleByFunctionCall, ruleTableFile, ruleResource, ruleDIParameter,
		ruleDIExisted, ruleDIPrivilege, ruleDIInternal, ruleThrottledRes, ruleTableGUID, ruleNode,
	}
}
