package dataworks

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
)

// ProfilesVariable names the environment variable that allows the profiles that a dwsync.yaml may name, separated by commas or spaces.
const ProfilesVariable = "DWSYNC_PROFILES"

// Credentials are what calls are signed with. Their String never shows a key.
type Credentials struct {
	source   string
	provider credentials.CredentialsProvider
}

// AccessKey makes credentials of an access key and, for temporary ones, its STS token ("" without).
func AccessKey(id, secret, token string) Credentials {
	if token != "" {
		return Credentials{"an access key with STS token", credentials.NewStaticSTSCredentialsProvider(id, secret, token)}
	}
	return Credentials{"an access key", credentials.NewStaticAKCredentialsProvider(id, secret)}
}

// Source says where the credentials come from, for a person; it holds no key.
func (c Credentials) Source() string { return c.source }

// String is the source.
func (c Credentials) String() string { return "credentials from " + c.source }

// GoString keeps keys out of %#v.
func (c Credentials) GoString() string { return c.String() }

// Format keeps keys out of every other verb.
func (c Credentials) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// MarshalJSON keeps keys out of JSON.
func (c Credentials) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// CredentialsError reports that there is nothing to sign with.
type CredentialsError struct {
	Problem string
	// Next says what to do.
	Next string
	Err  error
}

func (e *CredentialsError) Error() string { return "no credentials: " + e.Problem + "; " + e.Next }

func (e *CredentialsError) Unwrap() error { return e.Err }

// ResolveCredentials finds credentials: a profile of the aliyun CLI if one is named (the environment must allow it, see ProfilesVariable), else the
// environment (ALIBABA_CLOUD_ACCESS_KEY_ID, _SECRET, _SECURITY_TOKEN), else the SDK's default chain, which is asked at the first call.
// Errors: *CredentialsError.
func ResolveCredentials(profile string, env func(string) string) (Credentials, error) {
	if profile != "" {
		return profileCredentials(profile, env)
	}
	id, secret := env("ALIBABA_CLOUD_ACCESS_KEY_ID"), env("ALIBABA_CLOUD_ACCESS_KEY_SECRET")
	if id != "" && secret != "" {
		c := AccessKey(id, secret, env("ALIBABA_CLOUD_SECURITY_TOKEN"))
		c.source = "the environment"
		return c, nil
	}
	return Credentials{"the SDK's default chain", &chain{new: func() credentials.CredentialsProvider { return credentials.NewDefaultCredentialsProvider() }}}, nil
}

// cliConfig is what matters of the aliyun CLI's config.json.
type cliConfig struct {
	Profiles []struct {
		Name   string `json:"name"`
		Mode   string `json:"mode"`
		ID     string `json:"access_key_id"`
		Secret string `json:"access_key_secret"`
		Token  string `json:"sts_token"`
	} `json:"profiles"`
}

func profileCredentials(profile string, env func(string) string) (Credentials, error) {
	if !slices.Contains(splitNames(env(ProfilesVariable)), profile) {
		return Credentials{}, &CredentialsError{
			Problem: fmt.Sprintf("dwsync.yaml names the profile %q, which the environment does not allow", profile),
			Next:    "set " + ProfilesVariable + "=" + profile + " if you trust this project with it",
		}
	}
	home := cmp.Or(env("HOME"), env("USERPROFILE"))
	if home == "" {
		return Credentials{}, &CredentialsError{Problem: "the home directory is unknown", Next: "set HOME, or ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"}
	}
	configFile := filepath.Join(home, ".aliyun", "config.json")
	data, err := os.ReadFile(configFile)
	if err != nil {
		next := "check that it can be read"
		if errors.Is(err, fs.ErrNotExist) {
			next = "run aliyun configure --profile " + profile
		}
		return Credentials{}, &CredentialsError{"the aliyun CLI's configuration cannot be read", next, err}
	}
	var config cliConfig
	if err := json.Unmarshal(data, &config); err != nil {
		// The decoder's error may quote the file, which holds keys.
		return Credentials{}, &CredentialsError{Problem: configFile + " is not valid JSON", Next: "repair it, or run aliyun configure again"}
	}
	for _, p := range config.Profiles {
		if p.Name != profile {
			continue
		}
		source := "the profile " + profile + " of the aliyun CLI"
		switch {
		case p.Mode == "AK" && p.ID != "" && p.Secret != "":
			return Credentials{source, credentials.NewStaticAKCredentialsProvider(p.ID, p.Secret)}, nil
		case p.Mode == "StsToken" && p.ID != "" && p.Secret != "" && p.Token != "":
			return Credentials{source, credentials.NewStaticSTSCredentialsProvider(p.ID, p.Secret, p.Token)}, nil
		case p.Mode == "AK" || p.Mode == "StsToken":
			return Credentials{}, &CredentialsError{Problem: fmt.Sprintf("the profile %q is not complete", profile), Next: "run aliyun configure --profile " + profile}
		default:
			// Modes that fetch temporary keys are the SDK's business; it reads the same file.
			return Credentials{source, &chain{new: func() credentials.CredentialsProvider {
				return credentials.NewCLIProfileCredentialsProviderBuilder().WithProfileName(profile).Build()
			}}}, nil
		}
	}
	return Credentials{}, &CredentialsError{Problem: fmt.Sprintf("%s has no profile %q", configFile, profile), Next: "run aliyun configure --profile " + profile}
}

// chain makes a provider of the SDK safe for concurrent use, and its errors safe to show: they may quote whole configuration files. A provider that
// failed is thrown away, since the SDK's chain sticks to the last one that it tried.
type chain struct {
	mu      sync.Mutex
	new     func() credentials.CredentialsProvider
	current credentials.CredentialsProvider
}

func (c *chain) GetCredentials() (*credentials.Credentials, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil {
		c.current = c.new()
	}
	found, err := c.current.GetCredentials()
	if err != nil || found == nil {
		c.current = nil
		return nil, &CredentialsError{
			Problem: "neither the environment nor a profile of the aliyun CLI nor the machine's role gives an access key",
			Next:    "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run aliyun configure",
		}
	}
	return found, nil
}

func (c *chain) GetProviderName() string { return "dwsync" }
