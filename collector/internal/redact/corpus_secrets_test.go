package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// alphabets of made-up secrets.
const (
	letters = "abcdefghijkmnopqrstuvwxyz"
	mixed   = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
	special = mixed + "!#*+._~"
	hexa    = "0123456789abcdef"
)

// invent makes a secret with letters and digits in it.
func invent(rnd *rand.Rand, alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[rnd.IntN(len(alphabet))]
	}
	if alphabet != letters {
		copy(out, "q7")
		copy(out[n-3:], "K4z")
	}
	if alphabet == hexa {
		copy(out[n-3:], "4be")
		copy(out, "e7")
	}
	return string(out)
}

// plantedForms are texts that hold a secret, by kind. A kind whose name ends in
// ":letters" has secrets of small letters alone, ":key" long ones.
var plantedForms = map[string][]string{
	"password:letters": {
		"password=%s", "x password=%s y", `{"password":"%s"}`, "password: %s", "password %s", "  secret %s", "enable secret %s", "login bob password %s", "username bob password %s",
		"vmPassword>%s<", "<vmPassword>%s</vmPassword>", `net use \\host\share %s /user:dom\bob`, `net use Z: \\host\share /user:bob %s`, `net use \\host\share %s`, "net user bob %s /add",
		"sc config x obj= bob password= %s", "cmdkey /add:h /user:bob /pass:%s", "Kennwort: %s", "Ger\xe4t: Kennwort=%s", "mot de passe : %s", "contrase\xf1a=%s", "senha=%s", "\x83p\x83X\x83\x8f\x81[\x83h=%s",
		"пароль=%s", "パスワード: %s", "密码:%s", "requirepass %s", "bindpw %s", "rootpw=%s",
	},
	"passphrase": {
		"passphrase = %s", "key_file_passphrase = %s", "encrypted_passphrase=%s", `Set-OBMachineSetting -EncryptionPassphrase (ConvertTo-SecureString -String "%s" -AsPlainText -Force)`,
		"MARS passphrase: %s", "pass phrase is %s", `"connectionPassphrase" : "%s"`, "UnifiedAgent.exe /Passphrase %s /CSEndPoint 10.0.0.4",
	},
	"token": {"access_token=%s&x=1", `{"refresh_token":"%s"}`, "token: %s", "X-Auth-Token: %s", "tokens:\n  - %s\n  - %[1]s", "sessionToken=%s", "GET /x?token=%s HTTP/1.1"},
	"key:key": {
		"RelaySharedKey=%s", "AccountKey=%s==;EndpointSuffix=core.windows.net", "x ikey=%s", "my_key: %s", "workspaceKey=%s", "hmac=%s", "salt=%s", "signature=%s", `"signature":"%s"`, "ticket=%s", "assertion=%s", "encryption key %s==", "AADAuthCert=%s", "agentKey = \"%s\"",
		"auth=%s", "x auth=%s y", "POST /api?code=%s HTTP/1.1", "Ocp-Apim-Subscription-Key: %s", "primaryKey>%s<", "deploykey=%s",
	},
	"sas:key": {
		"https://x.blob.core.windows.net/c?sv=2023-01-03&se=2024-05-05T10%%3A00Z&sig=%s%%3D&sp=r", "u=https%%3A%%2F%%2Fx%%3Fsv%%3D1%%26sig%%3D%s", "SharedAccessSignature sr=x&sig=%s&se=1709629201&skn=k", "?sv=1&amp;sig=%s&amp;sp=r", "https:\\/\\/x\\/c?sig=%s\\u0026sp=r",
	},
	"connection string": {
		"Server=db1,1433;User ID=sa;Password=%s;Timeout=30", "Driver={SQL Server};Uid=sa;Pwd={%s};", "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=%s=", "amqps://user:%s@x.servicebus.windows.net:5671/", "redis.host:6380,password=%s,ssl=True",
		"jdbc:sqlserver://h:1433;user=sa;password=%s", "jdbc:oracle:thin:scott/%s@h:1521:orcl", "mongodb://u:%s@h:27017/db", "DSN=x;UID=a;PWD=%s", `<add name="c" connectionString="Data Source=h;User=sa;Password=%s"/>`,
	},
	"authorization": {"Authorization: Bearer %s", "Authorization: Negotiate %s", "Authorization: NTLM TlRMTVNTUAAD%s", "Proxy-Authorization: Basic %s", `{"Authorization":"SharedKey acc:%s"}`, "Cookie: sid=%s; a=b", "-H 'Authorization: Bearer %s'"},
	"private key:key": {
		"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA%s\n%[1]s\n-----END RSA PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n%s\n-----END OPENSSH PRIVATE KEY-----", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x\n\nlQOYBF%s\n=q2w3\n-----END PGP PRIVATE KEY BLOCK-----",
		"cert MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw%s end", "MIIEpAIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo%s", "MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5C%s",
	},
	"userinfo": {"http://user:%s@10.0.0.1:8080/", "ftp://bob:%s@h/x", "proxy=user:%s@10.0.0.1:8080", "HTTPS_PROXY=http://user:%s@proxy:8080", `"http:\/\/user:%s@10.0.0.1"`},
	"command line": {
		"sshpass -p %s ssh h", "plink -pw %s h", "mysql -u root -p%s db", "curl -u bob:%s https://h/", "curl --proxy-user bob:%s https://h/", "wget --http-password=%s http://h", "wget --password %s http://h", `psexec \\h -u bob -p %s cmd`, "schtasks /create /ru bob /rp %s /tn x", "schtasks /run /s h /u bob /p %s",
		"sqlcmd -S h -U sa -P %s -Q 1", "sqlcmd -U sa -P%s", "msiexec /i a.msi DBPASSWORD=%s /qn", "msiexec /i a.msi SVCPWD=\"%s\"", "cxpsclient -x -p%s", "tool.exe /p:%s /q", "certutil -p %s -importpfx a.pfx", "reg add HKLM\\X /v DefaultPassword /t REG_SZ /d %s /f", "7z x -p%s a.7z",
		"redis-cli -a %s ping", "smbclient //h/s -U bob%%%s", "docker login -u bob -p %s h", "openssl rsa -passin pass:%s", "wmic /node:h /user:bob /password:%s os", "rdp /pwd:%s",
	},
	"environment": {"DB_PASS=%s", "export DB_PASSWORD=%s", "set PGPASSWORD=%s", "DB_PASSWORD                    %s", "Name  : DB_PASSWORD\nValue : %s", "  - name: DB_PASSWORD\n    value: %s", "ENV API_SECRET=%s", "setx CLIENT_SECRET %s", "AZURE_CLIENT_SECRET=%s", `"env": ["A=1","DB_PASSWORD=%s"]`},
	"registry":    {`"DefaultPassword"="%s"`, "    ProxyPassword    REG_SZ    %s", "ProxyPassword : %s", `"ProxyPassword"=hex(1):%h`, `"Data"=hex(7):%m`},
	"xml": {
		"<Password>%s</Password>", "<wsse:Password Type=\"x\">%s</wsse:Password>", `<user name="a" password="%s"/>`, `<property name="db.password">%s</property>`, `<add key="ApiSecret" value="%s"/>`, "<key>password</key><string>%s</string>", "<key>password</key>\n<string>%s</string>",
		"<Password>\n%s\n</Password>", "<a>&lt;Password&gt;%s&lt;/Password&gt;</a>", "<Data Name='Password'>%s</Data>", "password&#61;%s", "password&#x3D;%s", "<password><![CDATA[%s]]></password>", `<input type="password" value="%s">`,
	},
	"json": {
		`{"clientSecret":"%s"}`, `{"m":"{\"secret\":\"%s\"}"}`, `{"pass\u0077ord":"%s"}`, `{"a":"\u0070assword=%s"}`, `{"name":"password","value":"%s"}`, "{\n \"Key\": \"password\",\n \"Value\": \"%s\"\n}", "\"secret\":\n  \"%s\"", "{'secret': '%s'}", `{"passwords":["%s"]}`, `"credentials":{"u":"a","p":"%s"}`,
	},
	"yaml, toml and ini": {
		"secret: %s", "secret:\n  %s", "password: |\n  %s\n", "password: >-\n  %s\n", "- password: '%s'", `password = "%s"`, "password = \"\"\"\n%s\n\"\"\"", "db = { user = \"a\", password = \"%s\" }", "[db]\npasswd=%s", "password=\\\n%s", "; secret=%s", "passphrase: \"%s\" # c", "password :%s",
	},
	"percent": {"password%%3D%s", "%%70assword=%s", "a?x=%%26password%%3d%s%%26b=1", "p%%61ss%%77ord%%253D%s", "client%%5Fsecret=%s", "user=bob&password=%s&x=1", "Content-Disposition: form-data; name=\"password\"\n\n%s"},
	"powershell": {
		"ConvertTo-SecureString '%s' -AsPlainText -Force", "ConvertTo-SecureString -AsPlainText -Force %s", "'%s' | ConvertTo-SecureString -AsPlainText", `New-Object System.Management.Automation.PSCredential("bob", "%s")`, `[System.Net.NetworkCredential]::new("bob","%s")`, `$password = "%s"`, "$pwd = @'\n%s\n'@", "-Credential bob:%s", `New-Object Net.NetworkCredential('bob', '%s', 'dom')`, "Invoke-X -AccountKey %s",
	},
	"protected:key": {
		"blob AQAAANCMnd8BFdERjHoAwE%s end", "x 01000000d08c9ddf0115d1118c7a00c04fc297eb01000000%s y", "NTLM TlRMTVNTUAADAAAAGAAY%s x", "Negotiate YIIGhgYGKwYBBQUCoIIG%s x", "krb YIIGhgYGKwYBBQUCoIIG%s x", "oYIBHzCCARugAwoBAaEL%s",
		"hvs.%s", "ghp_%s", "root:$6$abcdefgh$%s:1:2",
	},
}

