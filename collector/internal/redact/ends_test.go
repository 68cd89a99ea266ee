package redact

import (
	"bytes"
	"strings"
	"testing"
)

// TestValueEndsAtLogLine wants the lines of a log that follow what may open a
// value of several lines, or a table, unchanged.
func TestValueEndsAtLogLine(t *testing.T) {
	openers := []string{
		"usage: x --password <password>", "  -p <password>", "<password>", "<setting name=\"Password\"", "INFO: <Secret>",
		"\"password\": {", "  \"tokens\": [", "\"password\":", "credentials = {", "func readPassword(x) {", "secret {",
		"password = \"\"\"", "token = '''", "$password = @'", "cat > password <<EOF", "PASSWORD=$(cat <<EOF", "chpasswd <<EOF",
		"password: |", "  secret: >-", "Enter password:", "password=", "name: password", "\"name\": \"password\",", "<td>Password</td>",
		"Content-Disposition: form-data; name=\"password\"", "user,password", "name,password,status", "user:password:uid", "name\tpassword",
		"| user | password | host |", "Name      Password    Size", "-----BEGIN PRIVATE KEY-----", "the header -----BEGIN PRIVATE KEY----- was not found",
		"PasswordHistory : {", "secrets:", "  \"ALLOW_PASSWORD_AUTH\",", "d41d8cd98f00b204e9800998ecf8427e  etc/pam.d/passwd",
		"d41d8cd98f00b204e9800998ecf8427e  bin/pwd", "pass | control-port",
	}
	log := strings.Join([]string{
		"2024-03-05 14:22:31.123 INFO  [worker-1] replication of disk 1 progressed to 3 %, 0x80072ee2",
		"[2024-03-05T14:22:32Z] sent 12 of 20 blocks: ok, 3 s",
		"Mar  5 14:22:33 srv cxps[12]: connection from 10.0.0.1, port 9443",
		"14:22:34 heartbeat, 4 s",
		"2024-03-05 14:22:35,001 name: value",
		"",
	}, "\n")
	for _, opener := range openers {
		text := []byte("first line of it\n" + opener + "\n" + log)
		got := redactAll(t, text, StreamOptions{}, 4097)
		if !bytes.HasSuffix(got, []byte(log)) {
			t.Errorf("behind %q the log was changed to\n%s", opener, got)
		}
	}
}

// TestStamped tells lines of logs from others.
func TestStamped(t *testing.T) {
	for line, want := range map[string]bool{
		"2024-03-05 14:22:31 x": true, "[2024-03-05T14:22:31Z]": true, "Mar  5 14:22:31 srv": true, "14:22:31 x": true,
		"14:22:31.004 x": true, "03/05/2024 14:22": true, "2026-Nov-20 08:14:55": true, "(11-20-2026 08:14:55): x": true,
		"": false, "x": false, "12:34:56:78:9a:bc": false, "    00:c3:12:9f:": false, "2024": false, "192.168.10.1 x": false,
		"1.2.3.4": false, "4711-0815": false, "12:30": false, "Marked 5 files": false,
	} {
		if got := stamped([]byte(line)); got != want {
			t.Errorf("stamped(%q) = %v, want %v", line, got, want)
		}
	}
}

// TestCertificateStays wants certificates and public keys unchanged, whose lines
// may be text in base64, and what follows them judged as ever.
func TestCertificateStays(t *testing.T) {
	const line = "Q2VydGlmaWNhY2lvbiBGaXJtYXByb2Zlc2lvbmFsIENJRiBBNjI2MzQwNjgwggIi\n"
	for _, label := range []string{"CERTIFICATE", "TRUSTED CERTIFICATE", "PUBLIC KEY", "X509 CRL", "PGP PUBLIC KEY BLOCK"} {
		text := []byte("x\n-----BEGIN " + label + "-----\n" + line + line + line + "QUJD\n=ab12\n-----END " + label + "-----\n")
		wantSame(t, text, redactAll(t, text, StreamOptions{}, 4097), label)
	}
	text := []byte("-----BEGIN CERTIFICATE-----\n" + line + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\nx\n" + line)
	if got := redactAll(t, text, StreamOptions{}, 4097); bytes.Contains(got, []byte("MIIEvQ")) || bytes.Count(got, []byte(line)) != 1 {
		t.Errorf("%q became %q", text, got)
	}
}

// TestVaultPathStays wants the path of a vault whole, which looks random.
func TestVaultPathStays(t *testing.T) {
	const in = `  "AzureKeyVaultArmId": "/subscriptions/0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9/resourceGroups/rg-dr/providers/Microsoft.KeyVault/vaults/appl01kv",`
	if got := shared.String(in, nil); got != in {
		t.Errorf("%q became %q", in, got)
	}
}
