package emulator_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/dwsync/dwsync/pkg/emulator"
)

var update = flag.Bool("update", false, "write the tables of README.md")

// The tables of the README are the code's.
func TestREADME(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(b)
	for name, table := range map[string]string{"actions": actionTable(), "switches": switchTable(), "rules": ruleTable()} {
		start := "<!-- " + name + ": written by go test -run TestREADME -update -->\n"
		before, rest, found := strings.Cut(readme, start)
		old, after, ended := strings.Cut(rest, "<!-- end -->")
		if !found || !ended {
			t.Fatalf("no place for the table of %s", name)
		}
		if old != table && !*update {
			t.Errorf("the table of %s is not the code's; write it with -update", name)
		}
		readme = before + start + table + "<!-- end -->" + after
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(readme), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func actionTable() string {
	var b strings.Builder
	for level := 1; level <= 3; level++ {
		var names []string
		for _, a := range emulator.Actions() {
			if a.Level == level {
				names = append(names, a.Name)
			}
		}
		fmt.Fprintf(&b, "- Level %d: %s.\n", level, strings.Join(names, ", "))
	}
	return b.String()
}

func switchTable() string {
	var b strings.Builder
	b.WriteString("| switch | values | what it decides | why it is open |\n| --- | --- | --- | --- |\n")
	for _, s := range emulator.Switches() {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", s.Name, strings.Join(s.Values, "` `"), cell(strings.ReplaceAll(s.Means, "<", "&lt;")), cell(s.Source))
	}
	return b.String()
}

func ruleTable() string {
	var b strings.Builder
	b.WriteString("| rule | status | code | source |\n| --- | --- | --- | --- |\n")
	for _, r := range emulator.Rules() {
		fmt.Fprintf(&b, "| %s | %d | `%s` | %s |\n", cell(r.Name), r.Status, strings.ReplaceAll(r.Code, "%[1]s", "…"), cell(r.Source))
	}
	return b.String()
}