// forms of a text in which it is planted.
var packings = []struct {
	name string
	enc  Encoding
	pack func(text string) []byte
}{
	{"plain", Bytes8, func(s string) []byte {
		return []byte("2024-03-05 14:22:31 INFO before\n" + s + "\n2024-03-05 14:22:32 INFO behind\n")
	}},
	{"crlf", Bytes8, func(s string) []byte {
		return []byte("D\xfcsseldorf\r\n" + strings.ReplaceAll(s, "\n", "\r\n") + "\r\nend")
	}},
	{"cr", Bytes8, func(s string) []byte { return []byte("begin\r" + strings.ReplaceAll(s, "\n", "\r") + "\rend\r") }},
	{"utf-16le", UTF16LE, func(s string) []byte { return wide("\ufeffa\r\n"+s+"\r\nend\r\n", binary.LittleEndian) }},
	{"utf-16be", UTF16BE, func(s string) []byte { return wide("a\n"+s+"\nend\n", binary.BigEndian) }},
	{"base64", Bytes8, func(s string) []byte {
		return []byte("data=" + base64.StdEncoding.EncodeToString([]byte(s)) + "\nend\n")
	}},
	{"base64 of utf-16", Bytes8, func(s string) []byte {
		return []byte("powershell -enc " + base64.StdEncoding.EncodeToString(wide(s, binary.LittleEndian)) + "\nend\n")
	}},
	{"base64 in lines", Bytes8, func(s string) []byte {
		return []byte("x\n" + fold(base64.StdEncoding.EncodeToString([]byte("the text before it is long enough for some lines of the block, \n"+s+"\n and more behind it")), 64) + "\nend\n")
	}},
	{"8 bits behind utf-16", UTF16LE, func(s string) []byte { return append(wide("\ufeffa\r\n", binary.LittleEndian), "x "+s+"\r\n"...) }},
	{"nul padded", Bytes8, func(s string) []byte { return []byte("a\n\x00\x00\x00\x00" + s + "\n\x00\x00\x00b\n") }},
}

