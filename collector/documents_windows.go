package collector

import "golang.org/x/sys/windows"

// documents is the user's folder for documents; "" when there is none.
func documents() string {
	dir, err := windows.KnownFolderPath(windows.FOLDERID_Documents, 0)
	if err != nil {
		return ""
	}
	return dir
}
