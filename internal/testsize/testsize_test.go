package testsize_test

import (
	"slices"
	"testing"

	"github.com/dwsync/dwsync/internal/testsize"
)

func TestTheSeedDecidesTheSample(t *testing.T) {
	cases := make([]int, 1000)
	for i := range cases {
		cases[i] = i
	}
	t.Setenv("DWSYNC_TEST_SIZE", "sample")
	t.Setenv("DWSYNC_TEST_SEED", "7")
	one := testsize.Sample(testsize.Random(t), cases, 10)
	if again := testsize.Sample(testsize.Random(t), cases, 10); len(one) != 10 || !slices.IsSorted(one) || !slices.Equal(one, again) {
		t.Errorf("seed 7 gives %v and %v", one, again)
	}
	t.Setenv("DWSYNC_TEST_SEED", "8")
	if other := testsize.Sample(testsize.Random(t), cases, 10); slices.Equal(one, other) {
		t.Errorf("seeds 7 and 8 both give %v", one)
	}
	if all := testsize.Sample(testsize.Random(t), cases, 2000); !slices.Equal(all, cases) || testsize.Of(1, 2) != 1 {
		t.Error("a sample is not what was asked for")
	}
	t.Setenv("DWSYNC_TEST_SIZE", "full")
	if all := testsize.Sample(testsize.Random(t), cases, 10); !slices.Equal(all, cases) || testsize.Of(1, 2) != 2 {
		t.Error("full is not everything")
	}
}

func TestPairwiseHoldsEveryPair(t *testing.T) {
	sizes := []int{2, 3, 1, 2, 2, 3, 2, 4}
	rows := testsize.Pairwise(testsize.Random(t), sizes)
	for i := range sizes {
		for j := range i {
			for a := range sizes[i] {
				for b := range sizes[j] {
					if !slices.ContainsFunc(rows, func(row []int) bool { return row[i] == a && row[j] == b }) {
						t.Errorf("no row has %d as option %d and %d as option %d", a, i, b, j)
					}
				}
			}
		}
	}
	// 4×3 pairs need 12 rows; every combination would be 576.
	if len(rows) > 40 {
		t.Errorf("%d rows are too many to be of use", len(rows))
	}
}
