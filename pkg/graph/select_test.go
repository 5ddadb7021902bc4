package graph_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/graph"
)

// shop is a small workspace: start <- orders <- clean <- report, and things beside it.
func shop() ([]graph.Subject[string], *graph.Graph[string]) {
	g := build([2]string{"orders", "start"}, [2]string{"clean", "orders"}, [2]string{"report", "clean"})
	g.Add("shop", "stock", "c++", "udf", "a[1]", "type:x")
	file := func(node, path, kind, owner string, files ...string) graph.Subject[string] {
		return graph.Subject[string]{Node: node, Path: path, Files: files, Types: []string{kind, "node"}, Owners: []string{owner}, Businesses: []string{"shop", "业务流程/shop"}}
	}
	return []graph.Subject[string]{
		{Node: "shop", Path: "业务流程/shop", Files: []string{"业务流程/shop/business.yaml"}, Types: []string{"business"}, Businesses: []string{"shop", "业务流程/shop"}},
		file("start", "业务流程/shop/通用/start", "VIRTUAL", "1", "业务流程/shop/通用/start.vi", "业务流程/shop/通用/start.node.yaml"),
		file("orders", "业务流程/shop/MaxCompute/ods/orders", "ODPS_SQL", "1", "业务流程/shop/MaxCompute/ods/orders.sql", "业务流程/shop/MaxCompute/ods/orders.node.yaml"),
		file("clean", "业务流程/shop/MaxCompute/dwd/clean", "ODPS_SQL", "2", "业务流程/shop/MaxCompute/dwd/clean.sql"),
		file("report", "业务流程/shop/MaxCompute/ads/report", "PYODPS3", "2", "业务流程/shop/MaxCompute/ads/report.py"),
		{Node: "stock", Path: "业务流程/stock/MaxCompute/orders_2", Types: []string{"ODPS_SQL", "node"}, Owners: []string{"3"}, Businesses: []string{"stock", "业务流程/stock"}},
		{Node: "c++", Path: "业务流程/stock/MaxCompute/c++", Types: []string{"SHELL"}},
		{Node: "a[1]", Path: "业务流程/stock/MaxCompute/a[1]", Types: []string{"SHELL"}},
		{Node: "type:x", Path: "业务流程/stock/MaxCompute/type:x", Files: []string{"业务流程/stock/MaxCompute/type%3Ax.sh"}, Types: []string{"SHELL"}},
		{Node: "udf", Path: "业务流程/stock/MaxCompute/udf.py", Types: []string{"ODPS_PYTHON", "resource"}},
	}, g
}

