package dataworks_test

import (
	"testing"

	"github.com/dwsync/dwsync/pkg/emulator"
)

// BenchmarkGetFile is what reading a workspace costs per file: sign, send in process, check the signature, answer, decode.
func BenchmarkGetFile(b *testing.B) {
	c := open(b, emulator.New(emulator.Options{}))
	business(b, c)
	id := create(b, c, full("a"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.GetFile(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
}
