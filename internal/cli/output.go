package cli

import (
	"io"
	"sync"
)

// lockedWriter writes one thing after another, whoever writes: events, calls and notes go to stderr from many goroutines, and stdout may be the same file.
type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// oneAtATime locks the outputs of an environment against each other.
func oneAtATime(env Environment) Environment {
	mu := &sync.Mutex{}
	env.Stdout, env.Stderr = lockedWriter{mu, env.Stdout}, lockedWriter{mu, env.Stderr}
	return env
}
