// Package single lets one collection run on a machine at a time. The lock dies
// with its process, however that ends, and leaves nothing behind.
//
// Another user must not be able to keep collections from running by holding the
// lock, so a holder counts only when it can be seen to be a collection: one of
// the same user, of root or, seen from root, one that runs the same program.
// What cannot be verified is passed over, and said.
package single

import "fmt"

// Name is the lock of all collections.
const Name = "asrcollect"

// Busy means that another collection runs. PID is 0 when it is not known.
type Busy struct {
	PID  int
	User string
}

func (b *Busy) Error() string {
	who := ""
	if b.PID > 0 {
		who = fmt.Sprintf(": process %d", b.PID)
		if b.User != "" {
			who += " of " + b.User
		}
	}
	return "another collection runs on this machine" + who
}