func choose(base string, include, exclude []string) (string, error) {
	subjects, g := shop()
	parse := func(texts []string) (all []graph.Selector, err error) {
		for _, text := range texts {
			s, err := graph.ParseSelector(text)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
		return all, nil
	}
	in, err := parse(include)
	if err != nil {
		return "", err
	}
	out, err := parse(exclude)
	if err != nil {
		return "", err
	}
	chosen, err := graph.Choose(subjects, g, base, in, out)
	return strings.Join(slices.Sorted(maps.Keys(chosen)), " "), err
}

func TestSelectors(t *testing.T) {
	for _, c := range []struct {
		base, include, exclude string
		want                   string
	}{
		{include: "业务流程/shop/MaxCompute/ods/orders", want: "orders"},
		{include: "业务流程/shop/MaxCompute/ods/orders.sql", want: "orders"},
		{include: "./业务流程/shop/MaxCompute/ods/orders.node.yaml", want: "orders"},
		{include: "业务流程/shop/MaxCompute/", want: "clean orders report"},
		{include: "Business Flow/shop/folderMaxCompute", want: "clean orders report"},
		{include: "业务流程/shop", want: "clean orders report shop start"},
		{include: "业务流程/sho?", want: "clean orders report shop start"},
		{include: "业务流程/*/MaxCompute", exclude: "type:shell", want: "clean orders report stock udf"},
		{include: "**/orders*", want: "orders stock"},
		{include: "**/{ods,dwd}", want: "clean orders"},
		{include: "orders", want: "orders"},
		{include: "orders.sql", want: "orders"},
		{include: "orders*", want: "orders stock"},
		{include: "dwd", want: ""},
		{include: "shop", want: "clean orders report shop start"},
		{include: "business.yaml", want: "shop"},
		{include: "*.py", want: "report udf"},
		{include: "type:odps_sql", want: "clean orders stock"},
		{include: "type:business", want: "shop"},
		{include: "owner:2", want: "clean report"},
		{include: "business:stock", want: "stock"},
		{include: "business:业务流程/shop", want: "clean orders report shop start"},
		{include: "+clean", want: "clean orders start"},
		{include: "clean+", want: "clean report"},
		{include: "+clean+", want: "clean orders report start"},
		{include: "1+clean", want: "clean orders"},
		{include: "2+report", want: "clean orders report"},
		{include: "start+2", want: "clean orders start"},
		{include: "+type:PYODPS3", want: "clean orders report start"},
		{include: "+业务流程/shop/MaxCompute/dwd", want: "clean orders start"},
		{include: "+path:业务流程/shop/MaxCompute/dwd/clean", want: "clean orders start"},
		{include: "path:c++", want: "c++"},
		{include: "path:type:x", want: "type:x"},
		{include: "path:a[1]", want: "a[1]"},
		{include: "a[1]", want: "a[1]"},
		{include: "业务流程/stock/MaxCompute/type%3Ax.sh", want: "type:x"},
		{include: ".", exclude: "业务流程/stock", want: "clean orders report shop start"},
		{exclude: "业务流程/stock type:business", want: "clean orders report start"},
		{include: "owner:1 owner:2", exclude: "start report+", want: "clean orders"},
		{base: "业务流程/shop/MaxCompute", include: "ods", want: "orders"},
		{base: "业务流程/shop/MaxCompute", include: "ods/orders.sql", want: "orders"},
		{base: "业务流程/shop/MaxCompute", include: "../通用", want: "start"},
		{base: "业务流程/shop/MaxCompute", include: ".", want: "clean orders report"},
		{base: "业务流程/shop/MaxCompute", include: "o*/*", want: "orders"},
		{base: "业务流程/shop/MaxCompute", include: "业务流程/shop/MaxCompute/ods/orders.sql", want: "orders"},
	} {
		t.Run(c.base+" "+c.include+" -"+c.exclude, func(t *testing.T) {
			got, err := choose(c.base, words(c.include), words(c.exclude))
			if c.want == "" {
				if _, ok := errors.AsType[*graph.NoMatchError](err); !ok {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			if err != nil || got != c.want {
				t.Errorf("got %q, want %q; %v", got, c.want, err)
			}
		})
	}
}

// words splits at spaces, but not behind Business.
func words(s string) []string {
	all := strings.Fields(strings.ReplaceAll(s, "Business Flow", "Business\x00Flow"))
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "\x00", " ")
	}
	return all
}

func TestSelectorsThatSelectNothing(t *testing.T) {
	for selector, want := range map[string]string{
		"":                         "it is empty",
		"+":                        "it is empty",
		"path:":                    "it is empty",
		"0+orders":                 "number of steps from 1",
		"orders+99999999999":       "number of steps from 1",
		"type:":                    "needs something behind the colon",
		"tpye:ODPS_SQL":            `unknown selector "tpye", did you mean "type"? (a name that really has a colon is written path:tpye:ODPS_SQL)`,
		"../x":                     "leads out of the project",
		"/etc/passwd":              "leads out of the project",
		"业务流程/[a":                  "not closed",
		"ordesr":                   `nothing in the tree or the workspace matches it, did you mean "orders"?`,
		"业务流程/shop/MaxCompute/odd": `did you mean "业务流程/shop/MaxCompute/ods"?`,
		"业务流程/shpo/MaxCompute/ods": `did you mean "业务流程/shop"?`,
		"type:ODPS_SQ":             `did you mean "ODPS_SQL"?`,
		"owner:9":                  "nothing in the tree or the workspace matches it",
		"business:shp":             `did you mean "shop"?`,
		"c++":                      "a name that really looks so is written path:c++",
	} {
		_, err := choose("", []string{selector}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", selector, err, want)
		}
		if _, excluded := choose("", nil, []string{selector}); excluded == nil || excluded.Error() != err.Error() {
			t.Errorf("%q excluded: got %v", selector, excluded)
		}
	}
	_, err := choose("", []string{"nobody", "nothing", "orders"}, []string{"never"})
	if err == nil || strings.Count(err.Error(), "nothing in the tree") != 3 {
		t.Errorf("want all three at once, got %v", err)
	}
}

// A path is a path, whatever it looks like.
func TestPathsHaveNoOperators(t *testing.T) {
	subjects, g := shop()
	for _, text := range []string{"+orders", "type:ODPS_SQL"} {
		s, err := graph.ParsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := graph.Choose(subjects, g, "", []graph.Selector{s}, nil); err == nil || !strings.Contains(err.Error(), "a selector is given with --select") {
			t.Errorf("%q: got %v", text, err)
		}
	}
	for _, text := range []string{"c++", "type:x", "a[1]"} {
		s, err := graph.ParsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		chosen, err := graph.Choose(subjects, g, "", []graph.Selector{s}, nil)
		if err != nil || len(chosen) != 1 || !chosen[text] {
			t.Errorf("%q: got %v, %v", text, chosen, err)
		}
	}
}

// Steps are those of Upstream and Downstream, from all that is selected at once.
func TestStepsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := graph.New(cmp.Compare[string])
		name := rapid.StringMatching(`[a-f]`)
		var subjects []graph.Subject[string]
		for _, n := range []string{"a", "b", "c", "d", "e", "f"} {
			g.Add(n)
			subjects = append(subjects, graph.Subject[string]{Node: n, Path: "业务流程/" + n, Types: []string{rapid.SampledFrom([]string{"X", "Y"}).Draw(t, "type")}})
		}
		for range rapid.IntRange(0, 10).Draw(t, "edges") {
			g.Need(name.Draw(t, "from"), name.Draw(t, "to"))
		}
		steps := rapid.IntRange(1, 4).Draw(t, "steps")
		selector, err := graph.ParseSelector(string(rune('0'+steps)) + "+type:X+")
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, s := range subjects {
			if s.Types[0] != "X" {
				continue
			}
			want[s.Node] = true
			for n := range g.Upstream(s.Node, steps) {
				want[n] = true
			}
			for n := range g.Downstream(s.Node, graph.Unlimited) {
				want[n] = true
			}
		}
		chosen, err := graph.Choose(subjects, g, "", []graph.Selector{selector}, nil)
		if len(want) == 0 {
			if err == nil {
				t.Fatal("nothing matches, and there is no error")
			}
			return
		}
		if err != nil || !maps.Equal(chosen, want) {
			t.Fatalf("got %v, want %v; %v", chosen, want, err)
		}
	})
}

