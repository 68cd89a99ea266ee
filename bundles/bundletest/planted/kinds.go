package planted

import (
	"maps"
	"slices"
	"strings"
)

// kind is how secrets of a kind are named, what they look like and where they
// stand.
type kind struct {
	nouns  []string
	values []class
	forms  []string // a form that begins with ^ has to begin its line
}

// Kinds are the names of all kinds of secret.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds())) }

// inline are forms of a name and its value within a line.
func inline() []string {
	return []string{
		`{n}={v}`, `{n}="{v}"`, `{n}='{v}'`, `{n}: {v}`, `{n} = {v}`, `{n}:{v}`, `{n} => "{v}"`, `"{n}":"{v}"`, `{"id":7,"{n}":"{v}","port":9443}`, `{\"{n}\":\"{v}\",\"a\":1}`, `{'{n}': '{v}', 'x': None}`,
		`<{n}>{v}</{n}>`, `<item {n}="{v}" port="9443"/>`, `<ns:{n} xsi:type="xs:string">{v}</ns:{n}>`, `agent.exe --{k} {v}`, `agent.exe --{k}={v} -v`, `agent.exe /{n}:{v} /q`, `agent.exe -{n} {v}`, `agent.exe /{n}={v}`, `GET /r?x=1&{s}={v}&y=2 HTTP/1.1`,
		`{n}:="{v}"`, `{n} := {v}`, `Config[{n}]={v}`, `["{n}"] = "{v}"`, `set{n}("{v}")`, `param {n}: "{v}"`, `{n}=[{v}]`, `Item(name={w}, {n}={v}, ttl=5)`, `{w}.{n}={v}`, `@{{n}="{v}"}`, `%26{s}%3D{v}%26`, `{n}\u003d{v}`, `{n}=&quot;{v}&quot;`, `{n}&#61;{v}`,
		`"Name":"{n}","Value":"{v}"`, `{"key":"{n}","type":"string","value":"{v}"}`, `<add key="{n}" value="{v}" />`, `<setting name='{n}'><value>{v}</value></setting>`, `<Data Name="{n}">{v}</Data>`, `reg add HKLM\Software\X /v {n} /t REG_SZ /d {v} /f`,
	}
}

// settings are forms of whole lines of configuration.
func settings() []string {
	return []string{
		`^{n}={v}`, `^{n} = {v}`, `^{n}: {v}`, `^{n} = "{v}"`, `^{n}="{v}"`, `^{n}='{v}'`, `^  {n}: '{v}'`, `^    {n}: "{v}"  # note`, `^"{n}"="{v}"`, `^export {N}={v}`, `^export {N}='{v}'`, `^set {N}={v}`, `^SET "{N}={v}"`, `^setx {N} "{v}" /M`, `^$env:{N} = "{v}"`, `^{N}={v}`, `^;{n}={v}`, `^# {n} = {v}`,
		`^{n}    REG_SZ    {v}`, `^    {n}    REG_EXPAND_SZ    {v}`, "^{n}\tREG_SZ\t{v}", "^\"{n}\":\n    \"{v}\",", "^{n}:\n  {v}", "^{n}: |\n  {v}", "^{n}: >\n    {v}", "^<{n}>\n  {v}\n</{n}>", "^[{w}]\n{n}={v}\nport=9443", "^- name: {N}\n  value: {v}", "^- {N}={v}", "^{n} : {v}", `^Environment="{N}={v}"`, `^ENV {N} {v}`, `^ENV {N}={v}`,
		"^<key>{n}</key>\n<string>{v}</string>", "^{n}=\\\n    {v}", "^{\n \"name\": \"{n}\",\n \"value\": \"{v}\"\n}", "^Name  : {n}\nValue : {v}",
		"^\"User\",\"{n}\",\"Host\"\n\"{u}\",\"{v}\",\"h\"", "^\"{n}\": {\n  \"value\": \"{v}\"\n}", "^<{n}>\n  <value>{v}</value>\n</{n}>", "^Name  : {n}\nType  : String\nValue : {v}",
	}
}

func both() []string { return slices.Concat(inline(), settings()) }

