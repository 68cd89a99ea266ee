package certificates

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// hasStores says that this system has certificate stores.
const hasStores = true

const (
	systemStore  = 10 // CERT_STORE_PROV_SYSTEM_W
	keyProvider  = 2  // CERT_KEY_PROV_INFO_PROP_ID
	maxInStore   = 2000
	localMachine = 2 << 16
	readOnly     = 0x8000
	onlyExisting = 0x4000
)

// stored lists the certificates of a store of the machine.
func stored(name string) ([]Stored, error) {
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	store, err := windows.CertOpenStore(systemStore, 0, 0, localMachine|readOnly|onlyExisting, uintptr(unsafe.Pointer(wide)))
	if err != nil {
		return nil, err
	}
	defer windows.CertCloseStore(store, 0)
	property := windows.NewLazySystemDLL("crypt32.dll").NewProc("CertGetCertificateContextProperty")
	var out []Stored
	var cert *windows.CertContext
	for {
		cert, err = windows.CertEnumCertificatesInStore(store, cert)
		if err != nil || cert == nil {
			return out, nil // the end is told as an error
		}
		if len(out) == maxInStore {
			return out, windows.CertFreeCertificateContext(cert)
		}
		s := Stored{DER: append([]byte(nil), unsafe.Slice(cert.EncodedCert, cert.Length)...)}
		if property.Find() == nil {
			var n uint32
			ok, _, _ := property.Call(uintptr(unsafe.Pointer(cert)), keyProvider, 0, uintptr(unsafe.Pointer(&n)))
			s.HasKey = ok != 0
		}
		out = append(out, s)
	}
}
