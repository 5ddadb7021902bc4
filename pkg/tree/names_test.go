package tree

import (
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/dwsync/dwsync/pkg/model"
)

// hostileNames are names that some file system, git, or this package could trip over.
var hostileNames = []string{
	"a", "A", "ä", "a\u0308", "Ä", "ß", "ss", "SS", "ſ", "K", "\u212a", ".", "..", ".git", ".GIT", ".gitkeep", ".dwsync", "git~1", "GIT~1", "con", "CON.txt", "nul", "com1", "LPT²", "aux.sql", " lead", "trail ",
	"trail.", "a.sql", "a.node.yaml", "a.resource.yaml", "A.Function.YAML", "business.yaml", "folder.yaml", "dwsync.yaml", "x%t10", "x%~0123456789abcdef", "%41", "%", "a:b", `a\b`, "a*?\"<>|", "\u202egnp", "a\u200bb",
	"😀", "👨‍👩‍👧", "\x00", "\n", "文", strings.Repeat("长", 128), strings.Repeat("长", 127) + "短", strings.Repeat("a", 300), strings.Repeat("\u202e", 100), "udf.py", "udf", "\ufeff", "\u0344", "\u0958", "e\u0301\u0327",
	"x\u0301", "\u1100\u1161\u11a8", "\u037e", "\u2028", "%2e", "a%2fb", "\xff", "..sql", "-", "~", "$", "con.", "\u0130", "\u0131", "I", "i",
}

func checkSpelling(t interface{ Fatalf(string, ...any) }, name, spelled string) {
	switch {
	case spelled == "" || spelled == "." || spelled == "..":
		t.Fatalf("%q is spelled %q", name, spelled)
	case strings.ContainsAny(spelled, "/\\:*?\"<>|\x00\n") || strings.HasPrefix(spelled, ".") || strings.HasSuffix(spelled, ".") || strings.HasSuffix(spelled, " "):
		t.Fatalf("%q is spelled %q, which some file system cannot hold", name, spelled)
	case !utf8.ValidString(spelled) || !norm.NFC.IsNormalString(spelled):
		t.Fatalf("%q is spelled %q, which is no UTF-8 in normal form", name, spelled)
	case path.Clean("dir/"+spelled) != "dir/"+spelled:
		t.Fatalf("%q is spelled %q, which leads elsewhere", name, spelled)
	case isWindowsDevice(strings.ToLower(spelled)):
		t.Fatalf("%q is spelled %q, a device of Windows", name, spelled)
	}
	for _, ending := range append(append([]string(nil), reservedEndings...), reservedNames...) {
		if strings.HasSuffix(strings.ToLower(spelled), ending) && !strings.HasSuffix(ending, reservedNames[0]) && len(spelled) >= len(ending) && (strings.HasPrefix(ending, ".") || len(spelled) == len(ending)) {
			t.Fatalf("%q is spelled %q, which means something else", name, spelled)
		}
	}
}

func checkName(t interface{ Fatalf(string, ...any) }, name string) {
	if name == "" {
		return
	}
	spelled := encodeName(name)
	checkSpelling(t, name, spelled)
	// A file system that decomposes what it stores gives the same name back.
	for _, stored := range []string{spelled, norm.NFD.String(spelled), spelled + "%t10"} {
		decoded, err := decodeName(stored)
		if err != nil || decoded.name != name || decoded.cut != "" || (decoded.typeCode == 10) != strings.HasSuffix(stored, "%t10") {
			t.Fatalf("%q is spelled %q, which decodes to %+v (%v)", name, stored, decoded, err)
		}
	}
	for attempt := 0; ; attempt++ {
		escaped := escapeCase(spelled, attempt)
		if escaped == "" {
			break
		}
		checkSpelling(t, name, escaped)
		if decoded, err := decodeName(escaped); err != nil || decoded.name != name {
			t.Fatalf("%q with an escaped letter is spelled %q, which decodes to %+v (%v)", name, escaped, decoded, err)
		}
	}
	cut := cutName(name, 40)
	checkSpelling(t, name, cut)
	if decoded, err := decodeName(cut); err != nil || decoded.cut != hashOfName(name) || len(cut) > 40 {
		t.Fatalf("%q is cut to %q, which decodes to %+v (%v)", name, cut, decoded, err)
	}
}

// What the path of a YAML says of its object, and what it leaves to the YAMLs.
func TestPlaceOf(t *testing.T) {
	long := strings.Repeat("长", 128)
	for file, want := range map[string]struct {
		kind  model.Kind
		place model.FolderPath
		ok    bool
	}{
		"业务流程/shop/MaxCompute/words.py.resource.yaml":           {model.KindResource, "业务流程/shop/MaxCompute/words.py", true},
		"业务流程/sh%2Eop/MaxCompute/Words%t17.function.yaml":       {model.KindFunction, "业务流程/sh.op/MaxCompute/Words", true},
		"业务流程/shop/" + cutName(long, 40) + "/a.node.yaml":       {model.KindNode, "", true},
		"业务流程/shop/" + cutName(long, 40) + ".resource.yaml":     {model.KindResource, "", true},
		"业务流程/shop/loops/loop%.inner/step.node.yaml":            {model.KindNode, "", true},
		"业务流程/shop/business.yaml":                               {},
		"业务流程/shop/MaxCompute/words.py":                         {},
		"业务流程/shop/MaxCompute/words.resource.yaml/node.sql.txt": {},
	} {
		if kind, place, ok := PlaceOf(file); kind != want.kind || place != want.place || ok != want.ok {
			t.Errorf("%s is %q at %q, %v; want %+v", file, kind, place, ok, want)
		}
	}
}

func TestHostileNames(t *testing.T) {
	for _, name := range hostileNames {
		checkName(t, name)
	}
}

func TestNamesProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hostileNames), rapid.String(), rapid.StringMatching(`[\x{300}-\x{36f}a-z. %]{0,4}`)), 1, 3).Draw(t, "name")
		checkName(t, strings.Join(parts, ""))
	})
}

func FuzzName(f *testing.F) {
	for _, name := range hostileNames {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		// The service's names have 128 characters at most. Longer ones only make the check slow, which tries each letter, until it counts as hanging.
		name = name[:min(len(name), 4*128)]
		checkName(t, name)
		// As a spelling it decodes or is refused.
		_, _ = decodeName(name)
	})
}
