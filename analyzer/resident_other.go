//go:build !linux

package analyzer

// resident is not known here.
type resident struct{}

func residentOf(int) resident { return resident{} }

func (resident) bytes() (n int64, ok bool) { return 0, false }

func (resident) close() {}
