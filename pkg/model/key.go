package model

import (
	"cmp"
	"strconv"
	"strings"
)

// Key names an object inside a workspace by what people see: never by an id, never by a spelling on disk. Keys are comparable.
type Key struct {
	Kind Kind
	// Folder holds the object. For a business it is the root, for a folder its parent. An inner file lies where its node lies.
	Folder FolderPath
	// Inside is the chain of nodes that an inner file lies in; empty for everything else.
	Inside Inside
	Name   string
	// Type is 0 for businesses and folders.
	Type FileType
}

// Inside is the chain of nodes that an inner file (a file of a combined, for-each or do-while node; ListFiles and GetFile: ParentId) lies in, outermost
// first: type and name of each, as keys are written. InnerKey makes it and Key.Parent takes it apart.
type Inside string

// BusinessKey is the key of the business whose folder is p.
func BusinessKey(p FolderPath) Key {
	return Key{Kind: KindBusiness, Folder: p.Parent(), Name: p.Base()}
}

// FolderKey is the key of the folder p.
func FolderKey(p FolderPath) Key {
	return Key{Kind: KindFolder, Folder: p.Parent(), Name: p.Base()}
}

// FileKey is the key of a file; its kind follows from its type.
func FileKey(folder FolderPath, name string, t FileType) Key {
	return Key{Kind: t.Info().Kind, Folder: folder, Name: name, Type: t}
}

// InnerKey is the key of a file inside the node parent.
func InnerKey(parent Key, name string, t FileType) Key {
	k := FileKey(parent.Folder, name, t)
	k.Inside = parent.Within()
	return k
}

// Within is the chain of nodes of the files inside the node k.
func (k Key) Within() Inside {
	link := strconv.Itoa(int(k.Type)) + keySeparator + keyEscaper.Replace(k.Name)
	if k.Inside != "" {
		link = string(k.Inside) + keySeparator + link
	}
	return Inside(link)
}

// IsInner tells whether k is a file inside a node. It goes where its node goes: it is never submitted, deployed or created for itself.
func (k Key) IsInner() bool { return k.Inside != "" }

// Parent is the node that an inner file lies in; false for everything else.
func (k Key) Parent() (Key, bool) {
	if k.Inside == "" {
		return Key{}, false
	}
	links := strings.Split(string(k.Inside), keySeparator)
	last := len(links) - 2
	code, _ := strconv.Atoi(links[last])
	parent := FileKey(k.Folder, keyUnescaper.Replace(links[last+1]), FileType(code))
	parent.Inside = Inside(strings.Join(links[:last], keySeparator))
	return parent, true
}

// Outermost is the outermost node that an inner file lies in, which is what is submitted and deployed with it; of everything else k itself.
func (k Key) Outermost() Key {
	for parent, inner := k.Parent(); inner; parent, inner = k.Parent() {
		k = parent
	}
	return k
}

// LastStage is the furthest stage that the object can reach for itself: an inner file is saved, and then goes with its node.
func (k Key) LastStage() Stage {
	if k.IsInner() {
		return StageSaved
	}
	return k.Kind.lastStage(k.Folder.Root())
}

// Path is the folder, the nodes that an inner file lies in, and the name: for people and for selection. Two files of different types may share it.
func (k Key) Path() FolderPath {
	if parent, inner := k.Parent(); inner {
		return parent.Path().Join(k.Name)
	}
	return k.Folder.Join(k.Name)
}

// String is the path.
func (k Key) String() string { return string(k.Path()) }

// Compare orders keys by path, then kind, then type.
func (k Key) Compare(other Key) int {
	return cmp.Or(
		strings.Compare(string(k.Path()), string(other.Path())),
		strings.Compare(string(k.Kind), string(other.Kind)),
		cmp.Compare(k.Type, other.Type),
		strings.Compare(string(k.Folder), string(other.Folder)),
		strings.Compare(string(k.Inside), string(other.Inside)),
	)
}

// keySeparator stands between the parts of a key's text. A name that holds it is escaped, so that no two keys share a text.
const keySeparator = "\x1f"

var (
	keyEscaper   = strings.NewReplacer(`\`, `\\`, keySeparator, `\s`)
	keyUnescaper = strings.NewReplacer(`\\`, `\`, `\s`, keySeparator)
)

// MarshalText writes the key so that it can stand as a JSON key in plans and state: kind, type, folder, name, and type and name of each node that an
// inner file lies in: an even number of parts.
func (k Key) MarshalText() ([]byte, error) {
	parts := []string{string(k.Kind), strconv.Itoa(int(k.Type)), keyEscaper.Replace(string(k.Folder)), keyEscaper.Replace(k.Name)}
	if k.Inside != "" {
		parts = append(parts, string(k.Inside))
	}
	return []byte(strings.Join(parts, keySeparator)), nil
}

// UnmarshalText reads what MarshalText wrote.
func (k *Key) UnmarshalText(text []byte) error {
	unknown := &UnknownNameError{What: "key", Name: string(text)}
	parts := strings.Split(string(text), keySeparator)
	if len(parts) < 4 || len(parts)%2 != 0 {
		return unknown
	}
	code, err := strconv.Atoi(parts[1])
	if err != nil {
		return unknown
	}
	for i := 4; i < len(parts); i += 2 {
		if parent, err := strconv.Atoi(parts[i]); err != nil || parent <= 0 || strconv.Itoa(parent) != parts[i] || keyEscaper.Replace(keyUnescaper.Replace(parts[i+1])) != parts[i+1] {
			return unknown
		}
	}
	*k = Key{
		Kind: Kind(parts[0]), Type: FileType(code), Folder: FolderPath(keyUnescaper.Replace(parts[2])), Name: keyUnescaper.Replace(parts[3]),
		Inside: Inside(strings.Join(parts[4:], keySeparator)),
	}
	return nil
}
