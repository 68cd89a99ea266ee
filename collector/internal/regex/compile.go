package regex

import "errors"

// op is what an instruction does.
type op uint8

const (
	opMatch  op = iota
	opFail      // gives up
	opRune      // takes a rune of the set
	opAssert    // looks at the place
	opSave      // remembers the place as slot arg
	opSplit     // tries next, then other
)

// inst is an instruction; all but opMatch and opFail go on at next.
type inst struct {
	op          op
	assert      assertion
	next, other int
	slot        int
	set         *set
}

// program is a compiled expression.
type program struct {
	insts []inst
	start int
	full  bool // it has reached maxProgram
}

var errLarge = errors.New("expression too large")

// compileTree makes the program of an expression, from its end to its beginning.
func compileTree(n *node) (program, error) {
	var p program
	end := p.add(inst{op: opMatch})
	end = p.add(inst{op: opSave, slot: 1, next: end})
	p.start = p.add(inst{op: opSave, slot: 0, next: p.node(n, end)})
	if p.full {
		return program{}, errLarge
	}
	return p, nil
}

func (p *program) add(i inst) int {
	if len(p.insts) >= maxProgram {
		p.full = true
		return 0
	}
	p.insts = append(p.insts, i)
	return len(p.insts) - 1
}

// node adds the instructions of a node that go on at next, and gives the first.
func (p *program) node(n *node, next int) int {
	if p.full {
		return 0
	}
	switch n.kind {
	case kindNone:
		return p.add(inst{op: opFail})
	case kindClass:
		return p.add(inst{op: opRune, set: n.set, next: next})
	case kindAssert:
		return p.add(inst{op: opAssert, assert: n.assert, next: next})
	case kindGroup:
		end := p.add(inst{op: opSave, slot: 2*n.group + 1, next: next})
		return p.add(inst{op: opSave, slot: 2 * n.group, next: p.node(n.sub[0], end)})
	case kindList:
		for i := len(n.sub) - 1; i >= 0; i-- {
			next = p.node(n.sub[i], next)
		}
		return next
	case kindAlt:
		first := p.node(n.sub[len(n.sub)-1], next)
		for i := len(n.sub) - 2; i >= 0; i-- {
			first = p.split(p.node(n.sub[i], next), first, false)
		}
		return first
	case kindRepeat:
		return p.repeat(n, next)
	}
	return next
}

// split tries first, then second; the other way round when lazy.
func (p *program) split(first, second int, lazy bool) int {
	if lazy {
		first, second = second, first
	}
	return p.add(inst{op: opSplit, next: first, other: second})
}

// repeat writes x{n,m} out: n times x, and (x(x)?)? or x* behind it.
func (p *program) repeat(n *node, next int) int {
	x, end := n.sub[0], next
	switch {
	case n.max < 0 && n.min == 0 && x.nullable(): // (x+)?, so that x is tried once where it matches nothing
		next = p.split(p.loop(x, next, n.lazy, true), end, n.lazy)
	case n.max < 0:
		next = p.loop(x, next, n.lazy, n.min > 0)
	}
	for i := n.min; i < n.max && !p.full; i++ {
		next = p.split(p.node(x, next), end, n.lazy)
	}
	for i := range n.min {
		if n.max < 0 && i == 0 { // the loop has one
			continue
		}
		next = p.node(x, next)
	}
	return next
}

// loop is x+ when it begins with x, else x*.
func (p *program) loop(x *node, next int, lazy, plus bool) int {
	split := p.split(0, next, lazy)
	first := p.node(x, split)
	if p.full {
		return 0
	}
	if lazy {
		p.insts[split].other = first
	} else {
		p.insts[split].next = first
	}
	if plus {
		return first
	}
	return split
}
