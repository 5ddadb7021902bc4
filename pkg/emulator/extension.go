package emulator

func extensionActions() []Action { return nil }

func (c *call) startCheck(*deployment, int64) {}
