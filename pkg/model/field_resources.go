package model

import (
	"slices"
	"strings"
)

// TypeFunction is the type of MaxCompute functions, the only ones that the API can make (CreateUdfFile has no FileType).
const TypeFunction FileType = 17

// TypeIntegration is the type of offline data integration tasks, which have calls of their own (CreateDISyncTask 5.1, UpdateDISyncTask).
const TypeIntegration FileType = 23

// FollowsCreate tells whether a create call may leave the field of this object to a later update: because it does not take it, or, of a data integration
// task, because CreateDISyncTask takes the content only.
func (k Key) FollowsCreate(f Field) bool {
	spec, _ := FieldSpec(k.Kind, f)
	return spec.AfterCreate || k.Type == TypeIntegration && f != FieldContent
}

// GivenByCreate tells whether the service may have put a value into a new object by itself, where the create call leaves the field to a later update: what is
// filled where nothing is sent, and the parameters of a data integration task (service-behaviour, section 2).
func (k Key) GivenByCreate(f Field, v Value) bool {
	spec, _ := FieldSpec(k.Kind, f)
	return spec.ServiceFilled || k.Type == TypeIntegration && f == FieldParaValue && v.Text == "bizdate=$bizdate"
}

// IsNamedAfter tells whether an output is the one that the service gives a new node by its name, <identifier>.<name>.
func (k Key) IsNamedAfter(output string) bool {
	_, name, found := strings.Cut(output, ".")
	return found && name == k.Name
}

// connectionSpec is the engine that a resource or function belongs to.
var connectionSpec = Spec{Field: FieldConnectionName, ServiceFilled: true, Parameter: "ConnectionName"}

// resourceSpecs: CreateFile 4.1, UpdateFile 4.15, GetFile 4.18. Of a resource that was uploaded as a file GetFile gives no content but a link
// (ResourceDownloadLink.downloadLink; newer metadata, the example is http://xx). Where it leads, how long it holds and whether it wants a login is documented
// nowhere, and UpdateFile could not send the bytes back: the link is never followed, and only the fact is kept.
var resourceSpecs = slices.Concat(fileSpecs, []Spec{
	connectionSpec,
	{Field: FieldUploaded, Shape: ShapeBool, Default: "false"},
	contentSpec,
})

// functionSpecs: CreateUdfFile 4.2, UpdateUdfFile 4.21, and UpdateFile 4.15 for what these two do not take. GetFile gives most of it as JSON in Content
// (service-behaviour, section 7). The field content is what of that JSON no parameter carries: unknown keys, or all of it where it is none.
var functionSpecs = []Spec{
	{Field: FieldFileDescription, AfterCreate: true, Parameter: "FileDescription"},
	{Field: FieldOwner, ServiceFilled: true, AfterCreate: true, Parameter: "Owner"},
	{Field: FieldConnectionName, ServiceFilled: true, AfterCreate: true, Parameter: "ConnectionName"},
	{Field: FieldFunctionType, InContent: true, Parameter: "FunctionType"},
	{Field: FieldClassName, InContent: true, Parameter: "ClassName"},
	{Field: FieldResources, Shape: ShapeSet, Parts: []string{"resource"}, InContent: true, Parameter: "Resources"},
	{Field: FieldUdfDescription, InContent: true, Parameter: "UdfDescription"},
	{Field: FieldCmdDescription, InContent: true, Parameter: "CmdDescription"},
	{Field: FieldParameterDescription, InContent: true, Parameter: "ParameterDescription"},
	{Field: FieldReturnValue, InContent: true, Parameter: "ReturnValue"},
	{Field: FieldExample, InContent: true, Parameter: "Example"},
	{Field: FieldContent},
}

// FunctionTypes are the values of FunctionType that the reference knows (4.2). The workspace may hold others, so that the spec lists none.
func FunctionTypes() []string {
	return []string{"MATH", "AGGREGATE", "STRING", "DATE", "ANALYTIC", "OTHER"}
}

// HasText tells whether the API gives and takes the file's content as text. It does not for binary types, and for a resource that was uploaded as a file.
// Functions have fields instead.
func (o Object) HasText() bool {
	return o.Key.Kind == KindNode || o.Key.Kind == KindResource && !o.Key.Type.Info().Binary && o.Text(FieldUploaded) != "true"
}

// NumberedGroup begins the name of a resource group of which only the number is known: it is compared, never sent.
const NumberedGroup = "#"

// groupObstacle says why the resource group of a form cannot be sent.
func groupObstacle(o Object) string {
	if group := o.Text(FieldResourceGroup); strings.HasPrefix(group, NumberedGroup) {
		return "the resource group " + group + " is known by its number only, which the API does not take; write its identifier, or leave the key resourceGroup out"
	}
	return ""
}

// emptyElsewhere is why an empty text of a type that may lie elsewhere is not written: read back, it would be taken for a file that does.
const emptyElsewhere = "the service shows an empty file of this type as it shows one that lies in OSS or HDFS; give it a content, or upload it in DataStudio"

func isEmptyElsewhere(o Object) bool {
	return o.Key.Type.Info().Elsewhere && o.HasText() && o.Text(FieldContent) == ""
}

// CreateObstacle says why no call of the API can make an object of this form; "" if one can.
func CreateObstacle(o Object) string {
	switch {
	case o.Key.IsInner():
		return "the API has no call that puts a file inside a node; make it in DataStudio under this name, then push or pull"
	case o.Key.Kind == KindResource && !o.HasText():
		return "the API cannot carry the bytes of a resource that is no text; upload it in DataStudio under this name"
	case isEmptyElsewhere(o):
		return emptyElsewhere
	case o.Key.Kind == KindFunction && o.Key.Type != TypeFunction:
		return "the API makes MaxCompute functions only, none of type " + o.Key.Type.String() + "; register it in DataStudio"
	case o.Key.Kind == KindFunction && o.Has(FieldContent):
		return "the API has no parameter for what `content` holds; take it out, or register the function in DataStudio"
	default:
		return groupObstacle(o)
	}
}

// UpdateObstacle says why no call of the API can bring a standing object to the form o by changing the fields; "" if one can.
func UpdateObstacle(o Object, fields []Field) string {
	for _, f := range fields {
		spec, _ := FieldSpec(o.Key.Kind, f)
		switch {
		case f == FieldPath, f == FieldFolder, f == FieldName:
		case f == FieldUploaded:
			return "one side holds a text and the other an uploaded file; only DataStudio can turn the one into the other"
		case spec.Parameter == "":
			return "the API has no parameter for what `" + string(f) + "` holds; change it in DataStudio, then pull"
		case o.Key.Kind == KindFunction && spec.InContent && o.Key.Type != TypeFunction:
			return "the API changes MaxCompute functions only, none of type " + o.Key.Type.String() + "; change it in DataStudio, then pull"
		case f == FieldResourceGroup && groupObstacle(o) != "":
			return groupObstacle(o)
		case f == FieldContent && isEmptyElsewhere(o):
			return emptyElsewhere
		case f == FieldContent && !o.HasText():
			return "the API cannot carry the bytes of a resource that is no text; upload it in DataStudio"
		}
	}
	return ""
}
