package emulator

import (
	"math/rand/v2"
	"strconv"
)

// The service's ids grow with gaps; tests of clients that count on dense ids,
// or on small ones, should fail here too.

// allot makes the next id of a counter.
func (t *tx) allot(counter func(*counters) *int64) int64 {
	next := *t.s.counters
	next.Sequence++
	r := rand.New(rand.NewPCG(next.Seed, uint64(next.Sequence)))
	p := counter(&next)
	*p += 1 + int64(r.IntN(7))
	t.put(&next)
	return *p
}

func (t *tx) fileID() int64       { return t.allot(func(c *counters) *int64 { return &c.File }) }
func (t *tx) businessID() int64   { return t.allot(func(c *counters) *int64 { return &c.Business }) }
func (t *tx) deploymentID() int64 { return t.allot(func(c *counters) *int64 { return &c.Deployment }) }
func (t *tx) nodeID() int64       { return t.allot(func(c *counters) *int64 { return &c.Node }) }

// autoNumber is the random number of an automatic output.
func (t *tx) autoNumber() int64 { return t.allot(func(c *counters) *int64 { return &c.AutoName }) }

const idLetters = "0123456789abcdefghijklmnopqrstuvwxyz"

// word makes n random letters and digits, never the same word twice.
func (t *tx) word(n int) string {
	unique := strconv.FormatInt(t.allot(func(c *counters) *int64 { return &c.Folder }), 36)
	r := rand.New(rand.NewPCG(t.s.counters.Seed, uint64(t.s.counters.Sequence)))
	b := make([]byte, n-len(unique))
	for i := range b {
		b[i] = idLetters[r.IntN(len(idLetters))]
	}
	return string(b) + unique
}

// folderID is 24 letters and digits, like k0uxr6h53rte6puale3ncxsi.
func (t *tx) folderID() string { return t.word(24) }

func parseID(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
