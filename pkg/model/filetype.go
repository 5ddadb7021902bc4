package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// FileType is a file's code type (CreateFile.FileType). An unknown code is legal and round-trips as its number.
type FileType int

// TypeInfo is a row of the type table.
type TypeInfo struct {
	Code FileType
	// Name is what `fileType:` shows.
	Name string
	Kind Kind
	// Extension ends the name of the file that holds the content, with its dot.
	Extension string
	// Engine is the internal key of the engine folder in which the service keeps files of this type.
	Engine EngineKey
	// Binary content cannot be read or written as text through the API.
	Binary bool
	// Elsewhere tells that the service may keep such a resource in OSS or HDFS (CreateResourceFile.StorageURL, service-behaviour, section 7). Then it shows no
	// content of it.
	Elsewhere bool
	// Envelope tells that the content of such a node can be code inside of JSON; pkg/content knows where in it.
	Envelope bool
}

// IsJSON tells whether the service keeps the content of a type as JSON. Then blanks between its tokens mean nothing.
func (t TypeInfo) IsJSON() bool { return t.Kind == KindNode && strings.HasSuffix(t.Extension, ".json") }

// FileTypes gives the type table, by ascending code.
func FileTypes() []TypeInfo { return append([]TypeInfo(nil), fileTypes...) }

// Info gives the type's row; an unknown code is a node with a .txt content, named by its number.
func (t FileType) Info() TypeInfo {
	i, found := slices.BinarySearchFunc(fileTypes, t, func(info TypeInfo, t FileType) int { return cmp.Compare(info.Code, t) })
	if found {
		return fileTypes[i]
	}
	return TypeInfo{Code: t, Name: strconv.Itoa(int(t)), Kind: KindNode, Extension: ".txt"}
}

// String is the name that the tree shows.
func (t FileType) String() string { return t.Info().Name }

// ParseFileType reads a name of the type table, in any letter case, or a positive number.
func ParseFileType(s string) (FileType, error) {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return FileType(n), nil
	}
	names := make([]string, 0, len(fileTypes))
	for _, info := range fileTypes {
		if strings.EqualFold(info.Name, s) {
			return info.Code, nil
		}
		names = append(names, info.Name)
	}
	return 0, &UnknownNameError{What: "fileType", Name: s, Known: names}
}
