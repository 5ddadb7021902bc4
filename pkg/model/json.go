package model

import "encoding/json"

type objectJSON struct {
	Key    Key             `json:"key"`
	Fields map[Field]Value `json:"fields,omitempty"`
}

// MarshalJSON writes the key and the present fields, for plans and state.
func (o Object) MarshalJSON() ([]byte, error) {
	return json.Marshal(objectJSON{Key: o.Key, Fields: o.fields})
}

// UnmarshalJSON reads what MarshalJSON wrote; fields that this version does not know are dropped, values are brought to normal form.
func (o *Object) UnmarshalJSON(data []byte) error {
	var raw objectJSON
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*o = NewObject(raw.Key)
	for f, v := range raw.Fields {
		o.Set(f, v)
	}
	return nil
}
