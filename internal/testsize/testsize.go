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

// Of gives a number of cases, or a bound that depends on it: full at full size, sample otherwise.
func Of[T any](sample, full T) T {
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

// Pairwise gives rows of choices, in each one value of every option (option i has sizes[i] values, from 0), so that every pair of values of two options stands
// in at least one row. There are few rows: about as many as the two largest options have pairs, times the logarithm of the number of options.
func Pairwise(random *rand.Rand, sizes []int) [][]int {
	type choice struct{ option, value int }
	missing := map[[2]choice]bool{}
	for i := range sizes {
		for j := range i {
			for a := range sizes[i] {
				for b := range sizes[j] {
					missing[[2]choice{{j, b}, {i, a}}] = true
				}
			}
		}
	}
	pair := func(a, b choice) [2]choice {
		if a.option > b.option {
			a, b = b, a
		}
		return [2]choice{a, b}
	}
	var rows [][]int
	for len(missing) > 0 {
		row, chosen := make([]int, len(sizes)), []choice(nil)
		for _, option := range random.Perm(len(sizes)) {
			best, most := choice{}, -1
			for _, value := range random.Perm(sizes[option]) {
				gain := 0
				for _, other := range chosen {
					if missing[pair(choice{option, value}, other)] {
						gain++
					}
				}
				if gain > most {
					best, most = choice{option, value}, gain
				}
			}
			row[option] = best.value
			chosen = append(chosen, best)
		}
		before := len(missing)
		for i, a := range chosen {
			for _, b := range chosen[:i] {
				delete(missing, pair(a, b))
			}
		}
		if len(missing) < before {
			rows = append(rows, row)
		}
	}
	return rows
}
