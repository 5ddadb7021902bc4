package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dwsync/dwsync/pkg/model"
)

const (
	metaNode     = ".node.yaml"
	metaResource = ".resource.yaml"
	metaFunction = ".function.yaml"
	// businessFile holds a business's fields, in its directory.
	businessFile = "business.yaml"
	// folderFile is there only if a folder's name is too long for its directory: it holds `name:`.
	folderFile = "folder.yaml"
	// keepFile makes git keep an empty folder.
	keepFile = ".gitkeep"

	// maxSpelling is the largest length of a file name in bytes: below the 255 that file systems allow, so that editors and archives find room.
	maxSpelling = 200
	// cutMark stands between the beginning of a name that was cut and the hash of the whole name; it is no escape, because ~ is no hex digit.
	cutMark = "%~"
	cutHash = 16
	// typeMark stands before the type's code where files of one name have several types.
	typeMark = "%t"
	// innerMark ends the directory of the files inside a node.
	innerMark = "%.inner"
)

// reservedNames and reservedEndings mean something in the tree; a name that looks so is escaped.
var (
	reservedNames   = []string{businessFile, folderFile, "dwsync.yaml"}
	reservedEndings = []string{metaNode, metaResource, metaFunction}
)

// metaSuffix is the ending of the YAML of a kind's files.
func metaSuffix(k model.Kind) string {
	switch k {
	case model.KindResource:
		return metaResource
	case model.KindFunction:
		return metaFunction
	default:
		return metaNode
	}
}

// encodeName spells a name so that every file system and git can hold it and tell it from others (letter case apart, which needs to know its
// neighbours). decodeName undoes it for every string. The result is never empty unless the name is, never "." or "..", has no separator, and never
// begins with a dot.
func encodeName(name string) string {
	escape := make([]bool, len(name))
	all := func(from, to int) {
		for i := from; i < to; i++ {
			escape[i] = true
		}
	}
	for i := 0; i < len(name); {
		c, size := utf8.DecodeRuneInString(name[i:])
		if c == utf8.RuneError && size == 1 || strings.ContainsRune(`/\:*?"<>|%`, c) || unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			all(i, i+size)
		}
		i += size
	}
	all(0, len(name)-len(strings.TrimLeft(name, ".")))
	all(len(strings.TrimRight(name, ". ")), len(name))
	if strings.HasPrefix(name, " ") {
		escape[0] = true
	}
	escapeDenormal(name, escape)
	lower := strings.ToLower(name)
	if isWindowsDevice(lower) {
		escape[0] = true
	}
	if rest, found := strings.CutPrefix(lower, "git~"); found && strings.Trim(rest, "0123456789") == "" {
		escape[len("git")] = true
	}
	for _, reserved := range reservedNames {
		if lower == reserved {
			escape[strings.LastIndexByte(name, '.')] = true
		}
	}
	for _, ending := range reservedEndings {
		if strings.HasSuffix(lower, ending) {
			escape[strings.LastIndexByte(name, '.')] = true
		}
	}
	var b strings.Builder
	for i := range len(name) {
		if escape[i] {
			fmt.Fprintf(&b, "%%%02X", name[i])
		} else {
			b.WriteByte(name[i])
		}
	}
	if s := b.String(); norm.NFC.IsNormalString(s) {
		return s
	}
	return escapeNonASCII(name)
}

// escapeDenormal marks the bytes that are not NFC: file systems that normalise would change them.
func escapeDenormal(name string, escape []bool) {
	for i := 0; i < len(name); {
		size := norm.NFC.NextBoundaryInString(name[i:], true)
		if size <= 0 {
			size = len(name) - i
		}
		if segment := name[i : i+size]; norm.NFC.String(segment) != segment {
			for j := range size {
				escape[i+j] = escape[i+j] || segment[j] >= utf8.RuneSelf
			}
		}
		i += size
	}
}

func escapeNonASCII(name string) string {
	var b strings.Builder
	for _, part := range []byte(name) {
		if part >= utf8.RuneSelf {
			fmt.Fprintf(&b, "%%%02X", part)
		} else {
			b.WriteString(encodeName(string(rune(part))))
		}
	}
	return b.String()
}

// isWindowsDevice tells whether Windows would open a device instead of a file.
func isWindowsDevice(lower string) bool {
	stem, _, _ := strings.Cut(lower, ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "con", "prn", "aux", "nul", "conin$", "conout$":
		return true
	}
	rest, found := strings.CutPrefix(stem, "com")
	if !found {
		rest, found = strings.CutPrefix(stem, "lpt")
	}
	return found && utf8.RuneCountInString(rest) == 1 && strings.ContainsAny(rest, "0123456789¹²³")
}

