package certificates

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// made makes a certificate and its key.
func made(t *testing.T, name string) (der, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}},
		NotBefore: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), NotAfter: time.Date(2028, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	if der, err = x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k); err != nil {
		t.Fatal(err)
	}
	key, err = x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return der, key
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestFiles(t *testing.T) {
	der, key := made(t, "ps01")
	dir, err := os.MkdirTemp(".", "certificates")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for name, text := range map[string]string{
		"der.crt": string(der), "pem.crt": "text before\n" + block("CERTIFICATE", der), "both.pem": block("PRIVATE KEY", key) + block("CERTIFICATE", der) + block("CERTIFICATE", der),
		"damaged.crt": block("CERTIFICATE", der) + block("CERTIFICATE", der[:40]), "nothing.crt": "hello", "empty.crt": "", "csr.pem": block("CERTIFICATE REQUEST", key), "large.crt": strings.Repeat("x", maxFile+1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sum := sha256.Sum256(der)
	for name, want := range map[string]string{
		"der.crt": "true CN=ps01,O=Example key absent", "pem.crt": "true CN=ps01,O=Example key false", "both.pem": "true CN=ps01,O=Example key true; true CN=ps01,O=Example key true",
		"damaged.crt": "true CN=ps01,O=Example key false; error read certificate", "nothing.crt": "error read certificate", "empty.crt": "error read certificate",
		"csr.pem": "error it has no certificate", "large.crt": "error ", "none.crt": "false  key absent", ".": "error ",
	} {
		list := []profiles.Certificate{{Name: "c", File: "/" + name}}
		f, err := Read(context.Background(), list, Options{Expand: func(string) (string, bool) { return filepath.Join(dir, name), true }})
		var got []string
		for _, c := range f.Items {
			has := "absent"
			if c.HasPrivateKey != nil {
				has = fmt.Sprint(*c.HasPrivateKey)
			}
			one := fmt.Sprintf("%v %s key %s", c.Exists, c.Subject, has)
			if c.Error != "" {
				one = "error " + c.Error
			} else if c.Exists && (c.SHA256 != hex.EncodeToString(sum[:]) || len(c.Thumbprint) != 40 || c.NotAfter.Year() != 2028) {
				t.Errorf("%s: %+v", name, c)
			}
			got = append(got, one)
		}
		if text := strings.Join(got, "; "); !strings.HasPrefix(text, want) || (err != nil) != strings.Contains(want, "error") {
			t.Errorf("%s: %q, %v, want %q", name, text, err, want)
		}
	}
	f, err := Read(context.Background(), []profiles.Certificate{{Name: "c", File: "${x}/y"}}, Options{Expand: func(string) (string, bool) { return "", false }})
	if err != nil || len(f.Items) != 1 || f.Items[0].Exists || f.Items[0].Place != "${x}/y" {
		t.Errorf("a path that is not known: %+v, %v", f, err)
	}
}

func TestStores(t *testing.T) {
	one, _ := made(t, "CB_one")
	two, _ := made(t, "two")
	opt := Options{
		Store: func(name string) ([]Stored, error) {
			switch name {
			case "MY":
				return []Stored{{one, true}, {two, false}, {[]byte("odd"), true}}, nil
			case "none":
				return nil, fs.ErrNotExist
			}
			return nil, fs.ErrPermission
		},
		Value: func(ref string) (string, bool) { return "AB CD", ref == `HKLM\X:T` },
	}
	d, _ := describe(two, bundles.Certificate{})
	for _, c := range []struct {
		item profiles.Certificate
		want string
	}{
		{profiles.Certificate{Store: "MY", Subject: "cn=cb_*"}, "true CN=CB_one,O=Example true"},
		{profiles.Certificate{Store: "MY", Thumbprint: strings.ToUpper(d.Thumbprint)}, "true CN=two,O=Example false"},
		{profiles.Certificate{Store: "MY", Thumbprint: `${HKLM\X:T}`}, "false  "},
		{profiles.Certificate{Store: "MY", Thumbprint: `${HKLM\X:None}`}, "false  "},
		{profiles.Certificate{Store: "none", Subject: "x"}, "false  "},
		{profiles.Certificate{Store: "ROOT", Subject: "x"}, "denied: permission denied"},
	} {
		f, err := Read(context.Background(), []profiles.Certificate{c.item}, opt)
		if len(f.Items) != 1 {
			t.Fatalf("%+v: %+v, %v", c.item, f, err)
		}
		got := f.Items[0]
		text := got.Error
		if text == "" {
			text = fmt.Sprintf("%v %s ", got.Exists, got.Subject)
			if got.HasPrivateKey != nil {
				text += fmt.Sprint(*got.HasPrivateKey)
			}
		}
		if text != c.want || got.Place != "store:"+c.item.Store || (err != nil) != (got.Error != "") {
			t.Errorf("%+v: %q, %v, want %q", c.item, text, err, c.want)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"))
	f.Add([]byte{0x30, 0x82})
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(t.TempDir(), "c")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if items, err := ofFile(path, bundles.Certificate{}); err == nil && len(items) == 0 {
			t.Error("neither certificate nor error")
		}
	})
}
