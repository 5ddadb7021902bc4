// Package testsize holds the one setting that says how much the tests do which have more cases than a run of CI can afford: the crash matrix, generated
// workspaces, random kills. DWSYNC_TEST_SIZE=full runs every case; anything else runs a sample, chosen by a seed that the test prints and that
// DWSYNC_TEST_SEED sets, so that a failure can be run again.
//
// The rule of this package: only tests import it, and it imports nothing of the program.
package testsize

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// Full tells whether every case is wanted.
func Full() bool { return os.Getenv("DWSYNC_TEST_SIZE") == "full" }

// Of gives a number of cases: full at full size, sample otherwise.
func Of(sample, full int) int {
	if Full() {
		return full
	}
	return sample
}

// Random gives a source of chance for a test and prints its seed, that of DWSYNC_TEST_SEED if it is set.
func Random(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("DWSYNC_TEST_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("DWSYNC_TEST_SEED=%s is no number", text)
		}
		seed = given
	}
	t.Logf("to run the same again: DWSYNC_TEST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// Sample chooses n of the cases, in their order; all of them at full size.
func Sample[T any](random *rand.Rand, cases []T, n int) []T {
	if Full() {
		return cases
	}
	return Choose(random, cases, n)
}

// Choose chooses n of the cases, in their order, whatever the size is.
func Choose[T any](random *rand.Rand, cases []T, n int) []T {
	if n >= len(cases) {
		return cases
	}
	chosen := random.Perm(len(cases))[:n]
	slices.Sort(chosen)
	picked := make([]T, n)
	for i, at := range chosen {
		picked[i] = cases[at]
	}
	return picked
}
