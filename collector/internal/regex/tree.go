package regex

// kind is what a node of an expression is.
type kind uint8

const (
	kindEmpty  kind = iota // nothing
	kindNone               // what no text has: an empty class
	kindClass              // a rune
	kindAssert             // a place
	kindGroup              // sub[0], remembered as group n
	kindList               // sub, one behind the other
	kindAlt                // one of sub
	kindRepeat             // sub[0], min to max times
)

// assertion is what has to hold at a place.
type assertion uint8

const (
	beginText assertion = iota
	endText
	beginLine
	endLine
	wordBoundary
	noWordBoundary
)

// node is a part of an expression.
type node struct {
	kind     kind
	set      *set
	assert   assertion
	group    int
	min, max int // max < 0: without end
	lazy     bool
	sub      []*node
}

// nullable reports whether the node can match without taking a byte.
func (n *node) nullable() bool {
	switch n.kind {
	case kindClass, kindNone:
		return false
	case kindGroup:
		return n.sub[0].nullable()
	case kindRepeat:
		return n.min == 0 || n.sub[0].nullable()
	case kindList:
		for _, s := range n.sub {
			if !s.nullable() {
				return false
			}
		}
		return true
	case kindAlt:
		for _, s := range n.sub {
			if s.nullable() {
				return true
			}
		}
		return false
	}
	return true
}
