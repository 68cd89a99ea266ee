package cmd

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/cmd/winetest"
)

const scripts = "../collector/script/"

// inScripts is what no script may take, wherever it stands.
const inScripts = "Pl4nted-s3cret"

// TestScriptsAreShort: somebody is to read them before they run.
func TestScriptsAreShort(t *testing.T) {
	const most = 120
	for _, name := range []string{"asrcollect.sh", "asrcollect.cmd"} {
		text := readFile(t, scripts+name)
		if n := bytes.Count(text, []byte("\n")); n > most || n < most/2 {
			t.Errorf("%s has %d lines, at most %d are allowed", name, n, most)
		}
		for i, c := range text {
			if c >= 0x80 {
				t.Fatalf("%s: byte %d is not ASCII: code pages differ", name, i)
			}
		}
		if returns, lines := bytes.Count(text, []byte("\r\n")), bytes.Count(text, []byte("\n")); strings.HasSuffix(name, ".cmd") != (returns == lines) {
			t.Errorf("%s has %d line ends of Windows in %d", name, returns, lines)
		}
		for _, word := range []string{"ProxyPassword", "PASSW", "passphrase.", "powershell", "curl", "wget"} {
			if strings.Contains(string(text), word) {
				t.Errorf("%s speaks of %s", name, word)
			}
		}
	}
}