func fold(s string, n int) string {
	var out strings.Builder
	for ; len(s) > n; s = s[n:] {
		out.WriteString(s[:n] + "\n")
	}
	return out.String() + s
}

// plant puts a secret into a form; %h is it in bytes of a registry export, and
// %m a list of strings with a password in such bytes, in lines.
func plant(form, secret string) string {
	registry := func(s string) string {
		var out []string
		for _, c := range wide(s, binary.LittleEndian) {
			out = append(out, hex.EncodeToString([]byte{c}))
		}
		var lines strings.Builder
		for i, b := range out {
			lines.WriteString(b)
			if i < len(out)-1 {
				lines.WriteString(",")
			}
			if i%20 == 19 {
				lines.WriteString("\\\n  ")
			}
		}
		return lines.String()
	}
	switch {
	case strings.Contains(form, "%h"):
		return strings.Replace(form, "%h", registry(secret+"\x00"), 1)
	case strings.Contains(form, "%m"):
		return strings.Replace(form, "%m", registry("first=1\x00db.password="+secret+"\x00\x00"), 1)
	}
	return fmt.Sprintf(form, secret)
}

// traces are the forms in which a secret may be found.
func traces(secret string) [][]byte {
	raw := []byte(secret)
	le, be := wide(secret, binary.LittleEndian), wide(secret, binary.BigEndian)
	out := [][]byte{raw, le, be, []byte(url.QueryEscape(secret)), []byte(html.EscapeString(secret)), []byte(hex.EncodeToString(raw)), []byte(hex.EncodeToString(le))}
	js, _ := json.Marshal(secret)
	out = append(out, js[1:len(js)-1])
	var percent, unicode, bytesOf strings.Builder
	for _, c := range raw {
		fmt.Fprintf(&percent, "%%%02X", c)
		fmt.Fprintf(&unicode, "\\u%04x", c)
		fmt.Fprintf(&bytesOf, "%02x,00,", c)
	}
	out = append(out, []byte(percent.String()), []byte(strings.ToLower(percent.String())), []byte(unicode.String()), []byte(bytesOf.String()[:24]))
	for _, b := range [][]byte{raw, le} {
		for shift := range 3 {
			text := base64.StdEncoding.EncodeToString(append(make([]byte, shift), b...))
			out = append(out, []byte(strings.TrimRight(text, "=")[(shift*8+5)/6:][:len(b)*8/6-2]))
		}
	}
	return out
}

