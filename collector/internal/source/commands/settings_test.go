package commands

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/programs"
)

// pairs writes values as "Key=Value|...".
func pairs(list []bundles.ConfigValue) string {
	var out []string
	for _, v := range list {
		if v.Present != nil {
			v.Value += fmt.Sprint(*v.Present)
		}
		out = append(out, v.Key+"="+v.Value)
	}
	return strings.Join(out, "|")
}

func wide(text string) string {
	out := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return string(out)
}

func TestBackupAgent(t *testing.T) {
	for name, c := range map[string]struct{ text, want, err string }{
		"a proxy": {
			text: "\r\n\r\nProxyServer   : http://10.20.0.60\r\nProxyPort     : 8080\r\nProxyUsername : CONTOSO\\svc\r\nProxyPassword : System.Security.SecureString\r\nBypassUrls    : *.contoso.com;10.*\r\nWorkHours     : 9\r\n",
			want: "ProxyServer=http://10.20.0.60|ProxyPort=8080|ProxyUsername=true|ProxyPassword=true|BypassUrls=*.contoso.com;10.*",
		},
		"none":                {text: "ProxyServer :\nProxyPort   : 0\nBypassUrls  :\nProxyUsername : \n", want: "ProxyServer=|ProxyPort=0|BypassUrls=|ProxyUsername=false"},
		"UTF-16":              {text: wide("ProxyServer : proxy.contoso.com\r\nProxyPort : 3128\r\n"), want: "ProxyServer=proxy.contoso.com|ProxyPort=3128"},
		"UTF-16 without mark": {text: wide("ProxyServer : p\r\n")[2:], want: "ProxyServer=p"},
		"UTF-8 with mark":     {text: "\xef\xbb\xbfProxyServer : p\n", want: "ProxyServer=p"},
		"indented, other words between": {
			text: "WARNUNG: Das Modul wurde geändert: ja\n  ProxyServer = https://p:443/\n  ProxyPort = 443\nProxyServer : second\n",
			want: "ProxyServer=https://p:443/|ProxyPort=443",
		},
		"a wrapped list in braces": {
			text: "BypassUrls  : {*.contoso.com, \r\n              *.fabrikam.com}\r\nProxyServer : p\r\nOther : x\r\n   secret\r\n",
			want: "BypassUrls=*.contoso.com,*.fabrikam.com|ProxyServer=p",
		},
		"what follows a secret is no value": {text: "ProxyServer : p\nProxyPassword : abc\n     def\n", want: "ProxyServer=p|ProxyPassword=true"},
		"another answer":                    {text: "CBMachineSetting\n", err: "its answer names no proxy server, not even an empty one"},
		"nothing":                           {err: "its answer names no proxy server, not even an empty one"},
		"a value without end":               {text: "ProxyServer : " + strings.Repeat("ü", maxValue), want: "ProxyServer=" + strings.Repeat("ü", maxValue/2)},
	} {
		got, err := backupAgent(plain([]byte(c.text)))
		if errText(err) != c.err || pairs(got) != c.want {
			t.Errorf("%s: %.200q, error %v, want %.200q", name, pairs(got), err, c.want)
		}
	}
}

