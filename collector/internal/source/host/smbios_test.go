package host

import (
	"encoding/binary"
	"slices"
	"testing"
)

// smbios makes RawSMBIOSData of structures.
func smbios(structures ...[]byte) []byte {
	table := slices.Concat(structures...)
	out := []byte{0, 3, 1, 0, 0, 0, 0, 0}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(table)))
	return append(out, table...)
}

var (
	biosInfo = append([]byte{0, 5, 0, 0, 1}, "A maker\x00\x00"...)
	azure    = append([]byte{1, 8, 1, 0, 1, 2, 0, 0}, "Microsoft Corporation\x00Virtual Machine\x00\x00"...)
	chassis  = append([]byte{3, 9, 2, 0, 1, 3, 0, 0, 2}, "Microsoft Corporation\x00"+azureTag+"\x00\x00"...)
	bare     = []byte{1, 8, 1, 0, 0, 0, 0, 0, 0, 0}
	endMark  = []byte{127, 4, 9, 0, 0, 0}
)

func TestSignsOf(t *testing.T) {
	want := Signs{Vendor: "Microsoft Corporation", Product: "Virtual Machine", AssetTag: azureTag}
	if got := signsOf(smbios(biosInfo, azure, chassis, endMark)); got != want || Virtualization(got) != "azure" {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := signsOf(smbios(biosInfo, bare, endMark)); got != (Signs{}) {
		t.Errorf("a table without texts: %+v", got)
	}
	wrong := append([]byte{1, 8, 1, 0, 9, 2, 0, 0}, "only one\x00\x00"...)
	if got := signsOf(smbios(wrong)); got != (Signs{}) {
		t.Errorf("texts that are not there: %+v", got)
	}
}

func FuzzSignsOf(f *testing.F) {
	f.Add(smbios(biosInfo, azure, chassis, endMark))
	f.Add([]byte{0, 3, 1, 0, 255, 255, 255, 255, 1, 4, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if s := signsOf(raw); len(s.Vendor)+len(s.Product)+len(s.AssetTag) > len(raw) {
			t.Errorf("%+v of %d bytes", s, len(raw))
		}
	})
}