// skipped are forms that a packing cannot have, and names beyond ASCII where
// they are not told from other bytes: in base64 of UTF-16, and in the few bytes
// of another encoding behind UTF-16.
func skipped(form, packing string) bool {
	beyond := strings.ContainsFunc(form, func(c rune) bool { return c >= 0x80 })
	switch packing {
	case "utf-16le", "utf-16be":
		return !utf8.ValidString(form)
	case "base64 of utf-16", "8 bits behind utf-16":
		return beyond
	}
	return false
}

// TestPlantedCorpus plants secrets of every kind in every form and packing and
// searches what comes out.
func TestPlantedCorpus(t *testing.T) {
	rnd, n := rand.New(rand.NewPCG(5, 17)), 0
	for _, kind := range slices.Sorted(maps.Keys(plantedForms)) {
		for _, form := range plantedForms[kind] {
			for _, p := range packings {
				alphabet, size := special, 14
				switch {
				case strings.HasSuffix(kind, ":letters"):
					alphabet, size = letters, 11
				case strings.Contains(form, "d08c9ddf"):
					alphabet, size = hexa, 64
				case strings.HasSuffix(kind, ":key"):
					alphabet, size = mixed, 44
				case kind == "authorization" || kind == "token":
					alphabet, size = mixed, 24
				}
				if skipped(form, p.name) {
					continue
				}
				secret := invent(rnd, alphabet, size)
				text := p.pack(plant(form, secret))
				n++
				got := redactAll(t, text, StreamOptions{Encoding: p.enc}, 1+rnd.IntN(len(text)))
				for _, trace := range traces(secret) {
					if bytes.Contains(got, trace) {
						t.Errorf("%s, %s: %q is in the output of %q: %q", kind, p.name, trace, text, got)
						break
					}
				}
				if p.name == "plain" && (!bytes.HasPrefix(got, []byte("2024-03-05 14:22:31 INFO before\n")) || !bytes.HasSuffix(got, []byte("\n2024-03-05 14:22:32 INFO behind\n"))) {
					t.Errorf("%s: lines around it are gone: %q of %q", kind, got, text)
				}
			}
		}
	}
	if n < 600 || len(plantedForms) < 15 {
		t.Errorf("%d secrets of %d kinds were planted, want 600 of 15", n, len(plantedForms))
	}
	t.Logf("%d secrets of %d kinds", n, len(plantedForms))
}
