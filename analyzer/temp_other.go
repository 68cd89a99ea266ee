//go:build !linux && !windows

package analyzer

// pidSpace is not known here.
func pidSpace() string { return "" }

func gone(int) bool { return false }
