package emulator

import "strings"

func resourceActions() []Action {
	return []Action{
		{Name: "CreateResourceFile", Level: 2, Write: true, Scope: byID, handle: createResourceFile,
			Params: []Param{long("ProjectId").required(), str("FileName").required(), str("FileFolderPath").required(), integer("FileType").required(),
				str("OriginResourceName").required(), boolean("RegisterToCalcEngine").required(), str("Content"), str("FileDescription"), str("Owner"),
				str("ResourceFile"), str("StorageURL"), boolean("UploadMode")}},
	}
}

// createResourceFile makes a resource of a text (Content) or of a file that was
// uploaded before (ResourceFile, StorageURL). Its answer has neither Success
// nor HttpStatusCode.
func createResourceFile(c *call) (fields, *Error) {
	kind := c.number("FileType")
	t, known := typeOf(kind)
	if !known || t.category != resource {
		return nil, ruleFileType.refuse(c.text("FileType"))
	}
	if !strings.Contains(c.text("FileName"), ".") {
		return nil, ruleName.refuse(c.text("FileName")) // a resource carries its extension
	}
	answer, failure := c.saveNew(kind)
	if failure != nil {
		return nil, failure
	}
	return answer[2:], nil
}

// asResource gives a file what only resources have.
func (c *call) asResource(f *file) {
	f.Upload = &upload{OriginName: c.text("OriginResourceName"), ResourceFile: c.text("ResourceFile"), StorageURL: c.text("StorageURL"), UploadMode: c.flag("UploadMode"), Register: true}
	if f.Upload.OriginName == "" {
		f.Upload.OriginName = f.Name
	}
	if c.params["RegisterToCalcEngine"] != "" {
		f.Upload.Register = c.flag("RegisterToCalcEngine")
	}
}