// kinds by their names.
func kinds() map[string]kind {
	chosen, made := []class{human, phrase, special, letters, digits}, []class{base64s, hexadec, base64url, guid}
	return map[string]kind{
		"password":   {[]string{"password", "passwd", "pwd", "pass word", "userpassword", "pswd"}, chosen, append(both(), `pass={v}`, `"pass": "{v}"`, `user={u} pass={v}`, `DB_PASS={v}`, `db.pass = "{v}"`, `<pass>{v}</pass>`, `--pass {v}`, `/pass:{v}`)},
		"passphrase": {[]string{"passphrase", "pass phrase", "passcode"}, []class{phrase, human, spaced}, quotedOnly(both())},
		"secret":     {[]string{"secret", "client secret", "shared secret", "app secret", "webhook secret"}, made, both()},
		"token":      {[]string{"token", "access token", "refresh token", "session token", "security token", "registration token"}, []class{base64url, hexadec, guid}, both()},
		"key":        {[]string{"account key", "access key", "api key", "shared key", "storage key", "encryption key", "private key", "master key", "secret access key", "subscription key"}, []class{base64s, hexadec, base64url}, both()},
		"sas": {nil, []class{base64url}, []string{
			`https://st{hex}.blob.core.windows.net/c/b.vhd?sv=2023-11-03&se=2026-12-01T00%3A00%3A00Z&sr=b&sp=rw&sig={v}%3D`, `sig={v}&se=1790000000&skn=Root`, `?SV=2021&SIG={v}&sp=r`, `BlobSas="?sv=2020-08-04&ss=b&sig={v}%3D&se=2027-01-01"`, `SharedAccessSignature sr=https%3A%2F%2F{h}&sig={v}&se=1790000000&skn=RootManage`,
			`url=https%3A%2F%2Fst{hex}.queue.core.windows.net%2Fq%3Fsv%3D2023%26sig%3D{v}%26se%3D2027`, `{"uri":"https:\/\/st.blob.core.windows.net\/c?sig={v}\u0026sp=r"}`, `<Sas>sv=2023&amp;sig={v}&amp;sp=r</Sas>`, `azcopy copy C:\x "https://st{hex}.file.core.windows.net/s?sv=2023&sig={v}"`, `LogUpload: PUT https://st{hex}.table.core.windows.net/t()?sv=2019-02-02&tn=t&sig={v}= 403`,
		}},
		"connection string": {[]string{"password"}, []class{human, base64s, hexadec}, []string{
			`Server=tcp:{h},1433;Initial Catalog=svsdb1;User ID={u};Password={v};Encrypt=True`, `Data Source={h};uid={u};pwd={v};`, `DefaultEndpointsProtocol=https;AccountName=st{hex};AccountKey={v};EndpointSuffix=core.windows.net`, `Endpoint=sb://{w}.servicebus.windows.net/;SharedAccessKeyName=Send;SharedAccessKey={v}`,
			`HostName={w}.azure-devices.net;DeviceId=d1;SharedAccessKey={v}`, `DRIVER={MySQL ODBC 8.0 Driver};SERVER=127.0.0.1;USER={u};PASSWORD={v};OPTION=3`, `connectionString="Server={h};Uid={u};Pwd={v};Database=x"`, `jdbc:mysql://{h}:3306/svsdb1?user={u}&password={v}&useSSL=true`, `jdbc:sqlserver://{h};databaseName=x;user={u};password={v}`,
			`host={h} port=5432 user={u} password={v} sslmode=require`, `AccountEndpoint=https://{w}.documents.azure.com:443/;AccountKey={v};`, `{w}.redis.cache.windows.net:6380,password={v},ssl=True`, `dsn="mysql:host={h};dbname=x", user="{u}", password="{v}"`, `Provider=SQLOLEDB.1;Password={v};Persist Security Info=True;User ID={u};Data Source={h}`,
		}},
		"authorization": {nil, []class{base64url}, []string{
			`Authorization: Bearer {v}`, `authorization: bearer {v}`, `"Authorization": "Bearer {v}"`, `{"headers":{"Authorization":["Bearer {v}"]}}`, `-H "Authorization: Bearer {v}"`, `curl -H 'X-Auth-Token: {v}' https://{h}/`, `Proxy-Authorization: Basic {v}`, `header Authorization=Bearer {v}`, `Authorization: SharedKey st{hex}:{v}=`, `Authorization: AWS4-HMAC-SHA256 Credential=x/y, SignedHeaders=host, Signature={v}`,
			`Authorization: Token {v}`, `got token "Bearer {v}" for {h}`, `WWW-Authenticate answered with Negotiate {v}`, `Authorization: ApiKey {v}`, `X-Api-Key: {v}`, `Ocp-Apim-Subscription-Key: {v}`, `x-functions-key: {v}`, `Api-Key {v}`, `X-Vault-Token: {v}`, `PRIVATE-TOKEN: {v}`,
		}},
		"cookie": {nil, []class{base64url, hexadec}, []string{
			`Cookie: ASP.NET_SessionId={v}; lang=de`, `Set-Cookie: .ASPXAUTH={v}; path=/; HttpOnly`, `"Cookie":"FedAuth={v}"`, `cookie: JSESSIONID={v}`, `Cookie: a=b; PHPSESSID={v}; c=d`, `sessionid={v}`, `vmware_soap_session="{v}"`,
		}},
		"jwt":         {nil, []class{base64url}, []string{`eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJodHRwczovL21hbmFnZW1lbnQifQ.{v}`, `token=eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJvaWQiOiI1{v}.{hex}{hex}{hex}`, `got "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwi{v}." back`, `?access=eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJyY20ifQ.{v}&x=1`}},
		"private key": {nil, []class{base64s}, []string{"^-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC{v}\n-----END PRIVATE KEY-----", "^-----BEGIN EC PRIVATE KEY-----\n{v}\n-----END EC PRIVATE KEY-----", "^-----BEGIN ENCRYPTED PRIVATE KEY-----\n{v}\n-----END ENCRYPTED PRIVATE KEY-----", `"key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA{v}\n-----END RSA PRIVATE KEY-----\n"`, "^key: |\n  -----BEGIN OPENSSH PRIVATE KEY-----\n  b3BlbnNzaC1rZXktdjEAAAAABG5vbmU{v}\n  -----END OPENSSH PRIVATE KEY-----", "^PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPrivate-Lines: 1\n{v}\nPrivate-MAC: {hex}"}},
		"userinfo": {nil, []class{human, letters, base64url, special}, []string{
			`http://{u}:{v}@{h}:8080/`, `https_proxy=http://{u}:{v}@10.20.0.9:3128`, `ftp://{u}:{v}@{h}/pub/x.iso`, `"proxy":"http:\/\/{u}:{v}@{h}:8080"`, `amqps://{u}:{v}@{h}:5671/%2F`, `mongodb+srv://{u}:{v}@{h}/db?retryWrites=true`, `git clone https://{u}:{v}@{h}/x.git`, `smb://CORP;{u}:{v}@{h}/share`, `PROXY http://{u}%3A{v}%40{h}:8080`, `redis://:{v}@{h}:6379/0`, `ldaps://cn={u}:{v}@{h}:636`,
		}},
		"command line": {nil, []class{human, phrase}, []string{
			`mysql --user={u} --password={v} svsdb1`, `mysqldump -u{u} -p{v} --all-databases`, `net use Z: \\{h}\share {v} /user:CORP\{u}`, `net use \\{h}\c$ /user:CORP\{u} {v}`, `psexec \\{h} -u CORP\{u} -p {v} cmd`, `schtasks /create /tn x /tr y /ru CORP\{u} /rp {v}`, `sc.exe config svagents obj= CORP\{u} password= {v}`, `cmdkey /add:{h} /user:{u} /pass:{v}`, `sshpass -p {v} ssh root@{h}`, `sshpass -p'{v}' scp x root@{h}:/tmp`, `plink -batch -pw {v} root@{h}`, `pscp.exe -pw "{v}" x root@{h}:`,
			`wmic /node:{h} /user:{u} /password:{v} os get caption`, `curl -u {u}:{v} https://{h}/`, `curl --user '{u}:{v}' https://{h}/`, `wget --user={u} --password={v} https://{h}/`, `sqlcmd -S {h} -U sa -P {v} -Q "select 1"`, `7z a -p{v} x.7z y`, `openssl pkcs12 -in x.pfx -passin pass:{v}`, `keytool -list -storepass {v} -keystore x`, `certutil -p {v} -importPFX x.pfx`, `winrs -r:{h} -u:{u} -p:{v} hostname`, `expect -c 'send "password={v}\r"'`,
			`UnifiedAgent.exe /Role Agent /Passphrase {v}`, `UnifiedSetup.exe /AcceptThirdpartyEULA /ServerMode PS /PassphraseFilePath C:\x /MySQLPassword {v}`, `echo {v} | passwd --stdin root`, `useradd -p {v} {u}`, `ipmitool -H {h} -U {u} -P {v} power status`, `vim-cmd -U {u} -P {v} vmsvc/getallvms`, `snmpwalk -v3 -u {u} -A {v} {h}`, `ldapsearch -D cn=x -w {v} -H ldap://{h}`, `kinit {u} --password={v}`, `az login --service-principal -u x -p {v} --tenant y`, `New-PSDrive -Credential (New-Object PSCredential("{u}", (ConvertTo-SecureString "{v}" -AsPlainText -Force)))`, `xfreerdp /u:{u} /p:{v} /v:{h}`, `iscsicli AddTarget x {u} /chapsecret:{v}`, `netsh wlan set hostednetwork key={v}`, `bcdedit /dbgsettings net key:{v}`, `manage-bde -unlock E: -RecoveryPassword {v}`, `docker run -e DB_PASSWORD={v} x`, `vmware-cmd -H {h} -U {u} --password "{v}"`,
		}},
		"environment": {[]string{"password", "secret", "token", "passwd", "api key", "access key"}, []class{human, base64url, hexadec}, []string{
			`^{N}={v}`, `^export {N}="{v}"`, `^set {N}={v}`, `^declare -x {N}="{v}"`, `^{N}                    {v}`, `env: {N}={v}`, `["PATH=/usr/bin","{N}={v}"]`, `^Environment="A=1" "{N}={v}"`, `environ {N}={v} HOME=/root`, `{"name":"{N}","value":"{v}"}`, `process env {"{N}": "{v}"}`, `^setenv {N} {v}`, `^{N}: {v}`,
		}},
		"registry": {[]string{"password", "secret", "passphrase", "pwd", "token", "account key"}, []class{human, base64s, hexadec}, []string{
			`^"{n}"="{v}"`, `^    {n}    REG_SZ    {v}`, "^{n}\tREG_SZ\t{v}", `^{n} : {v}`, `RegSetValueEx({n}, REG_SZ, "{v}")`, `HKLM\SOFTWARE\X\{n} = {v}`, `value {n} (REG_SZ): {v}`, `reg.exe add "HKLM\SOFTWARE\X" /v {n} /d "{v}"`, `New-ItemProperty -Path HKLM:\X -Name {n} -Value "{v}"`, `Set-ItemProperty HKLM:\X {n} {v}`, `^{n}  REG_MULTI_SZ  {v}`,
		}},
		"sql":           {nil, []class{human, special}, []string{`ALTER USER '{u}'@'%' IDENTIFIED BY '{v}';`, `SET PASSWORD FOR '{u}'@'localhost' = PASSWORD('{v}')`, `CREATE LOGIN {u} WITH PASSWORD = N'{v}', CHECK_POLICY=OFF`, `GRANT ALL ON svsdb1.* TO '{u}' IDENTIFIED BY "{v}"`, `UPDATE users SET password='{v}' WHERE id=7`, `INSERT INTO accounts (name, password) VALUES ('{u}', '{v}')`, `CREATE ROLE {u} LOGIN PASSWORD '{v}'`, `IDENTIFIED WITH mysql_native_password BY '{v}'`, `CREATE CREDENTIAL c WITH IDENTITY='x', SECRET = '{v}'`}},
		"hash":          {nil, []class{hexadec}, []string{`{u}:$6$rounds=5000${hex}${v}{hex}:19000:0:99999:7:::`, `{u}:$y$j9T${hex}${v}:19000::::::`, `htpasswd {u}:$apr1${hex}${v}`, `{SSHA512}{v}{hex}`, `admin:$2y$10${v}{hex}`, `NTLM hash {u}:500:aad3b435b51404eeaad3b435b51404ee:{v}:::`}},
		"vendor token":  {nil, []class{base64url}, []string{`ghp_{v}`, `github_pat_11{v}`, `glpat-{v}`, `xoxb-1234-{v}`, `sk_live_{v}`, `npm_{v}`, `AIza{v}`, `hvs.{v}`, `dop_v1_{v}`, `SG.{v}.{hex}{hex}`, `ya29.{v}`, `sk-ant-{v}`, `sk-proj-{v}`, `https://hooks.slack.com/services/T0001/B0001/{v}`, `https://{w}.webhook.office.com/webhookb2/{v}`, `pat-na1-{v}`}},
		"powershell":    {nil, []class{human, special}, []string{`ConvertTo-SecureString "{v}" -AsPlainText -Force`, `$p = ConvertTo-SecureString -String '{v}' -AsPlainText -Force`, `[pscredential]::new("{u}", ("{v}" | ConvertTo-SecureString -AsPlainText -Force))`, `New-Object System.Net.NetworkCredential("{u}","{v}")`, `$Password = "{v}"`, `-Password:"{v}"`, `Set-OBMachineSetting -ProxyPassword (ConvertTo-SecureString "{v}" -AsPlainText)`, `Connect-VIServer {h} -User {u} -Password '{v}'`, `$cred.GetNetworkCredential().Password -> {v}`, `Set-ADAccountPassword {u} -NewPassword "{v}"`, `Import-PfxCertificate -Password (ConvertTo-SecureString '{v}' -Force -AsPlain)`}},
		"snmp and chap": {[]string{"community", "chap secret", "radius secret", "psk", "pre shared key", "auth pass", "priv pass"}, []class{human, hexadec}, []string{`^{n}={v}`, `^{n} = "{v}"`, `{n}="{v}"`, `"{n}":"{v}"`, `snmp-server community {v} RO`, `<{n}>{v}</{n}>`, `ike pre-shared-key {v}`, `crypto isakmp key {v} address 10.0.0.1`, `radius-server key {v}`, `node.session.auth.password = {v}`, `node.session.auth.password_in = {v}`, `wpa_passphrase={v}`}},
		"sentence":      {nil, []class{human}, []string{`the password is {v}`, `Using password "{v}" for {u}`, `login as {u} with password '{v}' failed`, `password for {u} is {v}`, `password {v} was rejected`, `changed password from '{v}' for {u}`, `temporary password: {v}`, `credentials: {u}/{v}`, `logging in as {u} with passphrase "{v}"`, `user {u} password {v}`, `username={u} password={v}`, `Login: {u} Password: {v}`, `invalid password '{v}'`, `secret "{v}" accepted`, `new passphrase '{v}' saved`, `user={u}, pw={v}`, `Kennwort lautet {v}`, `Kennwort für {u}: {v}`, `le mot de passe est {v}`, `la contraseña es {v}`, `credential {u}:{v} stored`}},
		"foreign":       {[]string{"Kennwort", "Passwort", "contraseña", "motdepasse", "пароль", "パスワード", "密码", "hasło", "senha", "lösenord"}, []class{human, strange}, []string{`{n}={v}`, `{n}: {v}`, `"{n}":"{v}"`, `^{n} = {v}`, `<{n}>{v}</{n}>`}},
	}
}

// bounded reports whether a form says where a value ends that has any characters
// in it: by quotes, tags or the end of the line.
func bounded(form string) bool {
	return strings.Contains(form, `"{v}"`) || strings.Contains(form, `'{v}'`) || strings.Contains(form, `>{v}<`) || form[0] == '^' && strings.HasSuffix(form, "={v}")
}

// quotedOnly are the forms in which blanks belong to the value.
func quotedOnly(forms []string) []string {
	return slices.DeleteFunc(forms, func(f string) bool { return !bounded(f) || strings.HasSuffix(f, "{v}") })
}
