//go:build !linux && !windows

package ownnames

func (n *Names) readPlatform(string) {}
