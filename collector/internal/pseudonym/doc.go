// Package pseudonym finds names and addresses in a line of text and turns them
// into pseudonyms that still parse as what they stand for, and back.
//
// A pseudonym depends on the case's key and on the value alone, so equal stays
// equal in all files and all bundles of a case without a table: memory is
// bounded however many names a run meets. Names become a keyed hash (user-,
// host-, dom-, GUIDs of version 8); addresses are permuted within their class,
// and addresses that share a prefix still do. The forms are in
// docs/bundle-format.md, section "Pseudonyms".
//
// The package does no I/O but for the writer of the map and the reader of
// texts to reveal.
package pseudonym

// Class is what an identity is.
type Class uint8

// Classes. Account is a name that a customer chose inside of a public service:
// a storage account, a container, a vault.
const (
	GUID Class = iota + 1
	User
	Email
	Account
	Host
	Address
	Domain // by which hosts go on, of class "host" in a manifest
)

// String is the name of the rule that counts the class in a manifest.
func (c Class) String() string {
	switch c {
	case GUID, Account:
		return "id"
	case User:
		return "user"
	case Email:
		return "email"
	case Host, Domain:
		return "host"
	case Address:
		return "address"
	}
	return ""
}

// Mode says which classes are identities.
type Mode uint8

// Modes. Standard leaves host names and addresses alone, Strict does not.
const (
	Standard Mode = iota
	Strict
)

// String is the mode as the manifest names it.
func (m Mode) String() string {
	if m == Strict {
		return "strict"
	}
	return "standard"
}