// A script may name every file of a large workspace, or as many that are not there.
func TestManySelectors(t *testing.T) {
	const n = 10000
	g := graph.New(cmp.Compare[int])
	var subjects []graph.Subject[int]
	var there, missing []graph.Selector
	for i := range n {
		path := fmt.Sprintf("业务流程/shop%d/MaxCompute/dwd/job%d", i%10, i)
		subjects = append(subjects, graph.Subject[int]{Node: i, Path: path, Files: []string{path + ".sql", path + ".node.yaml"}})
		g.Need(i, max(i-1, 0))
		for text, to := range map[string]*[]graph.Selector{path + ".sql": &there, "业务流程/shop/" + path: &missing} {
			s, err := graph.ParsePath(text)
			if err != nil {
				t.Fatal(err)
			}
			*to = append(*to, s)
		}
	}
	began := time.Now()
	chosen, err := graph.Choose(subjects, g, "", there, nil)
	if err != nil || len(chosen) != n {
		t.Errorf("%d are chosen: %v", len(chosen), err)
	}
	all, err := graph.ParseSelector("+*+")
	if err != nil {
		t.Fatal(err)
	}
	if chosen, err := graph.Choose(subjects, g, "", []graph.Selector{all}, nil); err != nil || len(chosen) != n {
		t.Errorf("%d are chosen: %v", len(chosen), err)
	}
	if _, err := graph.Choose(subjects, g, "", missing, nil); err == nil {
		t.Error("nothing matches, and there is no error")
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// Whatever is typed ends in a choice or in a typed error; what is excluded is never chosen.
func FuzzSelector(f *testing.F) {
	for _, seed := range []string{"orders", "+orders+", "2+a", "type:x", "**/o*", "{a", "path:+", "../..", "业务流程", "a\x00", "\xff", "[[", `\`, "++", "9+9+9"} {
		f.Add(seed, "业务流程/shop")
	}
	subjects, g := shop()
	f.Fuzz(func(t *testing.T, text, base string) {
		s, err := graph.ParseSelector(text)
		if err != nil {
			if _, ok := errors.AsType[*graph.SelectorError](err); !ok {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		chosen, err := graph.Choose(subjects, g, base, []graph.Selector{s}, nil)
		if err == nil && len(chosen) == 0 {
			t.Fatalf("%q chose nothing", text)
		}
		if err == nil {
			if left, err := graph.Choose(subjects, g, base, []graph.Selector{s}, []graph.Selector{s}); err != nil || len(left) > 0 {
				t.Fatalf("%q without itself: %v, %v", text, left, err)
			}
		}
	})
}
