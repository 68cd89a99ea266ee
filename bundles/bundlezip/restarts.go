package bundlezip

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"

	"github.com/asrdiag/asrdiag/bundles/zipform"
)

// UseRestarts implements bundles.RestartFile. The points are used when the
// entry has the stored size that belongs to them; in a zip that was packed again
// they mean nothing.
func (c *contents) UseRestarts(stored int64, restarts [][2]int64) {
	if len(restarts) == 0 || stored != c.e.packed || c.e.method != zipform.MethodDeflate || c.begun {
		return
	}
	borders, err := c.e.borders(restarts)
	if err != nil {
		c.lie = err
		return
	}
	c.pieces = &pieces{r: c.r, at: c.at, borders: borders, ahead: c.r.ahead(borders)}
}

// RestartsErr implements bundles.RestartFile.
func (c *contents) RestartsErr() error {
	if !c.whole || c.lie == nil {
		return nil
	}
	return fmt.Errorf("its restart points are wrong: %w", c.lie)
}

// borders checks the form of restart points and adds where the first piece
// begins and the last one ends.
func (e *entry) borders(restarts [][2]int64) ([][2]int64, error) {
	if len(restarts) > zipform.MaxRestarts {
		return nil, fmt.Errorf("there are %d, at most %d can be", len(restarts), zipform.MaxRestarts)
	}
	borders := make([][2]int64, 1, len(restarts)+2)
	borders = append(append(borders, restarts...), [2]int64{e.size, e.packed})
	for i, b := range borders[1:] {
		was := borders[i]
		switch {
		case b[0] <= was[0] || b[1] <= was[1]:
			return nil, fmt.Errorf("[%d,%d] does not come before [%d,%d]", was[0], was[1], b[0], b[1])
		case b[0]-was[0] > MaxPiece || b[1]-was[1] > MaxPiece:
			return nil, fmt.Errorf("the piece at [%d,%d] has more than %d bytes", was[0], was[1], MaxPiece)
		}
	}
	return borders, nil
}

// readPieces reads on by pieces. When one is not what it should be, the file is
// read as if there were none, from its beginning to where it was.
func (c *contents) readPieces(p []byte) (int, error) {
	n, err := c.pieces.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	single := c.pieces.single
	c.pieces.close()
	c.pieces = nil
	if c.skipped {
		return n, err
	}
	if !single && (errors.Is(err, errPiece) || errors.Is(err, errBorder)) {
		c.lie = err
	}
	if err := c.sequential(); err != nil {
		return 0, err
	}
	if _, err := io.CopyN(io.Discard, c.src, c.n); err != nil {
		return 0, err
	}
	return c.src.Read(p)
}

// SkipTo implements bundles.RestartFile.
func (c *contents) SkipTo(offset int64) error {
	switch {
	case c.err == io.EOF && offset == c.n:
		return nil
	case c.err != nil && c.err != io.EOF:
		return c.err
	case offset < c.n || offset > c.e.size:
		return fs.ErrInvalid
	}
	if proven := c.e.proven.Load(); proven != nil {
		c.jump(*proven, offset)
	}
	_, err := io.CopyN(io.Discard, c, offset-c.n)
	return err
}

// jump goes to the last restart point before offset, if that saves anything.
func (c *contents) jump(borders [][2]int64, offset int64) {
	i := sort.Search(len(borders)-2, func(i int) bool { return borders[i+1][0] > offset })
	if borders[i][0] <= c.n {
		return
	}
	if c.pieces != nil {
		c.pieces.close()
	}
	c.pieces = &pieces{r: c.r, at: c.at, borders: borders, next: i}
	c.begun = true
	c.n, c.skipped = borders[i][0], true
}
