package render

import (
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// Columns of a grid are this far apart and never narrower than this.
const (
	gridGap    = 2
	gridNarrow = 6
)

// grid draws rows in aligned columns, without borders. Cells are wrapped so that
// no line is wider than the printer; where there are too many columns for that,
// each row is a list of its cells.
func (p *printer) grid(columns []string, rows [][]string) error {
	if len(columns)*(gridNarrow+gridGap) > p.width {
		p.records(columns, rows)
		return nil
	}
	widths := fitWidths(naturalWidths(columns, rows), p.width)
	var out strings.Builder
	tb := tablewriter.NewTable(&out,
		tablewriter.WithRenderer(renderer.NewBlueprint(borderless())),
		tablewriter.WithConfig(plainConfig()))
	tb.Header(wrapCells(columns, widths))
	for _, row := range rows {
		if err := tb.Append(wrapCells(row, widths)); err != nil {
			return err
		}
	}
	if err := tb.Render(); err != nil {
		return err
	}
	for i, l := range strings.Split(strings.TrimRight(out.String(), "\n"), "\n") {
		st := normal
		if i == 0 {
			st = dim
		}
		p.paint(strings.TrimRight(l, " "), st)
		p.blank()
	}
	return nil
}

func borderless() tw.Rendition {
	return tw.Rendition{
		Borders:  tw.BorderNone,
		Symbols:  tw.NewSymbols(tw.StyleNone),
		Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
	}
}

// plainConfig leaves cells as they are: wrapping, case and trimming are ours.
func plainConfig() tablewriter.Config {
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
		Padding:    tw.CellPadding{Global: tw.Padding{Right: strings.Repeat(" ", gridGap), Overwrite: true}},
	}
	return tablewriter.Config{
		Header:   cell,
		Row:      cell,
		Behavior: tw.Behavior{AutoHide: tw.Off, TrimSpace: tw.Off, TrimLine: tw.Off},
	}
}

func naturalWidths(head []string, rows [][]string) []int {
	w := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row[:min(len(row), len(w))] {
			for l := range strings.SplitSeq(expandTabs(cell), "\n") {
				w[i] = max(w[i], columns(l))
			}
		}
	}
	return w
}

// fitWidths takes columns from the widest until all fit into total.
func fitWidths(widths []int, total int) []int {
	out := slices.Clone(widths)
	for {
		sum, widest := 0, 0
		for i, w := range out {
			sum += w + gridGap
			if w > out[widest] {
				widest = i
			}
		}
		if sum <= total || out[widest] <= gridNarrow {
			return out
		}
		out[widest] -= min(sum-total, max(1, (out[widest]-gridNarrow)/2))
	}
}

// wrapCells makes a row of exactly one cell a column.
func wrapCells(row []string, widths []int) []string {
	out := make([]string, len(widths))
	for i, w := range widths {
		if i < len(row) {
			out[i] = strings.Join(wrap(row[i], max(w, 1)), "\n")
		}
	}
	return out
}

// records writes each row as its cells below each other.
func (p *printer) records(head []string, rows [][]string) {
	for i, row := range rows {
		if i > 0 {
			p.blank()
		}
		for j, cell := range row[:min(len(row), len(head))] {
			p.block(0, oneLine(head[j])+"  ", dim, cell, normal)
		}
	}
}
