package emulator

func udfActions() []Action { return nil }

// udfContent is the content of a function's file (service-behaviour 7).
type udfContent struct {
	Name         string `json:"name"`
	FunctionType string `json:"functionType"`
	ClassName    string `json:"className"`
	Resources    string `json:"resources"`
	Description  string `json:"description"`
	CmdDesc      string `json:"cmdDesc"`
	ParamDesc    string `json:"paramDesc"`
	ReturnValue  string `json:"returnValue"`
	Example      string `json:"example"`
}

func (c *call) checkResources(*file) *Error { return nil }

func (c *call) parseCode(f *file) *file { return f }
