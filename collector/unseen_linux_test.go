package collector

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

// TestUnseenReferences holds that what hangs on a file that could not be read is
// never told as if there were nothing.
func TestUnseenReferences(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	put(t, filepath.Join(m.dir, "b.conf"), []byte("Star=/a*b\nDir="+m.dir+"/log\n"))
	log := func(id string, globs ...string) obj { return obj{"id": id, "globs": globs, "why": "w"} }
	file := func(name, path string) obj { return obj{"name": name, "path": path, "why": "w"} }
	writeProfile(t, &m, obj{
		"config": []obj{
			{"name": "a", "paths": []string{m.dir}, "keys": []string{"Dir"}, "why": "no file, so it cannot be read"},
			{"name": "b", "paths": []string{m.dir + "/b.conf"}, "keys": []string{"Dir", "Star", "None"}, "why": "w"},
			{"name": "c", "paths": []string{"${a:Dir}/c.conf"}, "keys": []string{"Dir"}, "why": "w"},
		},
		"paths": []obj{file("p", "${a:Dir}/x"), file("q", "${b:None}/x"), file("r", "/")},
		"files": []obj{file("f", "${p}/y"), file("g", "${q}/y"), file("h", "${c:Dir}/y")},
		"logs": []obj{
			log("unread", "${a:Dir}/*.log"), log("through", "${p}/*.log"), log("behind", "${c:Dir}/*.log"), log("star", "${b:Star}/*.log"), log("root", "${r}/*"),
			log("none", "${b:None}/*.log", "${q}/*.log", `C:\x\*.log`), log("some", "${a:Dir}/*.log", "${b:Dir}/a.log"),
		},
	})
	sum, err := Run(context.Background(), m.options())
	if err != nil {
		t.Fatal(err)
	}
	b := openBundle(t, sum.Path)
	for id, want := range map[string]string{
		"unread": "failed ${a:Dir}/*.log: a: ", "through": "failed ${p}/*.log: a: ", "behind": "failed ${c:Dir}/*.log: a: ",
		"star": "failed ${b:Star}/*.log: what it refers to leads to no path", "root": "failed ${r}/*: what it refers to leads to no path",
		"none": "ok ", "some": "partial ${a:Dir}/*.log: a: ",
	} {
		row := rowOf(t, b, "logs/"+id)
		if got := row.Status + " " + row.Error; !strings.HasPrefix(got, want) || want == "ok " && got != want {
			t.Errorf("logs/%s = %q, want %q", id, got, want)
		}
	}
	for _, item := range fact[bundles.Files](t, b, "files").Items {
		if lost := strings.Contains("pfh", item.Name); lost != (item.Error != "") {
			t.Errorf("file = %+v", item)
		}
	}
	if row := rowOf(t, b, "services"); row.Status != bundles.StatusOK || b.Has("facts/services.json") {
		t.Errorf("without services to ask for: %+v", row)
	}
}
