package simulator

import (
	"crypto/sha1" //nolint:gosec // what Windows names certificates by
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// Stored is a certificate of the machine's store MY.
type Stored struct {
	Name   string // as in ports: NAME, NAME@-AGE, NAME/ISSUER
	Keyed  bool   // its private key is there
	Absent bool   // it is made, so that others may name it, and not in the store
}

// storedLine reads NAME | with key, without key or absent. The last text about a
// name counts; what is behind @ and / is not part of it.
func (in *Incident) storedLine(l string) error {
	c := append(cells(l), "")[:2]
	s := Stored{Name: c[0]}
	switch c[1] {
	case "with key":
		s.Keyed = true
	case "absent":
		s.Absent = true
	case "without key":
	default:
		return fmt.Errorf("want NAME | with key, without key or absent")
	}
	in.Store = slices.DeleteFunc(in.Store, func(o Stored) bool { return o.subject() == s.subject() })
	in.Store = append(in.Store, s)
	return nil
}

func (s Stored) subject() string {
	name, _, _ := strings.Cut(s.Name, "/")
	name, _, _ = strings.Cut(name, "@")
	return name
}

// storeKey is where the certificates of the machine's store are.
const storeKey = `HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates\`

// makeStored makes the certificates of a store, so that {NAME.thumbprint} is
// known.
func (s *Servers) makeStored(list []Stored, now time.Time) error {
	for _, c := range list {
		if _, err := s.certificate(c.Name, now); err != nil {
			return fmt.Errorf("certificate %s: %w", c.Name, err)
		}
	}
	return nil
}

// storeKeys are the registry keys of a store.
func (s *Servers) storeKeys(list []Stored) []Key {
	var out []Key
	for _, c := range list {
		cert := s.certs[c.Name]
		if cert == nil || c.Absent {
			continue
		}
		der := cert.pair.Certificate[0]
		out = append(out, Key{Path: storeKey + thumbprint(der), Age: defaultAge, Values: []Value{{"Blob", "binary", hex.EncodeToString(element(der, c.Keyed))}}})
	}
	return out
}

// thumbprint is the name of a certificate in a store.
func thumbprint(der []byte) string {
	sum := sha1.Sum(der) //nolint:gosec // as above
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// Properties of a certificate in a store.
const (
	propKey  = 2  // where its private key is
	propCert = 32 // the certificate itself
)

// element is a certificate as a store keeps it: properties, each with its number,
// a 1, and its length before it.
func element(der []byte, keyed bool) []byte {
	var out []byte
	add := func(id uint32, data []byte) {
		for _, n := range []uint32{id, 1, uint32(len(data))} {
			out = binary.LittleEndian.AppendUint32(out, n)
		}
		out = append(out, data...)
	}
	if keyed {
		add(propKey, keyPlace())
	}
	add(propCert, der)
	return out
}

// keyPlace is a CRYPT_KEY_PROV_INFO whose pointers are offsets: the names of a
// container, which does not exist, and of its provider.
func keyPlace() []byte {
	const header, provider = 28, 1
	container := wide("simulated\x00")
	var out []byte
	for _, n := range []uint32{header, header + uint32(len(container)), provider, 32, 0, 0, 1} {
		out = binary.LittleEndian.AppendUint32(out, n)
	}
	return append(append(out, container...), wide("Microsoft Strong Cryptographic Provider\x00")...)
}

// wide is a text in UTF-16.
func wide(text string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}
