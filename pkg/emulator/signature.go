package emulator

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Credential is an access key that clients sign with.
type Credential struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string // STS keys only: the token that must come with the key
	UserID          string // account of the caller; empty: one derived from the key
}

// maxSkew is how far a request's time may be from ours.
const maxSkew = 15 * time.Minute

const v3Prefix = "ACS3-HMAC-SHA256"

// authenticate checks signature, time and nonce, and answers whose key it is.
// The shifted clock does not count here: clients do not know of it.
func (s *Server) authenticate(r *request) (Credential, *Error) {
	var key, nonce, token, stamp, layout string
	var v3 v3Authorization
	if r.v3 {
		var err *Error
		if v3, err = parseAuthorization(r.header("Authorization")); err != nil {
			return Credential{}, err
		}
		key, nonce, token = v3.key, r.header("x-acs-signature-nonce"), r.header("x-acs-security-token")
		stamp, layout = r.header("x-acs-date"), "2006-01-02T15:04:05Z"
	} else {
		for _, name := range []string{"AccessKeyId", "Signature", "SignatureNonce", "Timestamp"} {
			if r.params[name] == "" {
				return Credential{}, ruleMissing.gateway(name)
			}
		}
		if m := r.params["SignatureMethod"]; m != "" && !strings.EqualFold(m, "HMAC-SHA1") {
			return Credential{}, ruleSignatureMethod.gateway("")
		}
		key, nonce, token = r.params["AccessKeyId"], r.params["SignatureNonce"], r.params["SecurityToken"]
		stamp, layout = r.params["Timestamp"], "2006-01-02T15:04:05Z"
	}
	credential, known := s.credentials[key]
	if !known {
		return Credential{}, ruleUnknownKey.gateway("")
	}
	at, err := time.Parse(layout, stamp)
	if err != nil {
		return Credential{}, ruleTimestampFormat.gateway("")
	}
	now := time.Now()
	if d := now.Sub(at); d > maxSkew || d < -maxSkew {
		return Credential{}, ruleTimestampExpired.gateway("")
	}
	if err := r.checkSignature(credential, v3); err != nil {
		return Credential{}, err
	}
	switch {
	case credential.SecurityToken != "" && token == "":
		return Credential{}, ruleTokenMissing.gateway("")
	case credential.SecurityToken != "" && token != credential.SecurityToken:
		return Credential{}, ruleTokenInvalid.gateway("")
	}
	if !s.nonces.first(key+" "+nonce, now) {
		return Credential{}, ruleNonceUsed.gateway("")
	}
	return credential, nil
}

func (r *request) checkSignature(c Credential, v3 v3Authorization) *Error {
	if r.v3 {
		return r.checkV3(c, v3)
	}
	toSign := stringToSignV1(r.method, r.pairs)
	mac := hmac.New(sha1.New, []byte(c.AccessKeySecret+"&"))
	mac.Write([]byte(toSign))
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(want), []byte(r.params["Signature"])) {
		e := ruleSignature.refuse(toSign)
		e.Business = false
		return e
	}
	return nil
}

// stringToSignV1 is the text that signature version 1 signs: every parameter of
// query and form except the signature.
func stringToSignV1(method string, pairs [][2]string) string {
	encoded := make([]string, 0, len(pairs))
	for _, p := range pairs {
		if p[0] != "Signature" {
			encoded = append(encoded, percentEncode(p[0])+"="+percentEncode(p[1]))
		}
	}
	slices.SortFunc(encoded, byName)
	return method + "&%2F&" + percentEncode(strings.Join(encoded, "&"))
}

// byName orders name=value pairs by name, then by value. Comparing the whole
// pairs would not do: "=" sorts after "-" and digits, which names may contain.
func byName(a, b string) int {
	ka, va, _ := strings.Cut(a, "=")
	kb, vb, _ := strings.Cut(b, "=")
	return cmp.Or(strings.Compare(ka, kb), strings.Compare(va, vb))
}

var percentReplacer = strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~")

func percentEncode(s string) string { return percentReplacer.Replace(url.QueryEscape(s)) }

// v3Authorization is the Authorization header of signature version 3.
type v3Authorization struct {
	key       string
	signed    []string
	signature string
}

func parseAuthorization(header string) (v3Authorization, *Error) {
	var a v3Authorization
	method, rest, _ := strings.Cut(header, " ")
	if method != v3Prefix {
		return a, ruleSignatureMethod.gateway("")
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			a.key = v
		case "SignedHeaders":
			a.signed = strings.Split(v, ";")
		case "Signature":
			a.signature = v
		}
	}
	if a.key == "" || a.signature == "" || len(a.signed) == 0 {
		e := ruleIncomplete.refuse("")
		e.Business = false
		return a, e
	}
	return a, nil
}

// mustSign are the headers without which a v3 signature would protect nothing.
var mustSign = []string{"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}

func (r *request) checkV3(c Credential, a v3Authorization) *Error {
	for _, name := range mustSign {
		if !slices.Contains(a.signed, name) || r.header(name) == "" {
			e := ruleIncomplete.refuse("")
			e.Business = false
			return e
		}
	}
	sum := sha256.Sum256(r.body)
	bodyHash := r.header("x-acs-content-sha256")
	var toSign string
	if strings.EqualFold(bodyHash, hex.EncodeToString(sum[:])) {
		for _, bare := range []bool{false, true} {
			toSign = r.stringToSignV3(a.signed, bodyHash, bare)
			mac := hmac.New(sha256.New, []byte(c.AccessKeySecret))
			mac.Write([]byte(toSign))
			if hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(strings.ToLower(a.signature))) {
				return nil
			}
		}
	}
	e := ruleSignature.refuse(r.stringToSignV3(a.signed, bodyHash, false))
	e.Business = false
	return e
}

// stringToSignV3 hashes the canonical request. Clients differ on whether an
// empty value keeps its equals sign; bare leaves it out.
func (r *request) stringToSignV3(signed []string, bodyHash string, bare bool) string {
	query := make([]string, 0, len(r.query))
	for _, p := range r.query {
		if bare && p[1] == "" {
			query = append(query, percentEncode(p[0]))
			continue
		}
		query = append(query, percentEncode(p[0])+"="+percentEncode(p[1]))
	}
	slices.SortFunc(query, byName)
	var canonical strings.Builder
	canonical.WriteString(r.method + "\n" + r.path + "\n" + strings.Join(query, "&") + "\n")
	names := slices.Clone(signed)
	slices.Sort(names)
	for _, name := range names {
		canonical.WriteString(name + ":" + strings.TrimSpace(r.header(name)) + "\n")
	}
	canonical.WriteString("\n" + strings.Join(signed, ";") + "\n" + bodyHash)
	sum := sha256.Sum256([]byte(canonical.String()))
	return v3Prefix + "\n" + hex.EncodeToString(sum[:])
}

// nonceSet remembers nonces for as long as their timestamps are accepted.
type nonceSet struct {
	mu    sync.Mutex
	seen  map[string]time.Time
	swept time.Time
}

func newNonceSet() *nonceSet {
	return &nonceSet{seen: map[string]time.Time{}}
}

func (n *nonceSet) first(nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Sub(n.swept) > maxSkew {
		for k, t := range n.seen {
			if now.Sub(t) > 2*maxSkew {
				delete(n.seen, k)
			}
		}
		n.swept = now
	}
	if t, used := n.seen[nonce]; used && now.Sub(t) <= 2*maxSkew {
		return false
	}
	n.seen[nonce] = now
	return true
}
