package wine

import "encoding/binary"

// Layout of the shim: headers, then one section with the export directory.
const (
	fileAlign   = 0x200
	sectionRVA  = 0x1000
	peOffset    = 0x40
	optOffset   = peOffset + 24
	optSize     = 240
	sectOffset  = optOffset + optSize
	shimName    = "bcryptprimitives.dll"
	shimExport  = "ProcessPrng"
	shimForward = "ADVAPI32.SystemFunction036" // RtlGenRandom
)

// shim builds a 64-bit DLL without code whose only export forwards ProcessPrng
// to the random generator that Wine has. For tests only.
func shim() []byte {
	section := exportSection()
	image := make([]byte, fileAlign, 2*fileAlign)
	put16 := func(at int, v uint16) { binary.LittleEndian.PutUint16(image[at:], v) }
	put32 := func(at int, v uint32) { binary.LittleEndian.PutUint32(image[at:], v) }
	copy(image, "MZ")
	put32(0x3c, peOffset)
	copy(image[peOffset:], "PE\x00\x00")
	put16(peOffset+4, 0x8664) // AMD64
	put16(peOffset+6, 1)      // sections
	put16(peOffset+20, optSize)
	put16(peOffset+22, 0x2022) // executable, large addresses, DLL
	put16(optOffset, 0x20b)    // PE32+
	put32(optOffset+8, fileAlign)
	put32(optOffset+24, 0x80000000) // image base 0x180000000
	put32(optOffset+28, 0x1)
	put32(optOffset+32, 0x1000)       // section alignment
	put32(optOffset+36, fileAlign)    // file alignment
	put16(optOffset+40, 6)            // system version
	put16(optOffset+48, 6)            // subsystem version
	put32(optOffset+56, 2*sectionRVA) // size of image
	put32(optOffset+60, fileAlign)    // size of headers
	put16(optOffset+68, 3)            // console
	put16(optOffset+70, 0x160)        // no execution of data, random base
	for i, size := range []uint32{1 << 20, 1 << 12, 1 << 20, 1 << 12} {
		put32(optOffset+72+8*i, size) // stack and heap
	}
	put32(optOffset+108, 16) // data directories; the first is the exports'
	put32(optOffset+112, sectionRVA)
	put32(optOffset+116, uint32(len(section)))
	copy(image[sectOffset:], ".rdata")
	put32(sectOffset+8, uint32(len(section)))
	put32(sectOffset+12, sectionRVA)
	put32(sectOffset+16, fileAlign)
	put32(sectOffset+20, fileAlign)
	put32(sectOffset+36, 0x40000040) // initialised data, readable
	return append(image, append(section, make([]byte, fileAlign-len(section))...)...)
}

// exportSection is an export directory with one name, whose address lies in the
// section itself: that makes it a forwarder.
func exportSection() []byte {
	const directory = 40
	const addresses, names, ordinals = directory, directory + 4, directory + 8
	const text = ordinals + 2
	nameAt := uint32(sectionRVA + text)
	exportAt := nameAt + uint32(len(shimName)) + 1
	forwardAt := exportAt + uint32(len(shimExport)) + 1

	s := make([]byte, text)
	put := func(at int, v uint32) { binary.LittleEndian.PutUint32(s[at:], v) }
	put(12, nameAt)
	put(16, 1) // first ordinal
	put(20, 1) // functions
	put(24, 1) // names
	put(28, sectionRVA+addresses)
	put(32, sectionRVA+names)
	put(36, sectionRVA+ordinals)
	put(addresses, forwardAt)
	put(names, exportAt)
	for _, word := range []string{shimName, shimExport, shimForward} {
		s = append(append(s, word...), 0)
	}
	return s
}
