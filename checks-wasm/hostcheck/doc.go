// Package hostcheck has the checks that several packs share, because they look
// at the machine and not at its role.
//
// A pack lists what it gets from here beside its own checks; fixtures are tried
// in this package.
package hostcheck
