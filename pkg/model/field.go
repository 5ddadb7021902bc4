package model

import "slices"

// Field names a field of an object as the tree's YAML spells it, with its place: "nodeConfiguration.cronExpress".
type Field string

const (
	FieldContent          Field = "content"
	FieldFileDescription  Field = "fileDescription"
	FieldOwner            Field = "owner"
	FieldConnectionName   Field = "connectionName"
	FieldAutoParsing      Field = "autoParsing"
	FieldAdvancedSettings Field = "advancedSettings"

	FieldAutoRerunTimes                  Field = "nodeConfiguration.autoRerunTimes"
	FieldAutoRerunIntervalMillis         Field = "nodeConfiguration.autoRerunIntervalMillis"
	FieldRerunMode                       Field = "nodeConfiguration.rerunMode"
	FieldParaValue                       Field = "nodeConfiguration.paraValue"
	FieldStartEffectDate                 Field = "nodeConfiguration.startEffectDate"
	FieldEndEffectDate                   Field = "nodeConfiguration.endEffectDate"
	FieldCronExpress                     Field = "nodeConfiguration.cronExpress"
	FieldDependentType                   Field = "nodeConfiguration.dependentType"
	FieldDependentNodeIDList             Field = "nodeConfiguration.dependentNodeIdList"
	FieldSchedulerType                   Field = "nodeConfiguration.schedulerType"
	FieldStartImmediately                Field = "nodeConfiguration.startImmediately"
	FieldApplyScheduleImmediately        Field = "nodeConfiguration.applyScheduleImmediately"
	FieldIgnoreParentSkipRunningProperty Field = "nodeConfiguration.ignoreParentSkipRunningProperty"
	FieldTimeout                         Field = "nodeConfiguration.timeout"
	FieldImageID                         Field = "nodeConfiguration.imageId"
	FieldResourceGroup                   Field = "nodeConfiguration.resourceGroup"
	FieldInputList                       Field = "nodeConfiguration.inputList"
	FieldOutputList                      Field = "nodeConfiguration.outputList"
	FieldInputParameters                 Field = "nodeConfiguration.inputParameters"
	FieldOutputParameters                Field = "nodeConfiguration.outputParameters"

	// FieldEnvelope is what surrounds the code in the content of a node whose type has an envelope, as compact JSON; empty where the content is stored as it
	// stands. pkg/content takes a stored content apart into FieldContent, FieldEnvelope and FieldEnvelopeLayout, and puts it together.
	FieldEnvelope Field = "envelope"
	// FieldEnvelopeLayout is how the service has the JSON of the envelope laid out. It is kept, so that content survives byte for byte, and never compared.
	FieldEnvelopeLayout Field = "envelopeLayout"

	// FieldUploaded is that of a resource.
	FieldUploaded Field = "uploaded"

	// These are the fields of a function's form in DataStudio, named as the parameters of CreateUdfFile.
	FieldFunctionType         Field = "functionType"
	FieldClassName            Field = "className"
	FieldResources            Field = "resources"
	FieldUdfDescription       Field = "udfDescription"
	FieldCmdDescription       Field = "cmdDescription"
	FieldParameterDescription Field = "parameterDescription"
	FieldReturnValue          Field = "returnValue"
	FieldExample              Field = "example"

	// FieldDescription and FieldUseType are those of a business.
	FieldDescription Field = "description"
	FieldUseType     Field = "useType"
)

// IsOfEnvelope tells whether a field travels with the code as a part of one content.
func (f Field) IsOfEnvelope() bool { return f == FieldEnvelope || f == FieldEnvelopeLayout }

// Shape is how a field's value looks.
type Shape int

const (
	// ShapeText is one string, kept byte for byte.
	ShapeText Shape = iota
	// ShapeBool is "true" or "false".
	ShapeBool
	// ShapeNumber is a decimal integer without leading zeros.
	ShapeNumber
	// ShapeSet is a set of items, sorted, without duplicates.
	ShapeSet
	// ShapeJSON is one JSON object as compact text. The tree shows it as YAML.
	ShapeJSON
)

// Spec is what there is to know of a field. It is the single list that tree, diff, push and documentation are driven by.
type Spec struct {
	Field Field
	Shape Shape
	// Parts names the parts of an item of a set, as YAML keys. A set whose items have only their first part is written as plain strings.
	Parts []string
	// Enum lists the values that the reference knows; empty if any is legal.
	Enum []string
	// Min and Max bound a number; both 0 means not bounded.
	Min, Max int64
	// Default is the value that an absent key means. It belongs to format version 1 of dwsync.yaml and never changes within it.
	Default string
	// ServiceFilled fields have no default: absent means that dwsync does not manage them.
	ServiceFilled bool
	// AfterCreate fields are not taken by the create call and follow by an update (CreateFile has no OutputList).
	AfterCreate bool
	// InContent fields have no place of their own in GetFile: the service keeps them in the file's content, where pkg/content reads them.
	InContent bool
	// Parameter is the API parameter of Create and Update that carries the field; "" if none does.
	Parameter string
}

var rerunModes = []string{"ALL_ALLOWED", "FAILURE_ALLOWED", "ALL_DENIED"}
var dependentTypes = []string{"NONE", "SELF", "CHILD", "USER_DEFINE", "USER_DEFINE_AND_SELF", "CHILD_AND_SELF"}
var schedulerTypes = []string{"NORMAL", "MANUAL", SchedulerPaused, "SKIP"}

