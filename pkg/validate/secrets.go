package validate

import "regexp"

// secret is something in a text that looks like one.
type secret struct {
	what    string
	pattern *regexp.Regexp
}

// secrets find keys by their form, and passwords by the name before them. A value with $ is a parameter, and one of stars or x is no secret.
var secrets = []secret{
	{"an AccessKey ID", regexp.MustCompile(`\b(?:LTAI|STS\.)[0-9A-Za-z]{12,}`)},
	{"a private key", regexp.MustCompile(`-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----`)},
	{"a password or key", regexp.MustCompile(`(?i)\b(?:password|passwd|pwd|secret|access_?key(?:_?(?:id|secret))?|secret_?key|api_?key|token)["']?\s*(?::=|=>|=|:)\s*["'][^"'\s$*{}<>]{6,}["']`)},
}

// placeholderValue matches what people write where a secret was.
var placeholderValue = regexp.MustCompile(`(?i)["'](?:x+|your.*|changeme|example.*|test.*|dummy.*|none|null)["']$`)

// findSecret gives what a text holds that looks like a secret, and its offset.
func findSecret(text string) (what string, offset int, found bool) {
	for _, s := range secrets {
		for _, at := range s.pattern.FindAllStringIndex(text, -1) {
			if !placeholderValue.MatchString(text[at[0]:at[1]]) {
				return s.what, at[0], true
			}
		}
	}
	return "", 0, false
}
