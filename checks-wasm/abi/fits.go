package abi

import (
	"fmt"
	"slices"
	"strings"
)

// RoleUnknown fits every check of its OS: then the inputs alone decide.
const RoleUnknown = "unknown"

// Fits reports whether a check is meant for such a machine, else why not.
// Empty lists of the check mean any.
func (c Check) Fits(role, goos, deployment string) (reason string, ok bool) {
	switch {
	case len(c.OS) > 0 && !slices.Contains(c.OS, goos):
		return fmt.Sprintf("for %s, this machine runs %s", strings.Join(c.OS, ", "), goos), false
	case role == RoleUnknown:
		return "", true
	case len(c.Roles) > 0 && !slices.Contains(c.Roles, role):
		return fmt.Sprintf("for a %s, this is a %s", strings.Join(c.Roles, ", "), role), false
	case len(c.Deployments) > 0 && deployment != "" && !slices.Contains(c.Deployments, deployment):
		return fmt.Sprintf("for %s, this is %s", strings.Join(c.Deployments, ", "), deployment), false
	}
	return "", true
}