// SchedulerPaused is the scheduler type of a node that does not run: in the tree it stands for Stop, too.
const SchedulerPaused = "PAUSE"

// The values of FieldEnvelopeLayout.
const (
	LayoutCompact = "compact"
	// LayoutIndented has each value on a line of its own, indented by two blanks, as the vendor's own tools write it.
	LayoutIndented = "indented"
)

// envelopeSpecs travel inside of Content, together with the code.
var envelopeSpecs = []Spec{
	{Field: FieldEnvelope, Shape: ShapeJSON, InContent: true, Parameter: "Content"},
	{Field: FieldEnvelopeLayout, Enum: []string{LayoutCompact, LayoutIndented}, Default: LayoutCompact, InContent: true},
}

// contentSpec is that of the kinds whose content is one text.
var contentSpec = Spec{Field: FieldContent, Parameter: "Content"}

var fileSpecs = []Spec{
	{Field: FieldFileDescription, Parameter: "FileDescription"},
	{Field: FieldOwner, ServiceFilled: true, Parameter: "Owner"},
}

// nodeSpecs: CreateFile 4.1, UpdateFile 4.15, GetFile 4.18. The reference names limits and enums; where it names no default, the neutral value is
// the default and a create sends it, so that what the service would fill in does not matter.
var nodeSpecs = []Spec{
	{Field: FieldConnectionName, ServiceFilled: true, Parameter: "ConnectionName"},
	{Field: FieldAutoParsing, Shape: ShapeBool, Default: "true", Parameter: "AutoParsing"},
	{Field: FieldAdvancedSettings, Parameter: "AdvancedSettings"},
	{Field: FieldCronExpress, Parameter: "CronExpress"},
	{Field: FieldParaValue, Parameter: "ParaValue"},
	{Field: FieldSchedulerType, Enum: schedulerTypes, Default: "NORMAL", Parameter: "SchedulerType"},
	{Field: FieldStartEffectDate, Shape: ShapeNumber, Max: maxDate, Default: "0", Parameter: "StartEffectDate"},
	{Field: FieldEndEffectDate, Shape: ShapeNumber, Max: maxDate, Default: "0", Parameter: "EndEffectDate"},
	{Field: FieldAutoRerunTimes, Shape: ShapeNumber, Max: 10, Default: "0", Parameter: "AutoRerunTimes"},
	{Field: FieldAutoRerunIntervalMillis, Shape: ShapeNumber, Max: 1800000, Default: "0", Parameter: "AutoRerunIntervalMillis"},
	{Field: FieldRerunMode, Enum: rerunModes, Default: "ALL_ALLOWED", Parameter: "RerunMode"},
	{Field: FieldTimeout, Shape: ShapeNumber, Max: 168, Default: "0", Parameter: "Timeout"},
	{Field: FieldDependentType, Enum: dependentTypes, Default: "NONE", Parameter: "DependentType"},
	{Field: FieldDependentNodeIDList, Shape: ShapeSet, Parts: []string{"node"}, Parameter: "DependentNodeIdList"},
	{Field: FieldStartImmediately, Shape: ShapeBool, Default: "false", Parameter: "StartImmediately"},
	{Field: FieldApplyScheduleImmediately, Shape: ShapeBool, Default: "false", Parameter: "ApplyScheduleImmediately"},
	{Field: FieldIgnoreParentSkipRunningProperty, Shape: ShapeBool, Default: "false", Parameter: "IgnoreParentSkipRunningProperty"},
	{Field: FieldImageID, Parameter: "ImageId"},
	{Field: FieldResourceGroup, ServiceFilled: true, Parameter: "ResourceGroupIdentifier"},
	{Field: FieldInputList, Shape: ShapeSet, Parts: []string{"input", "parseType"}, Parameter: "InputList"},
	{Field: FieldOutputList, Shape: ShapeSet, Parts: []string{"output", "parseType"}, AfterCreate: true, Parameter: "OutputList"},
	{Field: FieldInputParameters, Shape: ShapeSet, Parts: []string{"parameterName", "valueSource"}, Parameter: "InputParameters"},
	{Field: FieldOutputParameters, Shape: ShapeSet, Parts: []string{"parameterName", "type", "value", "description"}, Parameter: "OutputParameters"},
}

var businessSpecs = []Spec{
	{Field: FieldDescription, Parameter: "Description"},
	{Field: FieldOwner, ServiceFilled: true, Parameter: "Owner"},
}

// maxDate is 9999-12-31 in ms: the service's way to say "without end" starts in the year 9999.
const maxDate = 253402300799999

// Fields gives the fields of a kind, in the order in which the tree writes them; content is last.
func Fields(k Kind) []Spec { return slices.Clone(specsOf(k)) }

// FieldSpec gives the spec of one field of a kind.
func FieldSpec(k Kind, f Field) (Spec, bool) {
	for _, s := range specsOf(k) {
		if s.Field == f {
			return s, true
		}
	}
	return Spec{}, false
}

func specsOf(k Kind) []Spec {
	switch k {
	case KindBusiness:
		return businessSpecs
	case KindNode:
		return allNodeSpecs
	case KindResource:
		return resourceSpecs
	case KindFunction:
		return functionSpecs
	default:
		return nil
	}
}

var allNodeSpecs = slices.Concat(fileSpecs, nodeSpecs, envelopeSpecs, []Spec{contentSpec})
