package cmd

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/cmd/wine"
	"github.com/asrdiag/asrdiag/cmd/winetest"
)

// signer makes a certificate for signing programs, which nobody trusts, and its
// key.
func signer(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	out, err := exec.Command(program.Path(t, "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
		"-subj", "/CN=asrdiag test", "-addext", "extendedKeyUsage=codeSigning", "-addext", "keyUsage=digitalSignature").CombinedOutput()
	if err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	return cert, key
}

// sign signs the programs of a folder as a release does.
func sign(dir string, env ...string) (string, error) {
	cmd := exec.Command("sh", "sign.sh", dir)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// verified says what osslsigncode says of a signature.
func verified(t *testing.T, exe string, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(program.Path(t, "osslsigncode"), append([]string{"verify", "-in", exe}, args...)...).CombinedOutput()
	return string(out), err
}

// TestSign signs the built programs, verifies that, and sees that a changed
// byte is noticed and that nothing else has changed.
func TestSign(t *testing.T) {
	program.Path(t, "osslsigncode")
	dir := t.TempDir()
	cert, key := signer(t, dir)
	for _, name := range []string{"asrcollect.exe", "asrdiag.exe"} {
		data, err := os.ReadFile("../bin/" + name)
		if err != nil {
			program.Missing(t, "there is no bin/"+name+"; run make build first")
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := sign(dir, "SIGN_CERT="+cert); err == nil || !strings.Contains(out, "SIGN_KEY is not set") {
		t.Errorf("without a key: %v, %s", err, out)
	}
	if out, err := sign(dir, "SIGN_CERT="+cert, "SIGN_KEY="+key); err != nil {
		t.Fatalf("sign.sh: %v\n%s", err, out)
	}
	for _, name := range []string{"asrcollect.exe", "asrdiag.exe"} {
		t.Run(name, func(t *testing.T) { checkSigned(t, "../bin/"+name, filepath.Join(dir, name), cert) })
	}
	t.Run("wine", func(t *testing.T) {
		program.Path(t, wine.Program)
		prefix := winetest.New(t)
		bare := prefix.Run(t, "../bin", "asrcollect.exe", "version")
		got := prefix.Run(t, dir, "asrcollect.exe", "version")
		if got.Code != 0 || len(got.Stdout) == 0 || !bytes.Equal(got.Stdout, bare.Stdout) {
			t.Errorf("exit code %d, %q, want %q\n%s", got.Code, got.Stdout, bare.Stdout, got.Stderr)
		}
	})
}

// TestSignTarget: make hands on what a release names.
func TestSignTarget(t *testing.T) {
	cmd := exec.Command(program.Path(t, "make"), "-n", "-C", "..", "sign", "SIGN_CERT=chain.pem", "SIGN_KEY=pkcs11:id=1", "SIGN_TIME=http://time.example")
	out, err := cmd.CombinedOutput()
	want := `SIGN_CERT="chain.pem" SIGN_KEY="pkcs11:id=1" SIGN_PASS="" SIGN_TIME="http://time.example" sh cmd/sign.sh bin`
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("make sign: %v, want %s in\n%s", err, want, out)
	}
}

func checkSigned(t *testing.T, bare, signed, cert string) {
	if out, err := verified(t, signed, "-CAfile", cert); err != nil || !strings.Contains(out, "Signature verification: ok") {
		t.Errorf("the signature does not hold: %v\n%s", err, out)
	}
	if _, err := verified(t, signed); err == nil {
		t.Error("the signature of somebody whom nobody knows is trusted")
	}
	if out, err := verified(t, bare, "-CAfile", cert); err == nil {
		t.Errorf("a program without a signature has one:\n%s", out)
	}
	want, err := buildinfo.ReadFile(bare)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := buildinfo.ReadFile(signed); err != nil || got.String() != want.String() {
		t.Errorf("its build information is %v, %v, want %v", got, err, want)
	}
	for _, kind := range []uint32{typeVersion, typeManifest} {
		if !bytes.Equal(resource(t, resources(t, bare), kind), resource(t, resources(t, signed), kind)) {
			t.Errorf("its resource %d is another", kind)
		}
	}
	data := readFile(t, signed)
	for _, at := range []int{0x200, len(data) / 2, len(data) - 4096} {
		changed := filepath.Join(t.TempDir(), "changed.exe")
		flipped := bytes.Clone(data)
		flipped[at] ^= 1
		if err := os.WriteFile(changed, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := verified(t, changed, "-CAfile", cert); err == nil {
			t.Errorf("byte %d was changed and the signature holds:\n%s", at, out)
		}
	}
}
