package dataworks

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// rawFile is GetFile.Data: the file and its node configuration, by the API's names. They are read by model.Fields, so that a field is described once.
type rawFile struct {
	File              map[string]json.RawMessage
	NodeConfiguration map[string]json.RawMessage
	// HasDownload tells that the file is a resource which was uploaded: GetFile gives a link to it.
	HasDownload bool
}

// value gives what the service says under the name of a field's parameter.
func (d rawFile) value(spec model.Spec) json.RawMessage {
	if strings.HasPrefix(string(spec.Field), "nodeConfiguration.") {
		return d.NodeConfiguration[spec.Parameter]
	}
	return d.File[spec.Parameter]
}

func (d rawFile) configuration(name string, out json.Unmarshaler) error {
	return decodeField(d.NodeConfiguration[name], name, out)
}

func decodeField(raw json.RawMessage, name string, out any) error {
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// readForm fills the object's fields from what GetFile says, in normal form. Outputs that the service gave the file by itself come apart.
func (c *Client) readForm(ctx context.Context, d rawFile, o *model.Object, node model.NodeID) (autoOutputs []string, err error) {
	for _, spec := range model.Fields(o.Key.Kind) {
		if spec.InContent {
			continue
		}
		switch spec.Field {
		case model.FieldContent:
			err = readContent(d, o)
		case model.FieldUploaded:
			// readContent knows.
		case model.FieldSchedulerType:
			err = readSchedulerType(d, o)
		case model.FieldResourceGroup:
			err = c.readResourceGroup(ctx, d, o, node)
		case model.FieldStartEffectDate:
			err = readDate(d, o, spec, readStart)
		case model.FieldEndEffectDate:
			err = readDate(d, o, spec, readEnd)
		case model.FieldDependentNodeIDList:
			err = readNodeList(d, o, spec)
		case model.FieldInputList:
			err = readItems(d, o, spec, func(r ioRow) model.Item { return r.item(r.Input) })
		case model.FieldOutputList:
			autoOutputs, err = c.readOutputs(ctx, d, o, spec)
		case model.FieldInputParameters:
			err = readItems(d, o, spec, func(r inputParameter) model.Item {
				return model.NewItem(string(r.ParameterName), string(r.ValueSource))
			})
		case model.FieldOutputParameters:
			err = readItems(d, o, spec, func(r outputParameter) model.Item {
				return model.NewItem(string(r.ParameterName), string(r.Type), string(r.Value), string(r.Description))
			})
		default:
			err = readScalar(d, o, spec)
		}
		if err != nil {
			return nil, err
		}
	}
	return autoOutputs, nil
}

// readContent reads what GetFile shows as the file's content: a text, a function's form as JSON, or, of a resource that is no text, nothing to rely on.
func readContent(d rawFile, o *model.Object) error {
	var stored text
	if err := decodeField(d.File["Content"], "Content", &stored); err != nil {
		return err
	}
	switch {
	case o.Key.Kind == model.KindFunction:
		content.ReadFunction(o, string(stored))
	case o.Key.Type.Info().Binary:
	case o.Key.Kind == model.KindResource && stored == "" && (d.HasDownload || o.Key.Type.Info().Elsewhere):
		o.Set(model.FieldUploaded, model.BoolValue(true))
	case o.Key.Kind == model.KindNode:
		content.SetStored(o, string(stored))
	default:
		o.Set(model.FieldContent, model.TextValue(string(stored)))
	}
	return nil
}

func readScalar(d rawFile, o *model.Object, spec model.Spec) error {
	var err error
	raw := d.value(spec)
	var t text
	switch spec.Shape {
	case model.ShapeBool:
		// Absent is not false: it is the documented default.
		if err = decodeField(raw, spec.Parameter, &t); err == nil && t != "" {
			var f flag
			err = decodeField(raw, spec.Parameter, &f)
			t = text(strconv.FormatBool(bool(f)))
		}
	case model.ShapeNumber:
		if err = decodeField(raw, spec.Parameter, &t); err == nil && t != "" {
			var n integer
			err = decodeField(raw, spec.Parameter, &n)
			t = text(strconv.FormatInt(int64(n), 10))
		}
	default:
		err = decodeField(raw, spec.Parameter, &t)
	}
	o.Set(spec.Field, model.TextValue(string(t)))
	return err
}

// readSchedulerType reads schedulerType and Stop as one: a node that is stopped is paused, whatever else it is.
func readSchedulerType(d rawFile, o *model.Object) error {
	var scheduler text
	var stop flag
	if err := d.configuration("SchedulerType", &scheduler); err != nil {
		return err
	}
	if err := d.configuration("Stop", &stop); err != nil {
		return err
	}
	if stop {
		scheduler = model.SchedulerPaused
	}
	o.Set(model.FieldSchedulerType, model.TextValue(string(scheduler)))
	return nil
}

func readDate(d rawFile, o *model.Object, spec model.Spec, read func(int64) int64) error {
	var ms integer
	if err := decodeField(d.value(spec), spec.Parameter, &ms); err != nil {
		return err
	}
	o.Set(spec.Field, model.NumberValue(read(int64(ms))))
	return nil
}

// readNodeList reads a list of node ids, which the API writes with commas between.
func readNodeList(d rawFile, o *model.Object, spec model.Spec) error {
	var t text
	if err := decodeField(d.value(spec), spec.Parameter, &t); err != nil {
		return err
	}
	var items []model.Item
	for id := range strings.SplitSeq(string(t), ",") {
		if id = strings.TrimSpace(id); id != "" {
			items = append(items, model.NewItem(id))
		}
	}
	o.Set(spec.Field, model.SetValue(items...))
	return nil
}

type ioRow struct {
	Input     text
	Output    text
	ParseType text
}

// item keeps of the ParseType only whether the service parsed the entry from the code; all else was entered by somebody.
func (r ioRow) item(name text) model.Item {
	if r.ParseType == model.ParseTypeAuto {
		return model.NewItem(string(name), model.ParseTypeAuto)
	}
	return model.NewItem(string(name))
}

type inputParameter struct {
	ParameterName text
	ValueSource   text
}

type outputParameter struct {
	ParameterName text
	// Type is 1, 2 or 3, as a number or a string.
	Type        text
	Value       text
	Description text
}

func readItems[R any](d rawFile, o *model.Object, spec model.Spec, item func(R) model.Item) error {
	var rows []R
	if err := decodeField(d.value(spec), spec.Parameter, &rows); err != nil {
		return err
	}
	items := make([]model.Item, 0, len(rows))
	for _, row := range rows {
		i := item(row)
		if i.Name() == "" {
			return fmt.Errorf("%s: an entry without a name", spec.Parameter)
		}
		items = append(items, i)
	}
	o.Set(spec.Field, model.SetValue(items...))
	return nil
}

// readOutputs reads the outputs and sets those apart that the service gave the file by itself: `<project>.<number>_out` is unique in the world, can be
// neither changed nor deleted, and differs from workspace to workspace, so that it is no part of the form.
func (c *Client) readOutputs(ctx context.Context, d rawFile, o *model.Object, spec model.Spec) ([]string, error) {
	if err := readItems(d, o, spec, func(r ioRow) model.Item { return r.item(r.Output) }); err != nil {
		return nil, err
	}
	all := o.Get(spec.Field).Items
	if len(all) == 0 {
		return nil, nil
	}
	project, err := c.Project(ctx)
	if err != nil {
		return nil, err
	}
	var auto []string
	var kept []model.Item
	for _, item := range all {
		if isAutoOutput(project.Identifier, item.Name()) {
			auto = append(auto, item.Name())
		} else {
			kept = append(kept, item)
		}
	}
	o.Set(spec.Field, model.SetValue(kept...))
	return auto, nil
}

func isAutoOutput(project, output string) bool {
	rest, ok := strings.CutPrefix(output, project+".")
	number, isOut := strings.CutSuffix(rest, "_out")
	return ok && isOut && isNumber(number)
}

func (c *Client) readResourceGroup(ctx context.Context, d rawFile, o *model.Object, node model.NodeID) error {
	var number text
	if err := d.configuration("ResourceGroupId", &number); err != nil {
		return err
	}
	if number.id() == "" {
		return nil
	}
	group, err := c.resourceGroup(ctx, number.id(), node)
	o.Set(model.FieldResourceGroup, model.TextValue(group))
	return err
}
