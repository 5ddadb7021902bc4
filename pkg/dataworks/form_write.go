package dataworks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dwsync/dwsync/pkg/content"
	"github.com/dwsync/dwsync/pkg/model"
)

// createParameters are the form's parameters of CreateFile or CreateUdfFile: every field that the call takes, defaults too, so that what the service would fill in does
// not matter. Left out are service-filled fields that are not managed, and what is empty: an object that does not exist yet has nothing to clear.
func createParameters(o model.Object) (map[string]string, error) {
	params := map[string]string{}
	for _, spec := range model.Fields(o.Key.Kind) {
		if spec.AfterCreate || spec.Parameter == "" || spec.ServiceFilled && !o.Has(spec.Field) || isEmpty(spec.Field, o.Get(spec.Field)) {
			continue
		}
		if err := addParameter(params, o, spec, nil); err != nil {
			return nil, err
		}
	}
	return params, nil
}

func isEmpty(f model.Field, v model.Value) bool {
	return v.IsZero() || (f == model.FieldStartEffectDate || f == model.FieldEndEffectDate) && v.Text == "0"
}

// updateParameters are the form's parameters of UpdateFile: exactly the named fields, an empty one too, which clears it.
func updateParameters(o model.Object, fields []model.Field, ownOutputs []string) (map[string]string, error) {
	params := map[string]string{}
	for _, f := range fields {
		if parameter, isPlace := placeParameters[f]; isPlace {
			params[parameter] = o.Text(f)
			continue
		}
		spec, ok := model.FieldSpec(o.Key.Kind, f)
		if !ok || spec.Parameter == "" {
			return nil, fmt.Errorf("no parameter carries the field %s of a %s", f, o.Key.Kind)
		}
		if err := addParameter(params, o, spec, ownOutputs); err != nil {
			return nil, err
		}
	}
	return params, nil
}

// placeParameters are the parameters of UpdateFile that rename and move a file (service-behaviour, section 4).
var placeParameters = map[model.Field]string{model.FieldFolder: "FileFolderPath", model.FieldName: "FileName"}

// addParameter writes one field as the API wants it.
func addParameter(params map[string]string, o model.Object, spec model.Spec, ownOutputs []string) error {
	v := o.Get(spec.Field)
	sent := v.Text
	var err error
	switch spec.Field {
	case model.FieldContent, model.FieldEnvelope:
		// The two are one parameter.
		sent = content.Stored(o)
	case model.FieldSchedulerType:
		params["Stop"] = strconv.FormatBool(v.Text == model.SchedulerPaused)
	case model.FieldCronExpress:
		if v.Text != "" {
			params["CycleType"] = cycleType(v.Text)
		}
	case model.FieldEndEffectDate:
		sent = sendEnd(v.Text)
	case model.FieldResourceGroup:
		if strings.HasPrefix(v.Text, model.NumberedGroup) {
			err = fmt.Errorf("%s: the resource group %s is known by its number only and cannot be set; write its identifier, or leave the key out", spec.Field, v.Text)
		}
	case model.FieldInputList, model.FieldDependentNodeIDList, model.FieldResources:
		sent, err = commaList(spec.Field, v.Names())
	case model.FieldOutputList:
		// An update replaces the list; the file's own outputs must stay in it.
		sent, err = commaList(spec.Field, append(v.Names(), ownOutputs...))
	case model.FieldInputParameters:
		sent, err = jsonList(v.Items, func(i model.Item) any { return sentInput{i[0], i[1]} })
	case model.FieldOutputParameters:
		sent, err = jsonList(v.Items, func(i model.Item) any { return sentOutput{i[0], i[1], i[2], i[3]} })
	}
	params[spec.Parameter] = sent
	return err
}

// commaList joins names with commas, each once. A name that holds a comma cannot be said to the API.
func commaList(f model.Field, names []string) (string, error) {
	names = slices.Clone(names)
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range names {
		if name == "" || strings.Contains(name, ",") || strings.TrimSpace(name) != name {
			return "", fmt.Errorf("%s: %q cannot be sent, since the API separates the entries with commas", f, name)
		}
	}
	return strings.Join(names, ","), nil
}

type sentInput struct {
	ParameterName string
	ValueSource   string
}

type sentOutput struct {
	ParameterName string
	Type          string
	Value         string
	Description   string
}

// jsonList writes parameters as the JSON text that the API takes, without escaping what HTML minds.
func jsonList(items []model.Item, row func(model.Item) any) (string, error) {
	rows := make([]any, len(items))
	for i, item := range items {
		rows[i] = row(item)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(rows); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
