package model

import "strings"

// An object's path is one more field of it: two forms of one object may have it in different places, since one side renamed or moved it. The path is part
// of the key, so that no form lists it among its fields; Object.Get gives it all the same, and Differences compares it.
const (
	// FieldPath is the place of an object: its folder and name.
	FieldPath Field = "path"
	// FieldFolder and FieldName are its two parts, which the API takes one by one: UpdateFile.FileFolderPath and FileName (4.15), UpdateBusiness.BusinessName
	// (4.5), UpdateFolder.FolderName (4.16).
	FieldFolder Field = "path.folder"
	FieldName   Field = "path.name"
)

// At is the key of the same object in another place.
func (k Key) At(folder FolderPath, name string) Key {
	k.Folder, k.Name = folder, name
	return k
}

// SamePlace tells whether two keys have the same folder and name.
func (k Key) SamePlace(other Key) bool {
	return k.Folder == other.Folder && k.Inside == other.Inside && k.Name == other.Name
}

// Moved gives the same form in the place that a key names. Kind and type of an object never change.
func (o Object) Moved(to Key) Object {
	o.Key = o.Key.At(to.Folder, to.Name)
	return o
}

// PathParts gives those of FieldFolder and FieldName in which two keys differ: what a call must say to bring an object from one place to the other.
func PathParts(from, to Key) []Field {
	var parts []Field
	if from.Folder != to.Folder {
		parts = append(parts, FieldFolder)
	}
	if from.Name != to.Name {
		parts = append(parts, FieldName)
	}
	return parts
}

// place gives the value of a field that is part of the key.
func (k Key) place(f Field) (Value, bool) {
	switch f {
	case FieldPath:
		if !strings.ContainsAny(k.Name, "/%") {
			return TextValue(k.String()), true
		}
		// Two places never have one value.
		return TextValue(string(k.Folder) + "/" + strings.NewReplacer("%", "%25", "/", "%2F").Replace(k.Name)), true
	case FieldFolder:
		return TextValue(string(k.Folder)), true
	case FieldName:
		return TextValue(k.Name), true
	default:
		return Value{}, false
	}
}
