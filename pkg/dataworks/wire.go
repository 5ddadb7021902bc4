package dataworks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// The service is not strict about scalars: a number may come as a string, a bool as "true", and what is not set as null, "" or not at all. These types
// take all of that, and nothing else.

// text is a string; a number or bool is kept as it is spelled.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	switch data[0] {
	case '"':
		return json.Unmarshal(data, (*string)(t))
	case 'n':
		*t = ""
	case '{', '[':
		return fmt.Errorf("%s where a text belongs", kindOf(data))
	default:
		*t = text(data)
	}
	return nil
}

// id is the text of an id; the service's ways to say "none" read as "".
func (t text) id() string {
	if t == "0" || t == "-1" {
		return ""
	}
	return string(t)
}

// integer is a whole number of 64 bits.
type integer int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *integer) UnmarshalJSON(data []byte) error {
	var t text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	if t == "" {
		*n = 0
		return nil
	}
	v, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil {
		return fmt.Errorf("%.40q where a whole number belongs", string(t))
	}
	*n = integer(v)
	return nil
}

// time reads a timestamp in ms; 0 is the zero time.
func (n integer) time() time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(n)).UTC()
}

// flag is a bool.
type flag bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(data []byte) error {
	var t text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	switch t {
	case "true", "True", "TRUE", "1":
		*f = true
	case "", "false", "False", "FALSE", "0":
		*f = false
	default:
		return fmt.Errorf("%.40q where true or false belongs", string(t))
	}
	return nil
}

func kindOf(data []byte) string {
	if data[0] == '{' {
		return "an object"
	}
	return "a list"
}

// loneSurrogate tells whether valid JSON text escapes half of a character: Go's decoder would replace it without a word.
func loneSurrogate(data []byte) bool {
	for {
		i := bytes.IndexByte(data, '\\')
		if i < 0 {
			return false
		}
		data = data[i:]
		if data[1] != 'u' {
			data = data[2:]
			continue
		}
		first := codeUnit(data)
		data = data[6:]
		switch {
		case first < 0xD800 || first > 0xDFFF:
		case first >= 0xDC00 || len(data) < 6 || data[0] != '\\' || data[1] != 'u':
			return true
		default:
			if second := codeUnit(data); second < 0xDC00 || second > 0xDFFF {
				return true
			}
			data = data[6:]
		}
	}
}

// codeUnit reads \uXXXX.
func codeUnit(data []byte) uint64 {
	n, _ := strconv.ParseUint(string(data[2:6]), 16, 32)
	return n
}
