package hostcheck

import "github.com/asrdiag/asrdiag/checks-wasm/check"

// ClientWhenPartial has the pattern cxpsclient of a list ask for a run of the
// product's own test only when the other checks saw the port open and the way
// behind it fail: then it says more than they. A pattern cannot read probes.
func ClientWhenPartial(list []*check.Check, partial func(*check.Pass) bool) []*check.Check {
	for _, c := range list {
		if c.ID != "cxpsclient" {
			continue
		}
		run := c.Run
		c.Run = func(p *check.Pass) error {
			err := run(p)
			if !partial(p) {
				p.NoAsk()
			}
			return err
		}
	}
	return list
}
