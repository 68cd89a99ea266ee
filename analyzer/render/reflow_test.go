package render

import "testing"

func TestReflow(t *testing.T) {
	const doc = `# A heading that is longer than the width and stays on its line

One paragraph that goes
over several lines and is joined.

- an item with some words that do not fit
  and its second line
12. a numbered item that goes on and on and on

| a table | stays as it is, however wide it may be |
` + "```\ncode stays as it is, however wide it may be\n```\n\x1b[31mred"
	const want = `# A heading that is longer than the width and stays on its line

One paragraph that goes over several
lines and is joined.

- an item with some words that do not
  fit and its second line
12. a numbered item that goes on and on
    and on

| a table | stays as it is, however wide it may be |
` + "```\ncode stays as it is, however wide it may be\n```\n[31mred\n"
	if got := Reflow(doc, 40); got != want {
		t.Errorf("Reflow =\n%s\nwant\n%s", got, want)
	}
}
