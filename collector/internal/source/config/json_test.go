package config

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

const applianceJSON = `{
 "CacheDirectory": "E:\\", "IsApplianceRegistered": true, "Count": 12, "Nothing": null, "": "x",
 "Proxy": {"IpAddress": "http://10.0.0.9", "PortNumber": 8080, "UserName": "svc-proxy", "Password": "a-planted-secret", "BypassList": ["10.*", "a.example"]},
 "RegistrationSettings": {"Name": "appl", "Inner": {"TenantId": "t-1"}},
 "Accounts": [{"Name": "vcenter", "Password": "a-planted-secret"}, {"Password": "a-planted-secret"}], "Lists": [["a"], "b"]
}`

func TestJSON(t *testing.T) {
	yes, no, length, none := true, false, 16, 0
	for _, c := range []struct {
		keys, presence []string
		want           []bundles.ConfigValue
	}{
		{[]string{"cachedirectory", "IsApplianceRegistered", "Count", "Nothing"}, nil, []bundles.ConfigValue{
			{Key: "CacheDirectory", Value: `E:\`}, {Key: "IsApplianceRegistered", Value: "true"}, {Key: "Count", Value: "12"},
		}},
		{[]string{"Proxy:IpAddress", "proxy:portnumber", "Proxy:BypassList"}, []string{"Proxy:Password"}, []bundles.ConfigValue{
			{Section: "Proxy", Key: "IpAddress", Value: "http://10.0.0.9"},
			{Section: "Proxy", Key: "PortNumber", Value: "8080"},
			{Section: "Proxy", Key: "BypassList", Value: "10.*,a.example"},
			{Section: "Proxy", Key: "Password", Present: &yes, Length: &length},
		}},
		{[]string{"RegistrationSettings.Inner:TenantId", "Inner:TenantId", "TenantId"}, nil, []bundles.ConfigValue{{Section: "RegistrationSettings.Inner", Key: "TenantId", Value: "t-1"}}},
		{[]string{"Name", "Password", "Accounts", "Accounts:Name", "Accounts:Password", "Lists", "Proxy"}, []string{"Accounts:Password"}, nil}, // of no other object, and of no list of objects
	} {
		got, err := chosen("v1\r\n"+applianceJSON, profiles.Config{Keys: c.keys, Presence: c.presence})
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", c.keys, err, diff)
		}
	}
	got, err := chosen("[proxy]\nPassword =\nUserName = u\n", profiles.Config{Presence: []string{"proxy:Password"}})
	if diff := cmp.Diff([]bundles.ConfigValue{{Section: "proxy", Key: "Password", Present: &no, Length: &none}}, got); err != nil || diff != "" {
		t.Errorf("presence in an INI file: %v\n%s", err, diff)
	}
}

func TestDocumentForms(t *testing.T) {
	for text, want := range map[string]bool{
		"{}": true, "\ufeff {\"a\":1}": true, "v1\n{\"a\":1}": true, "A = \"{x\"\n{": false, "# c\n{}": false, "[s]\n{": false, "A=1": false, "": false, "v1\nA=1": false,
	} {
		if _, ok := document(text); ok != want {
			t.Errorf("%q is taken for JSON: %v", text, ok)
		}
	}
}

// TestJSONDamaged has files that are half written: none of their values is kept.
func TestJSONDamaged(t *testing.T) {
	for _, text := range []string{`{"a":1`, `{"a":1,`, `{"a"`, `{`, `{"a":{"b":2}`, `{"a":[1,`, `{"a" 1}`, strings.Repeat(`{"a":`, maxNested+1), `{"a":` + strings.Repeat(`[`, maxNested+1)} {
		if got, err := parseJSON(text); err == nil || got != nil {
			t.Errorf("parseJSON(%.20q) = %v, %v, want an error", text, got, err)
		}
	}
}

// TestReadJSON has what a run makes of a file: values that paths refer to, and
// nothing of what is only present.
func TestReadJSON(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "appliance.json")
	secret := filepath.Join(dir, "CredStore", "Credentials.json")
	if err := os.MkdirAll(filepath.Dir(secret), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, secret} {
		if err := os.WriteFile(name, []byte(applianceJSON), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Read(context.Background(), (&profiles.Profile{Config: []profiles.Config{
		{Name: "appliance", Paths: []string{path}, Keys: []string{"CacheDirectory", "Proxy:IpAddress"}, Presence: []string{"Proxy:UserName"}},
		{Name: "credentials", Paths: []string{secret}, Keys: []string{"CacheDirectory"}},
	}}).Steps(), nil, nil)
	if err == nil || !strings.Contains(err.Error(), "is never read") || len(r.Fact.Items[1].Values) != 0 {
		t.Errorf("credentials: %+v, %v", r.Fact.Items[1], err)
	}
	if v, ok := r.Vars.Get("appliance", "Proxy:IpAddress"); !ok || v != "http://10.0.0.9" {
		t.Errorf("the address is %q, %v", v, ok)
	}
	if v, ok := r.Vars.Get("appliance", "Proxy:UserName"); ok {
		t.Errorf("what is only present is known as %q", v)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(applianceJSON)
	f.Add(`{"a":[{"b":[[]]}],"c":-1e5}`)
	f.Fuzz(func(t *testing.T, text string) {
		doc, ok := document(text)
		if !ok {
			return
		}
		list, err := parseJSON(doc)
		if err != nil && list != nil {
			t.Errorf("values beside the error %v", err)
		}
		for _, v := range list {
			if v.Key == "" {
				t.Errorf("a value without a key: %+v", v)
			}
		}
	})
}
