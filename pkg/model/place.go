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

// To is the key of the same object in the place that another key names; of an inner file that is also the node that it lies in.
func (k Key) To(place Key) Key {
	k.Folder, k.Inside, k.Name = place.Folder, place.Inside, place.Name
	return k
}

// Carried is the key of a file inside the node from, at any depth, once that node has the key to; of everything else k itself.
func (k Key) Carried(from, to Key) Key {
	node, inner := k.Parent()
	if !inner {
		return k
	}
	if node == from {
		return InnerKey(to, k.Name, k.Type)
	}
	return InnerKey(node.Carried(from, to), k.Name, k.Type)
}

// SamePlace tells whether two keys have the same folder and name, and lie in the same node if they lie in one.
func (k Key) SamePlace(other Key) bool {
	return k.Folder == other.Folder && k.Inside == other.Inside && k.Name == other.Name
}

// Moved gives the same form in the place that a key names. Kind and type of an object never change.
func (o Object) Moved(to Key) Object {
	o.Key = o.Key.To(to)
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
