package main

// checks are those of the version that is built.
var checks = []string{"has-host", "recalled-host"}
