package logs

import (
	"os"

	"golang.org/x/sys/windows"
)

// os.Root shares all files that it opens for reading, writing and deleting.
const openFlags, quietFlags = 0, 0

func idOf(f *os.File) (fileID, bool) {
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &info); err != nil {
		return fileID{}, false
	}
	return fileID{uint64(info.VolumeSerialNumber), uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)}, true
}

// statID is idAt from metadata alone: here it takes a handle, so there is none.
func statID(File) (fileID, bool) { return fileID{}, false }

// idAt is the identity of a file that was found.
func idAt(f File) (fileID, bool) {
	h, err := openLog(f.Base, f.Real)
	if err != nil {
		return fileID{}, false
	}
	defer h.Close()
	return idOf(h)
}
