package model

import (
	"cmp"
	"strconv"
	"strings"
)

// Key names an object inside a workspace by what people see: never by an id, never by a spelling on disk. Keys are comparable.
type Key struct {
	Kind Kind
	// Folder holds the object. For a business it is the root, for a folder its parent.
	Folder FolderPath
	Name   string
	// Type is 0 for businesses and folders.
	Type FileType
}

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

// Path is the folder and the name, for people and for selection. Two files of different types may share it.
func (k Key) Path() FolderPath { return k.Folder.Join(k.Name) }

// String is the path.
func (k Key) String() string { return string(k.Path()) }

// Compare orders keys by path, then kind, then type.
func (k Key) Compare(other Key) int {
	return cmp.Or(
		strings.Compare(string(k.Path()), string(other.Path())),
		strings.Compare(string(k.Kind), string(other.Kind)),
		cmp.Compare(k.Type, other.Type),
		strings.Compare(string(k.Folder), string(other.Folder)),
	)
}

// keySeparator stands between the parts of a key's text. A name that holds it is escaped, so that no two keys share a text.
const keySeparator = "\x1f"

var (
	keyEscaper   = strings.NewReplacer(`\`, `\\`, keySeparator, `\s`)
	keyUnescaper = strings.NewReplacer(`\\`, `\`, `\s`, keySeparator)
)

// MarshalText writes the key so that it can stand as a JSON key in plans and state: kind, type, folder, name.
func (k Key) MarshalText() ([]byte, error) {
	parts := []string{string(k.Kind), strconv.Itoa(int(k.Type)), keyEscaper.Replace(string(k.Folder)), keyEscaper.Replace(k.Name)}
	return []byte(strings.Join(parts, keySeparator)), nil
}

// UnmarshalText reads what MarshalText wrote.
func (k *Key) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), keySeparator)
	if len(parts) != 4 {
		return &UnknownNameError{What: "key", Name: string(text)}
	}
	code, err := strconv.Atoi(parts[1])
	if err != nil {
		return &UnknownNameError{What: "key", Name: string(text)}
	}
	*k = Key{Kind: Kind(parts[0]), Type: FileType(code), Folder: FolderPath(keyUnescaper.Replace(parts[2])), Name: keyUnescaper.Replace(parts[3])}
	return nil
}
