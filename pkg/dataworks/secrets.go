package dataworks

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
)

// secretLength is the shortest text that is taken for a key: the emulator's "dwsync" is none, and would make every message unreadable.
const secretLength = 8

// longestMessage bounds what is kept of a text of the service, in bytes.
const longestMessage = 2000

// secrets signs with a provider and remembers every key that it gave, so that it can be taken out of what the service echoes: its refusal of a
// signature quotes the whole request.
type secrets struct {
	provider credentials.CredentialsProvider

	mu sync.Mutex
	// seen is sorted, longest first, so that a key that is part of another leaves nothing of it behind.
	seen []string
}

// GetCredentials gives what the SDK signs with.
func (s *secrets) GetCredentials() (*credentials.Credentials, error) {
	found, err := s.provider.GetCredentials()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range []string{found.AccessKeyId, found.AccessKeySecret, found.SecurityToken, found.BearerToken} {
		if len(secret) >= secretLength && !slices.Contains(s.seen, secret) {
			once := url.QueryEscape(secret)
			s.seen = append(s.seen, secret, once, url.QueryEscape(once))
		}
	}
	slices.SortStableFunc(s.seen, func(a, b string) int { return len(b) - len(a) })
	return found, nil
}

func (s *secrets) GetProviderName() string { return s.provider.GetProviderName() }

// signed finds what a quoted URL carries besides keys.
var signed = regexp.MustCompile(`\b(Signature|SignatureNonce|SecurityToken|AccessKeyId)(=|%3D|%253D)[^&\s"]*`)

// clean takes out keys and the quoted request, and cuts what is too long.
func (s *secrets) clean(text string) string {
	if before, _, found := strings.Cut(text, "server string to sign is"); found {
		text = strings.TrimSpace(before)
	}
	s.mu.Lock()
	for _, secret := range s.seen {
		text = strings.ReplaceAll(text, secret, "***")
	}
	s.mu.Unlock()
	text = signed.ReplaceAllString(text, "$1$2***")
	if len(text) > longestMessage {
		cut := longestMessage
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	return text
}

// cleanError makes a network error safe to show: one of a URL loses the URL, and its text passes clean. What it unwraps to stays.
func (s *secrets) cleanError(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if text := err.Error(); s.clean(text) != text {
		return errors.New(s.clean(text))
	}
	return err
}
