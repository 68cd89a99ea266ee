package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Records as Windows writes them: of a classic provider, of a manifest-based one
// and with data of its own form.
const (
	classic = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='disk'/><EventID Qualifiers='32772'>153</EventID><Version>0</Version><Level>3</Level><Task>0</Task><Keywords>0x80000000000000</Keywords><TimeCreated SystemTime='2026-03-04T22:10:31.1234567Z'/><EventRecordID>4711</EventRecordID><Channel>System</Channel><Computer>ps01</Computer><Security/></System><EventData><Data>\Device\Harddisk1\DR1</Data><Data>a &lt;b&gt; &amp; &#x41;&#10;</Data><Binary>0000</Binary></EventData></Event>`
	named   = `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Service Control Manager" Guid="{555908d1-a6d7-4695-8e1e-26931d2012f4}" EventSourceName="Service Control Manager"/><EventID Qualifiers="49152">7031</EventID><Level>2</Level><TimeCreated SystemTime="2026-03-04T21:00:00.000000000Z"/><Channel>System</Channel></System><EventData><Data Name="param1">cxprocessserver</Data><Data Name="param2">3</Data><Data Name="param3"></Data></EventData></Event>`
	user    = `<Event><System><Provider Name='Microsoft-Windows-Eventlog'/><EventID>104</EventID><Level>4</Level><TimeCreated SystemTime='2026-03-04T23:00:00Z'/></System><UserData><LogFileCleared xmlns:a="x"><a:Channel>System</a:Channel><BackupPath></BackupPath></LogFileCleared></UserData></Event>`
	bare    = `<Event><System><Provider Name='Microsoft-Windows-Kernel-General'/><EventID>1</EventID><TimeCreated SystemTime='2026-03-04T20:00:00Z'/></System></Event>`
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		classic: `{"t":"2026-03-04T22:10:31.1234567Z","channel":"System","provider":"disk","id":153,"level":3,"parameters":["\\Device\\Harddisk1\\DR1","a \u003cb\u003e \u0026 A\n"]} <nil>`,
		named:   `{"t":"2026-03-04T21:00:00Z","channel":"System","provider":"Service Control Manager","id":7031,"level":2,"parameters":{"param1":"cxprocessserver","param2":"3","param3":""}} <nil>`,
		user:    `{"t":"2026-03-04T23:00:00Z","provider":"Microsoft-Windows-Eventlog","id":104,"level":4,"parameters":{"BackupPath":"","Channel":"System"}} <nil>`,
		bare:    `{"t":"2026-03-04T20:00:00Z","provider":"Microsoft-Windows-Kernel-General","id":1} <nil>`,
	} {
		e, err := Parse(text)
		raw, _ := json.Marshal(e)
		if got := fmt.Sprintf("%s %v", raw, err); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	for _, text := range []string{
		"", "x", "<", "<Event>", "</Event>", "<Event></System>", "<Event/>", strings.Repeat("<a>", 100), strings.Replace(classic, "SystemTime", "Time", 1),
		strings.Replace(classic, "Name='disk'", "", 1), strings.Replace(classic, "2026-03", "2026-13", 1), strings.Repeat("x", maxRecord+1),
	} {
		if e, err := Parse(text); err == nil {
			t.Errorf("Parse(%.40s) = %+v", text, e)
		}
	}
}

// TestLong has more and longer parameters than are kept.
func TestLong(t *testing.T) {
	data := strings.Repeat("<Data>"+strings.Repeat("ä", 1000)+"</Data>", 100)
	e, err := Parse(strings.Replace(bare, "</Event>", "<EventData>"+data+"</EventData></Event>", 1))
	var list []string
	if err := errors.Join(err, json.Unmarshal(e.Parameters, &list)); err != nil || len(list) != maxParameters || list[0] != strings.Repeat("ä", maxText/2) {
		t.Errorf("%d parameters, %v", len(list), err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{classic, named, user, bare, "<a b='>'/>", "<a &#x110000;&;&lt", "<a b=\"</a>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err == nil && (e.T.IsZero() || e.Provider == "" || e.Parameters != nil && !json.Valid(e.Parameters)) {
			t.Errorf("Parse(%q) = %+v", text, e)
		}
	})
}

func TestExpression(t *testing.T) {
	got := Expression(profiles.Event{Provider: "disk", IDs: []int{7, 153}, Days: 1})
	if want := "*[System[Provider[@Name='disk'] and (EventID=7 or EventID=153) and TimeCreated[timediff(@SystemTime) <= 86400000]]]"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestRead(t *testing.T) {
	list := []profiles.Event{
		{Channel: "System", Provider: "disk", IDs: []int{153}},
		{Channel: "System", Provider: "Service Control Manager", IDs: []int{7031}, Max: 3},
		{Channel: "Gone", Provider: "x", IDs: []int{1}},
	}
	list = append(list, profiles.Event{Channel: "None", Provider: "y", IDs: []int{1}}, profiles.Event{Channel: "Silent"}, profiles.Event{Channel: "Behind"})
	var asked []int
	out, err := Read(context.Background(), list, func(channel, expression string, max int) ([]string, error) {
		asked = append(asked, max)
		switch {
		case channel == "Gone":
			return []string{bare}, errors.New("lost")
		case channel == "None":
			return nil, fs.ErrNotExist
		case channel == "Silent":
			return nil, errSilent
		case strings.Contains(expression, "disk"):
			return []string{classic, "damaged"}, nil
		}
		return []string{named}, nil
	})
	var ids []int
	for _, e := range out {
		ids = append(ids, e.ID)
	}
	if fmt.Sprint(ids, asked) != "[1 7031 153] [500 3 500 500 500]" || err == nil || !strings.Contains(err.Error(), "Gone, x: lost") || !strings.Contains(err.Error(), "System, disk: a record") ||
		!errors.Is(err, errSilent) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("records %v, asked %v, %v", ids, asked, err)
	}
}

// TestFull stops at the most records of a bundle.
func TestFull(t *testing.T) {
	list := []profiles.Event{{Provider: "a", Max: profiles.MaxEvents - 1}, {Provider: "b", Max: 10}, {Provider: "c"}}
	out, err := Read(context.Background(), list, func(_, _ string, max int) ([]string, error) {
		many := make([]string, max)
		for i := range many {
			many[i] = bare
		}
		return many, nil
	})
	if len(out) != profiles.MaxEvents || err == nil || !strings.Contains(err.Error(), "more than 5000") {
		t.Errorf("%d records, %v", len(out), err)
	}
}

// TestSilent has an event log that does not answer.
func TestSilent(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	list := []profiles.Event{{Provider: "a"}, {Provider: "b"}}
	begin := time.Now()
	out, err := Read(ctx, list, func(string, string, int) ([]string, error) { <-release; return nil, nil })
	if len(out) != 0 || !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 5*time.Second {
		t.Errorf("%v, %v after %v", out, err, time.Since(begin))
	}
}