// TestShellCheck: no form that only one shell knows, no word that is not quoted.
func TestShellCheck(t *testing.T) {
	out, err := exec.Command(program.Path(t, "shellcheck"), "--shell=sh", scripts+"asrcollect.sh", "sign.sh").CombinedOutput()
	if err != nil {
		t.Errorf("shellcheck: %v\n%s", err, out)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// plant writes files below a folder: path, content.
func plant(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// taken reads a folder back, with slashes, and fails where something planted
// is in it.
func taken(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		files[filepath.ToSlash(rel)] = string(data)
		if bytes.Contains(data, []byte(inScripts)) {
			t.Errorf("%s has what must never be taken", rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

const agentLine = "#~> (03-05-2026 14:22:31):   ERROR  2508 8408 313 TransportStream::Write: Failed to send data\n"

// TestShellScript runs the script with every shell that there is on a tree of a
// protected machine, and lets asrdiag read what it took.
func TestShellScript(t *testing.T) {
	root := t.TempDir()
	plant(t, root, map[string]string{
		"var/log/svagents_curr_1.log":                    strings.Repeat(agentLine, 40),
		"var/log/ArchivedLogs/svagents_old.log.gz":       gzipped(t, agentLine),
		"var/log/s2_curr_1.log":                          strings.Repeat(agentLine, 2000),
		"var/log/s2_huge.log.gz":                         strings.Repeat("x", 30_000),
		"var/log/auth.log":                               inScripts,
		"usr/local/InMage/private/s2_passphrase.log":     inScripts,
		"usr/local/drscout.conf":                         "[vxagent]\nAccountID = " + inScripts + "\nLogLevel = 3\n[vxagent.transport]\nHostname=10.1.0.4\nPort = 9443\nPassPort = " + inScripts + "\n",
		"usr/local/.vx_version":                          "VERSION=9.63\nPROD_VERSION=1\n",
		"etc/environment":                                "PATH=/bin\nhttps_proxy=http://u:" + inScripts + "/x@proxy:8080\nno_proxy=localhost\nMY_TOKEN=" + inScripts + "\n",
		"usr/local/InMage/private/connection.passphrase": inScripts,
	})
	for link, target := range map[string]string{
		"var/log/s2_link.log": "usr/local/InMage/private/s2_passphrase.log",
	} {
		if err := os.Symlink(filepath.Join(root, target), filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, shell := range [][]string{{"sh"}, {"dash"}, {"bash", "--posix"}, {"busybox", "sh"}} {
		t.Run(shell[0], func(t *testing.T) {
			program.Path(t, shell[0])
			dir := filepath.Join(t.TempDir(), "out folder")
			cmd := exec.Command(shell[0], append(shell[1:], scripts+"asrcollect.sh", dir)...)
			cmd.Env = append(os.Environ(), "ASR_ROOT="+root, "ASR_MAX_BYTES=20000")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, _ := cmd.Output()
			if code := cmd.ProcessState.ExitCode(); code != 3 || strings.TrimSpace(string(out)) != dir {
				t.Fatalf("exit code %d, stdout %q\n%s", code, out, &stderr)
			}
			if !strings.Contains(stderr.String(), "NOT redacted") || strings.Contains(stderr.String(), "syntax") {
				t.Errorf("it says %s", &stderr)
			}
			checkShellTree(t, dir)
		})
	}
}

func checkShellTree(t *testing.T, dir string) {
	t.Helper()
	files := taken(t, dir)
	index := files["asrcollect-index.txt"]
	for _, line := range []string{
		"asrcollect-script 1\n", "\nos linux\n", "\nok logs/svagents/var/log/svagents_curr_1.log: ", "\nok logs/svagents/var/log/ArchivedLogs/svagents_old.log.gz: ",
		"\npartial logs/s2/var/log/s2_curr_1.log: the last 20000 of ", "\nskipped logs/s2/var/log/s2_huge.log.gz: 30000 bytes compressed",
		"\nskipped logs/s2/var/log/s2_link.log: a link", "\nok drscout.txt: ", "\ndone ",
	} {
		if !strings.Contains(index, line) {
			t.Errorf("the list lacks %q:\n%s", line, index)
		}
	}
	if tail := files["logs/s2/var/log/s2_curr_1.log"]; !strings.HasPrefix(tail, "#~> (") || !strings.HasSuffix(tail, agentLine) || len(tail) > 20_000 || len(tail) < 19_000 {
		t.Errorf("the end of a large log has %d bytes and begins %.20q", len(tail), tail)
	}
	for name, want := range map[string]string{
		"drscout.txt": "LogLevel = 3\nHostname=10.1.0.4\nPort = 9443\n", "environment.txt": "https_proxy=removed@proxy:8080\nno_proxy=localhost\n",
		"vx-version.txt": "VERSION=9.63\n",
	} {
		if files[name] != want {
			t.Errorf("%s is %q, want %q", name, files[name], want)
		}
	}
	if !strings.Contains(files["READ-ME-FIRST.txt"], "NOTHING WAS REMOVED") {
		t.Error("nothing says that the logs are as they were")
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v, %v", info.Mode(), err)
	}
}

// TestShellScriptRead: asrdiag takes the folder for what it is.
func TestShellScriptRead(t *testing.T) {
	work, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	requirePacks(t, work)
	root, dir := t.TempDir(), t.TempDir()
	plant(t, root, map[string]string{"var/log/svagents_curr_1.log": strings.Repeat(agentLine, 40)})
	cmd := exec.Command("sh", scripts+"asrcollect.sh", filepath.Join(dir, "raw"))
	cmd.Env = append(os.Environ(), "ASR_ROOT="+root)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	build(t, work, dir, "linux", "asrdiag")
	checkRaw(t, dir, "raw", "source-machine", "linux", "logs/svagents/var/log/svagents_curr_1.log")
}

// checkRaw lets asrdiag analyze raw logs.
func checkRaw(t *testing.T, dir, name, role, system, log string) {
	t.Helper()
	out, code := runNative(t, dir, "./asrdiag", "--format", "json", name)
	var r struct {
		Bundle struct {
			Kind, Role string
			Host       struct{ Name, OS string }
		}
		Verdict struct{ State string }
		Logs    []struct{ File string }
	}
	if err := json.Unmarshal(out, &r); err != nil || code != 4 {
		t.Fatalf("exit code %d, %v\n%s", code, err, out)
	}
	if r.Bundle.Kind != "raw" || r.Bundle.Role != role || r.Bundle.Host.OS != system || r.Bundle.Host.Name == "" || r.Verdict.State == "healthy" {
		t.Errorf("the report says %+v", r)
	}
	for _, l := range r.Logs {
		if l.File == log {
			return
		}
	}
	t.Errorf("%s is not among the logs %v", log, r.Logs)
}

// windowsScriptRun runs the script under Wine's cmd. What Wine lacks is left out
// of it: sc query says nothing there, and tools that are not there give errors.
func windowsScriptRun(t *testing.T, prefix *winetest.Prefix, dir string) {
	const sv = "ProgramData/ASR/home/svsystems/"
	plant(t, prefix.DriveC(), map[string]string{
		sv + "var/monitor_protection.log": strings.Repeat("2026-03-05 14:22:31:004211 INFO : MONITOR_PROTECTION 5120 : all is well at A.pm line 1\r\n", 5),
		sv + "var/large.log":              strings.Repeat("x", 9000),
		sv + "var/ProcessServer_Logs/Default/InMageAdminLogV2_current.json":              "{}\r\n",
		sv + "transport/log/cxps.err.log":                                                "2026-Mar-05 14:22:31\tINFO\tSSL SERVER STARTED\r\n",
		sv + "transport/private/cxps.err.log":                                            inScripts,
		sv + "etc/amethyst.conf":                                                         "CX_TYPE = \"2\"\r\nDB_PASSWD = \"" + inScripts + "\"\r\nPS_IP=\"10.1.0.9\"\r\nPS_IP_KEY = " + inScripts + "\r\nCS_IP = u:" + inScripts + "@h\r\n",
		"Program Files/Microsoft Azure Recovery Services Agent/Temp/CBEngineCurr.errlog": "1A2C\t0F40\t03/05\t14:22:31.455\t18\tx.cpp(4)\t\tT\tD\tNORMAL\tline\r\n",
	})
	key := `HKLM\SOFTWARE\Microsoft\Azure Site Recovery\ProxySettings`
	for name, value := range map[string]string{"ProxyAddress": "http://u:" + inScripts + "@proxy", "ProxyPort": "8080", "ProxyPassword": inScripts} {
		if r := prefix.Run(t, dir, "reg", "add", key, "/v", name, "/d", value, "/f"); r.Code != 0 {
			t.Fatalf("reg add: %d\n%s", r.Code, r.Stdout)
		}
	}
	plant(t, dir, map[string]string{"asrcollect.cmd": string(readFile(t, scripts+"asrcollect.cmd"))})
	t.Setenv("ASR_MAX_BYTES", "8000")
	r := prefix.Run(t, dir, "cmd", "/c", "asrcollect.cmd", "raw script")
	if r.Code != 3 || !strings.Contains(string(r.Stderr), "NOT redacted") {
		t.Fatalf("exit code %d\n%s", r.Code, r.Stderr)
	}
	files := taken(t, filepath.Join(dir, "raw script"))
	const logs = "logs/tmansvc/C/" + sv + "var/"
	for name, part := range map[string]string{
		logs + "monitor_protection.log": "all is well", "logs/cxps/C/" + sv + "transport/log/cxps.err.log": "SSL SERVER",
		"logs/process-server/C/" + sv + "var/ProcessServer_Logs/Default/InMageAdminLogV2_current.json":   "{}",
		"logs/cbengine/C/Program Files/Microsoft Azure Recovery Services Agent/Temp/CBEngineCurr.errlog": "NORMAL",
		"registry.txt": "8080", "amethyst.txt": "CX_TYPE = \"2\"\r\nPS_IP = \"10.1.0.9\"", "network.txt": "$ ipconfig /all", "services.txt": `$ sc qc "InMage PushInstall"`,
		"READ-ME-FIRST.txt": "NOTHING WAS REMOVED", "asrcollect-index.txt": "skipped " + strings.ReplaceAll(logs, "/", `\`) + "large.log: 9000 bytes, more than 8000",
	} {
		if !strings.Contains(files[name], part) {
			t.Errorf("%s lacks %q: %q", name, part, files[name])
		}
	}
	if _, has := files[logs+"large.log"]; has {
		t.Error("a log over the limit was taken")
	}
	if text := files["amethyst.txt"]; strings.Contains(text, "CS_IP") || strings.Contains(text, "PASSWD") {
		t.Errorf("amethyst.txt is %q", text)
	}
	checkRaw(t, dir, "raw script", "process-server", "windows", logs+"monitor_protection.log")
}
