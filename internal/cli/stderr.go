package cli

import (
	"io"
	"sync"
)

// lockedWriter writes whole lines of many goroutines one after another: events, calls and notes all go to stderr.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
