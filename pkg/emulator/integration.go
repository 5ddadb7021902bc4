package emulator

func integrationActions() []Action { return nil }
