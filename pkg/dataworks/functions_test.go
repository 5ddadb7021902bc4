package dataworks_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/dwsync/dwsync/pkg/emulator"
	"github.com/dwsync/dwsync/pkg/model"
)

// function is a function's form in which no field has its default.
func function(name string) model.Object {
	o := model.NewObject(model.FileKey(engineFolder, name, model.TypeFunction))
	for f, v := range map[model.Field]model.Value{
		model.FieldFileDescription:      model.TextValue("拼接 & 字符串"),
		model.FieldOwner:                model.TextValue("1000000000001"),
		model.FieldConnectionName:       model.TextValue("odps_first"),
		model.FieldFunctionType:         model.TextValue("STRING"),
		model.FieldClassName:            model.TextValue("concat.Concat"),
		model.FieldResources:            model.SetValue(model.NewItem("concat.py"), model.NewItem("lib.jar")),
		model.FieldUdfDescription:       model.TextValue("把几个字符串\n连接起来"),
		model.FieldCmdDescription:       model.TextValue("StringConcat(String... s)"),
		model.FieldParameterDescription: model.TextValue(`"<s>" & \ 😀`),
		model.FieldReturnValue:          model.TextValue("一个字符串"),
		model.FieldExample:              model.TextValue("StringConcat('a', 'b')"),
	} {
		o.Set(f, v)
	}
	return o
}

// script is a text resource's form.
func script(name string) model.Object {
	o := model.NewObject(model.FileKey(engineFolder, name, 12))
	o.Set(model.FieldContent, model.TextValue("\ufeff# 中文\r\nclass Concat:\n\tpass"))
	o.Set(model.FieldFileDescription, model.TextValue("a script"))
	return o
}

func TestEveryFieldOfResourcesAndFunctionsSurvives(t *testing.T) {
	eachVector(t, func(t *testing.T, o emulator.Options) {
		for _, update := range []string{"keeps", "clears"} {
			switches := map[string]string{"udf-update": update}
			for name, value := range o.Switches {
				switches[name] = value
			}
			c := open(t, emulator.New(emulator.Options{Switches: switches}))
			business(t, c)
			for _, want := range []model.Object{script("concat.py"), function("StringConcat")} {
				id := create(t, c, want)
				expect(t, c, id, want)
				plain := model.NewObject(want.Key)
				for _, spec := range model.Fields(want.Key.Kind) {
					if spec.ServiceFilled || spec.Parameter == "" || isRequired(spec.Field) {
						continue
					}
					for _, form := range []model.Object{plain, want} {
						next := get(t, c, id).Object
						next.Set(spec.Field, form.Get(spec.Field))
						// Twice: an update that changes nothing is success.
						for range 2 {
							if err := c.UpdateFile(t.Context(), id, next, []model.Field{spec.Field}, nil); err != nil {
								t.Fatalf("%s: %v", spec.Field, err)
							}
						}
						expect(t, c, id, next)
					}
				}
			}
		}
	})
}

// isRequired tells whether CreateUdfFile and UpdateUdfFile must have the field.
func isRequired(f model.Field) bool {
	return f == model.FieldFunctionType || f == model.FieldClassName || f == model.FieldResources
}

// An update of a function whose answer was lost is held against the file, not sent again blindly.
func TestAFunctionsUpdateIsRecovered(t *testing.T) {
	s := emulator.New(emulator.Options{Faults: []emulator.Fault{
		{Kind: emulator.FaultReset, After: true, Action: "CreateUdfFile", Times: 1}, {Kind: emulator.FaultReset, After: true, Action: "UpdateUdfFile", Times: 1},
	}})
	c := open(t, s)
	business(t, c)
	want := function("StringConcat")
	id := create(t, c, want)
	want.Set(model.FieldExample, model.TextValue("other"))
	if err := c.UpdateFile(t.Context(), id, want, []model.Field{model.FieldExample}, nil); err != nil {
		t.Fatal(err)
	}
	expect(t, c, id, want)
	if n := s.Calls().ByAction["UpdateUdfFile"]; n != 1 {
		t.Errorf("%d calls of UpdateUdfFile", n)
	}
}

// What GetFile says of files that are no text: nothing of it is taken for a content.
func TestFilesThatAreNoText(t *testing.T) {
	for name, c := range map[string]struct {
		code          model.FileType
		content, link string
		field         model.Field
		want          string
	}{
		"a jar":                           {13, "PK\u0003", "https://oss/x", model.FieldContent, ""},
		"a jar is no upload of a text":    {13, "", "https://oss/x", model.FieldUploaded, "false"},
		"an uploaded file":                {15, "", "https://oss/x", model.FieldUploaded, "true"},
		"a text that can be fetched too":  {15, "text", "https://oss/x", model.FieldContent, "text"},
		"an empty text":                   {15, "", "", model.FieldUploaded, "false"},
		"an empty script":                 {12, "", "", model.FieldUploaded, "false"},
		"a file that lies in OSS":         {232, "", "", model.FieldUploaded, "true"},
		"a file that lies in HDFS":        {275, "", "", model.FieldUploaded, "true"},
		"a text of EMR":                   {232, "a=b", "", model.FieldContent, "a=b"},
		"a jar of EMR":                    {231, "PK\u0003", "", model.FieldContent, ""},
		"a jar of CDH":                    {274, "", "https://oss/x", model.FieldUploaded, "false"},
		"an archive":                      {14, "PK\u0003", "", model.FieldContent, ""},
		"an uploaded script":              {12, "", "https://oss/x", model.FieldUploaded, "true"},
		"a function":                      {17, `{"className":"a.B","name":"f"}`, "", model.FieldClassName, "a.B"},
		"a function with more":            {17, `{"new":{"x":[1,2]},"className":"a.B","example":5}`, "", model.FieldContent, `{"example":5,"new":{"x":[1,2]}}`},
		"a function that is no JSON":      {17, `a.B`, "", model.FieldContent, `a.B`},
		"a function of another engine":    {262, `{"className":"a.B"}`, "", model.FieldContent, `{"className":"a.B"}`},
		"a function with a key twice":     {17, `{"className":"a","className":"b"}`, "", model.FieldContent, `{"className":"a","className":"b"}`},
		"a function, half of a character": {17, `{"className":"\ud800"}`, "", model.FieldContent, `{"className":"\ud800"}`},
	} {
		t.Run(name, func(t *testing.T) {
			client := service(t, func(string, *http.Request, url.Values) (*http.Response, error) {
				body, err := json.Marshal(map[string]any{"Success": true, "Data": map[string]any{
					"File":                 map[string]any{"FileId": 1, "FileName": "f", "FileType": c.code, "Content": c.content, "AbsoluteFolderPath": string(engineFolder)},
					"ResourceDownloadLink": map[string]string{"downloadLink": c.link},
				}})
				if err != nil {
					return nil, err
				}
				return respond(200, string(body))
			})
			file, err := client.GetFile(t.Context(), "1")
			if got := file.Object.Text(c.field); err != nil || got != c.want {
				t.Errorf("%s: got %q, %v; want %q", c.field, got, err, c.want)
			}
		})
	}
}
