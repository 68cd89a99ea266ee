package simulator

import (
	"crypto/x509"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// A certificate of the store is there under its name, and its key with it; one
// that is absent has only the name.
func TestStore(t *testing.T) {
	in := &Incident{}
	for _, l := range []string{"Agent@30d | without key", "Agent@9d | with key", "Other | absent"} {
		if err := in.storedLine(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.storedLine("x | perhaps"); err == nil {
		t.Error("a word that nobody knows is taken")
	}
	now := time.Now()
	s := &Servers{Vars: Vars{}, certs: map[string]*certificate{}}
	if err := s.makeStored(in.Store, now); err != nil {
		t.Fatal(err)
	}
	keys := s.storeKeys(in.Store)
	if len(keys) != 1 || len(in.Store) != 2 || !strings.HasSuffix(keys[0].Path, `\`+s.Vars["Agent.thumbprint"]) || len(s.Vars["Other.thumbprint"]) != 40 {
		t.Fatalf("keys = %+v of %+v", keys, in.Store)
	}
	blob, err := hex.DecodeString(keys[0].Values[0].Data)
	if err != nil || blob[0] != propKey {
		t.Fatalf("the element begins with %x, %v", blob[:4], err)
	}
	der := s.certs["Agent@9d"].pair.Certificate[0]
	c, err := x509.ParseCertificate(blob[len(blob)-len(der):])
	if err != nil || c.Subject.CommonName != "Agent" || c.NotAfter.Sub(now) > 9*24*time.Hour {
		t.Errorf("the certificate is %+v, %v", c, err)
	}
}
