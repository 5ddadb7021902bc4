package content

import "slices"

// MergeEnvelopes merges the changes of two envelopes since their base key by key; the texts are compact JSON. false if both sides changed one value in
// different ways, or if one of the texts is no JSON.
func MergeEnvelopes(base, tree, workspace string) (merged string, clean bool) {
	b, _, okBase := ParseJSON(base)
	l, _, okTree := ParseJSON(tree)
	r, _, okWorkspace := ParseJSON(workspace)
	if !okBase || !okTree || !okWorkspace {
		return tree, false
	}
	value, clean := mergeValues(b, l, r)
	return value.String(), clean
}

func mergeValues(base, tree, workspace JSON) (JSON, bool) {
	switch {
	case tree.Equal(workspace), workspace.Equal(base):
		return tree, true
	case tree.Equal(base):
		return workspace, true
	case base.Kind != JSONObject || tree.Kind != JSONObject || workspace.Kind != JSONObject:
		return tree, false
	}
	merged := JSON{Kind: JSONObject}
	inBases, inTrees, inWorkspaces := byKey(base), byKey(tree), byKey(workspace)
	seen := map[string]bool{}
	for _, key := range slices.Concat(tree.Keys, workspace.Keys) {
		if seen[key] {
			continue
		}
		seen[key] = true
		b, inBase := inBases[key]
		l, inTree := inTrees[key]
		r, inWorkspace := inWorkspaces[key]
		value, stays := l, inTree
		switch {
		case inTree && inWorkspace && inBase:
			var clean bool
			if value, clean = mergeValues(b, l, r); !clean {
				return tree, false
			}
		case inTree && inWorkspace && l.Equal(r):
		case inTree && !inBase && !inWorkspace:
		case inWorkspace && !inBase && !inTree:
			value, stays = r, true
		case inTree && inBase && l.Equal(b), inWorkspace && inBase && r.Equal(b):
			// One side took it out, the other left it as it was.
			stays = false
		default:
			return tree, false
		}
		if stays {
			merged.Keys, merged.Values = append(merged.Keys, key), append(merged.Values, value)
		}
	}
	return merged, true
}

func byKey(object JSON) map[string]JSON {
	values := make(map[string]JSON, len(object.Keys))
	for i, key := range object.Keys {
		values[key] = object.Values[i]
	}
	return values
}
