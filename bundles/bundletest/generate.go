package bundletest

//go:generate go run ./mkbundle -out ../testdata ../testdata/incidents/*.txtar