// cutName spells a name that is too long: its beginning, a mark, and a hash of the whole. The YAML says the name in full.
func cutName(name string, limit int) string {
	tail := cutMark + hashOfName(name)
	spelled := encodeName(name)
	end := max(min(limit-len(tail), len(spelled)), 0)
	for end > 0 && end < len(spelled) && !utf8.RuneStart(spelled[end]) {
		end--
	}
	// A cut inside %XX would leave half an escape; before a combining mark it would leave a text that is no NFC.
	if i := strings.LastIndexByte(spelled[:end], '%'); i >= 0 && end-i < len("%XX") {
		end = i
	}
	return spelled[:end] + tail
}

// hashOfName tells names apart whose spellings were cut.
func hashOfName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])[:cutHash]
}

// escapeCase spells a name that equals another on a system that does not tell letter cases apart: its first letter is escaped, then the next, and so on
// with each attempt; "" when there is no letter left.
func escapeCase(spelled string, attempt int) string {
	head := spelled
	if i := strings.LastIndex(spelled, cutMark); i >= 0 {
		head = spelled[:i]
	}
	for i, c := range head {
		if unicode.IsLetter(c) && !isHexOfEscape(spelled, i) {
			if attempt--; attempt < 0 {
				// With its marks: one behind the last hex digit would melt with it.
				end := i + max(norm.NFC.NextBoundaryInString(spelled[i:], true), utf8.RuneLen(c))
				return spelled[:i] + hexOf(spelled[i:end]) + spelled[end:]
			}
		}
	}
	return ""
}

func isHexOfEscape(spelled string, i int) bool {
	return i >= 1 && spelled[i-1] == '%' || i >= 2 && spelled[i-2] == '%'
}

func hexOf(s string) string {
	var b strings.Builder
	for _, part := range []byte(s) {
		fmt.Fprintf(&b, "%%%02X", part)
	}
	return b.String()
}

// errNotUTF8 and its neighbours are what can be wrong with a spelling.
var (
	errNotUTF8   = errors.New("its name is not UTF-8")
	errBadEscape = errors.New("a % in a file name must be followed by two hex digits")
)

// spelling is a decoded file or directory name, without its suffix.
type spelling struct {
	name string
	// cut is not empty if the name was too long, so that only the YAML has it: the hash of the name.
	cut string
	// typeCode is the code behind %t, 0 without one.
	typeCode model.FileType
}

// decodeName undoes encodeName, cutName and the mark of a type. What is not escaped is brought to NFC, because a file system may have changed it.
func decodeName(spelled string) (spelling, error) {
	var s spelling
	if !utf8.ValidString(spelled) {
		return s, errNotUTF8
	}
	if i := strings.LastIndex(spelled, typeMark); i >= 0 {
		digits := spelled[i+len(typeMark):]
		code, err := strconv.ParseUint(digits, 10, 31)
		if err != nil || code == 0 || digits[0] == '0' {
			return s, errBadEscape
		}
		s.typeCode = model.FileType(code)
		spelled = spelled[:i]
	}
	if i := strings.LastIndex(spelled, cutMark); i >= 0 && len(spelled)-i == len(cutMark)+cutHash {
		s.cut = spelled[i+len(cutMark):]
		return s, nil
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(spelled, "%")
		b.WriteString(norm.NFC.String(before))
		if !found {
			break
		}
		if len(rest) < 2 {
			return s, errBadEscape
		}
		code, err := strconv.ParseUint(rest[:2], 16, 8)
		if err != nil {
			return s, errBadEscape
		}
		b.WriteByte(byte(code))
		spelled = rest[2:]
	}
	s.name = b.String()
	return s, nil
}

// PlaceOf tells what a file of the tree is the YAML of, by its slash path alone: the kind of the object and its path in the workspace. The path is "" where a
// name on the way was cut, so that only the YAMLs say it. ok is false for what is no YAML of a file.
func PlaceOf(file string) (kind model.Kind, place model.FolderPath, ok bool) {
	dir, name := path.Split(file)
	for _, kind = range []model.Kind{model.KindNode, model.KindResource, model.KindFunction} {
		if stem, found := strings.CutSuffix(name, metaSuffix(kind)); found {
			return kind, decodePlace(append(strings.FieldsFunc(dir, isSlash), stem)), true
		}
	}
	return "", "", false
}

func isSlash(c rune) bool { return c == '/' }

// decodePlace gives the path that spelled names make up; "" if they do not say it.
func decodePlace(spelled []string) model.FolderPath {
	var place model.FolderPath
	for _, name := range spelled {
		decoded, err := decodeName(name)
		if err != nil || decoded.cut != "" {
			return ""
		}
		place = place.Join(decoded.name)
	}
	return place
}