func TestWinHTTP(t *testing.T) {
	const unknown, none = "its answer has not the form of a proxy setting", "what it gives as the proxy is none"
	for name, c := range map[string]struct{ text, want, err string }{
		"direct, English":  {text: "\r\nCurrent WinHTTP proxy settings:\r\n\r\n    Direct access (no proxy server).\r\n\r\n", want: "ProxyServer=|BypassList="},
		"direct, German":   {text: "\r\nAktuelle WinHTTP-Proxyeinstellungen:\r\n\r\n    Direktzugriff (kein Proxyserver).\r\n", want: "ProxyServer=|BypassList="},
		"direct, French":   {text: "\r\nParam\x8atres de proxy WinHTTP actuels :\r\n\r\n    Acc\x8as direct (pas de serveur proxy).\r\n", want: "ProxyServer=|BypassList="},
		"direct, Japanese": {text: "\r\n現在の WinHTTP プロキシ設定:\r\n\r\n    直接アクセス (プロキシ サーバーなし)。\r\n", want: "ProxyServer=|BypassList="},
		"a proxy":          {text: "\r\nCurrent WinHTTP proxy settings:\r\n\r\n    Proxy Server(s) :  10.20.0.60:8080\r\n    Bypass List     :  (none)\r\n", want: "ProxyServer=10.20.0.60:8080|BypassList="},
		"by scheme, German": {
			text: "Aktuelle WinHTTP-Proxyeinstellungen:\n\n    Proxyserver:  http=a:80;https=b.contoso.com:443\n    Umgehungsliste:  *.contoso.com;<local>\n",
			want: "ProxyServer=http=a:80;https=b.contoso.com:443|BypassList=*.contoso.com;<local>",
		},
		"a colon of another script": {text: "設定：\n    プロキシ サーバー：  10.20.0.60:8080\n    バイパス一覧：  (なし)\n", want: "ProxyServer=10.20.0.60:8080|BypassList="},
		"without a list":            {text: "x:\n   Proxy: p:80\n", want: "ProxyServer=p:80|BypassList="},
		"a list with blanks":        {text: "x:\n   Proxy: p:80\n   Bypass: a b; c\n", want: "ProxyServer=p:80|BypassList=a b; c"},
		"a message":                 {text: "The following command was not found: winhttp show proxy.\r\n", err: unknown},
		"nothing":                   {text: "\r\n", err: unknown},
		"three lines":               {text: " a\n b\n c\n", err: unknown},
		"no proxy":                  {text: "x\n  first: some words\n  second: (none)\n", err: none},
	} {
		got, err := winHTTP(plain([]byte(c.text)))
		if errText(err) != c.err || pairs(got) != c.want {
			t.Errorf("%s: %q, error %v, want %q", name, pairs(got), err, c.want)
		}
	}
}

func TestSetting(t *testing.T) {
	for _, c := range []struct {
		name, text string
		failed     error
		want       bundles.ConfigFile
		err        string
	}{
		{settingWinHTTP, "x\n  direct\n", nil, bundles.ConfigFile{Name: "winhttp", File: "netsh winhttp show proxy", Exists: true, Values: []bundles.ConfigValue{{Key: "ProxyServer"}, {Key: "BypassList"}}}, ""},
		{settingBackup, "", errors.New("it printed nothing"), bundles.ConfigFile{Name: "backup-agent", File: "Get-OBMachineSetting", Error: "it printed nothing"}, ""},
		{settingWinHTTP, "x", nil, bundles.ConfigFile{Name: "winhttp", File: "netsh winhttp show proxy", Error: "its answer has not the form of a proxy setting"}, "its answer has not the form of a proxy setting"},
	} {
		got, err := setting(programs.Program{Setting: c.name}, []byte(c.text), c.failed)
		if diff := cmp.Diff(c.want, got); diff != "" || errText(err) != c.err {
			t.Errorf("%s: %v\n%s", c.name, err, diff)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// FuzzSettings: whatever a program prints, only the known names come out, each
// once, and no value of a secret.
func FuzzSettings(f *testing.F) {
	f.Add([]byte("ProxyServer : p\n  x\nProxyPassword : y\n"))
	f.Add([]byte("x\n  Proxy: p:80\n  Bypass: (none)\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, read := range []func(string) ([]bundles.ConfigValue, error){backupAgent, winHTTP} {
			list, err := read(plain(text))
			if err != nil && len(list) > 0 {
				t.Fatalf("values beside an error: %q, %v", pairs(list), err)
			}
			seen := map[string]bool{}
			for _, v := range list {
				if seen[v.Key] || len(v.Value) > maxValue || secretName(v.Key) != (v.Present != nil) || v.Present != nil && v.Value != "" {
					t.Fatalf("%q", pairs(list))
				}
				seen[v.Key] = true
			}
		}
	})
}
